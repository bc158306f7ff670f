"""A suite's splits as tensors on the device."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.suites.suite import Split, Suite, Task


@dataclass(frozen=True)
class DeviceSplit:
    """Inputs ``(N, ...)``, one target ``(N,)`` a task, and one ``(N,)`` bool mask a task, None where every label is there."""

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
        test: read once, at the end or at the best validation step.
    """

    tasks: tuple[Task, ...]
    train: DeviceSplit
    validation: DeviceSplit
    test: DeviceSplit

    @classmethod
    def of(cls, suite: Suite, device: torch.device) -> "Data":
        """The suite on the device; its arrays are copied once."""
        splits = (DeviceSplit.of(split, device) for split in (suite.train, suite.validation, suite.test))
        return cls(suite.tasks, *splits)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return tuple(self.train.inputs.shape[1:])
