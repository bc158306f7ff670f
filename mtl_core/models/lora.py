"""Low-rank changes: one backbone for all tasks, whose matrices each task changes a little."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.conditioned import Factors, told_of
from mtl_core.models.hard import HardSharing
from mtl_core.models.matrices import as_weight, matrices
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import side_by_side
from mtl_core.records.sharing import Trace


class LowRank(HardSharing):
    """``W_t = W + (s / r) A_t B_t`` for every matrix of every stage (Hu et al. 2021; tasks as Agiza et al. 2024, MTLoRA).

    W, biases and normalisations are trunk; A and B are their task's own. B starts at zero, so that it begins as hard sharing
    bit for bit; A learns from the second step on. Of a convolution the window's numbers are the matrix's inputs: A is a
    convolution of r channels and B one of one pixel. With all of the rank a task's matrices can be any.

    Args:
        setting: what it is built for.
        rank: r, at most the smaller side of a matrix.
        scale: s; divided by the rank, so that rank can change without it.

    Deviations: W is trained from the start, no frozen and pretrained one, and so there is no low-rank change that tasks share,
    which W can make by itself; every stage is changed for tasks, where MTLoRA changes the last block of each; no dropout;
    biases do not change.
    Cost: ``P + T Σ r (I + O)`` parameters; T backbones' FLOPs, and the products ``A_t B_t`` once a step.
    """

    def __init__(self, setting: Setting, rank: int, scale: float) -> None:
        super().__init__(setting)
        count = len(self.tasks)
        self._factors = tuple(
            {name: Factors(count, *sides, min(rank, *sides)) for name, sides in matrices(stage).items()}
            for stage in self.stages
        )
        self._scale = scale / rank

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        own = (
            Part(f"change.{place}.{name}.", Stage("change", (factors,)), self.tasks, stage.name, each=True, start="other")
            for place, stage in enumerate(self.stages)
            for name, factors in self._factors[place].items()
        )
        return (*super().parts, *own)

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: the first stage's matrices differ already."""
        return tuple(stage.name for stage in self.stages)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        square, names = ("task", "task"), self.names
        return tuple(
            trace
            for stage in self.stages
            for trace in (
                Trace(f"agreement.{stage.name}", square, (names, names), "cosine of two tasks' own weights"),
                Trace(f"change.{stage.name}", ("task",), (names,), "size of a task's change beside the weights"),
                Trace(f"cosine.{stage.name}", square, (names, names), "cosine of two tasks' changes"),
            )
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        for place, stage in enumerate(self.stages):
            base = {name: parameters[f"trunk.{place}.{name}"] for name in stage.shapes}
            change = {name: self._change(place, name, parameters) for name in self._factors[place]}
            weights = {name: value.unsqueeze(1).expand(-1, len(self.tasks), *value.shape[1:]) for name, value in base.items()}
            x = side_by_side(stage, weights | {name: weights[name] + delta for name, delta in change.items()}, x, "")
            if seen.wanted:
                ways = F.normalize(torch.cat([delta.flatten(2) for delta in change.values()], dim=2), dim=2)
                seen.row(stage.name, x, cosine=ways @ ways.mT, **told_of(base, change))
        return x, {}

    def _change(self, place: int, name: str, parameters: Mapping[str, Tensor]) -> Tensor:
        """``(R, T, *shape)`` of one matrix."""
        factors = self._factors[place][name]
        own = {key: parameters[f"change.{place}.{name}.0.{key}"] for key in factors.shapes}
        return self._scale * as_weight(factors.changes(own), self.stages[place].shapes[name])


def lora(setting: Setting, rank: int, scale: float) -> LowRank:
    """The model of low-rank changes; see ``LowRank``."""
    return LowRank(setting, rank, scale)
