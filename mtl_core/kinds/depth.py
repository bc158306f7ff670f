"""Depth: how far away every pixel is."""

import torch
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.pixels import example_mean, labelled, pixel_sum
from mtl_core.layers.layers import Convolution
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import UNLABELLED, Task


class Depth(Kind):
    """Absolute error of ``(R, B, 1, H, W)`` on targets ``(R, B, H, W)``, the logarithm of metres less its mean and by the
    task's ``spread``, for an example the mean over its pixels; a pixel of ``UNLABELLED`` counts nowhere, such as one that was
    not measured.

    Over the pixels of the whole split: the mean of ``|d - p| / d`` in metres, which is ``|1 - exp(spread (output - target))|``,
    and the root of the mean square of ``log p - log d``.

    Source: Eigen, Puhrsch & Fergus 2014.
    """

    adds = True
    facts = frozenset({"spread"})

    def head(self, task: Task, features: int) -> Stage:
        """A value at every pixel."""
        return Stage(task.name, (Convolution(features, 1, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over an example's pixels of ``|output - target|``; 0 for one without any."""
        return example_mean((output.squeeze(2) - target).abs(), target != UNLABELLED)

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - a depth has no classes
        """The median, everywhere."""
        return target[target != UNLABELLED].median().expand(1, *target.shape[1:])

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R,)`` sums over pixels, and what one is in log metres."""
        sums = dict.fromkeys(("relative", "squares", "pixels"), torch.zeros_like(like))
        return sums | {"spread": torch.full_like(like, task.spread)}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Add the batch's errors."""
        known, like = labelled(target != UNLABELLED, observed), sums["pixels"]
        error = sums["spread"].view(-1, 1, 1, 1).to(output) * (output.squeeze(2) - target)
        return sums | {
            "relative": sums["relative"] + pixel_sum(torch.expm1(error).abs(), known, like),
            "squares": sums["squares"] + pixel_sum(error.square(), known, like),
            "pixels": sums["pixels"] + known.sum((1, 2, 3), dtype=like.dtype),
        }

    def result(self, sums: Sums) -> Tensor:
        """Relative error, root of the mean square of the logarithm's; NaN where no pixel is known."""
        relative, squares = (sums[name] / sums["pixels"] for name in ("relative", "squares"))
        return torch.stack((relative, squares.sqrt()), dim=1)
