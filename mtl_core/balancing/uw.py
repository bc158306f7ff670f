"""Uncertainty weighting: each task's weight is learned as the inverse of its noise."""

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.method import Signals, State, Update

BOUND = 20.0
"""The learned numbers stay within this of zero, so that a task whose loss reaches 0 does not get an infinite weight."""


class UncertaintyWeighting:
    """``min_{theta, s} sum_t 1/2 (exp(-s_t) L_t + s_t)``, with ``s_t`` the logarithm of task t's noise variance.

    The effective weight is ``exp(-s_t) / 2``; for a constant loss ``s_t`` comes to rest at ``log L_t``, where every task
    contributes 1/2. The weights have no fixed sum.

    Args:
        noise_learning_rate: how fast ``s`` is learned.

    Source: Kendall, Gal & Cipolla 2018, equation 10 in the form that they recommend for training (``s = log sigma^2``).
    Deviations: the classification likelihood's constant is that of a regression, as the paper's own code has it; ``s`` is kept
    between -20 and 20; a task without a label in the batch keeps its ``s``. ``s`` has its own Adam, not the network's.
    """

    def __init__(self, noise_learning_rate: float = 0.01) -> None:
        self._rate = noise_learning_rate

    def init(self, losses: Tensor) -> State:
        """``s = 0``: every task weighs 1/2."""
        return {"s": torch.zeros_like(losses), **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of the ``s`` as it stands; then ``s`` takes one step."""
        s = state["s"]
        weights = 0.5 * torch.exp(-s)
        gradient = 0.5 - weights * signals.losses
        change, moments = descent.descend(gradient, state, self._rate, signals.observed)
        return Update(weights), {"s": (s + change).clamp(-BOUND, BOUND), **moments}
