"""Whether learning together helped or hurt each task."""

from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, assemble, names
from mtl_core.diagnostics.intervals import VERDICTS, interval, verdict
from mtl_core.diagnostics.pairing import Pairs, metric_cells
from mtl_core.diagnostics.scores import headlines
from mtl_core.records import Layout


def transfer(layout: Layout, pairs: Pairs) -> pd.DataFrame:
    """Each label against the single-task baselines, task by task.

    ``Δ_t = 100 * mean(difference) / |mean(baseline)|`` with the difference's sign flipped where lower is better, so positive
    is better. The interval is the 95 % Student interval of the paired difference over seeds, in the metric's own unit.

    Args:
        layout: what the records' axes mean.
        pairs: from ``pair``.

    Returns:
        ``label, task, metric, n, baseline, value, difference, delta_percent, low, high, verdict``, then ``diverged`` (seeds
        left out because the run or the task's baseline diverged). ``n`` counts paired seeds; with fewer than two
        there is no interval and the verdict is unclear. A task's headline metric stands before its others. Labels without any
        pair are left out unless they diverged.
    """
    cells = metric_cells(layout)
    picked = [getattr(pairs, name)[:, :, cells.task, cells.place] for name in ("baseline", "value", "difference")]
    baseline, value, difference = (interval(each) for each in picked)  # (G, cells)
    lost = pairs.diverged.sum(axis=0)[:, cells.task]  # (G, cells)
    part = {
        "label": along(np.arange(len(pairs.labels)), 0, lost.shape),
        "task": along(cells.task, 1, lost.shape),
        "metric": along(cells.metric, 1, lost.shape),
        "n": difference.n,
        "baseline": baseline.mean,
        "value": value.mean,
        "difference": difference.mean,
        "delta_percent": _percent(difference.mean, baseline.mean),
        "low": difference.low,
        "high": difference.high,
        "verdict": verdict(difference.low, difference.high),
        "diverged": lost,
    }
    kept = ((difference.n > 0) | (lost > 0)).reshape(-1)
    types: dict[str, Any] = {
        "label": names(pairs.labels),
        "task": names(task.name for task in layout.tasks),
        "metric": names(cells.names),
    }
    numbers = dict.fromkeys(("baseline", "value", "difference", "delta_percent", "low", "high"), np.float64)
    types |= {"n": np.int64, **numbers, "verdict": names(VERDICTS), "diverged": np.int64}
    return assemble([{name: np.reshape(column, -1)[kept] for name, column in part.items()}], types)


def summary(layout: Layout, pairs: Pairs) -> pd.DataFrame:
    """Each label in one number: ``Δm``, the mean over tasks of the headline metric's ``Δ_t``, in percent.

    Args:
        layout: what the records' axes mean.
        pairs: from ``pair``.

    Returns:
        ``label, n, delta_m, low, high, verdict, diverged``. The interval is over seeds of the seed's own mean over tasks, each
        task measured against its baseline's mean; seeds without a value for every task are left out.

    Source: Maninis et al. 2019, equation 4. Deviation: paired by seed, with an interval.
    """
    tasks, heads = np.arange(len(layout.tasks)), headlines(layout)
    difference, baseline = (each[:, :, tasks, heads] for each in (pairs.difference, pairs.baseline))  # (S, G, T)
    whole = np.isfinite(difference).all(axis=2, keepdims=True)
    mean = interval(np.where(whole, baseline, np.nan)).mean  # (G, T)
    found = interval(_percent(difference, mean).mean(axis=2))  # (G,)
    lost = pairs.diverged.any(axis=2).sum(axis=0)
    part = {
        "label": np.arange(len(pairs.labels)),
        "n": found.n,
        "delta_m": found.mean,
        "low": found.low,
        "high": found.high,
        "verdict": verdict(found.low, found.high),
        "diverged": lost,
    }
    kept = (found.n > 0) | (lost > 0)
    types: dict[str, Any] = {"label": names(pairs.labels), "n": np.int64} | dict.fromkeys(
        ("delta_m", "low", "high"), np.float64
    )
    types |= {"verdict": names(VERDICTS), "diverged": np.int64}
    return assemble([{name: column[kept] for name, column in part.items()}], types)


def _percent(difference: Array, baseline: Array) -> Array:
    # A share of nothing is no number: a baseline of exactly zero gives NaN rather than infinity.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(baseline == 0, np.nan, 100 * difference / np.abs(baseline))
