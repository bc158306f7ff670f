"""Mixtures of experts: copies of the backbone, weighed for every example by a gate of each task."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channels, mix_examples, pooled, side_by_side
from mtl_core.records.sharing import Row, Trace


class MixtureOfExperts(Composed):
    """``f_t = sum_e softmax(W_t x)_e f_e(x)`` with E experts, each a copy of all stages (Ma et al. 2018, equations 5 and 6).

    A gate reads the raw example, pooled over positions to its C channels (never flattened pixels). Experts are trunk; gates
    are their tasks' own. One expert is hard sharing: its gate is one, whatever it reads.

    Args:
        setting: what it is built for.
        experts: E.
        temperature: divides the gates' logits.

    Deviations: gates have a bias. Cost: E backbones' parameters and FLOPs, once for all tasks.
    """

    def __init__(self, setting: Setting, experts: int, temperature: float) -> None:
        super().__init__(setting)
        self._count, self._temperature = experts, temperature
        self._gate = Stage("gate", (Linear(channels(self.shapes[0]), experts),))
        self._modules = tuple(f"expert {number}" for number in range(1, experts + 1))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        experts = (
            Part(f"expert.{place}.", stage, self.tasks, stage.name, self._count, start="experts")
            for place, stage in enumerate(self.stages)
        )
        count, last = len(self.tasks), self.stages[-1].name
        gates = Part("gate.", self._gate, self.tasks, last, count, each=True, start="other", structure=True)
        return (*experts, gates)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        return tuple(
            Row(
                stage.name,
                self._modules,
                (self.tasks,) * self._count,
                tuple(() if place == 0 else (expert,) for expert in range(self._count)),
            )
            for place, stage in enumerate(self.stages)
        )

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        labels, last = (self.names, self._modules), self.stages[-1].name
        axes = ("task", "module")
        return (
            Trace(f"usage.{last}", axes, labels, "how much each task's gate listens to each expert, mean over examples"),
            Trace(f"spread.{last}", axes, labels, "how much a gate changes between examples: its standard deviation"),
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        seen_by_gates = pooled(x)
        logits = side_by_side(self._gate, parameters, seen_by_gates.expand(-1, len(self.tasks), -1, -1), "gate.")
        gates = torch.softmax(logits / self._temperature, dim=3).transpose(2, 3)  # (R, T, E, B)
        for place, stage in enumerate(self.stages):
            x = side_by_side(stage, parameters, x, f"expert.{place}.")
            if seen.wanted and place + 1 < len(self.stages):
                seen.row(stage.name, mix_examples(gates, x))  # what a task's gate will pick of it
        mixed = mix_examples(gates, x)
        seen.row(self.stages[-1].name, mixed, gates.mean(3), spread=gates.std(3, correction=0))
        return mixed, {}


def mmoe(setting: Setting, experts: int, temperature: float) -> MixtureOfExperts:
    """The multi-gate mixture of experts; see ``MixtureOfExperts``."""
    return MixtureOfExperts(setting, experts, temperature)
