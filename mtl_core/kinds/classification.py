"""Classification: one of C classes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.layers.layers import Readout
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


class Classification(Kind):
    """Cross-entropy in nats on logits ``(R, B, C)``; accuracy, and F1 averaged over the classes that occur among labels or
    predictions.

    For both metrics it is enough to count each class among labels, predictions, and predictions that are right.
    """

    def head(self, task: Task, features: int) -> Stage:
        """A logit a class."""
        return Stage(task.name, (Readout(features, task.classes),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """``-log softmax(output)[target]``."""
        return F.cross_entropy(output.transpose(1, 2), target, reduction="none")

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """Full trust in the commonest class."""
        return F.one_hot(target.bincount(minlength=task.classes).argmax(), task.classes).float()

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R, C)`` counts."""
        return {name: like.new_zeros(len(like), task.classes) for name in ("labels", "guesses", "hits")}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's classes."""
        runs, classes = sums["labels"].shape
        # A readout's logits lie class by class: over such strides a largest one takes eight times as long to find.
        guess = output.contiguous().argmax(2)  # (R, B, C) -> (R, B)
        cell = (torch.arange(runs, device=guess.device)[:, None] * classes + target) * classes + guess
        # One pass of whole numbers: scattering into each of the three takes twice as long.
        counts = torch.bincount(cell.flatten() if observed is None else cell[observed], minlength=runs * classes**2)
        confusion = counts.view(runs, classes, classes).to(sums["labels"].dtype)  # labels along rows
        return {
            "labels": sums["labels"] + confusion.sum(2),
            "guesses": sums["guesses"] + confusion.sum(1),
            "hits": sums["hits"] + confusion.diagonal(dim1=1, dim2=2),
        }

    def result(self, sums: Sums) -> Tensor:
        """Accuracy and macro F1."""
        hits, occurrences = sums["hits"], sums["labels"] + sums["guesses"]
        f1 = (2 * hits / occurrences.clamp(min=1)).sum(1) / (occurrences > 0).sum(1)
        return torch.stack((hits.sum(1) / sums["labels"].sum(1), f1), dim=1)
