"""A path on the simplex: weights that follow a plan of their own, whatever the losses do."""

from collections.abc import Sequence

import torch

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.spec.paths import JOINING, path_rows, row_at


class Path:
    """``w = p_k`` in the k-th of K equal shares of a run's steps: a curriculum, tasks one after another, or in turns.

    A task without weight has a zero gradient, on the trunk and on its head.

    Args:
        way: ``joining`` (row k has equal weights on the first k tasks), ``sequential`` (row k is task k alone), ``alternating``
            (task ``s mod T`` alone at step s), or K rows of T weights, each on the simplex. Row k ends after
            ``floor(k S / K)`` of S steps.

    Raises:
        SpecError: at ``init``, rows of another number of weights than there are tasks.

    Source: Caruana 1997 for learning tasks in turn, Bengio et al. 2009 for curricula.
    Deviations: the optimizer goes on from row to row and forgets nothing, as in a run with fixed weights. So Adam's momentum
    moves the head of a task that lost its weight for some ten steps more, and in turns at every step it averages over tasks.
    Phases of a study begin their optimizer anew.
    """

    def __init__(self, way: str | Sequence[Sequence[float]] = JOINING) -> None:
        self._way = way

    def init(self, losses: torch.Tensor) -> State:
        """The rows ``(R, K, T)``, on the losses' device before the first step."""
        rows = losses.new_tensor(path_rows(self._way, losses.shape[1]))
        return {"rows": rows.repeat(len(losses), 1, 1)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The row of this step."""
        rows = state["rows"]
        return Update(rows[:, row_at(self._way, rows.shape[1], signals.step, signals.steps)]), state
