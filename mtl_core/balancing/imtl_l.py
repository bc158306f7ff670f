"""IMTL-L: learned scales that bring every loss to the same size."""

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.uw import BOUND


class IMTLL:
    """``min_{theta, s} sum_t exp(s_t) L_t - s_t``; the effective weight is ``exp(s_t)``.

    For a constant loss ``s_t`` comes to rest at ``-log L_t``, where every scaled loss is 1. The weights have no fixed sum.

    Args:
        scale_learning_rate: how fast ``s`` is learned.

    Source: Liu, Li, Kuang, Xue, Chen, Yang, Liao & Zhang 2021, section 3.2.
    Deviations: ``s`` has its own Adam, is kept between -20 and 20, and stays for a task without a label in the batch.
    """

    def __init__(self, scale_learning_rate: float = 0.01) -> None:
        self._rate = scale_learning_rate

    def init(self, losses: Tensor) -> State:
        """``s = 0``: every task weighs 1."""
        return {"s": torch.zeros_like(losses), **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of the ``s`` as it stands; then ``s`` takes one step."""
        s = state["s"]
        weights = torch.exp(s)
        change, moments = descent.descend(weights * signals.losses - 1, state, self._rate, signals.observed)
        return Update(weights), {"s": (s + change).clamp(-BOUND, BOUND), **moments}
