"""What a family of verdicts is worth, how large an effect is, and how many seeds would show it."""

import numpy as np
from scipy.special import nctdtrinc, stdtrit

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import CONFIDENCE, Interval

POWER = 0.8
"""How often a study of the size that is advised should find an effect of the size that was seen."""

MOST_SEEDS = 1000
"""Beyond so many no number is given: the effect is too small to be looked for in this way."""


def holm(p: Array) -> Array:
    """``p~_(i) = max_{j<=i} min(1, (m - j + 1) p_(j))``: what each of m verdicts is worth beside the others.

    Calling those below 5 % clear errs at all in at most 5 % of such families.

    Args:
        p: ``(m,)``; those that are NaN are no part of the family and stay so.

    Source: Holm 1979 (Scandinavian Journal of Statistics).

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    result = np.full(len(p), np.nan)
    order = np.argsort(p)  # NaN last
    order = order[: np.isfinite(p).sum()]
    factors = len(order) - np.arange(len(order))
    result[order] = np.maximum.accumulate(np.minimum(1.0, factors * p[order]))
    return result


def effect(found: Interval) -> Array:
    """Hedges' ``g = d (1 - 3 / (4 (n - 1) - 1))`` of paired differences, ``d`` their mean in their own standard deviations.

    NaN where they do not vary or there are fewer than three.

    Source: Hedges 1981 (Journal of Educational Statistics), with the usual approximation of its factor.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (found.spread > 0) & (found.n > 2)
        return np.where(known, found.mean / found.spread * (1 - 3 / (4.0 * (found.n - 1) - 1)), np.nan)


def seeds_needed(size: Array, confidence: float = CONFIDENCE) -> Array:
    """How many seeds a paired t test needs to find an effect of this size in ``POWER`` of all studies.

    Args:
        size: ``(...)`` differences' mean in standard deviations; NaN where not known.
        confidence: of the interval that is to leave zero out.

    Returns:
        ``(...)`` float: whole numbers from 2 to ``MOST_SEEDS``; NaN where it would take more or the size is not known.

    >>> seeds_needed(np.array([0.5, 0.8, 1, 1.2, 1.5, 2, 3])).astype(int).tolist()
    [34, 15, 10, 8, 6, 5, 4]
    """
    count = np.arange(2, MOST_SEEDS + 1)
    # The smallest effect that each number of seeds finds so often, falling; the other tail is below a millionth.
    found = nctdtrinc(count - 1, 1 - POWER, stdtrit(count - 1, 0.5 + confidence / 2)) / np.sqrt(count)
    place = np.searchsorted(-found, -np.abs(size))
    return np.where(np.isfinite(size) & (place < len(count)), place + 2.0, np.nan)
