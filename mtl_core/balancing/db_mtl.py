"""DB-MTL: logarithms balance the losses, and averaged gradients are brought to the length of the longest."""

import torch
from torch import Tensor

from mtl_core.balancing.explained import explained
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.moco import track
from mtl_core.balancing.numerics import jacobian_of

SMALLEST = 1e-8
"""Added to the losses before their logarithm, as in the paper."""


class DBMTL:
    """``d = max_s |y_s| sum_t y_t / |y_t|`` with ``y_t`` the running average of the gradients of ``log(L_t + 1e-8)``:
    ``y_t <- beta y_t + (1 - beta) g_t / (L_t + 1e-8)``.

    Heads follow the gradient of their task's logarithm. The update is no weighted sum of this batch's gradients: the recorded
    weights are the least-squares ones, beside the share that they do not explain; with ``beta = 0`` they explain all.
    As every task is brought to the longest length, the weight of a solved task is large.

    Args:
        beta: how much of the average is kept at each step.

    Source: Lin, Jiang, Ye, Zhang, Chen, Chen, Liu & Kwok 2023, equations 2-4 and algorithm 1.
    Deviations: the average starts at the first gradient instead of zero, and ``beta`` does not decay. A task without a label in
    the batch keeps its average.
    Cost: memory for T gradients a run.
    """

    def __init__(self, beta: float = 0.9) -> None:
        self._beta = beta

    def init(self, losses: Tensor) -> State:
        """``tracked`` gets the trunk's size from the first gradients."""
        return {"tracked": losses.new_zeros(*losses.shape, 1), "seen": torch.zeros_like(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The balanced sum of the averages."""
        jacobian = jacobian_of(signals)
        factor = 1 / (signals.losses.clamp(min=0) + SMALLEST)
        logarithmic = jacobian * factor.unsqueeze(-1)
        tracked, seen = track(logarithmic, state["tracked"], state["seen"], signals.observed, 1 - self._beta)
        # Divided by the largest entry first: squares of gradients of a vanishing loss would overflow in single precision.
        # Where tasks share nothing (P = 0) there is no largest entry.
        largest = tracked.abs().amax(-1, keepdim=True) if tracked.shape[-1] else torch.zeros_like(factor).unsqueeze(-1)
        scaled = tracked / largest.masked_fill(largest <= 0, 1.0)
        length = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
        longest = (length * largest).amax(1)  # (R, 1)
        direction = longest * (scaled / length.masked_fill(length <= 0, 1.0)).sum(1)
        weights, unexplained = explained(jacobian, direction, signals.gramian)
        return Update(weights, direction, unexplained, heads=factor), {"tracked": tracked, "seen": seen}
