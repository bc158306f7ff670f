"""The direction of best worst gain at a bounded angle from the mean gradient."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import precise, settled
from mtl_core.balancing.solvers.min_norm import min_norm

ITERATIONS = 60
"""The most steps of the root search; 6 to 12 are the rule."""

TOLERANCE = 1e-11
"""Error of the cosine at which the search ends."""


def best_in_cone(gramian: Tensor, cosine: float) -> Tensor:
    """The weights of ``argmax_d min_t <g_t, d>`` over ``cos(g_0, d) >= cosine``, ``|d| = |g_0|``, ``g_0`` the mean.

    With a multiplier ``k >= 0`` for the cone, ``d`` points along the shortest vector in the convex hull of ``g_t + k u``, ``u``
    the unit vector along ``g_0``; its cosine with ``u`` grows with ``k``. The ``k`` at which it is ``cosine`` is found by
    bracketing.

    Args:
        gramian: ``(R, T, T)`` any scale, any rank.
        cosine: between -1 and 1, exclusive of 1.

    Returns:
        ``(R, T)`` float64. Zero gradients can gain nothing and are left out of the worst. Where the mean gradient is zero there
        is no cone, and the weights are ``1/T``: no update.

    Tolerance: the cosine to 1e-11, that of ``min_norm`` besides.
    Cost: 6 to 12 shortest vectors as a rule, never more than 60.
    """
    g = precise(gramian)
    squares = g.diagonal(dim1=-2, dim2=-1)
    alive = squares > 0
    largest = squares.amax(-1)[:, None, None]
    g = g / torch.where(largest > 0, largest, 1.0)
    tasks = g.shape[-1]
    length = g.mean((1, 2)).clamp(min=0).sqrt().unsqueeze(1)  # (R, 1): |g_0|, the longest gradient being 1
    still = length <= torch.finfo(gramian.dtype).eps ** 0.5 * 1e-3
    share = 1 / (tasks * torch.where(still, 1.0, length))  # u = J^T share
    along = share * g.sum(-1)  # products of every gradient with u
    slack = max(1 - cosine**2, 1e-12) ** 0.5

    def at(k: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The weights on ``g_t + k u``, the length of their sum, and how far its cosine is above the bound."""
        moved = g + k.unsqueeze(-1) * (along.unsqueeze(-1) + along.unsqueeze(-2)) + k.square().unsqueeze(-1)
        w = min_norm(moved, alive)
        norm = (w.unsqueeze(1) @ moved @ w.unsqueeze(-1)).squeeze(-1).clamp(min=0).sqrt()
        flat = norm <= 1e-9
        inner = (w * along).sum(-1, keepdim=True) + k
        return w, norm, torch.where(flat, -1.0, inner / torch.where(flat, 1.0, norm)) - cosine

    low = torch.zeros_like(length)
    w, norm, below = at(low)
    free = (below >= 0) | still
    # No gradient is longer than 1, so that beyond this the common part k u outweighs all of them.
    high = torch.full_like(length, 1.0 + max(0.0, cosine) / slack)
    above = at(high)[2]
    k, done = torch.where(free, low, high), free
    f_low, f_high = below, torch.where(above > 0, above, 1 - cosine)
    for _ in range(ITERATIONS):
        if settled(done):
            break
        # Regula falsi with halved weights (Illinois), kept off the ends of the bracket.
        middle = (low * f_high - high * f_low) / (f_high - f_low)
        middle = torch.where(
            middle.isfinite(), middle.clamp(low + 0.01 * (high - low), high - 0.001 * (high - low)), 0.5 * (low + high)
        )
        f = at(middle)[2]
        k = torch.where(done, k, middle)
        done = done | (f.abs() <= TOLERANCE) | (high - low <= 1e-14 * high)
        right = f > 0
        f_low, f_high = torch.where(right, 0.5 * f_low, f), torch.where(right, f, 0.5 * f_high)
        low, high = torch.where(right, low, middle), torch.where(right, middle, high)
    w, norm, _ = at(k)
    found = (w + k * share) * (length / torch.where(norm > 0, norm, 1.0))
    return torch.where(still, 1 / tasks, found)
