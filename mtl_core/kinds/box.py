"""Box: where one thing is in a picture."""

import torch
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.sums import count, total
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


class Box(Kind):
    """Absolute error of ``(R, B, 4)`` and targets of that shape, left, top, right and bottom as parts of the picture, the mean
    over the four. The mean IoU, area of both by area of either, and the share of boxes with one half or more; a box without
    area has an IoU of 0.

    Source: Everingham et al. 2015 (PASCAL VOC).
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """The four numbers."""
        return Stage(task.name, (Linear(features, 4),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over the four of ``|output - target|``."""
        return (output - target).abs().mean(2)

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0], torch.nan), torch.full_like(output[:, :, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - a box has no classes
        """The median of each of the four."""
        return target.median(0).values

    def init(self, task: Task, like: Tensor) -> Sums:  # noqa: ARG002 - a box has no classes
        """``(R,)`` sums over examples."""
        return dict.fromkeys(("overlap", "half", "count"), torch.zeros_like(like))

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Compare the batch's boxes."""
        like, overlap = sums["count"], iou(output, target)
        return {
            "overlap": sums["overlap"] + total(overlap, observed, like),
            "half": sums["half"] + total((overlap >= 0.5).to(overlap), observed, like),
            "count": sums["count"] + count(target, observed, like),
        }

    def result(self, sums: Sums) -> Tensor:
        """Mean IoU and the share of one half or more."""
        return torch.stack((sums["overlap"] / sums["count"], sums["half"] / sums["count"]), dim=1)


def iou(one: Tensor, other: Tensor) -> Tensor:
    """``(..., 4) -> (...)`` the area that both boxes have by the area that either has; 0 where one has no area."""
    both = _area(torch.cat((torch.maximum(one, other)[..., :2], torch.minimum(one, other)[..., 2:]), -1))
    first, second = _area(one), _area(other)
    return torch.where((first > 0) & (second > 0), both / (first + second - both), 0)


def _area(box: Tensor) -> Tensor:
    wide, high = (box[..., 2:] - box[..., :2]).clamp(min=0).unbind(-1)
    return wide * high
