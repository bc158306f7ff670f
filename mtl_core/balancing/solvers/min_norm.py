"""The shortest vector in the convex hull of the task gradients."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import precise, ridge
from mtl_core.balancing.solvers.cone import least_quadratic


def min_norm(gramian: Tensor, allowed: Tensor | None = None, least: float | None = None) -> Tensor:
    """``argmin_w w^T G w`` over the simplex.

    Two tasks have a closed form. With more, ``w`` is the normalised minimiser of ``1/2 x^T (G + r 1 1^T) x - r 1^T x`` over
    ``x >= 0``: a problem that is bounded, and whose answer is proportional to ``w``, for every ``r > 0``. Exact up to the
    rounding of ``G``; where several weightings give the same shortest vector, dependent gradients share evenly.

    Args:
        gramian: ``(R, T, T)`` inner products of the gradients, any scale, any rank.
        allowed: ``(R, T)`` bool, False for gradients to be left out of the hull; None for all. A run without any gets
            weight 0 everywhere.
        least: what ``numerics.ridge`` says of the numbers that the Gramian was made from, where its own dtype does not tell.

    Returns:
        ``(R, T)`` float64, each row on the simplex.

    Source: Sener & Koltun 2018, algorithm 2 (there by Frank-Wolfe); the reduction is that of Lawson & Hanson 1974 for
    least-distance problems.
    """
    g = precise(gramian)
    count = g.shape[-1]
    allowed = torch.ones_like(g[..., 0], dtype=torch.bool) if allowed is None else allowed.to(g.device)
    if count == 1:
        return allowed.to(g)
    if count == 2:
        return _two(g, allowed, torch.finfo(gramian.dtype).eps)
    squares = g.diagonal(dim1=-2, dim2=-1).clamp(min=0)
    largest = torch.where(allowed, squares, 0.0).amax(-1)
    largest = torch.where(largest > 0, largest, 1.0)[:, None]
    smallest = torch.where(allowed, squares / largest, 1.0).amin(-1).clamp(min=1e-60)
    shift = smallest[:, None, None]
    x = least_quadratic(
        g / largest[..., None] + shift,
        -shift[..., 0].expand(-1, count),
        allowed,
        ridge(gramian) if least is None else least,
    )
    total = x.sum(-1, keepdim=True)
    return x / torch.where(total == 0, 1.0, total)


def _two(g: Tensor, allowed: Tensor, epsilon: float) -> Tensor:
    inner = g[:, 0, 1, None]
    gaps = (g.diagonal(dim1=-2, dim2=-1) - inner).flip(-1)  # (R, 2): how much each is preferred
    total = gaps.sum(-1, keepdim=True)  # |g_1 - g_2|^2
    same = total <= 4 * epsilon * inner.abs()
    w = torch.where(same, 0.5, gaps / torch.where(same, 1.0, total)).clamp(0, 1)
    return torch.where(allowed.all(-1, keepdim=True), w, allowed.to(g))
