"""Whether learning together helped or hurt each task."""

from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, assemble, names
from mtl_core.diagnostics.intervals import CONFIDENCE, VERDICTS, Interval, interval, verdict
from mtl_core.diagnostics.pairing import Pairs, metric_cells
from mtl_core.diagnostics.runs import shared_by
from mtl_core.diagnostics.scores import headline_rows, headlines, signs
from mtl_core.diagnostics.verdicts import effect, holm, seeds_needed
from mtl_core.records import Layout
from mtl_core.spec.kinds import KINDS

LATER = 0.98
"""The confidence of a study whose results were looked at before."""

REASONS = ("chance", "zero")
"""Why there is no percentage: the reference is no better than an answer that looks at no input; or it lies within noise of
zero, and a share of nothing is no number."""


def transfer(layout: Layout, pairs: Pairs, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Each label against its reference, task by task.

    ``Δ_t = 100 * mean(difference) / |mean(reference)|`` with the difference's sign flipped where lower is better, so positive
    is better. The interval is over seeds and test examples, in the metric's own unit; see ``intervals.interval``. A difference
    that one test example makes is never more than unclear.

    Args:
        layout: what the records' axes mean.
        pairs: from ``pair``.
        confidence: of the intervals.

    Returns:
        ``label, task, metric, n, baseline, value, difference, delta_percent, low, high, verdict``, then

        - ``diverged``: seeds left out because the run or the task's reference diverged;
        - ``p``, ``p_holm``, ``verdict_holm``: the last two after Holm's correction over all headline rows, or all others;
        - ``effect``: Hedges' g; ``more_seeds``: about how many more would make it clear, see ``_more_seeds``;
        - ``index``: the difference in percent of what the reference is better than chance;
        - ``no_percent``: see ``REASONS``, missing where there is a percentage;
        - ``learning_rate`` and ``baseline_rate``, and ``strategy``.

        ``n`` counts paired seeds, with folds each seed of each; with fewer than two there is no interval and the verdict is
        unclear. A task's headline metric stands before its others. Labels without any pair are left out unless they diverged.
    """
    cells = metric_cells(layout)
    at = (slice(None), slice(None), cells.task, cells.place)
    value, shared = interval(pairs.value[at]), layout.shared  # (G, cells), as all that follows
    baseline = interval(pairs.baseline[at], pairs.baseline_parts[at], confidence, shared)
    difference = interval(pairs.difference[at], pairs.difference_parts[at], confidence, shared)
    lost = pairs.diverged.sum(axis=0)[:, cells.task]
    kept = (difference.n > 0) | (lost > 0)
    sign, level = signs(layout)[cells.task, cells.place], pairs.chance[cells.task, cells.place]
    reason = _reason(baseline, sign, level)
    shape = lost.shape
    one = _one_example(difference.mean, _counted(layout, pairs)[cells.task])
    word = np.where(one, 2, verdict(difference.low, difference.high))
    p = _at_least(difference.p, word, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = sign * (baseline.mean - level)
        index = np.where((reason < 0) & (above > 0), 100 * difference.mean / above, np.nan)
    part = {
        "label": along(np.arange(len(pairs.labels)), 0, shape),
        "task": along(cells.task, 1, shape),
        "metric": along(cells.metric, 1, shape),
        "n": difference.n,
        "baseline": baseline.mean,
        "value": value.mean,
        "difference": difference.mean,
        "delta_percent": np.where(reason < 0, _percent(difference.mean, baseline.mean), np.nan),
        "low": difference.low,
        "high": difference.high,
        "verdict": word,
        "diverged": lost,
        "p": p,
        "p_holm": p,
        "verdict_holm": word,
        "effect": effect(difference),
        "more_seeds": _more_seeds(np.where(one, 0, word), difference),
        "index": index,
        "no_percent": reason,
        "learning_rate": along(pairs.rates, 0, shape),
        "baseline_rate": pairs.baseline_rates[:, cells.task],
    }
    types: dict[str, Any] = {
        "label": names(pairs.labels),
        "task": names(task.name for task in layout.tasks),
        "metric": names(cells.names),
    }
    types |= {"n": np.int64, **dict.fromkeys(("baseline", "value", "difference", "delta_percent", "low", "high"), np.float64)}
    types |= {"verdict": names(VERDICTS), "diverged": np.int64, "p": np.float64, "p_holm": np.float64}
    types |= {"verdict_holm": names(VERDICTS), "effect": np.float64, "more_seeds": np.float64, "index": np.float64}
    types |= {"no_percent": names(REASONS), "learning_rate": np.float64, "baseline_rate": np.float64}
    table = assemble([{name: np.reshape(column, -1)[kept.reshape(-1)] for name, column in part.items()}], types)
    table = table.assign(strategy=shared_by(layout, table["label"]))
    return among(table, confidence, leading=table.index.isin(headline_rows(layout, table).index))


def among(table: pd.DataFrame, confidence: float, leading: Array | None = None) -> pd.DataFrame:
    """The table with Holm's correction over its own rows: ``p_holm`` and ``verdict_holm`` anew.

    Args:
        table: rows of ``transfer`` or ``summary``.
        confidence: of their intervals.
        leading: ``(rows,)`` bool, where headline metrics and others are a family each; None for one family.
    """
    p, word = table["p"].to_numpy(dtype=np.float64), table["verdict"].cat.codes.to_numpy()
    adjusted, first = np.full(len(table), np.nan), np.ones(len(table), dtype=np.bool_) if leading is None else leading
    for family in (first, ~first):
        adjusted[family] = holm(p[family])
    verdicts = pd.Categorical.from_codes(np.where(adjusted < 1 - confidence, word, 2), dtype=names(VERDICTS))
    return table.assign(p_holm=adjusted, verdict_holm=verdicts)


def summary(layout: Layout, pairs: Pairs, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Each label in one number: ``Δm``, the mean over tasks of the headline metric's ``Δ_t``, in percent.

    Args:
        layout: what the records' axes mean.
        pairs: from ``pair``.
        confidence: of the intervals.

    Returns:
        ``label, n, delta_m, low, high, verdict, diverged``, then ``p``, ``p_holm``, ``verdict_holm`` (the family is all
        labels), ``effect``, ``more_seeds``, ``index``, ``without`` and ``strategy``.

        The interval is over seeds and test examples of the seed's own mean over tasks, each task measured against its
        reference's mean; seeds without a value for every task are left out. Where one task's reference gives no percentage
        there is no ``Δm``; ``without`` names those tasks, and ``index`` is the mean over the others of ``transfer``'s.

    Source: Maninis et al. 2019, equation 4. Deviation: paired by seed, with an interval.
    """
    tasks, heads = np.arange(len(layout.tasks)), headlines(layout)
    at = (slice(None), slice(None), tasks, heads)
    difference, baseline = pairs.difference[at], pairs.baseline[at]  # (S, G, T)
    whole = np.isfinite(difference).all(axis=2, keepdims=True)
    against = interval(np.where(whole, baseline, np.nan), pairs.baseline_parts[at], confidence, layout.shared)  # (G, T)
    sign, level = signs(layout)[tasks, heads], pairs.chance[tasks, heads]
    reason = _reason(against, sign, level)
    scale = np.where(reason < 0, against.mean, np.nan)
    each = _percent(difference, scale).mean(axis=2)
    parts = _percent(pairs.difference_parts[at], scale[..., None]).mean(axis=2)  # (S, G, K)
    found = interval(each, parts, confidence, layout.shared)  # (G,)
    one = _one_example(interval(np.where(whole, difference, np.nan)).mean, _counted(layout, pairs)).all(axis=1)
    word = np.where(one, 2, verdict(found.low, found.high))
    lost = pairs.diverged.any(axis=2).sum(axis=0)
    n = np.asarray(whole)[..., 0].sum(axis=0)
    kept = (n > 0) | (lost > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(reason < 0, sign * (against.mean - level), np.nan)
        index = np.where(above > 0, 100 * interval(np.where(whole, difference, np.nan)).mean / above, np.nan)
        usable = np.isfinite(index)
        index = np.where(usable, index, 0.0).sum(axis=1) / usable.sum(axis=1)
    names_of = np.array([task.name for task in layout.tasks], dtype=np.object_)
    missing = pd.Series([", ".join(names_of[row]) for row in (reason >= 0)[kept]], dtype="str")
    part = {
        "label": np.arange(len(pairs.labels)),
        "n": n,
        "delta_m": found.mean,
        "low": found.low,
        "high": found.high,
        "verdict": word,
        "diverged": lost,
        "p": _at_least(found.p, word, confidence),
        "p_holm": found.p,
        "verdict_holm": word,
        "effect": effect(found),
        "more_seeds": _more_seeds(np.where(one, 0, word), found),
        "index": index,
    }
    numbers = ("delta_m", "low", "high")
    types: dict[str, Any] = {"label": names(pairs.labels), "n": np.int64} | dict.fromkeys(numbers, np.float64)
    types |= {"verdict": names(VERDICTS), "diverged": np.int64, "p": np.float64, "p_holm": np.float64}
    types |= {"verdict_holm": names(VERDICTS), "effect": np.float64, "more_seeds": np.float64, "index": np.float64}
    table = assemble([{name: column[kept] for name, column in part.items()}], types)
    return among(table.assign(without=missing, strategy=shared_by(layout, table["label"])), confidence)


def _reason(reference: Interval, sign: Array, chance: Array) -> Array:
    """The place in ``REASONS`` for each reference ``(G, cells)``, -1 where it is surely better than chance and not zero.

    One seed has no interval; then the values themselves are compared.
    """
    half = np.nan_to_num((reference.high - reference.low) / 2)
    poor = sign * (reference.mean - chance) <= half  # False where chance is not known
    nothing = np.abs(reference.mean) <= half
    return np.where(poor, 0, np.where(nothing, 1, -1)).astype(np.int8)


def _more_seeds(word: Array, found: Interval) -> Array:
    """About how many more seeds would make a difference of this size clear at the 98 % of a later look.

    NaN where it is clear, of runs of several folds, whose overlap no seed takes away, and where no seed would help: beyond
    ``verdicts.MOST_SEEDS``, or where the test examples alone leave it open.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # The half widths add up as squares, so what the examples leave is what the seeds' half width must stay below.
        reach = np.sqrt(np.maximum(found.mean**2 - found.examples_half(LATER) ** 2, 0))
        needed = seeds_needed(np.where(found.spread > 0, reach / found.spread, np.nan), LATER)
    return np.where((word == 2) & (found.shared == 0), np.maximum(needed - found.n, 1), np.nan)


def _counted(layout: Layout, pairs: Pairs) -> Array:
    """``(T,)`` how many test examples count one by one in a task's metrics; 0 for numbers, where one may weigh as it likes."""
    return np.array([KINDS[task.kind].targets == "classes" for task in layout.tasks]) * pairs.examples


def _one_example(difference: Array, examples: Array) -> Array:
    """Where one test example more or less takes the difference away."""
    with np.errstate(invalid="ignore"):
        return np.asarray((examples > 0) & (np.abs(difference) * examples <= 1 + 1e-6))


def _at_least(p: Array, word: Array, confidence: float) -> Array:
    """``p``, raised where the word is unclear for another reason than the interval."""
    return np.where(word == 2, np.maximum(p, np.nextafter(1 - confidence, 1)), p)


def _percent(difference: Array, baseline: Array) -> Array:
    # A share of nothing is no number: a baseline of exactly zero gives NaN rather than infinity.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(baseline == 0, np.nan, 100 * difference / np.abs(baseline))
