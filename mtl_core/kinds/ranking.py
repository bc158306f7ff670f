"""How well scores rank two classes, from counts that add up over batches."""

import math

import torch
from torch import Tensor

BINS = 2048
"""Steps that log-odds are rounded to."""

FINE, FAR = 0.1, 90.0
"""Log-odds up to the first are told apart evenly, larger ones by their ratio; those beyond the second are one."""

_REACH = math.asinh(FAR / FINE)


def empty(like: Tensor) -> Tensor:
    """``(R, 2, BINS)`` int32 counts of nothing; ``like`` ``(R,)`` gives runs and device."""
    return torch.zeros(len(like), 2, BINS, dtype=torch.int32, device=like.device)


def counted(counts: Tensor, odds: Tensor, wanted: Tensor, observed: Tensor | None) -> Tensor:
    """The counts with a batch more; the given ones are not changed in place.

    Scores are rounded on the scale ``asinh(odds / 0.1)``: two of them are alike to 0.7 % of their log-odds, near zero to 7e-4.

    Args:
        counts: ``(R, 2, BINS)``, of the other class and of the one that is looked for.
        odds: ``(R, B)`` log-odds of the class that is looked for.
        wanted: ``(R, B)`` whether an example is of it, 0 or 1.
        observed: ``(R, B)`` bool, None for all.
    """
    even = torch.asinh(odds / FINE).nan_to_num(0.0).clamp(-_REACH, _REACH)  # NaN is a diverged run's, or of no label
    place = ((even / _REACH + 1) * (BINS / 2)).long().clamp(0, BINS - 1)
    run = torch.arange(len(odds), device=odds.device)[:, None]
    cell = (2 * run + wanted) * BINS + place
    cell = cell.flatten() if observed is None else cell[observed]
    flat = counts.flatten()  # a view; the copy is below
    return flat.index_add(0, cell, flat.new_ones(1).expand(len(cell))).view_as(counts)


def ranked(counts: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """ROC-AUC and average precision, ``(R,)`` each.

    Those of the rounded scores, of which equal ones count as tied: half of a pair right for the area, one threshold for the
    precision. So the area is off by at most half the share of pairs (one of either class) that share a step. NaN where a class
    that the number needs has no label.

    Args:
        counts: ``(R, 2, BINS)``.
        like: dtype of the sums.

    Source: Fawcett 2006, algorithm 2 (area); scikit-learn's definition of average precision, ``sum_n (R_n - R_(n-1)) P_n``.
    Tolerance: 1e-6; counts stay exact in single precision up to 16 million examples, and half the bytes are moved.
    """
    others, wanted = counts.float().unbind(1)  # (R, BINS) each, the likeliest last
    below, missed = others.cumsum(1), wanted.cumsum(1)
    rest, total = below[:, -1:], missed[:, -1:]
    # A wanted one is ranked above every other of a lower step, and above half of those in its own.
    area = (wanted * torch.sub(below, others, alpha=0.5)).sum(1, dtype=like.dtype) / (total * rest).squeeze(1)
    found = (total - missed).add_(wanted)
    called = (rest - below).add_(others).add_(found).clamp_(min=1)
    precision = (wanted * found).div_(called).sum(1, dtype=like.dtype) / total.squeeze(1)
    return area, precision
