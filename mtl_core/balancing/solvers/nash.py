"""The bargaining equation: every task's gain in proportion to a power of its own weight."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import cosines, precise, ridge, settled

ITERATIONS = 60
"""The most Newton steps; 5 to 12 are the rule, more for extreme powers on gradients of very different length."""

TOLERANCE = 1e-18
"""A step whose squared Newton decrement is below this is the last: quadratic convergence has then reached rounding."""


def bargain(gramian: Tensor, power: float = 1.0, share: Tensor | None = None) -> Tensor:
    """The ``a > 0`` with ``G a = T p a^(-power)``, elementwise.

    With ``a = b / |g|`` the equation is ``C b = k b^(-power)``, ``C`` the cosines and ``k = T p |g|^(power - 1)``: the gradient
    of a strictly convex function of ``b``, brought to zero by damped Newton. For ``power = 1`` the lengths drop out entirely
    and two tasks of equal share have the closed form ``b_1 = b_2 = 1 / sqrt(1 + C_12)``.

    Args:
        gramian: ``(R, T, T)`` any scale, any rank.
        power: 1 for the Nash bargain, ``1 / alpha`` for alpha-fairness; above 0.
        share: ``(T,)`` float64 ``p`` on the simplex, None for ``1/T`` each; a task whose share is 0 is left out, with weight 0.

    Returns:
        ``(R, T)`` float64; 0 for zero gradients, which no weight can make gain. Finite for finite input: where gradients
        cancel exactly there is no solution, and the weights stop near ``1e6 / |g|``, for a single-precision Gramian near
        ``1e3 / |g|``.

    Tolerance: residual ``|b C b - k b^(1 - power)|`` about 1e-14 on well-conditioned problems.
    Cost: one Cholesky factor a Newton step.
    """
    c, norms, alive = cosines(precise(gramian))
    closed = power == 1 and c.shape[-1] == 2 and share is None
    if share is not None:
        both = (share > 0) & (share > 0).unsqueeze(-1)
        c = torch.where(both, c, torch.eye(len(share), dtype=c.dtype, device=c.device))
        alive = alive & (share > 0)
    k = torch.ones_like(norms) if share is None else (len(share) * share).masked_fill(share <= 0, 1.0).expand_as(norms)
    least = ridge(gramian)
    b = (1 + c[:, 0, 1, None]).clamp(min=least).rsqrt() if closed else _newton(c, k, norms, power, least)
    return alive * b / norms


def _newton(c: Tensor, k: Tensor, norms: Tensor, power: float, least: float) -> Tensor:
    unit = torch.ones_like(norms[:, :1])
    if power != 1:
        # Equation and answer are homogeneous: dividing k by its mean scales b by a known factor.
        logarithm = (power - 1) * norms.log()
        middle = logarithm.mean(-1, keepdim=True)
        k, unit = k * (logarithm - middle).exp(), (middle / (1 + power)).exp()
    c = c + least * torch.eye(c.shape[-1], dtype=c.dtype, device=c.device)
    b = k ** (1 / (1 + power))  # the solution for orthogonal gradients, ...
    along = (b.unsqueeze(-2) @ c @ b.unsqueeze(-1)).squeeze(-1)
    b = b * ((k * b ** (1 - power)).sum(-1, keepdim=True) / along.clamp(min=least)) ** (
        1 / (1 + power)
    )  # ... at its best length
    done = torch.zeros_like(unit, dtype=torch.bool)
    for _ in range(ITERATIONS):
        pull = k * b ** (-power)
        slope = (c @ b.unsqueeze(-1)).squeeze(-1) - pull
        factor, failed = torch.linalg.cholesky_ex(c + torch.diag_embed(power * pull / b))
        step = -torch.cholesky_solve(slope.unsqueeze(-1), factor).squeeze(-1)
        decrement = -(slope * step).sum(-1, keepdim=True)
        # A Gramian rounded to an indefinite one has no minimum along that direction: stop where convexity ends.
        done = done | (failed > 0).unsqueeze(-1) | ~(decrement > 0)
        # Along the step the barrier's curvature grows at most as (1 - t change)^-2, so this length always descends and
        # keeps b positive; near the answer the whole step does.
        change = max(1.0, (power + 1) / 2) * (step / b).abs().amax(-1, keepdim=True)
        b = torch.where(done, b, b + step * torch.where(change > 0.25, 1 / (1 + change), 1.0))
        done = done | (decrement <= TOLERANCE * k.sum(-1, keepdim=True))
        if settled(done):
            break
    return b * unit
