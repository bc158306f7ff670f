"""A suite's splits as tensors on the device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Split, Suite, Task
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


def balanced(tasks: Sequence[Task], train: DeviceSplit) -> tuple[Tensor | None, ...]:
    """Weights of train examples with which every class of a task counts the same: ``N / (K n_c)`` for an example of class c,
    of which there are ``n_c`` among ``N`` labels of ``K`` classes.

    Their mean over the labels is one, so losses keep their size.
    """
    return tuple(
        _balanced(task, target, mask) if KINDS[task.kind].targets == "classes" else None
        for task, target, mask in zip(tasks, train.targets, train.observed, strict=True)
    )


def _balanced(task: Task, target: Tensor, mask: Tensor | None) -> Tensor:
    count = torch.bincount(target if mask is None else target[mask], minlength=task.classes)
    known = count > 0
    weight = count.sum() / (known.sum() * count.clamp(min=1))
    return weight.float()[target]
