"""Heads one upon the other: a beginner's mistake, to be looked at."""

from collections.abc import Mapping, Sequence
from math import prod

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import together
from mtl_core.spec.strategies_patterns import in_order


class StackedHeads(HardSharing):
    """The first task's head reads the features, each later one what the head before it put out: ``y_k = H_k(A_k y_{k-1})``.

    This is what becomes of ``Sequential(trunk, head, head)`` and of ``x = head_1(x)`` where ``y_1`` was meant. All that a later
    task hears of an example must pass through the few numbers of the task before it, and every loss trains every head below.
    A task that is a function of the one before it loses nothing, which is how the mistake goes unseen (parity after digit); the
    other way round it does. Beside hard sharing it shows what heads side by side are for.

    Outputs are passed on as they are, logits and standardised numbers. ``A_k`` ``(J_{k-1}, F)`` without a nonlinearity after it
    lets the task's usual head read them: both are one linear map from ``J_{k-1}`` numbers where a head is one.

    Args:
        setting: what it is built for.
        order: the tasks from the first head up; those that are not named follow in the suite's order.

    Raises:
        SpecError: tasks with inputs of their own, or whose heads read more of an example than one vector; an unknown task.

    Cost: hard sharing's, and ``J_{k-1} F`` parameters for every task but the first.
    """

    def __init__(self, setting: Setting, order: Sequence[str]) -> None:
        super().__init__(setting)
        if setting.per_task or len(self.read) > 1:
            found = "inputs of their own" if setting.per_task else "words or places"
            raise SpecError(
                "strategy 'stacked_heads' hands one task's answer to the next task's head and needs tasks that answer from one "
                f"vector of the same examples; found tasks that answer from {found}. Choose another suite or strategy."
            )
        named = in_order(order, self.names)
        self._order = tuple(self.names.index(name) for name in named)

    def _from(self, place: int) -> tuple[int, ...]:
        """The tasks at a place of the order and later."""
        return tuple(sorted(self._order[place:]))

    def _link(self, place: int) -> Stage:
        """What makes the answer before a place readable to the head there."""
        below = self._order[place - 1]
        answers = prod(self.heads[below].shape_out(self.read))
        return Stage(f"answer of {self.names[below]}", (Linear(answers, self.read[0], biased=False),))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        last = self.stages[-1].name
        links = (
            Part(f"link.{task}.", self._link(place), self._from(place), last, start="other")
            for place, task in enumerate(self._order)
            if place
        )
        return (*super().parts, *links)

    def head_reached(self, task: int) -> tuple[tuple[int, ...], str]:
        """See ``Composed.head_reached``: all later tasks answer through it."""
        return self._from(self._order.index(task)), self.stages[-1].name

    @property
    def flops_of(self) -> tuple[int, ...]:
        """See ``Model.flops_of``: a task needs the heads and links below it."""
        alone, below, found = super().flops_of, 0, dict[int, int]()
        for place, task in enumerate(self._order):
            if place:
                before = self.heads[self._order[place - 1]]
                below += before.flops(self.read) + self._link(place).flops(before.shape_out(self.read))
            found[task] = alone[task] + below
        return tuple(found[task] for task in self.tasks)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        x, penalties = super().flow(parameters, x, at, seen)  # (R, 1, B, F)
        read = {}
        for place, task in enumerate(self._order):
            if place:
                below = self._order[place - 1]
                x = together(self.heads[below], parameters, x, f"head.{below}.")
                x = together(self._link(place), parameters, x, f"link.{task}.")
            read[task] = x
        return torch.cat([read[task] for task in self.tasks], dim=1), penalties


def stacked_heads(setting: Setting, order: Sequence[str]) -> StackedHeads:
    """The model whose heads stand one upon the other; see ``StackedHeads``."""
    return StackedHeads(setting, order)
