"""Which weights come closest to an update that is no weighted sum of task gradients."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import cosines, fit, precise, resolved
from mtl_core.balancing.solvers.spectrum import shortest_solution


def explained(jacobian: Tensor, direction: Tensor, gramian: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The least-squares weights of a direction, ``argmin_w |J^T w - d|^2``, and what they leave unexplained.

    Args:
        jacobian: ``(R, T, P)`` task gradients.
        direction: ``(R, P)`` the update ``d``.
        gramian: ``(R, T, T)`` where it is at hand already.

    Returns:
        Weights ``(R, T)``, the shortest ones where gradients (at unit length) are dependent and 0 for zero gradients; and
        ``(R,)`` the share of ``|d|^2`` that ``J^T w`` does not reach, between 0 and 1, 0 for a zero direction.

    Cost: one eigendecomposition of order T a run.
    """
    gramian = jacobian @ jacobian.mT if gramian is None else gramian
    epsilon = torch.finfo(jacobian.dtype).eps
    c, norms, alive = cosines(precise(resolved(gramian)))
    target = precise((direction.unsqueeze(1) @ jacobian.mT).squeeze(1)) / norms  # (R, 1, P) @ (R, P, T) -> (R, T)
    weights = shortest_solution(c, target, epsilon) * alive
    whole = precise(direction.square().sum(-1))
    reached = (weights * target).sum(-1)
    unreached = 1 - reached / whole.clamp(min=torch.finfo(whole.dtype).tiny)
    left = torch.where(whole <= 0, 0.0, unreached).clamp(0, 1)  # not `whole > 0`: NaN must stay visible
    return fit(weights / norms, jacobian), fit(left, jacobian)
