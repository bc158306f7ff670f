"""Residual connections, and the pooling that ends a residual network."""

from dataclasses import dataclass

from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage, resized
from mtl_core.random import Streams


@dataclass(frozen=True)
class Residual(Layer):
    """``y = branch(x) + shortcut(x)``, the shortcut without parameters (He et al. 2016, option A)."""

    branch: tuple[Layer, ...]

    @property
    def _chain(self) -> Stage:
        return Stage("branch", self.branch)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self._chain.shapes

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return self._chain.initialise(streams)

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return self._chain.shape_out(shape)

    def flops(self, shape: tuple[int, ...]) -> int:
        return self._chain.flops(shape)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        y = self._chain(parameters, x)
        return y + resized(x, tuple(y.shape[2:]))


@dataclass(frozen=True)
class Average(Layer):
    """The mean of each channel over the image, ``(R, B, C, H, W) -> (R, B, C)``."""

    @property
    def closing(self) -> bool:
        return True

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape[:1]

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        return x.mean((3, 4))
