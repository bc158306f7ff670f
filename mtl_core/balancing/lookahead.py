"""Auto-Lambda and MoML: weights learned by what a step with them does to the losses on another batch."""

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import cosines, fit, jacobian_of, precise, probe_of
from mtl_core.balancing.solvers.min_norm import min_norm
from mtl_core.balancing.solvers.simplex import start

STATIONARY = 1e-5
"""A combination of unit derivatives that is shorter than this counts as none."""


class AutoLambda:
    """``min_lambda sum_j L_j^outer(theta - eta sum_t lambda_t g_t)``: weights by their effect on another batch's losses.

    A task gains weight while its gradient points the way that lowers all tasks' losses on the other batch. The weights have no
    fixed sum: ``1/T`` each at the start.

    Args:
        weight_learning_rate: how fast the weights are learned.

    Source: Liu, James, Davison & Johns 2022, equations 3-5.
    Deviations: all tasks are primary. As in the paper the outer batch is an independent one of the train split, which leaves
    validation to selection. The derivative ``-eta <g_t, sum_j grad L_j^outer>`` is taken exactly rather than by differences of
    losses, and on the trunk alone (a head helps its own task only); weights start at ``1/T``, are learned with an Adam of
    their own and kept at 0 or above. A task without a label in the batch is not moved.
    Cost: T backward passes more a step, on the outer batch.
    """

    def __init__(self, weight_learning_rate: float = 0.003) -> None:
        self._rate = weight_learning_rate

    def init(self, losses: Tensor) -> State:
        """Equal weights."""
        return {"weights": start(losses), **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """One step of descent on the weights, which are then used."""
        weights = state["weights"]
        gain = _gains(signals, weights).sum(1)  # what each task's gradient does for all others together
        change, moments = descent.descend(fit(-gain, weights), state, self._rate, signals.observed)
        moved = (weights + change).clamp(min=0)
        return Update(moved), {"weights": moved, **moments}


class MoML:
    """``min_a (L_1^outer, ..., L_T^outer)(theta - eta sum_t w_t g_t)`` with ``w = softmax(a)``: Auto-Lambda that seeks a step
    good for every task's outer loss.

    The derivatives of the outer losses by ``a``, at unit length, are combined by the shortest vector of their convex hull. The
    weights sum to one.

    Args:
        weight_learning_rate: how fast ``a`` is learned.

    Source: Ye, Lin, Yue, Guo, Xiao & Zhang 2021, section 3 and algorithm 1, with one inner step.
    Deviations: derivatives on the trunk alone; the outer batch is an independent one of the train split, which leaves
    validation to selection; ``a`` has an Adam of its own.
    Cost: T backward passes more a step, on the outer batch.
    """

    def __init__(self, weight_learning_rate: float = 0.01) -> None:
        self._rate = weight_learning_rate

    def init(self, losses: Tensor) -> State:
        """Equal weights, ``a = 0``."""
        return {"a": torch.zeros_like(losses), **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """One step of descent on ``a``; then the weights."""
        a = state["a"]
        weights = torch.softmax(a, dim=1)
        slopes = -through_softmax(_gains(signals, weights), precise(weights))  # (R, T, T): row j is the derivative of L_j
        largest = slopes.abs().amax((1, 2), keepdim=True)
        slopes = slopes / largest.masked_fill(largest <= 0, 1.0)
        c, lengths, alive = cosines(slopes @ slopes.mT)
        share = min_norm(c, alive) / lengths
        slope = (share.unsqueeze(1) @ slopes).squeeze(1)
        # Where the hull holds zero no weights are better for all; Adam would make a full step of what rounding leaves.
        slope = slope.masked_fill(torch.linalg.vector_norm(slope, dim=1, keepdim=True) <= STATIONARY, 0.0)
        change, moments = descent.descend(fit(slope, a), state, self._rate, torch.ones_like(signals.observed))
        return Update(torch.softmax(a + change, dim=1)), {"a": a + change, **moments}


def through_softmax(slopes: Tensor, weights: Tensor) -> Tensor:
    """Derivatives by the weights ``(R, K, T)`` turned into derivatives by the logits: ``s (diag w - w w^T)``."""
    w = weights.unsqueeze(1)
    return w * (slopes - (slopes * w).sum(-1, keepdim=True))


def _gains(signals: Signals, weights: Tensor) -> Tensor:
    """``(R, T, T)`` products of the outer task gradients (rows) after a trial step with this batch's (columns)."""
    outer = probe_of(signals).gradients(weights)
    return precise(outer @ jacobian_of(signals).mT)  # (R, T, P) @ (R, P, T) -> (R, T, T)
