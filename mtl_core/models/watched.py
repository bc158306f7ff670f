"""A model whose stages can be listened to, and spoken to, while examples pass."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from math import prod

from torch import Tensor

from mtl_core.layers.layers import Parameters
from mtl_core.layers.skips import Carrying
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Composed

Change = Callable[[int, Tensor], Tensor]
"""From the number of a call of a stage within a pass, and what came of it, to what is passed on."""


@dataclass
class Watch:
    """What is known of a stage in the pass at hand.

    Args:
        own: how many of its channels are units: all, but of images that carry others those of their own.
        change: what is done to what comes of it; None for nothing.
        calls: what came of each of its calls, as it was passed on, in their order: ``(K, B, ...)`` with K copies.
    """

    own: int
    change: Change | None = None
    calls: list[Tensor] = field(default_factory=list)

    def passed(self, y: Tensor) -> Tensor:
        """Take note of what came of a call."""
        y = y if self.change is None else self.change(len(self.calls), y)
        self.calls.append(y)
        return y


@dataclass(frozen=True)
class Watched(Stage):
    """A stage that tells what it computed, before layers that only make a vector of that."""

    watch: Watch = field(default_factory=lambda: Watch(0), compare=False)

    def part(self, parameters: Parameters, x: Tensor, prefix: str, start: int, end: int) -> Tensor:
        """See ``Stage.part``."""
        if not start < self.ending <= end:
            return super().part(parameters, x, prefix, start, end)
        found = self.watch.passed(super().part(parameters, x, prefix, start, self.ending))
        return super().part(parameters, found, prefix, self.ending, end)


def watched(model: Composed) -> tuple[Composed, tuple[Watch, ...]]:
    """The same model with stages that are watched, and what they tell, from the input up. The given one stays as it is."""
    stages = tuple(
        Watched(stage.name, stage.layers, stage.halves, stage.skippable, Watch(_own(stage, shape)))
        for stage, shape in zip(model.stages, model.shapes, strict=False)
    )
    made = copy(model)
    made.stages = stages
    made.setting = replace(model.setting, backbone=replace(model.setting.backbone, stages=stages, whole=None))
    for name in ("parameters", "_parts"):  # found out before, of the stages that there were
        made.__dict__.pop(name, None)
    return made, tuple(stage.watch for stage in stages)


def _own(stage: Stage, shape: tuple[int, ...]) -> int:
    own = 0
    for layer in stage.layers[: stage.ending]:
        after = layer.shape_out(shape)
        is_image = len(after) == 3
        own = after[0] if is_image else after[-1] if after else prod(shape)
        if isinstance(layer, Carrying):
            own = layer.chain.shape_out(layer.read(shape))[0]
        shape = after
    return own
