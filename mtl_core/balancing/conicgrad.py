"""ConicGrad: the best direction for the worst-off task within a cone round the mean gradient."""

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of
from mtl_core.balancing.solvers.best_in_cone import best_in_cone


class ConicGrad(Stateless):
    """``d = argmax_d min_t <g_t, d>`` over ``<g_0, d> >= c |g_0| |d|`` and ``|d| = |g_0|``, ``g_0`` the mean gradient.

    Like CAGrad it stays near the mean gradient, but bounds the angle, not the distance: direction and length are decided apart.
    ``c = 1`` is the mean gradient, ``c = -1`` MGDA's direction at the mean gradient's length. The weights have no fixed
    sum: that of a task whose gradient vanishes may be large, while the update is never longer than the mean gradient.

    Args:
        c: least cosine with the mean gradient.

    Source: Hassanpour, Janjua, Zhang, Lavasani, Zhang, Zhou & Gao 2025, section 3.
    Deviations: the problem is solved exactly at every step, where the paper's algorithm takes one step of descent on its dual
    variables. Tasks with a zero gradient, as those without a label in the batch, are left out of the worst.
    """

    def __init__(self, c: float = 0.25) -> None:
        self._cosine = c

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(fit(best_in_cone(gramian, self._cosine), gramian)), state
