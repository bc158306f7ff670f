"""Tchebycheff: at every step only the task that is worst off counts; and its smooth form, which blurs who that is."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.balancing.ideal import AboveIdeal
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, precise
from mtl_core.balancing.preference import preference


class Tchebycheff(AboveIdeal):
    """``min max_t lambda_t (L_t - z_t)`` with ``lambda = p``: the effective weight is ``p_t`` for the worst task, 0 for the
    others; tasks that tie share.

    Reaches points of concave fronts, which no fixed weights reach. Without preference the weights sum to ``1/T``.

    Args:
        ideal: what a loss is measured from, ``z``: ``zero``, or the ``least`` loss that the run has seen so far.
        p: ``(T,)`` preference on the simplex, None for ``1/T`` each: the front is reached where ``p_t (L_t - z_t)`` are equal.

    Source: classical; Miettinen 1999, section 3.4.
    Deviations: with ``least`` the ideal point is only known as training shows it. Tasks without a label in the batch are left
    out of the comparison.
    """

    def __init__(self, ideal: str = "zero", p: Sequence[float] | None = None) -> None:
        super().__init__(ideal)
        self._p = p

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step, and the least losses where they count."""
        height, state = self.above(signals, state)
        # The worst of the tasks that this batch can teach anything; without any, all are alike.
        taught = signals.observed | ~signals.observed.any(1, keepdim=True)
        p = preference(self._p, height)
        return Update(p * self._share((p * height).masked_fill(~taught, -torch.inf))), state

    def _share(self, height: Tensor) -> Tensor:
        worst = (height == height.amax(1, keepdim=True)).to(height)
        return worst / worst.sum(1, keepdim=True).clamp(min=1)


class SmoothTchebycheff(Tchebycheff):
    """``min mu log sum_t exp(lambda_t (L_t - z_t) / mu)`` with ``lambda = p``: the effective weights are
    ``lambda_t softmax_t(lambda (L - z) / mu)``.

    As ``mu`` falls it becomes ``Tchebycheff``, as it grows equal weights. Without preference the weights sum to ``1/T``.

    Args:
        mu: how smooth.
        ideal, p: as in ``Tchebycheff``.

    Source: Lin, Zhang, Yang, Liu, Wang & Zhang 2024, equation 11.
    Deviations: those of ``Tchebycheff``.
    """

    def __init__(self, mu: float = 0.1, ideal: str = "zero", p: Sequence[float] | None = None) -> None:
        super().__init__(ideal, p)
        self._mu = mu

    def _share(self, height: Tensor) -> Tensor:
        return fit(torch.softmax(precise(height) / self._mu, dim=1), height)
