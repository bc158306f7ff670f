"""Inputs of several parts that lie one after another in one vector, each with layers of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from mtl_core.layers.chained import Chained
from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage, resized


@dataclass(frozen=True)
class Beside(Chained):
    """Takes ``(R, B, D)`` apart, passes each part through its own layers, and lays what they give one after another.

    Args:
        parts: the shape of each part in order; their sizes sum to D.
        branches: the layers of each.
    """

    parts: tuple[tuple[int, ...], ...]
    branches: tuple[tuple[Layer, ...], ...]

    @property
    def chain(self) -> Stage:
        return Stage("beside", tuple(layer for branch in self.branches for layer in branch))

    @property
    def parts_out(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each part after its layers."""
        return tuple(Stage("", branch).shape_out(part) for part, branch in zip(self.parts, self.branches, strict=True))

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ARG002 - it is that of the parts
        return (sum(map(prod, self.parts_out)),)

    def flops(self, shape: tuple[int, ...]) -> int:  # noqa: ARG002 - they are those of the parts
        return sum(Stage("", branch).flops(part) for part, branch in zip(self.parts, self.branches, strict=True))

    def around(self, x: Tensor) -> Tensor:
        """Each part resized by itself."""
        return _joined(resized(part, shape) for part, shape in zip(self._apart(x), self.parts_out, strict=True))

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        own = iter(self.own(parameters))

        def through(part: Tensor, branch: tuple[Layer, ...]) -> Tensor:
            for layer in branch:
                part = layer(next(own), part)
            return part

        return _joined(through(part, branch) for part, branch in zip(self._apart(x), self.branches, strict=True))

    def _apart(self, x: Tensor) -> list[Tensor]:
        parts = x.split([prod(part) for part in self.parts], dim=2)
        return [part.unflatten(2, shape) for part, shape in zip(parts, self.parts, strict=True)]


def _joined(parts: Iterator[Tensor]) -> Tensor:
    return torch.cat([part.flatten(2) for part in parts], dim=2)
