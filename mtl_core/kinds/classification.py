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

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R, C)`` counts."""
        return {name: like.new_zeros(len(like), task.classes) for name in ("labels", "guesses", "hits")}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's classes."""
        guess = output.argmax(2)  # (R, B, C) -> (R, B)
        known = torch.ones_like(target, dtype=torch.bool) if observed is None else observed
        return {
            "labels": _counted(sums["labels"], target, known),
            "guesses": _counted(sums["guesses"], guess, known),
            "hits": _counted(sums["hits"], target, known & (guess == target)),
        }

    def result(self, sums: Sums) -> Tensor:
        """Accuracy and macro F1."""
        hits, occurrences = sums["hits"], sums["labels"] + sums["guesses"]
        f1 = (2 * hits / occurrences.clamp(min=1)).sum(1) / (occurrences > 0).sum(1)
        return torch.stack((hits.sum(1) / sums["labels"].sum(1), f1), dim=1)


def _counted(counts: Tensor, classes: Tensor, known: Tensor) -> Tensor:
    return counts.scatter_add(1, classes, known.to(counts.dtype))
