"""CoV-Weighting: tasks whose loss still varies, relative to its mean, get more weight."""

import torch
from torch import Tensor

from mtl_core.balancing.gls import SMALLEST
from mtl_core.balancing.method import Signals, State, Update


class CoVWeighting:
    """``w_t = c_t / sum c`` with ``c_t`` the coefficient of variation (deviation over mean) of the loss ratios
    ``l_t = L_t / mean of L_t so far``, over all steps so far.

    The first two steps weigh all tasks ``1/T``; the weights always sum to one.

    Source: Groenendijk, Karaoglu, Gevers & Mensink 2021, equations 5-9, with the statistics of the whole history.
    Deviations: a task without a label in the batch keeps its statistics; losses count as at least 1e-12.
    """

    def init(self, losses: Tensor) -> State:
        """No loss has been seen."""
        zero = torch.zeros_like(losses)
        return {"count": zero, "mean_loss": zero, "mean_ratio": zero, "squares": zero}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of the statistics with this step's losses in them."""
        losses = signals.losses.clamp(min=SMALLEST)
        count = state["count"] + signals.observed
        first = state["count"] == 0
        ratio = (losses / torch.where(first, losses, state["mean_loss"].clamp(min=SMALLEST))).clamp(max=1e12)
        # Welford's running mean and sum of squared deviations, of the ratios; a plain running mean of the losses.
        step = ratio - state["mean_ratio"]
        mean_ratio = state["mean_ratio"] + step / count.clamp(min=1)
        new = {
            "count": count,
            "mean_loss": state["mean_loss"] + (losses - state["mean_loss"]) / count.clamp(min=1),
            "mean_ratio": mean_ratio,
            "squares": state["squares"] + step * (ratio - mean_ratio),
        }
        new = {name: torch.where(signals.observed, value, state[name]) for name, value in new.items()}
        variation = (new["squares"] / new["count"].clamp(min=1)).clamp(min=0).sqrt() / new["mean_ratio"].clamp(min=SMALLEST)
        total = variation.sum(1, keepdim=True)
        known = (total > 0) & (new["count"] > 1).all(1, keepdim=True)
        weights = torch.where(known, variation / torch.where(known, total, 1.0), 1 / losses.shape[1])
        return Update(weights), new
