"""What heads read of the image that is at the end of carrying stages; see ``skips``."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.blocks import large, last
from mtl_core.layers.layers import Layer, Parameters


@dataclass(frozen=True)
class Shown(Layer):
    """The own channels of one or several carrying images side by side: what heads of maps read.

    Args:
        width: the own channels of each.
        all: its channels with what it carries.
    """

    width: int
    all: int

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0] // self.all * self.width, *shape[1:])

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        if x.shape[2] == self.all:
            return x[:, :, : self.width]
        each: Tensor = x.unflatten(2, (-1, self.all))
        return each[:, :, :, : self.width].flatten(2, 3)


@dataclass(frozen=True)
class Ends(Layer):
    """Both ends of the way down and up as a vector: the deepest map in at most 4x4 parts, and the mean of the last map.

    Args:
        width, all: see ``Shown``.
        deep: channels of the deepest map.
        levels: how often it was spread.
    """

    width: int
    all: int
    deep: int
    levels: int

    PARTS = 4

    @property
    def closing(self) -> bool:
        return True

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        high, wide = (min(self.PARTS, side >> self.levels) for side in shape[1:])
        return (shape[0] // self.all * (self.deep * high * wide + self.width),)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        # In one order, however masked images lie in memory, so that sums are the same: (B, H, W, R K, C) of K side by side.
        images = last(x).contiguous().unflatten(4, (-1, self.all)).flatten(3, 4)
        own, deep = images.split((self.width, self.all - self.width), -1)
        for _ in range(self.levels):
            deep = large(deep).flatten(4)
        deep = deep[..., : self.deep].permute(0, 3, 4, 1, 2)  # (B, R K, C, H, W)
        sides = (min(self.PARTS, deep.shape[3]), min(self.PARTS, deep.shape[4]))
        parts = F.adaptive_avg_pool2d(deep.flatten(1, 2), sides).unflatten(1, deep.shape[1:3]).flatten(2)
        both: Tensor = torch.cat((parts, own.mean((1, 2))), -1).unflatten(1, (x.shape[0], -1))  # (B, R, K, D)
        return both.flatten(2).transpose(0, 1)
