"""Soft sharing: a network for each task, all kept near their mean."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mtl_core.models.columns import Columns
from mtl_core.models.composed import Seen
from mtl_core.models.model import Setting
from mtl_core.records.sharing import Trace


class SoftSharing(Columns):
    """Columns with the penalty ``λ Σ_l Σ_t ||θ_lt - θ̄_l||²``, ``θ̄`` the mean over tasks (Duong et al. 2015 for two parsers).

    The penalty is a proximal step after each update, ``θ_t <- (θ_t + 2ηλ θ̄) / (1 + 2ηλ)`` with η the run's learning rate. It
    keeps θ̄ where it is and is stable for every λ; as a part of the gradient it diverges from ηλ = 1 on, and fills Adam's
    second moments. The trunk is empty, for no task's loss reaches another's column.

    λ = 0 is a network for each task. As λ grows without bounds it becomes, under SGD alone, hard sharing whose trunk learns at
    η/T: the mean of T steps, one of each task. Under Adam each task's step is normalised before the mean, which is another
    algorithm.

    Args:
        setting: what it is built for.
        strength: λ.

    Deviations: the paper's penalty is on the distance of two; the sum of squares over all pairs is T times the one here. All
    stages are drawn alike. Cost: T backbones' parameters and FLOPs.
    """

    def __init__(self, setting: Setting, strength: float) -> None:
        super().__init__(setting)
        self._strength = strength

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        title = "distance of two tasks' weights as a part of the size of their mean"
        return tuple(
            Trace(f"distance.{stage.name}", ("task", "task"), (self.names, self.names), title) for stage in self.stages
        )

    def couple(self, place: int, parameters: Mapping[str, Tensor], x: Tensor, seen: Seen) -> Tensor:
        """See ``Columns.couple``: nothing is mixed."""
        if seen.wanted:
            stage = self.stages[place]
            own = torch.cat([parameters[f"column.{place}.{name}"].flatten(2) for name in stage.shapes], dim=2)  # (R, T, p)
            apart = torch.cdist(own, own, compute_mode="donot_use_mm_for_euclid_dist")  # exact where weights are nearly alike
            size = own.mean(1).norm(dim=1).clamp(min=1e-12)
            seen.row(stage.name, x, distance=apart / size.view(-1, 1, 1))
        return x

    def settle(self, parameters: Mapping[str, Tensor], rate: Tensor) -> None:
        """See ``Model.settle``: the proximal step."""
        pull = 2 * self._strength * rate
        share = pull / (1 + pull)  # (R,)
        for place, stage in enumerate(self.stages):
            for name in stage.shapes:
                own = parameters[f"column.{place}.{name}"]
                own.lerp_(own.mean(1, keepdim=True), share.view(-1, *(1,) * (own.dim() - 1)))


def soft_l2(setting: Setting, strength: float) -> SoftSharing:
    """The model of networks kept alike; see ``SoftSharing``."""
    return SoftSharing(setting, strength)
