"""IMTL-G: the update that has the same projection on every unit gradient."""

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import cosines, fit, gramian_of, precise
from mtl_core.balancing.solvers.spectrum import shortest_solution


class IMTLG(Stateless):
    """The weights with sum one for which ``<d, g_t / |g_t|>`` is the same for all tasks: ``w ~ (C^+ 1)_t / |g_t|``, ``C`` the
    cosines.

    Weights may be negative with three tasks and more; where they sum to nearly zero before they are scaled to one the update
    is long, and where they do sum to zero there is no such update and the weights are zero.

    Source: Liu, Li, Kuang, Xue, Chen, Yang, Liao & Zhang 2021, equation 4, in the form of Quinton & Rey 2024 for dependent
    gradients.
    Deviations: zero gradients, as of a task without a label in the batch, get weight 0 and the others are made impartial.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        c, norms, alive = cosines(precise(gramian))
        v = shortest_solution(c, alive.to(c), torch.finfo(gramian.dtype).eps) * alive / norms
        total = v.sum(1, keepdim=True)
        lost = total.abs() <= 1e-12 * v.abs().sum(1, keepdim=True)
        return Update(fit(torch.where(lost, 0.0, v / torch.where(lost, 1.0, total)), gramian)), state
