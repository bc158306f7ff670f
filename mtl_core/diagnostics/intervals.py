"""Intervals over seeds and test examples, and the word that follows from one."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from mtl_core.diagnostics.columns import Array

CONFIDENCE = 0.95

VERDICTS = ("positive", "negative", "unclear")


@dataclass(frozen=True)
class Interval:
    """A mean with its interval, arrays of one shape.

    Args:
        n: observations.
        mean: theirs.
        low, high: the interval's ends.
        spread: the observations' standard deviation; NaN with fewer than two.
        sampling: the standard error that comes from the test examples, 0 where it is not known.
        parts: into how many parts the test examples were cut to find that out; 0 where it is not known.
        shared: what the observations have in common, see ``interval``.
    """

    n: Array
    mean: Array
    low: Array
    high: Array
    spread: Array
    sampling: Array
    parts: int = 0
    shared: float = 0.0

    def half(self, confidence: Array | float) -> Array:
        """Half the interval's width at a confidence: ``sqrt((t(n-1) s)² (1/n + q) + (t(K-1) u)²)``, see ``interval``."""
        at = 0.5 + np.asarray(confidence) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            seeds = np.where(self.n > 1, stdtrit(np.maximum(self.n - 1, 1), at) * self.error, np.nan)
            return np.asarray(np.hypot(seeds, self.examples_half(confidence)))

    @property
    def error(self) -> Array:
        """The standard error of the mean over runs, ``s sqrt(1/n + q)``; see ``interval``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = self.spread / np.sqrt(self.n)  # as it always was where nothing is shared
            return np.asarray(np.where(self.shared > 0, self.spread * np.sqrt(1 / self.n + self.shared), plain))

    def examples_half(self, confidence: Array | float) -> Array:
        """The part of ``half`` that comes from the test examples, which no further seed makes smaller."""
        return np.asarray(stdtrit(self.parts - 1, 0.5 + np.asarray(confidence) / 2) * self.sampling if self.parts > 1 else 0.0)

    @property
    def p(self) -> Array:
        """How surprising the mean is if the truth were zero: the smallest ``1 - confidence`` whose interval leaves zero out."""
        low, high = np.zeros_like(self.mean), np.ones_like(self.mean)
        for _ in range(30):  # the half width falls as p rises: halve the stretch in which it equals the mean
            middle = (low + high) / 2
            outside = self.half(1 - middle) < np.abs(self.mean)
            low, high = np.where(outside, low, middle), np.where(outside, middle, high)
        return np.where(np.isfinite(self.half(CONFIDENCE)), high, np.nan)


def interval(values: Array, parts: Array | None = None, confidence: float = CONFIDENCE, shared: float = 0.0) -> Interval:
    """The mean along the first axis with its interval over seeds and test examples.

    Two things are drawn at random: what each seed trains from, and which examples the test split happens to have. The first
    gives Student's interval ``t(n-1) s / √n``. The second is shared by all seeds, so more of them do not make it smaller: its
    standard error ``u`` is the delete-a-group jackknife's, ``u² = (K-1)/K Σ_k (d_k - d)²``, where ``d_k`` is the mean over
    seeds worked out without the k-th of K parts of the test examples. Both half widths are added as independent errors are,
    ``sqrt((t(n-1) s/√n)² + (t(K-1) u)²)``: never narrower than either, so that seeds that agree on few examples are no proof.

    Runs of different folds are not independent, for they train on much the same examples, and no estimate of their variance is
    without bias. Nadeau and Bengio's takes the n observations' variance times ``1/n + q``, where q is how many examples a fold
    has for each that is trained on, in place of ``1/n``.

    Args:
        values: ``(n, ...)`` observations, independent but for what is ``shared``; those that are not finite are left out.
        parts: ``(n, ..., K)`` the same without each part of the test examples; None or NaN where that is not known.
        confidence: how often such an interval should hold the truth.
        shared: q; 0 where runs differ in their seed alone. See ``Layout.shared``.

    Returns:
        Arrays of shape ``(...)``. With no observation all is NaN; with one the bounds are: one seed says nothing of others.

    Source: Student's interval; Quenouille 1956, Kott 2001 (Journal of Official Statistics) for the jackknife by groups;
    Nadeau & Bengio 2003 (Machine Learning), section 4, for folds.
    """
    finite = np.isfinite(values)
    n = finite.sum(axis=0)
    kept = np.where(finite, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(n > 0, kept.sum(axis=0) / n, np.nan)
        squares = (np.where(finite, values - mean, 0.0) ** 2).sum(axis=0)
        spread = np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)
    sampling, count = np.zeros_like(mean), 0
    if parts is not None and parts.shape[-1] > 1:
        count = parts.shape[-1]
        sampling = _jackknife(np.where(finite[..., None], parts, np.nan))
    found = Interval(n, mean, mean, mean, spread, sampling, count, shared)
    half = found.half(confidence)
    return Interval(n, mean, mean - half, mean + half, spread, sampling, count, shared)


def _jackknife(parts: Array) -> Array:
    """The standard error ``(...)`` of the mean over the first axis of ``(n, ..., K)``; 0 where nothing is known of it.

    NaN where some parts cannot be left out, for there is no metric without them: then it all hangs on a few examples.
    """
    seen = np.isfinite(parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(seen, parts, 0.0).sum(axis=0) / seen.sum(axis=0)  # (..., K)
        apart = each - each.mean(axis=-1, keepdims=True)
        error = np.sqrt((each.shape[-1] - 1) / each.shape[-1] * (apart**2).sum(axis=-1))
    return np.where(seen.any(axis=(0, -1)), error, 0.0)


def verdict(low: Array, high: Array) -> Array:
    """The place in ``VERDICTS`` of what an interval of a gain says: positive above zero, negative below it, else unclear."""
    return np.where(low > 0, 0, np.where(high < 0, 1, 2)).astype(np.int8)
