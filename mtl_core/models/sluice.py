"""Sluice networks: a network for each task, in parts that are mixed after each stage, and heads that read all stages."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.coupled import Coupled
from mtl_core.models.cross_stitch import Unit
from mtl_core.models.matrices import as_matrix, matrices
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channel_axis, channels, mix, side_by_side
from mtl_core.random import Streams
from mtl_core.records.sharing import Trace


@dataclass(frozen=True)
class Subspaces(Layer):
    """Mixing weights ``(T G, T G)`` between the G parts of T columns: place ``t G + g`` is part g of column t.

    ``same`` on the diagonal, the rest of one shared by all other parts.
    """

    tasks: int
    parts: int
    same: float

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self._unit.shapes

    @property
    def _unit(self) -> Unit:
        return Unit(self.tasks * self.parts, self.same, None)

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return self._unit.initialise(streams)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        axis = channel_axis(x)
        width = x.shape[axis]
        # Where parts cannot be equal the last is filled up with zeros, and what is mixed into these is left out.
        after = 2 * (x.dim() - 1 - axis)
        filled = F.pad(x, (0,) * after + (0, -width % self.parts))
        apart = filled.unflatten(axis, (self.parts, -1)).movedim(axis, 2).flatten(1, 2)  # (R, T G, B, ...)
        mixed = mix(parameters["weight"], apart).unflatten(1, (self.tasks, self.parts))
        whole: Tensor = mixed.movedim(2, axis).flatten(axis, axis + 1)
        return whole.narrow(axis, 0, width)


@dataclass(frozen=True)
class Skip(Layer):
    """What a task's head takes of each stage, ``(L,)``: ``last`` of the last, the rest of one shared by the others."""

    stages: int
    last: float

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.stages,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        first = torch.full((self.stages,), (1 - self.last) / max(1, self.stages - 1), device=streams.keys.device)
        first[-1] = self.last if self.stages > 1 else 1
        return {"weight": first.expand(len(streams.keys), -1).clone()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        """``(R, L, B, F) -> (R, 1, B, F)``."""
        return mix(parameters["weight"].unsqueeze(1), x)


class Sluice(Coupled):
    """``h_tg <- sum_uh A_l[tg, uh] h_uh`` over the G parts of all columns' channels; a head reads ``sum_l b_tl h_tl``; parts of
    one column are kept apart by ``penalty / T sum_tl ||W_tl1ᵀ W_tl2||²`` (Ruder et al. 2019, sections 2.2 and 2.3).

    Columns and units are trunk; b is a task's own. Earlier stages reach the head as a skipped stage would hand them on:
    averaged over the image or its blocks, missing channels zero. One part, ``last=1`` and no penalty are cross-stitch units of
    one weight a pair.

    Args:
        setting: what it is built for.
        parts: G.
        same: first weight of a part for itself; where there is but one part in all it is 1.
        last: first weight of the last stage for the head.
        penalty: what parts of a column that compute alike cost.
        unit_rate: learning rate of A and b as a multiple of the run's.

    Deviations: no noise and no hidden layer in heads. The penalty is on the matrix that ends each stage, on every
    pair of parts, and a mean over tasks, as their losses are at equal weights.
    Cost: T backbones, ``(T G)²`` weights a stage and T L.
    """

    def __init__(self, setting: Setting, parts: int, same: float, last: float, penalty: float, unit_rate: float) -> None:
        tasks, backbone = len(setting.heads), setting.backbone
        # No stage is cut into more parts than it has channels; two stages may differ in that.
        self._counts = tuple(min(parts, channels(shape)) for shape in backbone.shapes[1:])
        units = tuple(
            Stage(f"unit {stage.name}", (Subspaces(tasks, count, same if tasks * count > 1 else 1.0),))
            for stage, count in zip(backbone.stages, self._counts, strict=True)
        )
        super().__init__(setting, units, unit_rate)
        self._skip = Stage("skip", (Skip(len(self.stages), last),))
        self._penalty, self._skip_rate = penalty, unit_rate

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        count, last = len(self.tasks), self.stages[-1].name
        skip = Part(
            "skip.", self._skip, self.tasks, last, count, each=True, start="other", rate=self._skip_rate, structure=True
        )
        return (*super().parts, skip)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``: besides, the weights between parts, and what heads take of each stage."""
        stages = tuple(stage.name for stage in self.stages)
        cut = (tuple(f"{n}, part {g + 1}" for n in self.names for g in range(count)) for count in self._counts)
        between = (
            Trace(f"parts.{stage}", ("part", "part"), (labels, labels), "mixing weights between parts of the networks")
            for stage, labels in zip(stages, cut, strict=True)
        )
        skip = Trace(f"skip.{stages[-1]}", ("task", "stage"), (self.names, stages), "what each task's head takes of each stage")
        return (*super().traces, *between, skip)

    def told(self, weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Coupled.told``: what a column's parts take of each column, summed over its parts."""
        tasks = len(self.tasks)
        blocks = weight.unflatten(2, (tasks, -1)).unflatten(1, (tasks, -1))  # (R, T, G, T, G)
        return blocks.abs().sum(4).mean(2), {"unit": blocks.sum(4).mean(2), "parts": weight}

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        held: list[Tensor] = []
        for place, stage in enumerate(self.stages):
            x = self.couple(place, parameters, side_by_side(stage, parameters, x, f"column.{place}."), seen)
            held = [stage.shortcut(h.flatten(0, 1)).unflatten(0, h.shape[:2]) for h in held] + [x]
        read = side_by_side(self._skip, parameters, torch.stack(held, dim=2), "skip.").squeeze(2)
        if seen.wanted:
            seen.row(self.stages[-1].name, read, skip=parameters["skip.0.weight"])
        return read, {"alike": self._penalty / len(self.tasks) * self._overlap(parameters)} if self._penalty else {}

    def _overlap(self, parameters: Mapping[str, Tensor]) -> Tensor:
        """``(R,)``: ``sum_tl sum_{g<h} ||W_tlgᵀ W_tlh||²`` over the parts of the matrix that ends each stage."""
        total = parameters["skip.0.weight"].new_zeros(len(parameters["skip.0.weight"]))
        for place, (stage, count) in enumerate(zip(self.stages, self._counts, strict=True)):
            matrix = as_matrix(parameters[f"column.{place}.{list(matrices(stage))[-1]}"], 2)  # (R, T, I, O)
            parts = matrix.split(-(-matrix.shape[3] // count), dim=3)
            for one, other in combinations(parts, 2):
                total = total + (one.mT @ other).square().sum((1, 2, 3))
        return total


def sluice(setting: Setting, parts: int, same: float, last: float, penalty: float, unit_rate: float) -> Sluice:
    """The model of sluice networks; see ``Sluice``."""
    return Sluice(setting, parts, same, last, penalty, unit_rate)
