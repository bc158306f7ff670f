"""A suite's splits as tensors on the device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.random import Purpose
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.plan import Run
from mtl_core.suites.folds import Folded, Rows
from mtl_core.suites.suite import Split, Suite, Task
from mtl_core.training.batches import Batches
from mtl_core.training.folds import FoldBatches, Folds
from mtl_core.training.sources import Source, sources_of


@dataclass(frozen=True)
class DeviceSplit:
    """Inputs ``(N, ...)``, a target ``(N, ...)`` a task, and a ``(N,)`` bool mask a task, None where all labels are there."""

    inputs: Tensor
    targets: tuple[Tensor, ...]
    observed: tuple[Tensor | None, ...]

    @classmethod
    def of(cls, split: Split, device: torch.device) -> "DeviceSplit":
        """The split on the device."""

        def send(array: npt.NDArray[Any]) -> Tensor:
            return torch.from_numpy(array.copy()).to(device)  # a copy, for torch warns of read-only arrays

        return cls(
            send(split.inputs),
            tuple(send(target) for target in split.targets),
            tuple(None if column.all() else send(column) for column in split.observed.T),
        )

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Data:
    """A suite where it is learned from: the same numbers as NumPy had, as tensors that stay on one device.

    All runs of a study read the same tensors; a run's own batch is a choice of their rows.

    Args:
        tasks: in the order of every split's targets and masks.
        train: batches are drawn from it.
        validation: read at evaluations; nothing is learned from it.
        test: read at the end, of where runs stand and of where they were best.
        per_task: whether inputs are ``(N, T, ...)``, an example of each task.
        words: how many there are where inputs are texts of their numbers; 0 for others.
        parts: the shapes of what lies one after another in an input; empty where it is one thing.
        weights: a task each, ``(N,)`` what a train example's loss counts, None for 1; empty for 1 everywhere.
        sources: of which an epoch consists; none for every row once.
        folds: where runs are of folds, which rows each has. ``train`` and ``validation`` are the whole pool then, ``weights``
            are ``(P N,)``, and the row number n of a run's own is ``p N + n`` for the p-th part: it says how to standardise it.
    """

    tasks: tuple[Task, ...]
    train: DeviceSplit
    validation: DeviceSplit
    test: DeviceSplit
    weights: tuple[Tensor | None, ...] = ()
    per_task: bool = False
    words: int = 0
    parts: tuple[tuple[int, ...], ...] = ()
    sources: tuple[Source, ...] = ()
    folds: Folds | None = None

    @classmethod
    def of(cls, suite: Suite, device: torch.device, class_weights: str = "none", sampling: Choice | None = None) -> "Data":
        """The suite on the device; its arrays are copied once.

        Args:
            suite: what is learned.
            device: where.
            class_weights: ``none``, or ``balanced`` for all classes of a task to count the same in its training loss.
            sampling: a chosen line of ``SAMPLINGS``; None for rows as they occur.
        """
        train, validation, test = (DeviceSplit.of(split, device) for split in (suite.train, suite.validation, suite.test))
        weights = balanced(suite.tasks, train) if class_weights == "balanced" else ()
        parts = tuple(part.shape for part in suite.parts)
        sources = sources_of(suite, sampling, device) if sampling else ()
        words = len(suite.words)
        return cls(suite.tasks, train, validation, test, weights, suite.per_task, words, parts, sources)

    @classmethod
    def in_folds(
        cls, folded: Folded, device: torch.device, class_weights: str = "none", sampling: Choice | None = None
    ) -> "Data":
        """The suite's folds on the device; its arrays are copied once, whatever the number of folds. Otherwise as ``of``."""
        suite = folded.suite
        pool, test = DeviceSplit.of(folded.pool, device), DeviceSplit.of(suite.test, device)
        weights: tuple[Tensor | None, ...] = ()
        if class_weights == "balanced":
            each = [balanced(suite.tasks, pool, folded.training(part)) for part in range(len(folded.parts))]
            weights = tuple(None if own[0] is None else torch.cat(own) for own in zip(*each, strict=True))
        shapes, words = tuple(part.shape for part in suite.parts), len(suite.words)
        folds = Folds.of(folded, sampling, device)
        return cls(suite.tasks, pool, pool, test, weights, suite.per_task, words, shapes, (), folds)

    def rows(self, numbers: Tensor) -> tuple[Tensor, Tensor | None]:
        """For the numbers of rows ``(R, B)`` their places in the train split, flat, and ``(R,)`` the part of each run; None
        where there are no folds."""
        if self.folds is None:
            return numbers.flatten(), None
        return (numbers % len(self.train)).flatten(), numbers[:, 0] // len(self.train)

    def seen(self, inputs: Tensor, part: Tensor | None) -> Tensor:
        """Inputs ``(R, B, ...)`` as runs of these parts ``(R,)`` see them: standardised on what each trains on."""
        return inputs if part is None or self.folds is None else _scaled(inputs, self.folds.inputs, part)

    def asked(self, task: int, target: Tensor, part: Tensor | None) -> Tensor:
        """The same of a task's targets ``(R, B, ...)``."""
        return target if part is None or self.folds is None else _scaled(target, self.folds.targets[task], part)

    @property
    def examples(self) -> int:
        """How many examples an epoch has; where folds differ in size, of the fewest."""
        return len(self.train) if self.folds is None else self.folds.fewest

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example of one task."""
        return tuple(self.train.inputs.shape[2 if self.per_task else 1 :])

    def arranged(self, inputs: Tensor) -> Tensor:
        """Inputs of runs ``(R, B, ...)`` as models read them: ``(R, B, T, ...) -> (R, T, B, ...)`` where each task has own."""
        inputs = in_full(inputs)
        return inputs.transpose(1, 2) if self.per_task else inputs


def in_full(inputs: Tensor) -> Tensor:
    """Inputs as they are computed with: states of an encoder are kept in half the bits."""
    return inputs.float() if inputs.dtype == torch.float16 else inputs


def batches_of(data: Data, runs: Sequence[Run], size: int, purpose: Purpose = Purpose.BATCHES) -> Batches | FoldBatches:
    """The batches of runs, as ``Batches``; with folds each run's are of its own train rows."""
    if data.folds is not None:
        return FoldBatches(runs, data.folds, size, purpose)
    seeds = [run.seed for run in runs]
    return Batches(seeds, len(data.train), size, data.train.inputs.device, purpose, data.sources)


def _scaled(values: Tensor, scale: tuple[Tensor, Tensor] | None, part: Tensor) -> Tensor:
    if scale is None:
        return values
    of_runs = (each.index_select(0, part) for each in scale)
    centre, spread = (each.view(len(each), *(1,) * (values.dim() - each.dim()), *each.shape[1:]) for each in of_runs)
    return (values - centre) / spread


def balanced(tasks: Sequence[Task], train: DeviceSplit, rows: Rows | None = None) -> tuple[Tensor | None, ...]:
    """Weights of train examples with which every class of a task counts the same: ``N / (K n_c)`` for an example of class c,
    of which there are ``n_c`` among ``N`` labels of ``K`` classes.

    Their mean over the labels is one, so losses keep their size. ``rows`` are those that count; None for all.
    """
    some = None if rows is None else torch.from_numpy(rows).to(train.inputs.device)
    return tuple(
        _balanced(task, target, mask, some) if KINDS[task.kind].targets == "classes" else None
        for task, target, mask in zip(tasks, train.targets, train.observed, strict=True)
    )


def _balanced(task: Task, target: Tensor, mask: Tensor | None, rows: Tensor | None) -> Tensor:
    own, labelled = (target, mask) if rows is None else (target[rows], None if mask is None else mask[rows])
    count = torch.bincount(own if labelled is None else own[labelled], minlength=task.classes)
    known = count > 0
    weight = count.sum() / (known.sum() * count.clamp(min=1))
    return weight.float()[target]
