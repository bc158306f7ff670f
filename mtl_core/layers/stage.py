"""A stage: a named chain of layers, the unit in which backbones are cut and shared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, prod

import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.layers import Layer, Linear, Relu
from mtl_core.random import Streams


@dataclass(frozen=True)
class Stage:
    """Layers applied one after another.

    Args:
        name: what conflict records and figures call it, such as ``layer 1``.
        layers: the chain; a parameter's name is its layer's place and its local name, such as ``0.weight``.
        halves: the place of the layer at which the stage can be cut in two (``first_half``, ``second_half``).
        skippable: whether ``shortcut`` may stand for it; not for the first stage of a backbone, which reads raw examples.
    """

    name: str
    layers: tuple[Layer, ...]
    halves: int = 0
    skippable: bool = False

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters of one run, by name."""
        return {f"{place}.{name}": shape for place, layer in enumerate(self.layers) for name, shape in layer.shapes.items()}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """First values ``(R, *shape)`` of every parameter, by name."""
        return {
            f"{place}.{name}": value
            for place, layer in enumerate(self.layers)
            for name, value in layer.initialise(streams.at(place)).items()
        }

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one example after the stage, from that before it."""
        for layer in self.layers:
            shape = layer.shape_out(shape)
        return shape

    def flops(self, shape: tuple[int, ...]) -> int:
        """Floating-point operations of one example of this shape through one copy, forward."""
        total = 0
        for layer in self.layers:
            total += layer.flops(shape)
            shape = layer.shape_out(shape)
        return total

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """``(R, B, ...) -> (R, B, ...)``, reading its parameters under ``prefix``."""
        return self.part(parameters, x, prefix, 0, len(self.layers))

    def first_half(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """The layers before ``halves``."""
        return self.part(parameters, x, prefix, 0, self.halves)

    def second_half(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """The layers from ``halves``, applied to what ``first_half`` gave, which stays as it is."""
        return self.part(parameters, x, prefix, self.halves, len(self.layers))

    @property
    def ending(self) -> int:
        """The place from which on layers only turn what was computed into one vector; their number where the stage does not."""
        place = len(self.layers)
        while place > 0 and self.layers[place - 1].closing:
            place -= 1
        return place

    def second_half_open(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """``second_half`` up to ``ending``: positions are there still."""
        return self.part(parameters, x, prefix, self.halves, self.ending)

    def close(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """The layers from ``ending``."""
        return self.part(parameters, x, prefix, self.ending, len(self.layers))

    @property
    def bend(self) -> int:
        """The place of the last rectifier, or ``halves`` where there is none: a linear layer above the stage cannot undo or
        take over what is changed there."""
        return max((place for place, layer in enumerate(self.layers) if isinstance(layer, Relu)), default=self.halves)

    def part(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str, start: int, end: int) -> Tensor:
        """The layers from the place ``start`` to that before ``end``."""
        for place in range(start, end):
            layer = self.layers[place]
            if isinstance(layer, Relu) and place > start and isinstance(self.layers[place - 1], Linear):
                x = x.relu_()  # in place: nobody else sees a linear layer's result, and its gradient does not need it
            else:
                x = layer({name: parameters[f"{prefix}{place}.{name}"] for name in layer.shapes}, x)
        return x

    def shortcut(self, x: Tensor) -> Tensor:
        """What stands for the stage when it is skipped, ``(R, B, ...)`` as the stage gives it, without parameters: ``x``
        resized (``resized``) or as a layer says (``Layer.around``), and turned into a vector where the stage ends so.
        """
        closing = [layer for layer in self.layers if layer.closing]
        shape = tuple(x.shape[2:])
        for layer in self.layers:
            if not layer.closing:
                shape = layer.shape_out(shape)
        said = (layer.around(x) for layer in self.layers)
        around = next((y for y in said if y is not None), None)
        x = resized(x, shape) if around is None else around
        for layer in closing:
            x = layer({}, x)
        return x


Whole = Callable[[Sequence[Stage], Sequence[Mapping[str, Tensor]], Tensor], Tensor]


@dataclass(frozen=True)
class Backbone:
    """The stages of a backbone, and the shapes of one example before and after each.

    Args:
        stages: in order.
        shapes: the last is ``(features,)``, or with an open end that of positions ``(S, D)`` or of a map ``(D, H, W)``.
        words: how many there are where an example is a text of their numbers; 0 for others.
        closing: of an open end the layers that would turn it into a vector, for heads that read one.
        showing: the layers with which heads of maps begin upon an open end that is more than the map.
        whole: the same as all stages one after another, faster, from them, the parameters of each and ``(R, B, ...)``; None
            where there is nothing to gain.
    """

    stages: tuple[Stage, ...]
    shapes: tuple[tuple[int, ...], ...]
    words: int = 0
    closing: tuple[Layer, ...] = ()
    showing: tuple[Layer, ...] = ()
    whole: Whole | None = None

    @classmethod
    def of(cls, stages: tuple[Stage, ...], shape: tuple[int, ...], words: int = 0) -> "Backbone":
        """The backbone of these stages on examples of this shape."""
        shapes = [tuple(shape)]
        for stage in stages:
            shapes.append(stage.shape_out(shapes[-1]))
        return cls(stages, tuple(shapes), words)

    def opened(self) -> "Backbone":
        """The same with an open end: the last stage leaves positions or a map, and heads close it for themselves."""
        last = self.stages[-1]
        stages = (*self.stages[:-1], replace(last, layers=last.layers[: last.ending]))
        body = Backbone.of(stages, self.shapes[0], self.words)
        return replace(body, closing=last.layers[last.ending :], showing=self.showing, whole=self.whole)

    @property
    def features(self) -> int:
        """The length of the vector that comes out of the last stage, or that its open end is closed to."""
        return prod(Stage("closing", self.closing).shape_out(self.shapes[-1]))

    @property
    def flops(self) -> int:
        """Floating-point operations of one example through all stages, forward."""
        return sum(stage.flops(shape) for stage, shape in zip(self.stages, self.shapes[:-1], strict=True))


def units(width: float, stage: int, stages: int, more: tuple[int, ...] = ()) -> int:
    """Units of one stage (from 0) for a width between whole numbers: ``floor(width + (stages - 1 - stage) / stages)``.

    As the width grows by ``1 / stages`` one more stage gains a unit, the first before the last, so that parameters grow in
    fine steps. A whole width is that of every stage. ``more`` has units to be added to the first stages.
    """
    added = more[stage] if stage < len(more) else 0
    return max(
        1, added + floor(width + (stages - 1 - stage) / stages + 1e-9)
    )  # thirds and the like count as whole where they sum to it


def resized(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """``(R, B, ...)`` as examples of another size, without parameters: images are averaged over the blocks that fall on each
    new pixel, and missing channels are zero, surplus ones left out (He et al. 2016, option A).
    """
    if x.dim() == 5:
        if tuple(x.shape[3:]) != shape[1:]:
            images = x.transpose(0, 1)  # the order that convolutions leave: (B, R, C, H, W)
            pooled = F.adaptive_avg_pool2d(images.flatten(1, 2), (shape[1], shape[2]))
            x = pooled.unflatten(1, images.shape[1:3]).transpose(0, 1)
        more = shape[0] - x.shape[2]
        return F.pad(x.transpose(0, 1), (0, 0, 0, 0, 0, more)).transpose(0, 1) if more else x
    more = shape[-1] - x.shape[-1]
    return F.pad(x, (0, more)) if more else x
