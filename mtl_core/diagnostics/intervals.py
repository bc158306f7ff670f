"""Intervals over seeds, and the word that follows from one."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from mtl_core.diagnostics.columns import Array

CONFIDENCE = 0.95

VERDICTS = ("positive", "negative", "unclear")


@dataclass(frozen=True)
class Interval:
    """A mean with its interval: ``n`` observations, ``mean``, ``low`` and ``high``, arrays of one shape."""

    n: Array
    mean: Array
    low: Array
    high: Array


def interval(values: Array) -> Interval:
    """The mean along the first axis with its 95 % Student interval, mean ± t(n - 1) s / √n.

    Args:
        values: ``(n, ...)`` independent observations; those that are not finite are left out.

    Returns:
        Arrays of shape ``(...)``. With no observation all is NaN; with one the bounds are: one seed says nothing of others.
    """
    finite = np.isfinite(values)
    n = finite.sum(axis=0)
    kept = np.where(finite, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(n > 0, kept.sum(axis=0) / n, np.nan)
        squares = (np.where(finite, values - mean, 0.0) ** 2).sum(axis=0)
        error = np.sqrt(squares / (n - 1) / n)
        half = np.where(n > 1, stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2) * error, np.nan)
    return Interval(n, mean, mean - half, mean + half)


def verdict(low: Array, high: Array) -> Array:
    """The place in ``VERDICTS`` of what an interval of a gain says: positive above zero, negative below it, else unclear."""
    return np.where(low > 0, 0, np.where(high < 0, 1, 2)).astype(np.int8)
