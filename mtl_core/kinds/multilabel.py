"""Several labels: any number of C labels apply."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds import ranking
from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.sums import total
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task

CELLS = 1 << 15
"""Steps of all labels together that scores are rounded to, if that leaves each ``FEWEST``."""

FEWEST = 64


class Multilabel(Kind):
    """Binary cross-entropy in nats on logits ``(R, B, C)``, the mean over labels; targets ``(R, B, C)`` are 0 or 1. A label is
    given where its logit is above zero. F1 over all labels of all examples (micro), and the mean of each label's own over those
    that occur among targets or answers (macro).

    Mean average precision is the mean over labels that occur among targets, of the precision at each score that an example with
    the label has, from counts of rounded scores (``ranking``). The more labels, the fewer steps there are to round to, so that
    no task counts in more than ``CELLS``: up to 16 labels two scores are alike to 0.7 % of their log-odds, with 62 to 3 %.

    The loss begins at 0.69 whatever C is and falls to about 0.1: small beside a cross-entropy over many classes.

    Deviation: scikit-learn's macro average gives a label that never occurs 0; here it is left out.
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """A logit a label."""
        return Stage(task.name, (Linear(features, task.classes),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over labels of ``-y log σ(z) - (1 - y) log σ(-z)``."""
        return F.binary_cross_entropy_with_logits(output, target, reduction="none").mean(2)

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0], torch.nan), torch.full_like(output[:, :, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - targets say how many labels there are
        """Each label with its share of the train split, as log-odds."""
        return target.mean(0).clamp(1e-6, 1 - 1e-6).logit()

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R, C)`` counts of each label among targets, answers and both; and ``(R, C, 2, steps)`` of scores."""
        counts = {name: like.new_zeros(len(like), task.classes) for name in ("labels", "guesses", "hits")}
        steps = 1 << (max(1, CELLS // task.classes).bit_length() - 1)
        return counts | {"scores": ranking.empty(like, task.classes, steps=min(ranking.BINS, max(FEWEST, steps)))}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's labels."""
        like, given, scores = sums["labels"], (output > 0).to(target), sums["scores"]
        # Every label is ranked by itself: (R, B, C) -> (R C, B).
        known = None if observed is None else observed.unsqueeze(1).expand(-1, scores.shape[1], -1).flatten(0, 1)
        odds, wanted = output.mT.flatten(0, 1), target.mT.flatten(0, 1).long()
        return {
            "labels": sums["labels"] + total(target, observed, like),
            "guesses": sums["guesses"] + total(given, observed, like),
            "hits": sums["hits"] + total(given * target, observed, like),
            "scores": ranking.counted(scores.flatten(0, 1), odds, wanted, known).view_as(scores),
        }

    def result(self, sums: Sums) -> Tensor:
        """Micro and macro F1, mean average precision; NaN where no label occurs."""
        hits, both = 2 * sums["hits"], sums["labels"] + sums["guesses"]
        own = hits / both.clamp(min=1)
        there = sums["labels"] > 0
        precision = ranking.average_precision(sums["scores"].flatten(0, 1), both).view_as(own)
        mean = torch.where(there, precision, 0).sum(1) / there.sum(1)
        return torch.stack((hits.sum(1) / both.sum(1), own.sum(1) / (both > 0).sum(1), mean), dim=1)
