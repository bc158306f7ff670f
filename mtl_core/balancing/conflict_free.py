"""ConFIG: the conflict-free direction at the same angle to every gradient, as long as all of them together."""

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import cosines, fit, gramian_of, precise
from mtl_core.balancing.solvers.spectrum import shortest_solution


class ConFIG(Stateless):
    """``d = (sum_t <g_t, u>) u`` with ``u`` the unit vector along ``U^+ 1``, ``U`` the unit gradients as rows.

    ``u`` has the same cosine with every gradient, and it is positive unless gradients cancel: no conflict remains. On the
    Gramian ``U^+ 1 = U^T b`` with ``b = C^+ 1``, so the update is a weighted sum like any other. The weights have no fixed
    sum: they divide by the lengths of gradients, so that of a solved task grows without bound while the update does not.

    Source: Liu, Chu & Thuerey 2025, equations 2-4.
    Deviations: zero gradients, as of a task without a label in the batch, get weight 0; where the gradients cancel exactly
    there is no such direction and the weights are zero.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        epsilon = torch.finfo(gramian.dtype).eps
        c, norms, alive = cosines(precise(gramian))
        b = shortest_solution(c, alive.to(c), epsilon) * alive
        towards = (c @ b.unsqueeze(-1)).squeeze(-1)  # products of U^T b with every unit gradient
        square = (b * towards).sum(1, keepdim=True)
        lost = square <= epsilon
        factor = (norms * alive * towards).sum(1, keepdim=True) / torch.where(lost, 1.0, square)
        return Update(fit(torch.where(lost, 0.0, factor * b / norms), gramian)), state
