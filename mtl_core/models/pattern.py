"""Patterns: for each stage, which tasks share a module."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import side_by_side, together
from mtl_core.records.sharing import Row
from mtl_core.spec.strategies_patterns import partitions


class Pattern(Composed):
    """``h_t <- stage_{l, g(l, t)}(h_t)``: at each stage l a task passes the module of its group g (Caruana 1997: one group at
    all stages). Groups may part and join again; a tree is a pattern whose groups only part.

    All shared is hard sharing, all private a network for each task. A module is trunk where its group has two tasks or more,
    and no task but those of its group reaches it, whatever lies below. All modules start as the seed's plain trunk.

    Args:
        setting: what it is built for.
        stages: see ``partitions``, also for what it raises.

    Cost: ``Σ_l n_l p_l`` parameters with ``n_l`` groups, and ``Σ_l m_l f_l`` FLOPs with ``m_l`` the pairs of a module and an
    input that differ: above a private stage a shared module runs once for each task.
    """

    def __init__(self, setting: Setting, stages: Sequence[str]) -> None:
        super().__init__(setting)
        groups = partitions(stages, len(self.stages), self.names)
        self._groups = [tuple(tuple(t for t in self.tasks if of[t] == group) for group in range(max(of) + 1)) for of in groups]

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``: the groups' modules, and side by side those of tasks for themselves."""
        found: list[Part] = []
        for place, stage in enumerate(self.stages):
            for number, group in enumerate(self._several(place)):
                found.append(Part(f"group.{place}.{number}.", stage, group, stage.name))
            if alone := self._alone(place):
                several = len(alone) > 1
                found.append(
                    Part(f"own.{place}.", stage, alone, stage.name, copies=len(alone) if several else None, each=several)
                )
        return tuple(found)

    def _several(self, place: int) -> tuple[tuple[int, ...], ...]:
        """The groups of two tasks or more at a stage."""
        return tuple(group for group in self._groups[place] if len(group) > 1)

    def _alone(self, place: int) -> tuple[int, ...]:
        """The tasks with a module for themselves at a stage."""
        return tuple(group[0] for group in self._groups[place] if len(group) == 1)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        found = []
        for place, (stage, groups) in enumerate(zip(self.stages, self._groups, strict=True)):
            below = self._groups[place - 1] if place else ()
            found.append(
                Row(
                    stage.name,
                    tuple(
                        "shared" if group == self.tasks else ", ".join(self.names[task] for task in group) for group in groups
                    ),
                    groups,
                    tuple(tuple(n for n, other in enumerate(below) if {*other} & {*group}) for group in groups),
                )
            )
        return tuple(found)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        # Which stream each task reads: tasks that passed the same modules so far read one.
        own = list(self.tasks) if self.setting.per_task else [0] * len(self.tasks)
        for place, stage in enumerate(self.stages):
            found: list[Tensor] = []
            after = [0] * len(self.tasks)
            count = 0
            for number, group in enumerate(self._several(place)):
                streams = list(dict.fromkeys(own[task] for task in group))
                found.append(together(stage, parameters, _picked(x, streams), f"group.{place}.{number}."))
                for task in group:
                    after[task] = count + streams.index(own[task])
                count += len(streams)
            if alone := self._alone(place):
                apply = side_by_side if len(alone) > 1 else together
                found.append(apply(stage, parameters, _picked(x, [own[task] for task in alone]), f"own.{place}."))
                for number, task in enumerate(alone):
                    after[task] = count + number
            x, own = torch.cat(found, dim=1) if len(found) > 1 else found[0], after
            if seen.wanted:
                seen.row(stage.name, _picked(x, own))
        return _picked(x, own), {}


def _picked(x: Tensor, streams: list[int]) -> Tensor:
    """``(R, S, B, ...) -> (R, len(streams), B, ...)``; what has one stream stays so, for all read it."""
    return x if x.shape[1] == 1 or streams == list(range(x.shape[1])) else x[:, streams]


def pattern(setting: Setting, stages: Sequence[str]) -> Pattern:
    """The model in which a pattern says what is shared; see ``Pattern``."""
    return Pattern(setting, stages)
