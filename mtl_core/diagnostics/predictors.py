"""What might tell beforehand which tasks help which: affinities between tasks, cheaper than training every set of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import CONFIDENCE, Interval, interval
from mtl_core.diagnostics.series import Series
from mtl_core.diagnostics.subsets import Gains
from mtl_core.diagnostics.together import PAIRS
from mtl_core.records import Layout, Record

COSINE = "cosine"
"""The prediction from gradients of all tasks in one network."""

COLUMNS = ("source", "target", "value", "low", "high", "seeds", "kind")

Measure = Callable[[Layout, Sequence[Record], Gains, float], pd.DataFrame]
"""Measures an affinity: one row an ordered pair of different tasks, see ``COLUMNS``; no row where nothing is known."""


class Predictor(NamedTuple):
    """A kind of affinity.

    Args:
        title: what it is, in the middle of a sentence.
        measure: measures it; what it gives tells how much ``source`` helps ``target``.
        points: whether it is in points, like gains; else on a scale of its own.
    """

    title: str
    measure: Measure
    points: bool = False


def trained_pairs(_layout: Layout, _records: Sequence[Record], found: Gains, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """What the target gains on validation in a network with the source alone, over a network of its own."""
    rows = []
    for place, members in enumerate(found.sets):
        if len(members) == 2:
            each = interval(found.validation[place][:, members], confidence=confidence)
            each = replace(each, mean=found.mean()[place, list(members)])  # a set is judged by all seeds or not at all
            rows += _rows(PAIRS, [found.tasks[task] for task in members], [(1, 0), (0, 1)], each)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def gradient_cosine(layout: Layout, records: Sequence[Record], found: Gains, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """The mean over steps of ``cos(g_i, g_j)`` on the whole trunk of the network that learns all tasks; symmetric."""
    tasks = len(found.tasks)
    label = next((label for members, label in zip(found.sets, found.labels, strict=True) if len(members) == tasks), None)
    runs = [run.index for run in layout.runs if run.label == label]
    table = Series(layout, records, runs).conflict if runs else None
    if table is None or table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = table[table["layer"] == "all"]
    mean = table.groupby(["run", "task_a", "task_b"], observed=True)["cosine"].mean().unstack("run")  # a row a pair
    each = interval(mean.to_numpy(dtype=np.float64).T, confidence=confidence)
    rows = []
    for place, (first, second) in enumerate(mean.index):
        rows += _rows(COSINE, [str(first), str(second)], [(0, 1), (1, 0)], each, [place, place])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(
    kind: str, names: Sequence[str], pairs: Sequence[tuple[int, int]], each: Interval, places: Sequence[int] = (0, 1)
) -> list[dict[str, object]]:
    """One row a pair (source, target) of names, with what is known at its place."""
    return [
        {"source": names[source], "target": names[target]}
        | {"value": each.mean[place], "low": each.low[place], "high": each.high[place], "seeds": int(each.n[place])}
        | {"kind": kind}
        for (source, target), place in zip(pairs, places, strict=True)
    ]


PREDICTORS: dict[str, Predictor] = {
    PAIRS: Predictor("trained pairs", trained_pairs, points=True),
    COSINE: Predictor("gradient cosine", gradient_cosine),
}
"""The kinds of affinity, by name. Another one is a line here: groupings, pages and the command find it."""


def affinities(
    layout: Layout, records: Sequence[Record], found: Gains, confidence: float = CONFIDENCE
) -> dict[str, pd.DataFrame]:
    """Those of ``PREDICTORS`` that this study tells something of, as tables: ``COLUMNS``."""
    tables = {name: kind.measure(layout, records, found, confidence) for name, kind in PREDICTORS.items()}
    return {name: table for name, table in tables.items() if table["value"].notna().any()}


def square(tasks: Sequence[str], table: pd.DataFrame, column: str = "value") -> Array:
    """``(T, T)``: a column of a table of affinities, rows help columns; NaN on the diagonal and where nothing is known."""
    places = {task: place for place, task in enumerate(tasks)}
    found = np.full((len(tasks), len(tasks)), np.nan)
    rows, columns = ([places[name] for name in table[side].astype(str)] for side in ("source", "target"))
    found[rows, columns] = table[column].to_numpy(dtype=np.float64)
    return found


def ranks_agree(predicted: Array, real: Array) -> Array:
    """``(T,)``: Spearman's rank correlation of predicted and real gains over sets, of each task for itself.

    Args:
        predicted, real: ``(N, T)``, NaN where nothing is known.

    Returns:
        NaN with fewer than three sets or where nothing varies.
    """
    found = np.full(predicted.shape[1], np.nan)
    for task in range(len(found)):
        both = np.isfinite(predicted[:, task]) & np.isfinite(real[:, task])
        ranks = [pd.Series(values[both, task]).rank().to_numpy() for values in (predicted, real)]
        if both.sum() > 2 and all(each.std() > 0 for each in ranks):
            found[task] = np.corrcoef(*ranks)[0, 1]
    return found
