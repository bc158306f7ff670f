"""Metrics of many runs at once."""

import torch
from torch import Tensor

from mtl_core.suites.suite import Task


def measure(task: Task, output: Tensor, target: Tensor, losses: Tensor, observed: Tensor) -> Tensor:
    """``(R, M)`` the task's metrics in ``task.metrics`` order, over the examples that have a label.

    Accuracy; macro F1 as the mean over the classes that occur among labels or predictions; R² against the split's own mean;
    mean absolute error in standard deviations of the train targets. NaN where no label is, or for R² where the targets do
    not vary.

    Args:
        output: ``(R, N, classes)`` or ``(R, N, 1)``.
        target: ``(N,)``.
        losses: ``(R, N)`` example losses.
        observed: ``(N,)`` bool.
    """
    output, target, losses = output[:, observed], target[observed], losses[:, observed]
    if not len(target):
        return torch.full((output.shape[0], len(task.metrics)), torch.nan, device=output.device)
    measured = _classification(task.classes, output, target) if task.kind == "classification" else _regression(output, target)
    return torch.stack((losses.mean(1), *measured), dim=1)


def _classification(classes: int, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    guess = output.argmax(2)  # (R, N)
    runs = guess.shape[0]
    cell = (torch.arange(runs, device=guess.device)[:, None] * classes + target) * classes + guess
    confusion = torch.bincount(cell.flatten(), minlength=runs * classes**2).view(runs, classes, classes).float()
    hits, labels, guesses = confusion.diagonal(dim1=1, dim2=2), confusion.sum(2), confusion.sum(1)
    occurs = (labels + guesses) > 0
    f1 = torch.where(occurs, 2 * hits / (labels + guesses).clamp(min=1), 0).sum(1) / occurs.sum(1)
    return hits.sum(1) / len(target), f1


def _regression(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    error = output.squeeze(2) - target
    spread = (target - target.mean()).square().sum()
    return torch.where(spread > 0, 1 - error.square().sum(1) / spread, torch.nan), error.abs().mean(1)
