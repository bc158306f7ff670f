"""Cross-stitch units: a network for each task, mixed after each stage."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.coupled import Coupled, own_weight
from mtl_core.models.model import Setting
from mtl_core.models.primitives import channels, mix, mix_channels
from mtl_core.random import Streams


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


class CrossStitch(Coupled):
    """``h_t <- sum_u A_l[t, u] h_u`` after each stage (Misra et al. 2016, equation 1).

    With ``same=1`` and units that stand still it is a network for each task; with ``same=1`` some trunk gradients are exactly
    zero at the first step.

    Args:
        setting: what it is built for.
        same: first weight of a task's own column; with one task it is 1.
        granularity: ``scalar`` or ``channel`` (the paper's one unit an activation map).
        unit_rate: learning rate of the units as a multiple of the run's.

    Deviations: columns start from the same values instead of from networks trained singly (the paper's pretraining), so the
    default learning rate of units is the study's; the paper's is two to three orders higher under SGD.
    Cost: T backbones and the units' ``T² (C)`` a stage.
    """

    def __init__(self, setting: Setting, same: float, granularity: str, unit_rate: float) -> None:
        kept = own_weight(setting, same)
        units = tuple(
            Stage(
                f"unit {stage.name}", (Unit(len(setting.heads), kept, channels(shape) if granularity == "channel" else None),)
            )
            for stage, shape in zip(setting.backbone.stages, setting.backbone.shapes[1:], strict=True)
        )
        super().__init__(setting, units, unit_rate)


def cross_stitch(setting: Setting, same: float, granularity: str, unit_rate: float) -> CrossStitch:
    """The model of cross-stitch units; see ``CrossStitch``."""
    return CrossStitch(setting, same, granularity, unit_rate)
