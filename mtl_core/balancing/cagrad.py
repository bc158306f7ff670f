"""CAGrad: the update near the mean gradient from which the worst-off task gains most."""

from collections.abc import Sequence

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise
from mtl_core.balancing.preference import preference
from mtl_core.balancing.solvers.worst_gain import worst_gain


class CAGrad(Stateless):
    """``d = argmax_d min_t <g_t, d>`` over ``|d - g_0| <= c |g_0|``, with ``g_0 = sum_t p_t g_t``: ``d = g_0 + J^T y``.

    ``c = 0`` is the mean gradient; below 1 every fixed point is one of the mean loss. The weights ``p + y`` sum to one or
    more; a task whose gradient vanishes may need a large one, while the update stays in the ball.

    Args:
        c: radius of the search, relative to the mean gradient.
        p: ``(T,)`` preference on the simplex, which weighs the mean; None for ``1/T`` each, as in the paper.

    Source: Liu, Liu, Jin, Stone & Liu 2021, equation 4 and algorithm 1.
    Deviations: none of the rescalings that public code applies afterwards. Tasks with a zero gradient, as those without a
    label in the batch, are left out of the worst.
    """

    def __init__(self, c: float = 0.4, p: Sequence[float] | None = None) -> None:
        self._p = p
        self._radius = c

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(fit(worst_gain(gramian, self._radius, preference(self._p, precise(gramian))), gramian)), state
