"""Regression: a number, or several at once."""

import torch
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.sums import count, total
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


class Regression(Kind):
    """Squared error of values ``(R, B, K)`` on targets ``(R, B)`` (one number) or ``(R, B, K)``, most often standardised on the
    train split; R² against the split's own mean, and mean absolute error in the targets' unit. Of several numbers each is the
    mean over them.

    Source: Chan, Golub & LeVeque 1983 (The American Statistician), equations 2.1, for the targets' spread about a mean that
    is known only at the end; a difference of large sums of squares would lose it to rounding.
    """

    def head(self, task: Task, features: int) -> Stage:
        """A value a number."""
        return Stage(task.name, (Linear(features, task.outputs),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """``(output - target)²``, the mean over numbers."""
        squares = (output - target.reshape(output.shape)).square()
        return squares.squeeze(2) if output.shape[2] == 1 else squares.mean(2)

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The value; of several the first."""
        return output[:, :, 0], torch.full_like(output[:, :, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """The mean."""
        return target.mean(0).reshape(task.outputs)

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R,)`` the examples, and ``(R, K)`` each: the targets' mean and spread about it, the errors' squares and sizes."""
        each = like.new_zeros(len(like), task.outputs)
        return {"count": torch.zeros_like(like)} | dict.fromkeys(("mean", "spread", "squares", "sizes"), each)

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Join the batch's sums to those before."""
        before, like, target = sums["count"], sums["count"], target.reshape(output.shape)
        error, new = output - target, count(target, observed, like)
        mean = total(target, observed, like) / new.clamp(min=1).unsqueeze(1)
        spread = total((target - mean.unsqueeze(1)).square(), observed, like)
        now, shift = before + new, mean - sums["mean"]
        share = (new / now.clamp(min=1)).unsqueeze(1)
        return {
            "count": now,
            "mean": sums["mean"] + shift * share,
            "spread": sums["spread"] + spread + shift.square() * before.unsqueeze(1) * share,
            "squares": sums["squares"] + total(error.square(), observed, like),
            "sizes": sums["sizes"] + total(error.abs(), observed, like),
        }

    def result(self, sums: Sums) -> Tensor:
        """R², NaN where the targets do not vary, and mean absolute error."""
        r2 = torch.where(sums["spread"] > 0, 1 - sums["squares"] / sums["spread"], torch.nan)
        return torch.stack((r2.mean(1), sums["sizes"].mean(1) / sums["count"]), dim=1)
