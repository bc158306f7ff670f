"""Images that carry others, so that a network which joins early and late layers (U-Net) is a chain of stages like any.

A carrying image ``(R, B, C, H, W)`` has its own channels first. Behind them lie larger images, each 2x2 block of theirs as four
channels, as often as their size asks for; and on the way up at last the deepest map, the other way round: four of its channels
as a 2x2 block. Nothing is lost either way.

What is moved is moved once: autograd's own chain of slices, blocks and joins would pass over memory three times as often as the
convolutions between them. Everything is seen as ``(B, H, W, R, C)`` here, the order that convolutions leave on a processor.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mtl_core.layers.blocks import apart, block_sum, blocks, large, last, spread
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
        blocks(y).copy_(large(x))

    def carried_back(self, x: Tensor, y: Tensor) -> None:
        large(x).copy_(blocks(y))


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
        large(image)[..., : self.width] = own[:, :, :, :, None, None]
        large(image)[..., self.width :] = blocks(packed)[..., : self.skip]
        return image

    def image_back(self, x: Tensor, image: Tensor) -> None:
        own, packed, _ = self._parts(x)
        total = block_sum(image[..., : self.width])
        own.copy_(total) if self.deep else own.add_(total)
        blocks(packed)[..., : self.skip] = large(image)[..., self.width :]

    def carried(self, y: Tensor, x: Tensor) -> None:
        own, packed, deep = self._parts(x)
        older = packed.shape[4] // 4 - self.skip
        large(y)[..., :older] = blocks(packed)[..., self.skip :]
        large(y)[..., older:] = blocks(deep if self.deep else F.pad(own, (0, self.more)))

    def carried_back(self, x: Tensor, y: Tensor) -> None:
        own, packed, deep = self._parts(x)
        older = packed.shape[4] // 4 - self.skip
        blocks(packed)[..., self.skip :] = large(y)[..., :older]
        kept = large(y)[..., older:]
        if self.deep:
            blocks(deep).copy_(kept)
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
        return apart(layer.image(last(x))), x.view_as(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, image: Tensor, x: Tensor) -> tuple[Tensor | None, ...]:
        ctx.layer.image_back(last(x), last(image))  # in place: ``_Join`` made it, and nobody else has it
        return x, None


class _Join(torch.autograd.Function):
    """The changed image, rectified, and what is carried past it as one."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, x: Tensor, layer: Carrying) -> Tensor:
        ctx.layer, ctx.shape = layer, last(x).shape
        before, width = last(image), image.shape[2]
        y = x.new_empty(*before.shape[:4], layer.shape_out(tuple(x.shape[2:]))[0])
        own = y[..., :width]
        torch.clamp(before, min=0, out=own)
        layer.carried(y[..., width:], last(x))
        ctx.save_for_backward(own)
        return apart(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, y: Tensor) -> tuple[Tensor | None, ...]:
        (own,) = ctx.saved_tensors
        x, y, width = y.new_empty(ctx.shape), last(y), own.shape[4]
        ctx.layer.carried_back(x, y[..., width:])
        return apart(torch.ops.aten.threshold_backward(y[..., :width], own, 0)), apart(x), None


class _Beside(torch.autograd.Function):
    """``(R, B, C, H, W)`` twice as high and wide beside ``(R, B, S, 2 H, 2 W)``."""

    @staticmethod
    def forward(ctx: Any, small: Tensor, beside: Tensor) -> Tensor:
        own, other = last(small), last(beside)
        ctx.width = own.shape[4]
        y = other.new_empty(*other.shape[:4], ctx.width + other.shape[4])
        large(y)[..., : ctx.width] = own[:, :, :, :, None, None]
        y[..., ctx.width :] = other
        return apart(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        y = last(gradient)
        return apart(block_sum(y[..., : ctx.width])), apart(y[..., ctx.width :])


def at_once(stages: Sequence[Stage], values: Sequence[Mapping[str, Tensor]], x: Tensor) -> Tensor:
    """What carrying stages give one after another, where nobody looks between them: skips are handed over instead of carried,
    in little more than half of the time.

    Args:
        stages: the first one plain, the others each a carrying layer, the last with what closes it.
        values: the parameters of each.
        x: ``(R, B, C, H, W)``.
    """
    image, skips, deep = stages[0](values[0], x), [], None
    for stage, own in zip(stages[1:], values[1:], strict=True):
        layer = cast(Carrying, stage.layers[0])
        if isinstance(layer, Descend):
            skips.append(image)
        elif isinstance(layer, Ascend):
            deep = last(F.pad(image, (0, 0, 0, 0, 0, layer.more))) if deep is None else deep
            deep = spread(deep)
            image = _Beside.apply(image, skips.pop())  # type: ignore[no-untyped-call]
        image = torch.relu(layer.chain({name.removeprefix("0."): value for name, value in own.items()}, image))
    y = image if deep is None else apart(torch.cat((last(image), deep), -1))
    return stages[-1].part(values[-1], y, "", 1, len(stages[-1].layers))
