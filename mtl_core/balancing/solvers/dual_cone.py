"""Projection on the dual cone of the task gradients: the nearest direction in which no task loses."""

from torch import Tensor

from mtl_core.balancing.numerics import precise, ridge
from mtl_core.balancing.solvers.cone import least_quadratic


def project(gramian: Tensor, weights: Tensor) -> Tensor:
    """``argmin_v v^T G v`` over ``v >= u``: the weights of the projection of ``J^T u`` on ``{d : J d >= 0}``.

    One vector with two tasks has the closed form ``v = u + max(0, -(G u)_t / G_tt)``.

    Args:
        gramian: ``(R, T, T)`` any scale, any rank.
        weights: ``(R, K, T)`` K non-negative vectors ``u`` a run.

    Returns:
        ``(R, K, T)`` float64.

    Source: Lopez-Paz & Ranzato 2017, equation 11; Quinton & Rey 2024, proposition 1.
    Tolerance: that of ``least_quadratic``; a task may lose up to ``numerics.ridge`` times its weight. Exact for two tasks.
    """
    g = precise(gramian)
    u = weights.to(g)
    products = u @ g  # (R, K, T)
    if g.shape[-1] == 2:
        squares = g.diagonal(dim1=-2, dim2=-1).unsqueeze(-2)
        added = (-products / squares.masked_fill(squares <= 0, 1.0)).clamp(min=0)
        return u + added.masked_fill(squares <= 0, 0.0)
    runs, count, tasks = u.shape
    allowed = (g.diagonal(dim1=-2, dim2=-1) > 0).unsqueeze(-2).expand(runs, count, tasks)
    added = least_quadratic(
        g.unsqueeze(1).expand(runs, count, tasks, tasks).flatten(0, 1),
        products.flatten(0, 1),
        allowed.flatten(0, 1),
        ridge(gramian),
    )
    return u + added.view(runs, count, tasks)
