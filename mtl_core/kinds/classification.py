"""Classification: one of C classes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds import ranking
from mtl_core.kinds.kind import Kind, Sums
from mtl_core.layers.layers import Readout
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


class Classification(Kind):
    """Cross-entropy in nats on logits ``(R, B, C)``; accuracy, F1 averaged over the classes that occur among labels or
    predictions, recall averaged over the classes that occur among labels (balanced accuracy), and the share of the commonest
    prediction, which is 1 for a model that always says the same.

    For these it is enough to count each class among labels, predictions, and predictions that are right. With two classes
    ROC-AUC and average precision are measured besides, from counts of rounded log-odds; see ``ranking``.
    """

    adds = True
    facts = frozenset({"positive"})

    def head(self, task: Task, features: int) -> Stage:
        """A logit a class."""
        return Stage(task.name, (Readout(features, task.classes),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """``-log softmax(output)[target]``."""
        return F.cross_entropy(output.transpose(1, 2), target, reduction="none")

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The likeliest class."""
        certainty, guess = output.softmax(2).max(2)
        return guess.to(output.dtype), certainty

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """Full trust in the commonest class."""
        return F.one_hot(target.bincount(minlength=task.classes).argmax(), task.classes).float()

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R, C)`` counts, and with two classes those of ``ranking``."""
        counts = {name: like.new_zeros(len(like), task.classes) for name in ("labels", "guesses", "hits")}
        ranks = {"scores": ranking.empty(like), "positive": torch.full_like(like, task.positive)}
        return counts | (ranks if task.classes == 2 else {})

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's classes."""
        runs, classes = sums["labels"].shape
        # A readout's logits lie class by class: over such strides a largest one takes eight times as long to find.
        guess = output.contiguous().argmax(2)  # (R, B, C) -> (R, B)
        cell = (torch.arange(runs, device=guess.device)[:, None] * classes + target) * classes + guess
        # One pass of whole numbers: scattering into each of the three takes twice as long.
        counts = torch.bincount(cell.flatten() if observed is None else cell[observed], minlength=runs * classes**2)
        confusion = counts.view(runs, classes, classes).to(sums["labels"].dtype)  # labels along rows
        added = {
            "labels": sums["labels"] + confusion.sum(2),
            "guesses": sums["guesses"] + confusion.sum(1),
            "hits": sums["hits"] + confusion.diagonal(dim1=1, dim2=2),
        }
        if "scores" in sums:
            wanted = sums["positive"][:, None]
            odds = (output[..., 1] - output[..., 0]) * (2 * wanted - 1).to(output)
            added["scores"] = ranking.counted(sums["scores"], odds, (target == wanted).long(), observed)
        return sums | added

    def result(self, sums: Sums) -> Tensor:
        """Accuracy, macro F1, balanced accuracy, the share of the commonest answer; ROC-AUC and average precision."""
        labels, guesses, hits = sums["labels"], sums["guesses"], sums["hits"]
        occurrences = labels + guesses
        f1 = (2 * hits / occurrences.clamp(min=1)).sum(1) / (occurrences > 0).sum(1)
        recall = (hits / labels.clamp(min=1)).sum(1) / (labels > 0).sum(1)
        found = [hits.sum(1) / labels.sum(1), f1, recall, guesses.amax(1) / guesses.sum(1)]
        if "scores" in sums:
            found += ranking.ranked(sums["scores"], labels)
        return torch.stack(found, dim=1)
