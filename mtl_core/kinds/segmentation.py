"""Segmentation: a class for every pixel."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.pixels import counts, labelled
from mtl_core.layers.layers import Convolution
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import UNLABELLED, Task


class Segmentation(Kind):
    """Cross-entropy in nats on logits ``(R, B, C, H, W)`` against classes ``(R, B, H, W)``, for an example the mean over its
    labelled pixels; a pixel of ``UNLABELLED`` counts nowhere.

    From one confusion matrix over the whole split: mIoU, the mean of ``tp / (tp + fp + fn)`` over the classes that occur among
    labels or answers (not the mean of each picture's), and the share of pixels that are right.

    Source: Everingham et al. 2015 (PASCAL VOC); Long, Shelhamer & Darrell 2015.
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """A logit a class, at every pixel."""
        return Stage(task.name, (Convolution(features, task.classes, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over an example's labelled pixels of ``-log softmax(output)[target]``; 0 for one without any."""
        each = F.cross_entropy(output.flatten(0, 1), target.flatten(0, 1), ignore_index=UNLABELLED, reduction="none")
        pixels = (target != UNLABELLED).sum((2, 3)).clamp(min=1)
        return each.view(target.shape).sum((2, 3)) / pixels

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """Full trust in the commonest class, everywhere."""
        pixels = target[target != UNLABELLED]
        commonest = F.one_hot(pixels.bincount(minlength=task.classes).argmax(), task.classes).float()
        return commonest[:, None, None].expand(-1, *target.shape[1:])

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R, C, C)`` counts of pixels, labels along rows, answers along columns."""
        return {"confusion": like.new_zeros(len(like), task.classes, task.classes)}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's pixels."""
        confusion = sums["confusion"]
        classes, guess = confusion.shape[1], output.argmax(2)
        known = labelled(target != UNLABELLED, observed)
        found = counts(target * classes + guess, known, classes**2, confusion)
        return {"confusion": confusion + found.view_as(confusion)}

    def result(self, sums: Sums) -> Tensor:
        """mIoU, pixel accuracy; NaN where no pixel has a label."""
        confusion = sums["confusion"]
        hits, all_ = confusion.diagonal(dim1=1, dim2=2), confusion.sum((1, 2))
        either = confusion.sum(1) + confusion.sum(2) - hits
        mean = (hits / either.clamp(min=1)).sum(1) / (either > 0).sum(1)
        return torch.stack((mean, hits.sum(1) / all_), dim=1)
