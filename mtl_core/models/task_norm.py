"""One network for all, in which normalisation is each task's own."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, cat

from mtl_core.errors import SpecError
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import side_by_side
from mtl_core.random import Streams
from mtl_core.records.sharing import Trace
from mtl_core.spec.strategies_patterns import NO_NORMS


@dataclass(frozen=True)
class Some(Stage):
    """Some of a stage's parameters, drawn as the whole stage draws them."""

    kept: frozenset[str] = frozenset()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """See ``Stage.shapes``."""
        return {name: shape for name, shape in super().shapes.items() if name in self.kept}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """See ``Stage.initialise``."""
        return {name: value for name, value in super().initialise(streams).items() if name in self.kept}


class TaskNorm(HardSharing):
    """Hard sharing in which scale γ_t and shift β_t of every normalisation, also those within residual blocks, belong to task
    t: ``h_t <- γ_t ⊙ (h_t - mean) / std + β_t``. It starts as hard sharing.

    Args:
        setting: what it is built for.
        own_rate: learning rate of scales and shifts as a multiple of the run's.

    Raises:
        SpecError: the backbone normalises nowhere.

    Source: the usual baseline; TSσBN (arXiv 2512.20420). Deviations from the latter: layer and group statistics, which tasks
    do not share, for those of batches, and γ itself for its sigmoid.
    Cost: one backbone's parameters, and T times the few of normalisation; T times its FLOPs, and in memory the weights of T
    networks during a step.
    """

    def __init__(self, setting: Setting, own_rate: float) -> None:
        super().__init__(setting)
        # Nothing but normalisation calls parameters so.
        self._own = [frozenset(n for n in stage.shapes if n.endswith((".scale", ".shift"))) for stage in self.stages]
        if not any(self._own):
            raise SpecError(NO_NORMS)
        self._rate = own_rate

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        found, count = [], len(self.tasks)
        for place, (stage, own) in enumerate(zip(self.stages, self._own, strict=True)):
            shared = Some(stage.name, stage.layers, kept=frozenset(stage.shapes) - own)
            norms = Some(stage.name, stage.layers, kept=own)
            found.append(Part(f"trunk.{place}.", shared, self.tasks, stage.name))
            found.append(Part(f"norm.{place}.", norms, self.tasks, stage.name, count, each=True, rate=self._rate))
        return tuple(found)

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: from the first stage that normalises."""
        first = next(place for place, own in enumerate(self._own) if own)
        return tuple(stage.name for stage in self.stages[0 if self.setting.per_task else first :])

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        pair = ("task", "task"), (self.names, self.names)
        return tuple(
            Trace(f"agreement.{stage.name}", *pair, "cosine of two tasks' scales")
            for stage, own in zip(self.stages, self._own, strict=True)
            if own
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        for place, (stage, own) in enumerate(zip(self.stages, self._own, strict=True)):
            x = side_by_side(stage, {name: self._value(place, name, parameters) for name in stage.shapes}, x, "")
            if seen.wanted:
                scales = [parameters[f"norm.{place}.{name}"] for name in sorted(own) if name.endswith(".scale")]
                along = F.normalize(cat(scales, dim=2), dim=2) if scales else None
                seen.row(stage.name, x, **({} if along is None else {"agreement": (along @ along.mT).abs()}))
        return x, {}

    def _value(self, place: int, name: str, parameters: Mapping[str, Tensor]) -> Tensor:
        """``(R, T, *shape)``: what each task reads."""
        if name in self._own[place]:
            return parameters[f"norm.{place}.{name}"]
        shared = parameters[f"trunk.{place}.{name}"].unsqueeze(1)
        return shared.expand(-1, len(self.tasks), *shared.shape[2:])


def task_norm(setting: Setting, own_rate: float) -> TaskNorm:
    """The model in which normalisation is each task's own; see ``TaskNorm``."""
    return TaskNorm(setting, own_rate)
