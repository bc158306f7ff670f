"""Task losses of many runs at once, with missing labels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.suites.suite import Task


def example_losses(task: Task, output: Tensor, target: Tensor) -> Tensor:
    """``(R, B)`` loss of every example: cross-entropy in nats, or squared error on the standardised target.

    Args:
        task: says which.
        output: ``(R, B, classes)`` logits or ``(R, B, 1)`` values.
        target: ``(R, B)`` class ids or values.
    """
    if task.kind == "classification":
        return F.cross_entropy(output.transpose(1, 2), target, reduction="none")
    return (output.squeeze(2) - target).square()


def masked_mean(values: Tensor, observed: Tensor | None) -> Tensor:
    """Mean over the examples that have a label, ``(R, B) -> (R,)``; 0 where none has. None means that all have."""
    if observed is None:
        return values.mean(1)
    return torch.where(observed, values, 0).sum(1) / observed.sum(1).clamp(min=1)


def chance_loss(task: Task) -> float:
    """The loss of knowing nothing: uniform guessing, or the mean of a standardised target."""
    return float(torch.tensor(float(task.classes)).log()) if task.kind == "classification" else 1.0
