"""Experts in levels: copies of groups of stages, some shared and some of single tasks, weighed for every example by gates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Linear, Relu
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import blend, side_by_side
from mtl_core.records.sharing import Row, Trace


@dataclass(frozen=True)
class Gate:
    """What gates are made of: ``softmax(W x / temperature)``, after a hidden layer of rectified neurons where ``hidden`` is not
    0, with a bias where ``biased``."""

    temperature: float = 1.0
    hidden: int = 0
    biased: bool = True

    def stage(self, reader: tuple[Layer, ...], inputs: int, choices: int) -> Stage:
        """The gate that reads so many channels, of what the reader leaves, and chooses among so many experts."""
        first: tuple[Layer, ...] = (Linear(inputs, self.hidden), Relu()) if self.hidden else ()
        return Stage("gate", (*reader, *first, Linear(self.hidden or inputs, choices, self.biased)))


_TINY = 1e-12
"""Keeps quotients and logarithms of weights that are exactly zero finite."""


class Experts(Composed):
    """``x_t <- sum_k softmax(W_t pool(x_t))_k f_k(x_k)`` level by level, over the experts k that gate t sees.

    Each level is a group of consecutive stages. An expert is a copy of the group; a task's own experts read the task's stream,
    shared experts the shared stream, and all streams begin as the example. A task's gate sees its own and the shared experts
    and makes the task's stream of the next level; below the last level one gate more, which sees every expert, makes the shared
    stream. Gates read their stream, pooled over positions to its channels (never flattened pixels). A gate with one expert to
    see does not exist: the expert is what it chooses.

    First values: a task's first own expert is the seed's plain trunk, its others and then the shared ones are further draws.

    With inputs of their own every task's examples pass every expert, as one batch; a task reads what became of its own.

    Args:
        setting: what it is built for.
        shared: experts that all tasks see.
        per_task: experts that each task has of its own, if none is shared 1 or more.
        levels: groups of stages, at most as many as stages; the lower ones are larger where the stages cannot be parted evenly.
        gate: what gates are made of.
    """

    everything = False
    """Whether a task's gate sees the other tasks' experts too."""

    tied = False
    """Whether one gate serves all tasks."""

    def __init__(self, setting: Setting, shared: int, per_task: int, levels: int = 1, gate: Gate | None = None) -> None:
        super().__init__(setting)
        depth, count = len(self.stages), len(self.tasks)
        self._shared, self._own, self._gate = shared, per_task, gate or Gate()
        starts = [-(-level * depth // levels) for level in range(levels + 1)]
        self._groups = tuple(range(*ends) for ends in pairwise(starts))
        self._owners = tuple(task for task in range(count) for _ in range(per_task))
        self._count = len(self._owners) + shared
        self._streams = (*self._owners, *(count,) * shared)  # which stream each expert reads: a task's, or the shared one
        self._modules = (
            *(self.names[t] + f" {k}" * (per_task > 1) for t in range(count) for k in range(1, per_task + 1)),
            *((f"expert {k}" if not per_task else f"shared {k}" if shared > 1 else "shared") for k in range(1, shared + 1)),
        )

    def _sees(self, level: int) -> list[tuple[int, ...]]:
        """The experts that each gate sees: the tasks' gates, and below the last level the shared one."""
        every, mine = tuple(range(self._count)), len(self._owners)
        sees = [
            every if self.everything else (*(k for k in every[:mine] if self._owners[k] == task), *every[mine:])
            for task in self.tasks
        ]
        return [*sees, every] if self._shared and level + 1 < len(self._groups) else sees

    @cached_property
    def _reach(self) -> list[tuple[list[set[int]], list[set[int]]]]:
        """For each level the tasks whose losses reach each expert, and those that reach what each gate makes."""
        made: list[set[int]] = [{task} for task in self.tasks]
        found = []
        for level in reversed(range(len(self._groups))):
            sees = self._sees(level)
            experts: list[set[int]] = [set() for _ in range(self._count)]
            below: list[set[int]] = [set() for _ in range(len(self.tasks) + bool(self._shared))]
            for tasks, seen, stream in zip(made, sees, below, strict=False):
                stream |= tasks if len(seen) > 1 else set()  # the gate reads it
                for expert in seen:
                    experts[expert] |= tasks
            for expert, tasks in enumerate(experts):
                below[self._streams[expert]] |= tasks
            found.append((experts, made))
            made = below
        return found[::-1]

    def gate(self, level: int, choices: int) -> Stage:
        """The gate of a task in front of a level, which chooses among so many experts."""
        return self._gate.stage(*self.reader(self._groups[level][0]), choices)

    def gated(self, level: int) -> bool:
        """Whether tasks choose."""
        return len(self._sees(level)[0]) > 1

    def private(self, level: int) -> bool:
        """Whether what a task's gate makes is read on its behalf alone, and so the gate its own."""
        return not self.tied and all(tasks == {task} for task, tasks in zip(self.tasks, self._reach[level][1], strict=False))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        found: list[Part] = []
        mine, more = len(self._owners), range(self._own, self._own + self._shared)
        for level, places in enumerate(self._groups):
            alone = all(tasks == {task} for tasks, task in zip(self._reach[level][0], self._owners, strict=False))
            for stage, place in ((self.stages[place], place) for place in places):
                if mine:
                    users, draws = self._owners if alone else self.tasks, tuple(range(self._own)) * len(self.tasks)
                    found.append(Part(f"own.{place}.", stage, users, stage.name, mine, each=alone, start=draws))
                if self._shared:
                    found.append(Part(f"expert.{place}.", stage, self.tasks, stage.name, self._shared, start=tuple(more)))
            sees, row = self._sees(level), self.stages[places[-1]].name
            if self.gated(level):
                gate, copies = self.gate(level, len(sees[0])), 1 if self.tied else len(self.tasks)
                each = self.private(level)
                found.append(Part(f"gate.{level}.", gate, self.tasks, row, copies, each, start="other", structure=True))
            if len(sees) > len(self.tasks) and self._count > 1:
                gate = self._gate.stage(*self.reader(places[0]), self._count)
                found.append(Part(f"shared gate.{level}.", gate, self.tasks, row, 1, start="other", structure=True))
        return tuple(found)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        found = []
        for level, places in enumerate(self._groups):
            reached = tuple(tuple(sorted(tasks)) for tasks in self._reach[level][0])
            for place in places:
                same = tuple((expert,) for expert in range(self._count))
                chosen = tuple(self._sees(level - 1)[stream] for stream in self._streams) if level else ()
                reads = same if place > places[0] else chosen or ((),) * self._count
                found.append(Row(self.stages[place].name, self._modules, reached, reads))
        return tuple(found)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``; nothing where nobody chooses."""
        if len(self._sees(0)[0]) == 1:
            return ()
        found, both = [], (self.names, self._modules)
        for level, places in enumerate(self._groups):
            row = self.stages[places[-1]].name
            axes = ("task", "module")
            found += [
                Trace(f"usage.{row}", axes, both, "how much each task's gate listens to each expert, mean over examples"),
                Trace(f"spread.{row}", axes, both, "how much a gate changes between examples: its standard deviation"),
                Trace(
                    f"entropy.{row}", axes[:1], both[:1], "how evenly a gate listens: 0 to one expert, 1 to all it sees alike"
                ),
                Trace(f"heard.{row}", axes[1:], both[1:], "the most that any gate listens to an expert; dead below 0.01"),
            ]
            if level:
                title = "how much of what an expert reads comes from each expert below"
                name = f"reads.{self.stages[places[0]].name}"
                found.append(Trace(name, ("module", "module below"), (self._modules, self._modules), title))
        return tuple(found)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        task = shared = x.flatten(1, 2).unsqueeze(1) if self.setting.per_task else x
        penalties: dict[str, Tensor] = {}
        reads: dict[str, Tensor] = {}
        for level, places in enumerate(self._groups):
            weights, more = self.weigh(level, parameters, task, at)
            joint = self._jointly(level, parameters, shared)
            penalties |= more
            own = task.repeat_interleave(self._own, dim=1) if task.shape[1] > 1 and self._own > 1 else task
            for place in places:
                stage = self.stages[place]
                own = side_by_side(stage, parameters, own, f"own.{place}.") if self._own else own
                shared = side_by_side(stage, parameters, shared, f"expert.{place}.") if self._shared else shared
                if place == places[-1] or seen.wanted:  # what a task's gate makes of a stage, or will pick of it
                    choices = self._choices(own, shared, every=self.everything)
                    task = choices[0] if weights is None else blend(weights, choices)
                if seen.wanted:
                    told = reads if place == places[0] else {}
                    if weights is not None and place == places[-1]:
                        found, reads = self._told(level, weights, joint)
                        told = told | found
                    seen.row(stage.name, self._of_its_own(task), **told)
            if joint is not None:
                shared = blend(joint, self._choices(own, shared, every=True))
        return self._of_its_own(task), penalties

    def weigh(
        self, level: int, parameters: Mapping[str, Tensor], x: Tensor, at: Pass
    ) -> tuple[Tensor | None, dict[str, Tensor]]:
        """How much of each expert that it sees a task takes, ``(R, T or 1, V, B or 1)``, None where it sees but one; and the
        penalties. ``x`` ``(R, T or 1, B, ...)`` is what the level reads."""
        sees = len(self._sees(level)[0])
        return (self._softmax("gate", level, sees, parameters, x) if self.gated(level) else None), {}

    def _jointly(self, level: int, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor | None:
        """``(R, 1, K, B)`` weights of the shared stream; None where there is none above, or but one expert."""
        there = len(self._sees(level)) > len(self.tasks) and self._count > 1
        return self._softmax("shared gate", level, self._count, parameters, x) if there else None

    def _softmax(self, name: str, level: int, choices: int, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor:
        place = self._groups[level][0]
        gate = self._gate.stage(*self.reader(place), choices)
        logits = side_by_side(gate, parameters, self.looked_at(place, x), f"{name}.{level}.")
        return torch.softmax(logits / self._gate.temperature, dim=3).transpose(2, 3)

    def _choices(self, own: Tensor, shared: Tensor, *, every: bool) -> list[Tensor]:
        """What gates choose among, each ``(R, T or 1, B, ...)``: every expert, or a task's own and the shared."""
        # Unbound at once: the gradient of a part alone would be laid into zeros as large as the whole.
        streams = (1, len(self._owners)) if every else (len(self.tasks), self._own)
        found = own.unflatten(1, streams).unbind(2) if self._own else ()
        return [*found, *(shared.unsqueeze(1).unbind(2) if self._shared else ())]

    def _of_its_own(self, x: Tensor) -> Tensor:
        """With inputs of their own: ``(R, T or 1, T * B, ...) -> (R, T, B, ...)``, each task's part of its own examples."""
        if not self.setting.per_task:
            return x
        apart: Tensor = x.unflatten(2, (len(self.tasks), -1))
        return apart.squeeze(1) if x.shape[1] == 1 else apart.diagonal(dim1=1, dim2=2).movedim(-1, 1)

    def _told(self, level: int, weights: Tensor, joint: Tensor | None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The traces of a level's gates, and what the level above reads, from ``weights`` ``(R, T or 1, V, B or 1)``."""
        sees = torch.tensor(self._sees(level)[: len(self.tasks)], device=weights.device)  # (T, V)
        weights = weights.detach().expand(-1, len(sees), -1, -1).transpose(2, 3)  # (R, T, B, V)
        weights = weights if weights.shape[2] == 1 else self._of_its_own(weights)
        shares = weights.abs() / weights.abs().sum(3, keepdim=True).clamp(min=_TINY)
        entropy = -(shares * shares.clamp(min=_TINY).log()).sum(3).mean(2) / log(sees.shape[1])

        def placed(values: Tensor) -> Tensor:  # (R, T, V) -> (R, T, K)
            return values.new_zeros(*values.shape[:2], self._count).scatter(2, sees.expand_as(values), values)

        usage = placed(shares.mean(2))
        every = usage if joint is None else torch.cat((usage, joint.detach().mean(3)), dim=1)  # (R, streams above, K)
        reads = {"reads": every[:, self._streams]} if level + 1 < len(self._groups) else {}
        spread = placed(weights.std(2, correction=0))
        return {"usage": usage, "spread": spread, "entropy": entropy, "heard": every.amax(1)}, reads
