"""The simplex: the nearest point of it, and descent that stays on it."""

import torch
from torch import Tensor


def project(values: Tensor) -> Tensor:
    """The nearest point of the simplex, ``argmin_w |w - v|`` over ``w >= 0``, ``sum w = 1``.

    Args:
        values: ``(R, T)``.

    Source: Held, Wolfe & Crowder 1974; exact, by sorting.
    """
    ordered = values.sort(dim=-1, descending=True).values
    count = torch.arange(1, values.shape[-1] + 1, dtype=values.dtype, device=values.device)
    # The largest values are those that stay positive; all of them are lowered by the same amount.
    lowered = (ordered.cumsum(-1) - 1) / count
    last = (ordered > lowered).sum(-1, keepdim=True).clamp(min=1) - 1
    return (values - lowered.gather(-1, last)).clamp(min=0)


def start(losses: Tensor) -> Tensor:
    """``(R, T)`` the centre of the simplex."""
    return torch.full_like(losses, 1 / losses.shape[1])


def descend(weights: Tensor, products: Tensor, gramian: Tensor, rate: float, pull: float, aim: Tensor | None = None) -> Tensor:
    """One projected step of descent on ``1/2 |J^T w|^2`` over the simplex: ``w - rate (M (w + aim) / s + pull w)``.

    Args:
        weights: ``(R, T)`` float64, on the simplex.
        products: ``(R, T, T)`` ``M``, the Gramian or an unbiased estimate of it.
        gramian: ``(R, T, T)`` whose mean diagonal is the unit ``s``, so that the rate has none.
        rate: of the step.
        pull: towards equal weights.
        aim: ``(T,)`` added to the weights inside the product; None for nothing.
    """
    squares = gramian.diagonal(dim1=-2, dim2=-1).mean(-1, keepdim=True)
    unit = squares.masked_fill(squares <= 0, 1.0)
    towards = weights if aim is None else weights + aim
    slope = (products @ towards.unsqueeze(-1)).squeeze(-1) / unit + pull * weights
    # Beyond this the projection has long reached a corner, and cancellation would take it off the simplex.
    return project(weights - (rate * slope).clamp(-1e6, 1e6))
