"""How well scores rank two classes, from counts that add up over batches."""

import math

import torch
from torch import Tensor

BINS = 4096
"""Steps that log-odds are rounded to."""

FINE, FAR = 0.1, 90.0
"""Log-odds up to the first are told apart evenly, larger ones by their ratio; those beyond the second are one."""

_REACH = math.asinh(FAR / FINE)


def empty(like: Tensor) -> Tensor:
    """``(R, 2, BINS)`` int32 counts of nothing; ``like`` ``(R,)`` gives runs and device."""
    return torch.zeros(len(like), 2, BINS, dtype=torch.int32, device=like.device)


def counted(counts: Tensor, odds: Tensor, target: Tensor, observed: Tensor | None) -> Tensor:
    """The counts with a batch more; the given ones are not changed in place.

    Scores are rounded on the scale ``asinh(odds / 0.1)``: two of them are alike to 0.4 % of their log-odds, near zero to 4e-4.

    Args:
        counts: ``(R, 2, BINS)``, the class first.
        odds: ``(R, B)`` log-odds of class 1.
        target: ``(R, B)`` 0 or 1.
        observed: ``(R, B)`` bool, None for all.
    """
    even = torch.asinh(odds / FINE).nan_to_num(0.0).clamp(-_REACH, _REACH)  # NaN is a diverged run's, or of no label
    place = ((even / _REACH + 1) * (BINS / 2)).long().clamp(0, BINS - 1)
    run = torch.arange(len(odds), device=odds.device)[:, None]
    cell = (2 * run + target) * BINS + place
    cell = cell.flatten() if observed is None else cell[observed]
    flat = counts.flatten()  # a view; the copy is below
    return flat.index_add(0, cell, flat.new_ones(1).expand(len(cell))).view_as(counts)


def ranked(counts: Tensor, positive: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """ROC-AUC and average precision, ``(R,)`` each.

    Exact for the rounded scores, of which equal ones count as tied: half of a pair right for the area, one threshold for
    the precision. So the area is off by at most half the share of pairs (one of either class) that share a step. NaN where a
    class that the number needs has no label.

    Args:
        counts: ``(R, 2, BINS)``.
        positive: ``(R,)`` which class is looked for, 0 or 1.
        like: dtype of the sums.

    Source: Fawcett 2006, algorithm 2 (area); scikit-learn's definition of average precision, ``sum_n (R_n - R_(n-1)) P_n``.
    """
    looked_for = (positive > 0)[:, None, None]
    falling = torch.where(looked_for, counts.flip(2), counts.flip(1)).to(like.dtype)  # the likeliest first
    others, wanted = falling.unbind(1)  # (R, BINS) each
    found, false = wanted.cumsum(1), others.cumsum(1)
    total, rest = found[:, -1], false[:, -1]
    # A wanted one is ranked above every other that comes later, and above half of those in its own step.
    above = wanted * (rest[:, None] - false + others / 2)
    area = above.sum(1) / (total * rest)
    precision = (wanted * found / (found + false).clamp(min=1)).sum(1) / total
    return area, precision
