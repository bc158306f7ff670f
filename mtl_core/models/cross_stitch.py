"""Cross-stitch units: a network for each task, mixed after each stage."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.columns import Columns
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Setting
from mtl_core.models.primitives import channels, mix, mix_channels
from mtl_core.random import Streams
from mtl_core.records.sharing import Trace


@dataclass(frozen=True)
class Unit(Layer):
    """Mixing weights ``(T, T)`` or ``(T, T, C)``: row t says what task t takes from each column.

    ``same`` on the diagonal, the rest of one shared by the others: rows sum to one, so activations keep their size (units of
    ones, as some public code has them, let activations grow T-fold a stage).
    """

    tasks: int
    same: float
    channels: int | None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.tasks, self.tasks) + (() if self.channels is None else (self.channels,))}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        device = streams.keys.device
        eye = torch.eye(self.tasks, device=device)
        unit = self.same * eye + (1 - self.same) / max(1, self.tasks - 1) * (1 - eye)
        spread = unit if self.channels is None else unit.unsqueeze(-1).expand(-1, -1, self.channels)
        return {"weight": spread.expand(len(streams.keys), *spread.shape).clone()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        weight = parameters["weight"]
        return mix(weight, x) if self.channels is None else mix_channels(weight, x)


class CrossStitch(Columns):
    """``h_t <- sum_u A_l[t, u] h_u`` after each stage (Misra et al. 2016, equation 1).

    All columns and units are trunk: every task's loss reaches them. With ``same=1`` and units that stand still it is a network
    for each task; with ``same=1`` some trunk gradients are exactly zero at the first step.

    Args:
        setting: what it is built for.
        same: first weight of a task's own column; with one task it is 1.
        granularity: ``scalar`` or ``channel`` (the paper's one unit an activation map).
        unit_rate: learning rate of the units as a multiple of the run's.

    Deviations: columns start from the same values instead of from networks trained singly (the paper's pretraining), so the
    default learning rate of units is the study's; the paper's is two to three orders higher under SGD.
    Cost: T backbones and the units' ``T² (C)`` a stage.
    """

    coupled = True

    def __init__(self, setting: Setting, same: float, granularity: str, unit_rate: float) -> None:
        super().__init__(setting)
        self._rate = unit_rate
        count = len(self.tasks)
        kept = same if count > 1 else 1.0
        self.units = tuple(
            Stage(f"unit {stage.name}", (Unit(count, kept, channels(shape) if granularity == "channel" else None),))
            for stage, shape in zip(self.stages, self.shapes[1:], strict=True)
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        units = (
            Part(f"unit.{place}.", unit, self.tasks, stage.name, start="other", rate=self._rate, structure=True)
            for place, (unit, stage) in enumerate(zip(self.units, self.stages, strict=True))
        )
        return (*super().parts, *units)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``: the usage by size of what flows, and the units with their signs, mean over channels."""
        axes, labels = ("task", "module"), (self.names, self.names)
        return tuple(
            Trace(f"{kind}.{stage.name}", axes, labels, title)
            for stage in self.stages
            for kind, title in (("usage", "how much of what a task reads comes from each network"), ("unit", "mixing weights"))
        )

    def couple(self, place: int, parameters: Mapping[str, Tensor], x: Tensor, seen: Seen) -> Tensor:
        """See ``Columns.couple``."""
        mixed = self.units[place](parameters, x, f"unit.{place}.")
        if seen.wanted:
            weight = parameters[f"unit.{place}.0.weight"]
            weight = weight if weight.dim() == 3 else weight.mean(3)
            flow = weight.abs() * x.flatten(2).square().mean(2).sqrt().unsqueeze(1)
            seen.row(self.stages[place].name, mixed, flow / flow.sum(2, keepdim=True).clamp(min=1e-12), unit=weight)
        return mixed


def cross_stitch(setting: Setting, same: float, granularity: str, unit_rate: float) -> CrossStitch:
    """The model of cross-stitch units; see ``CrossStitch``."""
    return CrossStitch(setting, same, granularity, unit_rate)
