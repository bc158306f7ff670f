"""The bargaining equation: every task's gain in proportion to a power of its own weight."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import cosines, precise, ridge, settled

ITERATIONS = 40
"""The most Newton steps; 5 to 12 are the rule."""

TOLERANCE = 1e-18
"""A step whose squared Newton decrement is below this is the last: quadratic convergence has then reached rounding."""


def bargain(gramian: Tensor, power: float = 1.0) -> Tensor:
    """The ``a > 0`` with ``G a = a^(-power)``, elementwise.

    With ``a = b / |g|`` the equation is ``C b = k b^(-power)``, ``C`` the cosines and ``k = |g|^(power - 1)``: the gradient of
    a strictly convex function of ``b``, brought to zero by damped Newton. For ``power = 1`` the lengths drop out entirely
    and two tasks have the closed form ``b_1 = b_2 = 1 / sqrt(1 + C_12)``.

    Args:
        gramian: ``(R, T, T)`` any scale, any rank.
        power: 1 for the Nash bargain, ``1 / alpha`` for alpha-fairness; above 0.

    Returns:
        ``(R, T)`` float64; 0 for zero gradients, which no weight can make gain. Finite for finite input: where gradients
        cancel exactly there is no solution, and the weights stop near ``1e6 / |g|``, for a single-precision Gramian near
        ``1e3 / |g|``.

    Tolerance: residual ``|b C b - k b^(1 - power)|`` about 1e-14 on well-conditioned problems.
    Cost: one Cholesky factor a Newton step.
    """
    c, norms, alive = cosines(precise(gramian))
    closed = power == 1 and c.shape[-1] == 2
    least = ridge(gramian)
    b = (1 + c[:, 0, 1, None]).clamp(min=least).rsqrt() if closed else _newton(c, norms, power, least)
    return alive * b / norms


def _newton(c: Tensor, norms: Tensor, power: float, least: float) -> Tensor:
    k, unit = torch.ones_like(norms), torch.ones_like(norms[:, :1])
    if power != 1:
        # Equation and answer are homogeneous: dividing k by its mean scales b by a known factor.
        logarithm = (power - 1) * norms.log()
        middle = logarithm.mean(-1, keepdim=True)
        k, unit = (logarithm - middle).exp(), (middle / (1 + power)).exp()
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
        length = _damped(decrement) if power == 1 else _searched(c, b, k, step, power)
        b = torch.where(done, b, b + length * step)
        done = done | (decrement <= TOLERANCE * k.sum(-1, keepdim=True))
        if settled(done):
            break
    return b * unit


def _damped(decrement: Tensor) -> Tensor:
    # -sum log b + 1/2 b^T C b is self-concordant: this length keeps b positive and always descends (Nesterov 1994).
    return torch.where(decrement > 0.0625, 1 / (1 + decrement.clamp(min=0).sqrt()), 1.0)


def _searched(c: Tensor, b: Tensor, k: Tensor, step: Tensor, power: float) -> Tensor:
    room = torch.where(step < 0, -b / step, torch.inf).amin(-1, keepdim=True)
    lengths = (0.95 * room).clamp(max=1) * 0.5 ** torch.arange(12, dtype=b.dtype, device=b.device)  # (R, 12)
    tried = b.unsqueeze(-2) + lengths.unsqueeze(-1) * step.unsqueeze(-2)  # (R, 12, T)
    barrier = (k.unsqueeze(-2) * tried ** (1 - power) / (power - 1)).sum(-1)
    value = 0.5 * ((tried @ c) * tried).sum(-1) + barrier
    return lengths.gather(-1, value.argmin(-1, keepdim=True))
