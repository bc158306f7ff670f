"""A backbone for all tasks and one for each: heads read both."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channel_axis, pooled, side_by_side, together
from mtl_core.records.sharing import Row, Trace


class SharedPrivate(Composed):
    """Head t reads ``[s; p_t]``, the shared network's features and those of the task's own; what the two say twice costs
    ``penalty / T Σ_t ||S^T P_t||² / B²`` (Liu, Qiu & Huang 2017, section 4.2, after Bousmalis et al. 2016).

    The rows of S and P_t are the batch's examples, centred and then of length one, so that the sum is the mean over pairs of
    examples of the products of their cosines in the two networks: between 0 and 1, whatever the batch and the width. The shared
    network starts as the seed's plain trunk, tasks' own from draws of their own, or the two would say the same. A head that
    reads nothing of its own network is hard sharing's.

    Args:
        setting: what it is built for.
        penalty: what networks that say the same cost.

    Deviations: the paper's penalty is the plain Frobenius norm, which grows with the square of the batch. It is a mean over
    tasks, as their losses are at equal weights, so that the two stay in proportion however many tasks there are.
    Cost: T + 1 backbones' parameters and FLOPs.
    """

    def __init__(self, setting: Setting, penalty: float) -> None:
        super().__init__(setting)
        self._penalty = penalty

    @property
    def read(self) -> tuple[int, ...]:
        """See ``Composed.read``."""
        shape = super().read
        return (2 * shape[0], *shape[1:]) if len(shape) == 3 else (*shape[:-1], 2 * shape[-1])

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        shared = (Part(f"shared.{place}.", stage, self.tasks, stage.name) for place, stage in enumerate(self.stages))
        count = len(self.tasks)
        private = (
            Part(f"private.{place}.", stage, self.tasks, stage.name, count, each=True, start="other")
            for place, stage in enumerate(self.stages)
        )
        return (*shared, *private)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        modules = ("shared", *self.names)
        reached = (self.tasks, *((task,) for task in self.tasks))
        reads = tuple((module,) for module in range(len(modules)))
        return tuple(
            Row(stage.name, modules, reached, reads if place else ((),) * len(modules))
            for place, stage in enumerate(self.stages)
        )

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        return (
            Trace(f"overlap.{self.stages[-1].name}", ("task",), (self.names,), "how much both networks say the same, 0 to 1"),
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        shared, private = x, x
        for place, stage in enumerate(self.stages):
            shared = together(stage, parameters, shared, f"shared.{place}.")
            private = side_by_side(stage, parameters, private, f"private.{place}.")
            if seen.wanted:
                seen.row(stage.name, _side_by_side(shared, private))
        padded = self.setting.backbone.padded
        said = (pooled(shared, padded=padded), pooled(private, padded=padded))
        overlap = same_said(*said) if self._penalty or seen.wanted else None
        if seen.wanted and overlap is not None:
            seen.traces[f"overlap.{self.stages[-1].name}"] = overlap.detach()
        penalties = {} if overlap is None or not self._penalty else {"overlap": self._penalty * overlap.mean(1)}
        return _side_by_side(shared, private), penalties | self.adversary(parameters, shared, at, seen)

    def adversary(self, parameters: Mapping[str, Tensor], shared: Tensor, at: Pass, seen: Seen) -> dict[str, Tensor]:
        """Further penalties, by what is said of the shared features ``(R, S, B, F)``."""
        return {}


def _side_by_side(shared: Tensor, private: Tensor) -> Tensor:
    return torch.cat((shared.expand_as(private), private), dim=channel_axis(private))


def same_said(one: Tensor, other: Tensor) -> Tensor:
    """``(R, T)``: ``||X^T Y||² / B²`` of features ``(R, 1 or T, B, F)`` whose rows are centred and of length one."""
    x, y = (F.normalize(value - value.mean(2, keepdim=True), dim=3) for value in (one, other))
    return (x.mT @ y).square().sum((2, 3)) / x.shape[2] ** 2


def shared_private(setting: Setting, penalty: float) -> SharedPrivate:
    """The model of a shared network and one for each task; see ``SharedPrivate``."""
    return SharedPrivate(setting, penalty)
