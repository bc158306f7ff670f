"""DualProj: the mean gradient, projected on the directions that hurt no task."""

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of
from mtl_core.balancing.solvers.dual_cone import project


class DualProj(Stateless):
    """``w = argmin_{v >= 1/T} v^T G v``: the direction nearest to the mean gradient in which no task loses.

    Where the mean gradient hurts no task the weights are ``1/T``; elsewhere more.

    Source: Lopez-Paz & Ranzato 2017, equation 11 (gradient episodic memory), applied to all tasks as in Quinton & Rey 2024.
    Deviations: no regularisation beyond rounding. A zero gradient constrains nothing and keeps weight ``1/T``.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        mean = torch.full_like(gramian[:, :1], 1 / gramian.shape[-1])  # (R, 1, T)
        return Update(fit(project(gramian, mean).squeeze(1), gramian)), state
