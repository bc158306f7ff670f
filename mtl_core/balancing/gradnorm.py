"""GradNorm: weights that bring every task's gradient to the length its training progress calls for."""

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import gramian_of

SMALLEST = 1e-3
"""The least weight before renormalising: descent could otherwise push a weight below zero, where it would train backwards."""


class GradNorm:
    """Learns ``w`` by descent on ``sum_t | w_t |g_t| - m r_t^alpha |``, then rescales it to sum T.

    ``m`` is the mean of ``w_t |g_t|``, held constant; ``r_t`` is task t's loss relative to its first observed one, divided by
    the mean of these over tasks: a task that has come less far than others is due a longer gradient.

    Args:
        alpha: how strongly slow tasks are favoured; 0 makes all gradients equally long.
        weight_learning_rate: how fast the weights are learned.

    Source: Chen, Badrinarayanan, Lee & Rabinovich 2018, equations 1-2 and algorithm 1.
    Deviations: gradients are taken on the whole trunk, not its last layer; weights are learned with Adam and kept above 1e-3
    before rescaling. A task without a label in the batch neither counts in the means nor is moved.
    """

    def __init__(self, alpha: float = 1.5, weight_learning_rate: float = 0.025) -> None:
        self._alpha = alpha
        self._rate = weight_learning_rate

    def init(self, losses: Tensor) -> State:
        """All weights 1; the reference losses are taken from the first observed ones."""
        zero = torch.zeros_like(losses)
        return {"weights": zero + 1, "first_losses": zero, "seen": zero, **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights as they stand; then one step of descent on them."""
        observed, weights = signals.observed, state["weights"]
        norms = gramian_of(signals).diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
        first = torch.where((state["seen"] == 0) & observed, signals.losses, state["first_losses"])
        slope = gradient(weights, norms, signals.losses, first, observed, self._alpha)
        change, moments = descent.descend(slope, state, self._rate, observed)
        moved = (weights + change).clamp(min=SMALLEST)
        moved = moved * (moved.shape[1] / moved.sum(1, keepdim=True))
        seen = torch.maximum(state["seen"], observed.to(weights))
        return Update(weights), {"weights": moved, "first_losses": first, "seen": seen, **moments}


def gradient(weights: Tensor, norms: Tensor, losses: Tensor, first: Tensor, observed: Tensor, alpha: float) -> Tensor:
    """The derivative of GradNorm's loss by the weights, ``sign(w_t |g_t| - m r_t^alpha) |g_t|``.

    Args:
        weights, norms, losses, first: ``(R, T)``; the norms are those of the unweighted task gradients.
        observed: ``(R, T)`` bool; others get 0.
        alpha: as in ``GradNorm``.
    """
    count = observed.sum(1, keepdim=True).clamp(min=1)
    lengths = weights * norms
    mean = torch.where(observed, lengths, 0.0).sum(1, keepdim=True) / count
    # Relative losses: 0/0 and losses that started at zero count as unchanged, and none as negative.
    rate = torch.where(first > 0, losses.clamp(min=0) / torch.where(first > 0, first, 1.0), 1.0).clamp(max=1e6)
    middle = torch.where(observed, rate, 0.0).sum(1, keepdim=True) / count
    relative = torch.where(middle > 0, rate / torch.where(middle > 0, middle, 1.0), 1.0)
    return torch.where(observed, torch.sign(lengths - mean * relative**alpha) * norms, 0.0)
