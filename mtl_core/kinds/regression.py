"""Regression: a number."""

import torch
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.sums import count, total
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


class Regression(Kind):
    """Squared error of values ``(R, B, 1)`` on targets that were standardised on the train split; R² against the split's own
    mean, and mean absolute error in standard deviations of the train targets.

    Source: Chan, Golub & LeVeque 1983 (The American Statistician), equations 2.1, for the targets' spread about a mean that
    is known only at the end; a difference of large sums of squares would lose it to rounding.
    """

    def head(self, task: Task, features: int) -> Stage:
        """One value."""
        return Stage(task.name, (Linear(features, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """``(output - target)²``."""
        return (output.squeeze(2) - target).square()

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The value."""
        return output.squeeze(2), torch.full_like(output.squeeze(2), torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - a number has no classes
        """The mean."""
        return target.mean().reshape(1)

    def init(self, task: Task, like: Tensor) -> Sums:  # noqa: ARG002 - a number has no classes
        """``(R,)`` each: the targets' count, mean and spread about it, and the errors' squares and sizes."""
        return dict.fromkeys(("count", "mean", "spread", "squares", "sizes"), torch.zeros_like(like))

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Join the batch's sums to those before."""
        before, like = sums["count"], sums["count"]
        error, new = output.squeeze(2) - target, count(target, observed, like)
        mean = total(target, observed, like) / new.clamp(min=1)
        spread = total((target - mean.unsqueeze(1)).square(), observed, like)
        now, shift = before + new, mean - sums["mean"]
        share = new / now.clamp(min=1)
        return {
            "count": now,
            "mean": sums["mean"] + shift * share,
            "spread": sums["spread"] + spread + shift.square() * before * share,
            "squares": sums["squares"] + total(error.square(), observed, like),
            "sizes": sums["sizes"] + total(error.abs(), observed, like),
        }

    def result(self, sums: Sums) -> Tensor:
        """R², NaN where the targets do not vary, and mean absolute error."""
        r2 = torch.where(sums["spread"] > 0, 1 - sums["squares"] / sums["spread"], torch.nan)
        return torch.stack((r2, sums["sizes"] / sums["count"]), dim=1)
