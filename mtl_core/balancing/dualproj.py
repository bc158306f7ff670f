"""DualProj: the mean gradient, projected on the directions that hurt no task."""

from collections.abc import Sequence

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of
from mtl_core.balancing.preference import preference
from mtl_core.balancing.solvers.dual_cone import project


class DualProj(Stateless):
    """``w = argmin_{v >= p} v^T G v``: the direction nearest to the mean gradient in which no task loses.

    Where the mean gradient hurts no task the weights are ``p``; elsewhere more.

    Args:
        p: ``(T,)`` preference on the simplex, which weighs the mean; None for ``1/T`` each.

    Source: Lopez-Paz & Ranzato 2017, equation 11 (gradient episodic memory), applied to all tasks as in Quinton & Rey 2024.
    Deviations: no regularisation beyond rounding. A zero gradient constrains nothing and keeps weight ``p_t``.
    """

    def __init__(self, p: Sequence[float] | None = None) -> None:
        self._p = p

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        mean = preference(self._p, gramian).expand_as(gramian[:, :1])  # (R, 1, T)
        return Update(fit(project(gramian, mean).squeeze(1), gramian)), state
