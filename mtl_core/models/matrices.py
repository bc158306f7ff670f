"""The matrices of a stage, for strategies that look at weights: those that multiply activations, whatever layer has them."""

from math import prod

from torch import Tensor

from mtl_core.layers.stage import Stage


def matrices(stage: Stage) -> dict[str, tuple[int, int]]:
    """``(inputs, outputs)`` of each matrix by its parameter's name, in the order in which they are applied; a convolution has
    the numbers under its window as inputs. What is added or scales number by number is none."""
    weights = {name: shape for name, shape in stage.shapes.items() if name.rpartition(".")[2] == "weight"}
    return {name: (shape[0], shape[1]) if len(shape) == 2 else (prod(shape[1:]), shape[0]) for name, shape in weights.items()}


def as_matrix(weight: Tensor, lead: int) -> Tensor:
    """A weight ``(..., *shape)`` with so many leading axes as ``(..., inputs, outputs)``."""
    return weight if weight.dim() - lead == 2 else weight.flatten(lead + 1).mT


def as_weight(matrix: Tensor, shape: tuple[int, ...]) -> Tensor:
    """``as_matrix`` the other way: ``(..., inputs, outputs)`` as ``(..., *shape)``."""
    return matrix if len(shape) == 2 else matrix.mT.unflatten(-1, shape[1:])
