"""Nash-MTL: the update on which tasks bargaining for their gain would agree."""

from collections.abc import Sequence

from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import at_most, fit, gramian_of, precise
from mtl_core.balancing.preference import preference
from mtl_core.balancing.solvers.nash import bargain


class NashMTL:
    """The weights ``a > 0`` with ``G a = T p / a``: the update that maximises ``sum_t p_t log <g_t, d>`` in a ball.

    Every task gains ``<g_t, d> = T p_t / a_t``, so the update does not depend on the scale of any gradient, and its norm is
    always ``sqrt(T)``. The weights have no fixed sum: they shrink as gradients grow, and that of a solved task, whose gradient
    vanishes, grows without bound while its share of the update stays the same.

    Args:
        update_every: steps between solutions; the weights in between are those of the last one.
        max_norm: longest update; a longer one is shortened. 0 for no limit.
        p: ``(T,)`` bargaining powers on the simplex, None for ``1/T`` each, as in the paper: ``G a = 1 / a``.

    Source: Navon, Shamsian, Achituve, Maron, Kawaguchi, Chechik & Fetaya 2022, claim 3.1 and algorithm 1.
    Deviations: solved exactly, not by a sequence of convex approximations. ``max_norm`` is not in the paper; its public code
    shortens updates to 1. A task with a zero gradient, as one without a label in the batch has, gets weight 0 and the others
    bargain alone.
    """

    def __init__(self, update_every: int = 1, max_norm: float = 0.0, p: Sequence[float] | None = None) -> None:
        self._p = p
        self._every = update_every
        self._max_norm = max_norm

    def init(self, losses: Tensor) -> State:
        """The last solution is kept only where it is used again."""
        return {} if self._every == 1 else {"weights": losses.new_ones(losses.shape)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        if signals.step % self._every == 0:
            share = None if self._p is None else preference(self._p, precise(gramian))
            weights = fit(bargain(gramian, share=share), gramian)
            state = state if self._every == 1 else {"weights": weights}
        else:
            weights = state["weights"]
        return Update(at_most(weights, gramian, self._max_norm)), state
