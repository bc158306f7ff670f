"""How well scores rank two classes, from counts that add up over batches."""

import math

import torch
from torch import Tensor

BINS = 2048
"""Steps that log-odds are rounded to."""

FINE, FAR = 0.1, 90.0
"""Log-odds up to the first are told apart evenly, larger ones by their ratio; those beyond the second are one."""

_AT_ONCE = 1 << 22
"""Counts that are summed at once where there are many, to bound the memory."""

_REACH = math.asinh(FAR / FINE)


def empty(like: Tensor, *several: int, steps: int = BINS) -> Tensor:
    """``(R, ..., 2, steps)`` int32 counts of nothing; ``like`` ``(R,)`` gives runs and device."""
    return torch.zeros(len(like), *several, 2, steps, dtype=torch.int32, device=like.device)


def counted(counts: Tensor, odds: Tensor, wanted: Tensor, observed: Tensor | None) -> Tensor:
    """The counts with a batch more; the given ones are not changed in place.

    Scores are rounded on the scale ``asinh(odds / 0.1)``: with 2048 steps two of them are alike to 0.7 % of their log-odds,
    near zero to 7e-4; with half as many to twice that.

    Args:
        counts: ``(R, 2, steps)``, of the other class and of the one that is looked for.
        odds: ``(R, B)`` log-odds of the class that is looked for.
        wanted: ``(R, B)`` whether an example is of it, 0 or 1.
        observed: ``(R, B)`` bool, None for all.
    """
    steps = counts.shape[2]
    even = torch.asinh(odds / FINE).nan_to_num(0.0).clamp(-_REACH, _REACH)  # NaN is a diverged run's, or of no label
    place = ((even / _REACH + 1) * (steps / 2)).long().clamp(0, steps - 1)
    run = torch.arange(len(odds), device=odds.device)[:, None]
    cell = (2 * run + wanted) * steps + place
    cell = cell.flatten() if observed is None else cell[observed]
    flat = counts.flatten()  # a view; the copy is below
    return flat.index_add(0, cell, flat.new_ones(1).expand(len(cell))).view_as(counts)


def ranked(counts: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """ROC-AUC and average precision, ``(R,)`` each.

    Those of the rounded scores, of which equal ones count as tied: half of a pair right for the area, one threshold for the
    precision. So the area is off by at most half the share of pairs (one of either class) that share a step. NaN where a class
    that the number needs has no label.

    Args:
        counts: ``(R, 2, steps)``.
        like: dtype of the sums.

    Source: Fawcett 2006, algorithm 2 (area); scikit-learn's definition of average precision, ``sum_n (R_n - R_(n-1)) P_n``.
    Tolerance: 1e-6; counts stay exact in single precision up to 16 million examples, and half the bytes are moved.
    """
    others, wanted = counts.float().unbind(1)  # (R, steps) each, the likeliest last
    below = others.cumsum(1)
    # A wanted one is ranked above every other of a lower step, and above half of those in its own.
    area = (wanted * torch.sub(below, others, alpha=0.5)).sum(1, dtype=like.dtype) / (wanted.sum(1) * below[:, -1])
    return area, _precision(others, below, wanted, like)


def average_precision(counts: Tensor, like: Tensor) -> Tensor:
    """``(R,)`` average precision alone, of many at once; see ``ranked``."""
    found = []
    for part in counts.split(max(1, _AT_ONCE // counts.shape[2])):
        others, wanted = part.float().unbind(1)
        found.append(_precision(others, others.cumsum(1), wanted, like))
    return torch.cat(found)


def _precision(others: Tensor, below: Tensor, wanted: Tensor, like: Tensor) -> Tensor:
    """``(R,)`` from counts ``(R, steps)`` of both classes, and of the one up to each step."""
    missed = wanted.cumsum(1)
    rest, total = below[:, -1:], missed[:, -1:]
    found = (total - missed).add_(wanted)
    called = (rest - below).add_(others).add_(found).clamp_(min=1)
    return (wanted * found).div_(called).sum(1, dtype=like.dtype) / total.squeeze(1)
