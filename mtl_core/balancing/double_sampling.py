"""MoDo and SDMGrad: MGDA's weights learned step by step from two independent batches, so that noise does not bias them."""

from collections.abc import Sequence

from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, gramian_of, jacobian_of, precise, probe_of
from mtl_core.balancing.preference import preference
from mtl_core.balancing.solvers.simplex import descend, start


class MoDo:
    """``w <- proj(w - gamma (J_1 J_2^T / s + rho) w)`` on the simplex, with ``J_1`` and ``J_2`` the task gradients on two
    independent batches and ``s`` the mean squared length of the gradients of ``J_1``.

    The product of two independent gradients is right on average, where a batch's own Gramian adds its noise. The weights sum to
    one.

    Args:
        gamma: how fast the weights move.
        rho: pull towards equal weights.

    Source: Chen, Fernando, Ying & Chen 2023, equations 2.9a-b and algorithm 2.
    Deviations: the update follows ``J_1`` with the weights as they were before this step, which know neither of its batches,
    where the paper takes the next ones (and a third batch); the weights' step is relative to the gradients' lengths (``s``).
    Cost: T backward passes more a step, on the second batch.
    """

    def __init__(self, gamma: float = 0.1, rho: float = 0.0) -> None:
        self._gamma = gamma
        self._rho = rho

    def init(self, losses: Tensor) -> State:
        """Equal weights."""
        return {"weights": start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights as they stand; then one step of descent on them."""
        moved = _descended(signals, state["weights"], self._gamma, self._rho, None)
        return Update(state["weights"]), {"weights": moved}


class SDMGrad:
    """``w <- proj(w - beta J_1 J_2^T (w + lambda p) / s)`` on the simplex, update ``J_1^T (w + lambda p)``: MoDo that is drawn
    towards the mean gradient.

    The weights ``w + lambda p`` sum to ``1 + lambda``; as ``lambda`` grows their direction becomes that of ``p``.

    Args:
        pull: ``lambda``, how strongly the mean gradient draws.
        weight_learning_rate: ``beta``, how fast the weights move.
        p: ``(T,)`` preference on the simplex, None for ``1/T`` each.

    Source: Xiao, Ban & Ji 2023, equation 9 and algorithm 1.
    Deviations: one step of descent a training step; the rest as for ``MoDo``. The paper's code divides the update by
    ``1 + lambda``; here it keeps the paper's length.
    Cost: T backward passes more a step, on the second batch.
    """

    def __init__(self, pull: float = 0.3, weight_learning_rate: float = 0.1, p: Sequence[float] | None = None) -> None:
        self._pull = pull
        self._rate = weight_learning_rate
        self._p = p

    def init(self, losses: Tensor) -> State:
        """Equal weights."""
        return {"weights": start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights as they stand; then one step of descent on them."""
        weights = state["weights"]
        aim = self._pull * preference(self._p, precise(weights))
        return Update(weights + fit(aim, weights)), {"weights": _descended(signals, weights, self._rate, 0.0, aim)}


def _descended(signals: Signals, weights: Tensor, rate: float, pull: float, aim: Tensor | None) -> Tensor:
    jacobian = jacobian_of(signals)
    products = precise(jacobian @ probe_of(signals).gradients().mT)  # (R, T, P) @ (R, P, T) -> (R, T, T)
    moved = descend(precise(weights), products, precise(gramian_of(signals)), rate, pull, aim)
    return fit(moved, weights)
