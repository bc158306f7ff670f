"""Multi-task attention: one backbone for all tasks, of which each task's masks pick what it needs."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mtl_core.layers.layers import Convolution, Layer, Linear, Normalisation, Relu
from mtl_core.layers.stage import Stage, resized
from mtl_core.models.composed import Part, Seen
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channel_axis, channels, pooled, side_by_side, together
from mtl_core.records.sharing import Trace

_IMAGES = 6
"""Dimensions of ``(R, S, B, C, H, W)``."""

_FEWEST = 4
"""Channels that a mask's hidden layer has at least: of fewer, normalisation would leave little."""


class Attention(HardSharing):
    """``e_l = r_l(a_tl * p_l)`` with masks ``a_tl = σ(V2 relu(N(V1 [u_l; e_l-1])) + open)`` (Liu et al. 2019, section 3.1).

    ``u_l`` and ``p_l`` are a stage after its first and its second half, on the trunk's own way from the input up; a head reads
    ``a_tL * p_L``. V1 and V2 act at each position alone and are their task's own; the refinements ``r_l``, ``relu`` of a 3x3
    convolution or of a linear map of each position, are trunk. The first stage's masks see ``u_1`` alone. Masks of ones, with
    ``open`` large, are hard sharing.

    Args:
        setting: what it is built for.
        squeeze: how many times fewer channels V1 gives than the stage has.
        open: what is added to masks' logits: 0 starts them half open, which halves what heads read; 2 nearly open.

    Deviations: no refinement after the last stage, as in the paper's residual version; masks are made at the resolution of
    ``p_l``, after any halving, and before a stage's ending turns it into a vector; normalised once and each example by itself,
    for a normalisation of logits would hold every example's mean mask fixed.
    Cost: the trunk once, refinements and T masks a stage: ``T (C_u + C_e + C_p) C_p / squeeze`` parameters, and as many
    products a position.
    """

    def __init__(self, setting: Setting, squeeze: int, open: float) -> None:
        super().__init__(setting)
        self._open = open
        self._masks: list[Stage] = []
        self._refinements: list[Stage] = []
        self._openings: list[tuple[int, ...]] = []
        before = 0
        for stage, shape in zip(self.stages, self.shapes[:-1], strict=True):
            half = _shape_after(stage.layers[: stage.halves], shape)
            opening = _shape_after(stage.layers[: stage.ending], shape)
            width = channels(opening)
            hidden = max(_FEWEST, width // squeeze)
            narrow, wide = _pointwise(channels(half) + before, hidden, opening), _pointwise(hidden, width, opening)
            self._masks.append(Stage(f"mask {stage.name}", (narrow, Normalisation(hidden), Relu(), wide)))
            kernel: Layer = Convolution(width, width) if len(opening) == 3 else Linear(width, width)
            self._refinements.append(Stage(f"refine {stage.name}", (kernel, Relu())))
            self._openings.append(opening)
            before = width
        del self._refinements[-1]

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        masks = (
            Part(f"mask.{place}.", mask, self.tasks, stage.name, len(self.tasks), each=True, start="other", structure=True)
            for place, (mask, stage) in enumerate(zip(self._masks, self.stages, strict=True))
        )
        refinements = (
            Part(f"refine.{place}.", refine, self.tasks, stage.name, start="other")
            for place, (refine, stage) in enumerate(zip(self._refinements, self.stages, strict=False))
        )
        return (*super().parts, *refinements, *masks)

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: masks differ from the first stage on."""
        return tuple(stage.name for stage in self.stages)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        names, found = self.names, []
        for stage, opening in zip(self.stages, self._openings, strict=True):
            numbers = tuple(str(number) for number in range(1, channels(opening) + 1))
            found += [
                Trace(f"mask.{stage.name}", ("task", "channel"), (names, numbers), "how open a task's mask is, in the mean"),
                Trace(f"agreement.{stage.name}", ("task", "task"), (names, names), "one less the distance of two tasks' masks"),
            ]
        return tuple(found)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        attended = x  # (R, T, B, ...) from the first stage on
        for place, stage in enumerate(self.stages):
            opening = self._openings[place]
            x = together(self.stages[place - 1].close, parameters, x, "") if place else x
            half = together(stage.first_half, parameters, x, f"trunk.{place}.")
            x = together(stage.second_half_open, parameters, half, f"trunk.{place}.")
            looked = _placed(half, opening)
            if place:
                refined = together(self._refinements[place - 1], parameters, attended, f"refine.{place - 1}.")
                streams = (looked.expand(-1, len(self.tasks), *looked.shape[2:]), _placed(refined, opening))
                looked = torch.cat(streams, dim=channel_axis(looked))
            mask = torch.sigmoid(side_by_side(self._masks[place], parameters, looked, f"mask.{place}.") + self._open)
            attended = mask * x
            if place + 1 == len(self.stages):
                attended = together(stage.close, parameters, attended, "")
            seen.row(stage.name, attended, **_told(mask, seen.wanted))
        return attended, {}


def _shape_after(layers: tuple[Layer, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return Stage("part", layers).shape_out(shape)


def _pointwise(inputs: int, outputs: int, shape: tuple[int, ...]) -> Layer:
    """A linear map at each position of examples of this shape."""
    return Convolution(inputs, outputs, 1) if len(shape) == 3 else Linear(inputs, outputs)


def _placed(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """``(R, S, B, ...)`` with the positions of examples of another shape, its channels as they are; an image that is to be a
    vector is the mean of its positions."""
    if len(shape) < 3:
        return x.mean((4, 5)) if x.dim() == _IMAGES and len(shape) == 1 else x
    placed: Tensor = resized(x.flatten(1, 2), (x.shape[3], *shape[1:])).unflatten(1, x.shape[1:3])
    return placed


def _told(mask: Tensor, wanted: bool) -> dict[str, Tensor]:
    if not wanted:
        return {}
    own = mask.flatten(2)
    apart = torch.stack([(own - own[:, task : task + 1]).abs().mean(2) for task in range(own.shape[1])], dim=1)
    return {"mask": pooled(mask).mean(2), "agreement": 1 - apart}


def mtan(setting: Setting, squeeze: int, open: float) -> Attention:
    """The model of masks a task and stage; see ``Attention``."""
    return Attention(setting, squeeze, open)
