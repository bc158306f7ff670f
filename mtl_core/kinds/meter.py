"""How well R runs do a task, read batch by batch."""

from copy import copy

import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.kinds.sums import count, total, zeros
from mtl_core.spec.kinds import LOSS
from mtl_core.suites.suite import Task


class Meter:
    """The metrics of one task over the examples that were added.

    Args:
        task: the task.
        runs: R.
        device: where outputs come from.
    """

    def __init__(self, task: Task, runs: int, device: torch.device) -> None:
        self._kind, self._scale = kind_of(task.kind), task.loss_scale
        self._loss = self._count = zeros(runs, device)
        self._sums = self._kind.init(task, self._loss)

    def add(self, output: Tensor, target: Tensor, observed: Tensor | None = None) -> None:
        """Take in a batch.

        Args:
            output: ``(R, B, ...)`` what the head answered.
            target: ``(R, B, ...)`` class ids or values.
            observed: ``(R, B)`` bool, where a label is known; None where all are.
        """
        self._loss = self._loss + self._scale * total(self._kind.losses(output, target), observed, self._loss)
        self._count = self._count + count(target, observed, self._count)
        self._sums = self._kind.add(self._sums, output, target, observed)

    def joined(self, other: "Meter", sign: int = 1) -> "Meter":
        """Over the examples of both, or with a sign of -1 over those that are not the other's; of kinds that add up alone."""
        made = copy(self)
        made._loss, made._count = self._loss + sign * other._loss, self._count + sign * other._count
        made._sums = {
            name: value if name in self._kind.facts else value + sign * other._sums[name] for name, value in self._sums.items()
        }
        return made

    @property
    def size(self) -> int:
        """How many numbers it keeps."""
        return sum(value.numel() for value in self._sums.values())

    def result(self) -> Tensor:
        """``(R, 1 + M)`` float32 in ``task.metrics`` order, the mean loss first; NaN where no example had a label."""
        loss = self._loss / self._count  # 0 / 0 is NaN
        found = self._kind.result(self._sums | {LOSS.name: loss / self._scale})
        return torch.cat((loss.unsqueeze(1), found), dim=1).float()
