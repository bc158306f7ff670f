"""The nearest point of a cone: a quadratic over the non-negative orthant, for many runs at once."""

import torch
from torch import Tensor

from mtl_core.balancing.numerics import settled


def least_quadratic(matrix: Tensor, linear: Tensor, allowed: Tensor, ridge: float) -> Tensor:
    """``argmin_x 1/2 x^T A x + q^T x`` over ``x >= 0``, with ``x = 0`` outside ``allowed``.

    Block principal pivoting: guess which coordinates are positive, solve for them, exchange every coordinate with the wrong
    sign; after three rounds without progress exchange only the last wrong one, which cannot cycle. The answer solves its
    last linear system exactly (about 1e-12 of the largest entry, times the condition of ``A``), so there is no iteration
    error to choose.

    Args:
        matrix: ``(N, T, T)`` symmetric positive semi-definite ``A``, float64.
        linear: ``(N, T)`` ``q``; the problem must be bounded below.
        allowed: ``(N, T)`` bool.
        ridge: added to ``A`` once its diagonal is scaled to one; see ``numerics.ridge``.

    Returns:
        ``(N, T)``. NaN for a problem with NaN in it, and for that problem alone.

    Source: Judice & Pires 1994; Kim & Park 2011, algorithm 1 (there for least squares).
    Cost: 2 to 6 linear systems of order T as a rule, never more than ``10 + 5 T``.
    """
    count = matrix.shape[-1]
    diagonal = matrix.diagonal(dim1=-2, dim2=-1)
    scale = torch.where(diagonal > 0, diagonal, 1.0).rsqrt()
    q = linear * scale
    size = q.abs().amax(-1, keepdim=True)
    size = torch.where(size > 0, size, 1.0)
    q = (q / size).unsqueeze(-1)
    eye = torch.eye(count, dtype=matrix.dtype, device=matrix.device)
    a = matrix * scale.unsqueeze(-1) * scale.unsqueeze(-2) + ridge * eye
    index = torch.arange(1, count + 1, device=matrix.device)

    positive = allowed
    fewest = torch.full_like(size, count + 1)
    patience = torch.full_like(size, 3)
    x = torch.zeros_like(q)
    for _ in range(10 + 5 * count):
        both = positive.unsqueeze(-1) & positive.unsqueeze(-2)
        x = torch.linalg.solve_ex(torch.where(both, a, eye), torch.where(positive.unsqueeze(-1), -q, 0.0))[0]
        slope = (a @ x + q).squeeze(-1)
        wrong = torch.where(positive, x.squeeze(-1) < -1e-14, (slope < -1e-13) & allowed)
        number = wrong.sum(-1, keepdim=True).to(size)
        if settled(number == 0):
            break
        better = number < fewest
        fewest = torch.minimum(number, fewest)
        patience = torch.where(better, 3.0, patience - 1)
        last = index == (wrong * index).amax(-1, keepdim=True)
        positive = positive ^ torch.where(patience >= 0, wrong, last & wrong)
    return x.squeeze(-1).clamp(min=0) * scale * size
