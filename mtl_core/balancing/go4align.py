"""GO4Align: tasks whose progress is alike share a weight."""

from torch import Tensor

from mtl_core.balancing.gls import SMALLEST
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, precise
from mtl_core.balancing.solvers.groups import group_means
from mtl_core.balancing.solvers.simplex import start


class GO4Align:
    """``w_t`` is the mean of ``v`` over task t's group, ``v_t = p_t sum_s L_s / L_t``, where ``p_t <- p_t exp(-eta L_t)`` is
    divided by its sum at every step and the groups are the best ones for ``v`` (least squares, on the line).

    ``sum_s L_s / L_t`` brings every loss to the same scale; ``p`` remembers which losses have been low; grouping keeps tasks
    that are alike from being told apart by noise. The weights have no fixed sum: 1 each for equal losses at the start.

    Args:
        groups: how many groups; with as many as tasks each has its own weight.
        step_size: how fast ``p`` moves, ``eta``.

    Source: Shen, Xu, Wang, Ding, Snoek & Worring 2024, section 3 and algorithm 1, as its public code computes it.
    Deviations: the groups are the exact optimum of one-dimensional k-means, where the code runs an iteration from random
    centres; losses count as at least 1e-12. A task without a label in the batch counts with its last loss.
    """

    def __init__(self, groups: int = 2, step_size: float = 1e-4) -> None:
        self._groups = groups
        self._step_size = step_size

    def init(self, losses: Tensor) -> State:
        """``p = 1/T``, kept as its logarithm."""
        return {"p": start(losses).log()}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights with this step's losses in them."""
        losses = precise(signals.losses).clamp(min=SMALLEST)
        p = (precise(state["p"]) - self._step_size * losses * signals.observed.to(losses.device)).log_softmax(1)
        values = p.exp() * losses.sum(1, keepdim=True) / losses
        return Update(fit(group_means(values, self._groups), signals.losses)), {"p": fit(p, state["p"])}
