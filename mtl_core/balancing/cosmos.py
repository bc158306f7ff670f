"""COSMOS: losses weighed by preference, and pulled to its proportions."""

from collections.abc import Sequence

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, precise
from mtl_core.balancing.preference import preference


class COSMOS(Stateless):
    """``min sum_t p_t L_t - lambda cos(p, L)``: the effective weights are ``p - lambda (u - cos(p, L) L / |L|) / |L|`` with
    ``u = p / |p|``.

    The cosine pulls the losses to the ray along ``p``: a task with a larger ``p_t`` weighs more and may keep a larger loss
    beside the others'. The weights have no fixed sum; one may be negative, and they grow as all losses fall together.

    Args:
        penalty: ``lambda``, how much the proportions count; 0 is fixed weights.
        p: ``(T,)`` preference on the simplex, None for ``1/T`` each.

    Source: Ruchte & Grabocka 2021 (arXiv 2103.13392).
    Deviations: the loss alone, for one preference: the model does not take ``p`` as an input. The length of the losses counts
    as at least the spacing of numbers at 1. A task without a label in the batch counts with its last loss.
    """

    def __init__(self, penalty: float = 1.0, p: Sequence[float] | None = None) -> None:
        self._penalty = penalty
        self._p = p

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        losses = precise(signals.losses)
        p = preference(self._p, losses)
        ray = p / torch.linalg.vector_norm(p)
        length = torch.linalg.vector_norm(losses, dim=1, keepdim=True).clamp(min=torch.finfo(signals.losses.dtype).eps)
        along = losses / length
        slope = (ray - (along @ ray).unsqueeze(1) * along) / length  # the derivative of the cosine
        return Update(fit(p - self._penalty * slope, signals.losses)), state
