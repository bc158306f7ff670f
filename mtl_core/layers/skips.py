"""Images that carry others, so that a network which joins early and late layers (U-Net) is a chain of stages like any.

A carrying image ``(R, B, C, H, W)`` has its own channels first. Behind them lie larger images, each 2x2 block of theirs as four
channels, as often as their size asks for; and on the way up at last the deepest map, the other way round: four of its channels
as a 2x2 block. Nothing is lost either way.

What is moved is moved once: autograd's own chain of slices, blocks and joins would pass over memory three times as often as the
convolutions between them. Everything is seen as ``(B, H, W, R, C)`` here, the order that convolutions leave on a processor.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mtl_core.layers.chained import Chained
from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage, resized


@dataclass(frozen=True)
class Carrying(Chained):
    """Changes an image by a chain of layers and a rectifier, and carries others past it. A subclass says what the chain reads
    and how the others are carried, there and, for gradients, back.

    Args:
        layers: the chain.
        width: how many channels of what it reads are the image's own.
    """

    layers: tuple[Layer, ...]
    width: int

    @property
    def chain(self) -> Stage:
        return Stage("changed", self.layers)

    @abstractmethod
    def read(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the image that the chain reads, where the carrying one has ``shape``."""

    @abstractmethod
    def image(self, x: Tensor) -> Tensor:
        """What the chain reads of ``x``."""

    @abstractmethod
    def image_back(self, x: Tensor, image: Tensor) -> None:
        """Put the gradient of ``image`` into that of ``x``, in place."""

    @abstractmethod
    def carried(self, y: Tensor, x: Tensor) -> None:
        """Put what is carried of ``x`` into ``y``, whose own channels are not among those given."""

    @abstractmethod
    def carried_back(self, x: Tensor, y: Tensor) -> None:
        """The same of gradients, from that of ``y`` into that of ``x``; places that only ``image_back`` fills stay as they
        are."""

    def flops(self, shape: tuple[int, ...]) -> int:
        return self.chain.flops(self.read(shape))

    def around(self, x: Tensor) -> Tensor:
        image, x = _Read.apply(x, self)  # type: ignore[no-untyped-call]
        return self._joined(resized(image, self.chain.shape_out(tuple(image.shape[2:]))), x)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        image, x = _Read.apply(x, self)  # type: ignore[no-untyped-call]
        return self._joined(self.chain(parameters, image), x)

    def _joined(self, image: Tensor, x: Tensor) -> Tensor:
        y: Tensor = _Join.apply(image, x, self)  # type: ignore[no-untyped-call]
        return y


class Level(Carrying):
    """At one resolution."""

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, *sides = self.chain.shape_out(self.read(shape))
        return (channels + shape[0] - self.width, *sides)

    def read(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.width, *shape[1:])

    def image(self, x: Tensor) -> Tensor:
        return x[..., : self.width].contiguous() if self.width < x.shape[4] else x.view_as(x)

    def image_back(self, x: Tensor, image: Tensor) -> None:
        x[..., : self.width] = image

    def carried(self, y: Tensor, x: Tensor) -> None:
        y.copy_(x[..., self.width :])

    def carried_back(self, x: Tensor, y: Tensor) -> None:
        x[..., self.width :] = y


class Descend(Level):
    """To half the height and width by the chain; what it reads is carried along."""

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, *sides = self.chain.shape_out(self.read(shape))
        return (channels + 4 * shape[0], *sides)

    def image_back(self, x: Tensor, image: Tensor) -> None:
        x[..., : self.width] += image

    def carried(self, y: Tensor, x: Tensor) -> None:
        _blocks(y).copy_(_large(x))

    def carried_back(self, x: Tensor, y: Tensor) -> None:
        _large(x).copy_(_blocks(y))


@dataclass(frozen=True)
class Ascend(Carrying):
    """To twice the height and width: each pixel as a block, the carried image beside it, then the chain.

    Args:
        skip: channels of the carried image.
        deep: channels of ``x`` that are the deepest map's; 0 where ``x`` is that map itself.
        more: channels of zeros that are put to the deepest map, so that it can be spread all the way up.
    """

    skip: int
    deep: int = 0
    more: int = 0

    def read(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.width + self.skip, 2 * shape[1], 2 * shape[2])

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, *sides = self.chain.shape_out(self.read(shape))
        older = (shape[0] - self.width - self.deep) // 4 - self.skip
        return (channels + older + (self.deep or self.width + self.more) // 4, *sides)

    def image(self, x: Tensor) -> Tensor:
        own, packed, _ = self._parts(x)
        batch, height, width, runs, _ = x.shape
        image = x.new_empty(batch, 2 * height, 2 * width, runs, self.width + self.skip)
        _large(image)[..., : self.width] = own[:, :, :, :, None, None]
        _large(image)[..., self.width :] = _blocks(packed)[..., : self.skip]
        return image

    def image_back(self, x: Tensor, image: Tensor) -> None:
        own, packed, _ = self._parts(x)
        blocks = _large(image)
        corners = [blocks[:, :, :, :, down, right, : self.width] for down in range(2) for right in range(2)]
        total = torch.add(corners[0], corners[1]).add_(corners[2]).add_(corners[3])
        own.copy_(total) if self.deep else own.add_(total)
        _blocks(packed)[..., : self.skip] = blocks[..., self.width :]

    def carried(self, y: Tensor, x: Tensor) -> None:
        own, packed, deep = self._parts(x)
        older = packed.shape[4] // 4 - self.skip
        _large(y)[..., :older] = _blocks(packed)[..., self.skip :]
        _large(y)[..., older:] = _blocks(deep if self.deep else F.pad(own, (0, self.more)))

    def carried_back(self, x: Tensor, y: Tensor) -> None:
        own, packed, deep = self._parts(x)
        older = packed.shape[4] // 4 - self.skip
        _blocks(packed)[..., self.skip :] = _large(y)[..., :older]
        kept = _large(y)[..., older:]
        if self.deep:
            _blocks(deep).copy_(kept)
        else:
            own.copy_(kept.flatten(4)[..., : self.width])

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The image's own channels, what it carries, and the deepest map."""
        own, packed, deep = x.split((self.width, x.shape[4] - self.width - self.deep, self.deep), 4)
        return own, packed, deep


class _Read(torch.autograd.Function):
    """The image that a chain reads, and the carrying one: both gradients come back into one place."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: Carrying) -> tuple[Tensor, Tensor]:
        ctx.layer = layer
        return _apart(layer.image(_last(x))), x.view_as(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, image: Tensor, x: Tensor) -> tuple[Tensor | None, ...]:
        ctx.layer.image_back(_last(x), _last(image))  # in place: ``_Join`` made it, and nobody else has it
        return x, None


class _Join(torch.autograd.Function):
    """The changed image, rectified, and what is carried past it as one."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, x: Tensor, layer: Carrying) -> Tensor:
        ctx.layer, ctx.shape = layer, _last(x).shape
        before, width = _last(image), image.shape[2]
        y = x.new_empty(*before.shape[:4], layer.shape_out(tuple(x.shape[2:]))[0])
        own = y[..., :width]
        torch.clamp(before, min=0, out=own)
        layer.carried(y[..., width:], _last(x))
        ctx.save_for_backward(own)
        return _apart(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, y: Tensor) -> tuple[Tensor | None, ...]:
        (own,) = ctx.saved_tensors
        x, y, width = y.new_empty(ctx.shape), _last(y), own.shape[4]
        ctx.layer.carried_back(x, y[..., width:])
        return _apart(torch.ops.aten.threshold_backward(y[..., :width], own, 0)), _apart(x), None


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
        images = _last(x).contiguous().unflatten(4, (-1, self.all)).flatten(3, 4)
        own, deep = images.split((self.width, self.all - self.width), -1)
        for _ in range(self.levels):
            deep = _large(deep).flatten(4)
        deep = deep[..., : self.deep].permute(0, 3, 4, 1, 2)  # (B, R K, C, H, W)
        sides = (min(self.PARTS, deep.shape[3]), min(self.PARTS, deep.shape[4]))
        parts = F.adaptive_avg_pool2d(deep.flatten(1, 2), sides).unflatten(1, deep.shape[1:3]).flatten(2)
        both: Tensor = torch.cat((parts, own.mean((1, 2))), -1).unflatten(1, (x.shape[0], -1))  # (B, R, K, D)
        return both.flatten(2).transpose(0, 1)


def _last(x: Tensor) -> Tensor:
    """``(R, B, C, H, W)`` as ``(B, H, W, R, C)``."""
    return x.permute(1, 3, 4, 0, 2)


def _apart(x: Tensor) -> Tensor:
    """``_last`` the other way."""
    return x.permute(3, 0, 4, 1, 2)


def _large(x: Tensor) -> Tensor:
    """``(B, H, W, R, C)`` by its 2x2 blocks, a view ``(B, H / 2, W / 2, R, 2, 2, C)``."""
    blocks: Tensor = x.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))
    return blocks.permute(0, 1, 3, 5, 2, 4, 6)


def _blocks(x: Tensor) -> Tensor:
    """``(B, h, w, R, 4 C)`` as blocks, a view ``(B, h, w, R, 2, 2, C)``."""
    blocks: Tensor = x.unflatten(4, (2, 2, -1))
    return blocks
