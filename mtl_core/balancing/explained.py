"""Which weights come closest to an update that is no weighted sum of task gradients."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import cosines, fit, precise


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
    sound = gramian.isfinite().all(-1).all(-1, keepdim=True) & direction.isfinite().all(-1, keepdim=True)
    # An eigensolver stops the whole batch at one run's NaN; that run is solved as zeros and marked again below.
    c, norms, alive = cosines(precise(torch.where(sound.unsqueeze(-1), gramian, 0.0)))
    values, vectors = torch.linalg.eigh(c)
    inverse = torch.where(values > 4 * c.shape[-1] * epsilon, 1 / values, 0.0)
    target = precise((jacobian @ direction.unsqueeze(-1)).squeeze(-1)) / norms  # (R, T, P) @ (R, P) -> (R, T)
    share = (vectors.mT @ target.unsqueeze(-1)).squeeze(-1)
    weights = (vectors @ (inverse * share).unsqueeze(-1)).squeeze(-1) * alive
    whole = precise(direction.square().sum(-1))
    reached = (weights * target).sum(-1)
    left = torch.where(whole > 0, 1 - reached / whole.clamp(min=torch.finfo(whole.dtype).tiny), 0.0).clamp(0, 1)
    marked = torch.where(sound.to(c.device), weights / norms, torch.nan)
    return fit(marked, jacobian), torch.where(sound[:, 0], fit(left, jacobian), torch.nan)
