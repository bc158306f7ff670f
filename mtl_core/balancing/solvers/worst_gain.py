"""The best gain of the worst task within a ball round the mean gradient."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import cosines, precise, ridge, settled
from mtl_core.balancing.solvers.min_norm import min_norm

TOLERANCE = 1e-12
"""Relative error of the ball's radius at which the answer counts as found."""


def worst_gain(gramian: Tensor, radius: float, p: Tensor | None = None) -> Tensor:
    """The weights of ``argmax_d min_t <g_t, d>`` over ``|d - g_0| <= radius |g_0|``, ``g_0 = sum_t p_t g_t`` the mean
    gradient.

    For a demanded gain ``m`` the nearest ``d`` to ``g_0`` with ``J d >= m`` is ``g_0 + J^T y``, with ``y >= 0`` from a
    quadratic over the orthant, and its distance from ``g_0`` is convex in ``m``. Newton's method from above finds the ``m``
    whose distance is the radius; every Newton step starts the pivoting where the last one ended. Two tasks have a closed
    form: the worst task is the first, the second, or both.

    Args:
        gramian: ``(R, T, T)`` any scale, any rank.
        radius: relative to the mean gradient, at least 0.
        p: ``(T,)`` float64, on the simplex; None for ``1/T`` each.

    Returns:
        ``(R, T)`` float64, ``p + y``. Zero gradients can gain nothing and are left out of the worst; where the mean gradient
        is zero so is ``y``.

    Tolerance: the radius is met to 1e-12 and the gap to the dual closed to about 1e-10 with at least as many dimensions as
    tasks; with fewer, rounding may stop it short, inside the ball.
    Cost: 6 to 15 linear systems of order T as a rule, never more than ``40 + 5 T``.
    """
    g = precise(gramian)
    c, norms, alive = cosines(g)
    p = c.new_full(c.shape[-1:], 1 / c.shape[-1]) if p is None else p
    length = norms.amax(-1, keepdim=True)
    norms = norms / length
    along = (c @ (p * norms * alive).unsqueeze(-1)).squeeze(-1)  # products of g_0 with the unit gradients
    reach = radius * (p * norms * alive * along).sum(-1, keepdim=True).clamp(min=0).sqrt()
    still = reach <= torch.finfo(gramian.dtype).eps * 1e-3 * norms.amax(-1, keepdim=True)
    reach = torch.where(still, 1.0, reach)
    demand = alive / norms  # what one unit of gain asks of each unit gradient
    if c.shape[-1] == 2:
        b = _two(c[:, 0, 1, None], along / reach, demand, alive)
    else:
        b = _pivoting(c, along / reach, demand, alive, min_norm(gramian, alive) * norms, ridge(gramian))
    return p + torch.where(still, 0.0, alive * b * reach / norms)


def _two(cosine: Tensor, along: Tensor, demand: Tensor, alive: Tensor) -> Tensor:
    other = alive.flip(-1)
    lengths = torch.where(alive, 1 / demand, 1.0)
    # Serving task t alone is best if t stays the worse off; a tie, as of parallel gradients, is served by the first.
    own, others = (along + 1) * lengths, ((along.flip(-1) + cosine) * lengths.flip(-1))
    alone = alive & (~other | (own <= others + 1e-14 * own.abs()))
    alone = alone & ~(alone.all(-1, keepdim=True) & (torch.arange(2, device=alone.device) == 1))
    # Otherwise both gain the same: b = gain u - v with C u = demand, C v = along, and b^T C b = 1 fixes the gain.
    determinant = 1 - cosine.square()
    inverse = 1 / torch.where(determinant > 0, determinant, 1.0)
    u, v = ((each - cosine * each.flip(-1)) * inverse for each in (demand, along))
    slope, middle = (demand * u).sum(-1, keepdim=True), (demand * v).sum(-1, keepdim=True)
    gap = middle.square() - slope * ((along * v).sum(-1, keepdim=True) - 1)
    gain = (middle + gap.clamp(min=0).sqrt()) / torch.where(slope > 0, slope, 1.0)
    return torch.where(alone.any(-1, keepdim=True), alone.to(along), (gain * u - v).clamp(min=0))


def _pivoting(c: Tensor, along: Tensor, demand: Tensor, alive: Tensor, shortest: Tensor, least: float) -> Tensor:
    count = c.shape[-1]
    eye = torch.eye(count, dtype=c.dtype, device=c.device)
    index = torch.arange(1, count + 1, device=c.device)
    # No worst gain exceeds what the direction best for one task, or for one weighting of them, gains. The weighting of the
    # shortest vector keeps the start where gains can be had at all: at a Pareto-stationary point no positive one can, and
    # there a distance within the ball is an answer too.
    gain = torch.where(alive, (along + 1) / torch.where(alive, demand, 1.0), torch.inf).amin(-1, keepdim=True)
    square = (shortest * (c @ shortest.unsqueeze(-1)).squeeze(-1)).sum(-1, keepdim=True)
    norm = torch.where(square > least * shortest.square().sum(-1, keepdim=True), square, 0.0).sqrt()
    gain = top = torch.minimum(gain, (shortest * along).sum(-1, keepdim=True) + norm)
    c = c + least * eye
    positive = alive
    fewest, patience = torch.full_like(gain, count + 1), torch.full_like(gain, 3)
    answer = torch.zeros_like(along)
    sides = torch.stack([demand, along], dim=-1)  # (R, T, 2)
    for _ in range(40 + 5 * count):
        both = positive.unsqueeze(-1) & positive.unsqueeze(-2)
        parts = torch.linalg.solve_ex(torch.where(both, c, eye), torch.where(positive.unsqueeze(-1), sides, 0.0))[0]
        b = gain * parts[..., 0] - parts[..., 1]
        slope = (c @ b.unsqueeze(-1)).squeeze(-1) + along - gain * demand
        scale = 1e-13 * (1 + b.abs().amax(-1, keepdim=True))
        wrong = torch.where(positive, b < -scale, (slope < -10 * scale * demand.clamp(min=1)) & alive)
        number = wrong.sum(-1, keepdim=True).to(gain)
        solved = number == 0
        answer = torch.where(solved, b, answer)
        distance = (b * (c @ b.unsqueeze(-1)).squeeze(-1)).sum(-1, keepdim=True).clamp(min=0).sqrt()
        met = ((distance - 1).abs() <= TOLERANCE) | ((distance < 1) & (gain >= top))
        if settled(solved & met | gain.isnan()):
            break
        pull = (demand * b).sum(-1, keepdim=True)
        newer = gain - (distance - 1) * distance / torch.where(pull == 0, 1.0, pull)
        gain = torch.where(solved & ~met, torch.minimum(newer, top), gain)
        better = number < fewest
        patience = torch.where(better | solved, 3.0, patience - 1)
        fewest = torch.where(solved, count + 1.0, torch.minimum(number, fewest))
        last = index == (wrong * index).amax(-1, keepdim=True)
        positive = positive ^ torch.where(patience >= 0, wrong, last & wrong)
    answer = answer.clamp(min=0)
    length = (answer * (c @ answer.unsqueeze(-1)).squeeze(-1)).sum(-1, keepdim=True).clamp(min=1).sqrt()
    return answer / length  # whatever rounding did to a nearly singular problem, the update stays in the ball
