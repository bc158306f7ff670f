"""MGDA: the common descent direction of least norm."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of
from mtl_core.balancing.solvers.min_norm import min_norm


class MGDA(Stateless):
    """``w = argmin |sum_t w_t g_t / n_t|^2`` over the simplex, with ``n_t`` the chosen normalisation.

    The shortest vector of the gradients' convex hull has the same product with every gradient in its support and at least
    that with all others: no task loses, and where the vector is zero the point is Pareto-stationary. The weights sum to one.

    Args:
        normalisation: what ``n_t`` is: ``none`` 1, ``l2`` the gradient's norm, ``loss`` the task's loss, ``loss+`` both
            multiplied.

    Source: Desideri 2012; Sener & Koltun 2018, section 3.2; the normalisations are those of the latter's public code.
    Deviations: exact instead of Frank-Wolfe. As in that code the weights found on normalised gradients multiply the
    gradients as they are, so with a normalisation the update need not be the shortest any more. A task without a label in the
    batch is left out (weight 0): its zero gradient would otherwise be the shortest vector and stop the run.
    """

    def __init__(self, normalisation: str = "none") -> None:
        self._by_norm = normalisation in ("l2", "loss+")
        self._by_loss = normalisation in ("loss", "loss+")

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = original = gramian_of(signals)
        if self._by_norm:
            gramian = _divided(gramian, gramian.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt())
        if self._by_loss:
            gramian = _divided(gramian, signals.losses)
        return Update(fit(min_norm(gramian, signals.observed), original)), state


def _divided(gramian: Tensor, scale: Tensor) -> Tensor:
    # A task without gradient or loss has nothing to be divided by; it stays what it is.
    safe = torch.where(scale > 0, scale, 1.0)
    return gramian / safe.unsqueeze(-1) / safe.unsqueeze(-2)
