"""Residual connections, and the pooling that ends a residual network."""

from dataclasses import dataclass

from torch import Tensor

from mtl_core.layers.chained import Chained
from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage, resized


@dataclass(frozen=True)
class Residual(Chained):
    """``y = branch(x) + shortcut(x)``, the shortcut without parameters (He et al. 2016, option A)."""

    branch: tuple[Layer, ...]

    @property
    def chain(self) -> Stage:
        return Stage("branch", self.branch)

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return self.chain.shape_out(shape)

    def flops(self, shape: tuple[int, ...]) -> int:
        return self.chain.flops(shape)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        y = self.chain(parameters, x)
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
        return x.contiguous().mean((3, 4))  # added up in one order, however masked images lie in memory
