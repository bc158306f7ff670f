"""The multilayer perceptron."""

from math import prod

from mtl_core.layers.layers import Flatten, Layer, Linear, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage, units


def mlp(shape: tuple[int, ...], width: float, depth: int, normalise: bool, more: tuple[int, ...] = ()) -> Backbone:
    """``depth`` stages of linear layer, optional layer normalisation and rectifier.

    Args:
        shape: of one example, vector or image (flattened).
        width: neurons of each stage; between whole numbers, the first stages have one more (``units``).
        depth: number of stages.
        normalise: layer normalisation before the rectifier.
        more: units added to the first stages (``units``), where parameters are to match a number.
    """
    stages = []
    inputs = prod(shape)
    for number in range(1, depth + 1):
        outputs = units(width, number - 1, depth, more)
        first: tuple[Layer, ...] = (Flatten(),) if number == 1 else ()
        half = (*first, Linear(inputs, outputs), *((Normalisation(outputs),) if normalise else ()))
        stages.append(Stage(f"layer {number}", (*half, Relu()), len(half), number > 1))
        inputs = outputs
    return Backbone.of(tuple(stages), shape)
