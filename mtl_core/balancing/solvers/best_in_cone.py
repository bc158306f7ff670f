"""The direction of best worst gain at a bounded angle from the mean gradient."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import precise, ridge, settled
from mtl_core.balancing.solvers.min_norm import min_norm

ITERATIONS = 24
"""The most steps of the root search; 6 to 12 are the rule. It stops inside the cone."""

TOLERANCE = 1e-11
"""Error of the cosine at which the search ends, for a double-precision Gramian."""


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

    Tolerance: the cosine to 1e-11, for a single-precision Gramian to 1e-6, and that of ``min_norm`` besides. Dependent
    gradients may leave no direction until just before the cone is reached: then the length is right to 1e-2 at the worst.
    Cost: 6 to 12 shortest vectors as a rule, never more than 27.
    """
    g = precise(gramian)
    squares = g.diagonal(dim1=-2, dim2=-1)
    alive = squares > 0
    largest = squares.amax(-1)[:, None, None]
    g = g / torch.where(largest > 0, largest, 1.0)
    tasks = g.shape[-1]
    length = g.mean((1, 2)).clamp(min=0).sqrt().unsqueeze(1)  # (R, 1): |g_0|, the longest gradient being 1
    unit = torch.finfo(gramian.dtype).eps
    still = length <= unit**0.5 * 1e-3
    divisor = torch.where(still, 1.0, length)
    share = 1 / (tasks * divisor)  # u = J^T share
    along = share * g.sum(-1)  # products of every gradient with u
    least, tolerance = ridge(gramian), max(TOLERANCE, 8 * unit)
    # What rounding does to g, and to the products with u, which lose the digits that cancel in a short mean.
    blur = unit * g.abs()
    blur_along = share * blur.sum(-1) + along.abs() * blur.mean((1, 2)).unsqueeze(1) / divisor.square()
    digits = unit**-0.4  # how far above its rounding a squared length has to be
    slack = max(1 - cosine**2, 1e-12) ** 0.5

    def at(k: Tensor, rows: Tensor | slice = slice(None)) -> tuple[Tensor, Tensor, Tensor]:
        """The weights on ``g_t + k u``, the length of their sum, and how far its cosine is above the bound."""
        side = along[rows]
        moved = g[rows] + k.unsqueeze(-1) * (side.unsqueeze(-1) + side.unsqueeze(-2)) + k.square().unsqueeze(-1)
        w = min_norm(moved, alive[rows], least)
        square = (w.unsqueeze(1) @ moved @ w.unsqueeze(-1)).squeeze(-1)
        # Where the hull of g_t + k u still holds zero there is no direction; just beyond, it stays the same while the length
        # grows from nothing. A length counts once it stands out from its rounding.
        error = (w.unsqueeze(1) @ blur[rows] @ w.unsqueeze(-1)).squeeze(-1)
        error = error + 2 * k * (w * blur_along[rows]).sum(-1, keepdim=True)
        flat = square <= digits * error
        norm = square.clamp(min=0).sqrt()
        inner = (w * side).sum(-1, keepdim=True) + k
        return w, norm, torch.where(flat, -1.0, inner / torch.where(flat, 1.0, norm)) - cosine

    low = torch.zeros_like(length)
    w, norm, f_low = at(low)
    done = (f_low >= 0) | still
    # No gradient is longer than 1, so that here the common part k u outweighs all of them.
    high = 1 + 2 * digits * blur_along.amax(-1, keepdim=True) + (digits * unit) ** 0.5 + max(0.0, cosine) / slack
    high = torch.where(done, 0.0, high)
    f_high = at(high)[2].clamp(min=1e-3 * (1 - cosine))
    for turn in range(ITERATIONS):
        if settled(done):
            break
        # Regula falsi with halved weights (Illinois), and the middle of the bracket at every third turn.
        secant = (low * f_high - high * f_low) / (f_high - f_low)
        inside = (secant > low) & (secant < high) & (turn % 3 < 2)
        k = torch.where(inside, secant, 0.5 * (low + high))
        f = f_high.clone()
        # Where counting is free, only the runs that are still searched for are solved.
        rows = (~done).flatten() if done.device.type == "cpu" else slice(None)
        f[rows] = at(k[rows], rows)[2]
        right = (f > 0) & ~done
        left = ~right & ~done
        f_low, f_high = torch.where(left, f, torch.where(right, 0.5 * f_low, f_low)), torch.where(right, f, f_high)
        f_high = torch.where(left, 0.5 * f_high, f_high)
        found = ~done & (f.abs() <= tolerance)
        low, high = torch.where(left, k, low), torch.where(right | found, k, high)
        done = done | found | (high - low <= 1e-14 * high)
    w, norm, _ = at(high)
    found = (w + high * share) * (length / torch.where(norm > 0, norm, 1.0))
    return torch.where(still, 1 / tasks, found)
