"""The nearest point of a cone: a quadratic over the non-negative orthant, for many runs at once."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import settled


def least_quadratic(matrix: Tensor, linear: Tensor, allowed: Tensor, ridge: float) -> Tensor:
    """``argmin_x 1/2 x^T A x + q^T x`` over ``x >= 0``, with ``x = 0`` outside ``allowed``.

    Two active-set methods in turn. Block principal pivoting guesses which coordinates are positive, solves for them, and
    exchanges every coordinate with the wrong sign: a few rounds as a rule. Where it circles, as it can with many more
    gradients than dimensions, its last point is carried on by the method of Lawson and Hanson, which lowers the objective at
    every step. Either way the answer solves its last linear system exactly: there is no iteration error to choose.

    Args:
        matrix: ``(N, T, T)`` symmetric positive semi-definite ``A``, float64.
        linear: ``(N, T)`` ``q``; the problem must be bounded below.
        allowed: ``(N, T)`` bool.
        ridge: added to ``A`` once its diagonal is scaled to one; see ``numerics.ridge``.

    Returns:
        ``(N, T)``. NaN for a problem with NaN in it, and for that problem alone.

    Source: Kim & Park 2011, algorithm 1; Lawson & Hanson 1974, chapter 23.
    Tolerance: the right signs to 1e-13 of the largest coordinate; rounding and ``ridge`` times the condition of ``A``.
    Cost: 2 to 6 linear systems of order T as a rule, never more than ``15 + 4 T``.
    """
    diagonal = matrix.diagonal(dim1=-2, dim2=-1)
    scale = torch.where(diagonal > 0, diagonal, 1.0).rsqrt()
    q = linear * scale
    size = q.abs().amax(-1, keepdim=True)
    size = torch.where(size > 0, size, 1.0)
    eye = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    a = matrix * scale.unsqueeze(-1) * scale.unsqueeze(-2) + ridge * eye
    x, done = _pivot(a, q / size, allowed, eye)
    if not settled(done):
        # Where counting is free, only the problems that pivoting left go on.
        rows = (~done).flatten() if done.device.type == "cpu" else slice(None)
        carried = _descend(a[rows], (q / size)[rows], x[rows].clamp(min=0), allowed[rows], eye)
        x = x.index_put((rows,), carried) if isinstance(rows, Tensor) else torch.where(done, x, carried)
    return x.clamp(min=0) * scale * size


def _solve(a: Tensor, q: Tensor, positive: Tensor, eye: Tensor) -> Tensor:
    both = positive.unsqueeze(-1) & positive.unsqueeze(-2)
    solution: Tensor = torch.linalg.solve_ex(torch.where(both, a, eye), torch.where(positive, -q, 0.0).unsqueeze(-1))[0]
    return solution.squeeze(-1)


def _slope(a: Tensor, q: Tensor, x: Tensor) -> Tensor:
    return (a @ x.unsqueeze(-1)).squeeze(-1) + q


def _pivot(a: Tensor, q: Tensor, allowed: Tensor, eye: Tensor) -> tuple[Tensor, Tensor]:
    """Block principal pivoting; ``(N, T)`` and ``(N, 1)`` bool, whether it came to an end."""
    if a.device.type == "cpu":
        return _pivot_unfinished(a, q, allowed, eye)
    positive, x, done = allowed, q, torch.zeros_like(allowed[:, :1])
    for _ in range(15 + eye.shape[-1]):
        x = _solve(a, q, positive, eye)
        wrong = torch.where(positive, x < -1e-14, (_slope(a, q, x) < -1e-13) & allowed)
        done = ~wrong.any(-1, keepdim=True)
        if settled(done):
            break
        positive = positive ^ wrong
    return x, done


def _pivot_unfinished(a: Tensor, q: Tensor, allowed: Tensor, eye: Tensor) -> tuple[Tensor, Tensor]:
    """``_pivot`` where counting is free: problems that are done drop out of the batch."""
    answer, done = q.clone(), torch.zeros_like(allowed[:, :1])
    rows, positive = torch.arange(len(q)), allowed
    for _ in range(15 + eye.shape[-1]):
        x = _solve(a, q, positive, eye)
        wrong = torch.where(positive, x < -1e-14, (_slope(a, q, x) < -1e-13) & allowed)
        bad = wrong.any(-1)
        answer[rows], done[rows] = x, ~bad[:, None]
        left = int(bad.sum())
        if left == 0:
            break
        positive = positive ^ wrong
        if left <= 0.75 * len(bad):
            rows, a, q, allowed, positive = rows[bad], a[bad], q[bad], allowed[bad], positive[bad]
    return answer, done


def _descend(a: Tensor, q: Tensor, x: Tensor, allowed: Tensor, eye: Tensor) -> Tensor:
    """Lawson and Hanson from a feasible point: step towards the answer on the positive coordinates as far as all stay so,
    drop the one that stopped the step; when none does, add the coordinate that promises most."""
    positive = x > 0
    for _ in range(3 * eye.shape[-1]):
        target = _solve(a, q, positive, eye)
        stops = positive & (target <= 0)
        share = torch.where(stops, x / (x - target).clamp(min=1e-300), torch.inf)
        step = share.amin(-1, keepdim=True).clamp(max=1)
        stopped = stops.any(-1, keepdim=True)
        drop = stops & (share <= step)
        x = torch.where(drop, 0.0, torch.where(stopped, x + step * (target - x), target))
        slope = torch.where(positive | ~allowed, 0.0, _slope(a, q, x))
        steepest = slope.amin(-1, keepdim=True)
        add = (slope == steepest) & (steepest < -1e-13) & ~stopped
        if settled(~(stopped | add).any(-1, keepdim=True)):
            break
        positive = (positive & ~drop) | add
    return x
