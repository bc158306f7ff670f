"""What might tell beforehand which tasks help which: affinities between tasks, cheaper than training every set of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from mtl_core.diagnostics.affinity import affinity, looked_at
from mtl_core.diagnostics.agreement import spearman
from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import CONFIDENCE, Interval, interval
from mtl_core.diagnostics.subsets import Gains
from mtl_core.diagnostics.together import PAIRS
from mtl_core.records import Layout, Record

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
            each = interval(found.validation[place][:, members], confidence=confidence, shared=found.shared)
            each = replace(each, mean=found.mean()[place, list(members)])  # a set is judged by all seeds or not at all
            rows += _rows([found.tasks[task] for task in members], each)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def measured(
    kind: str, layout: Layout, records: Sequence[Record], found: Gains, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """One of ``AFFINITIES``, of the network of the sets' own strategy that learns all tasks."""
    labels = {run.label: run.strategy for run in layout.runs}
    strategy = next((labels[label] for members, label in zip(found.sets, found.labels, strict=True) if len(members) > 1), None)
    runs = looked_at(layout, strategy=strategy)
    return affinity(layout, records, kind, runs[0].label if runs else None, confidence)


def _rows(names: Sequence[str], each: Interval) -> list[dict[str, object]]:
    """One row a direction of a pair: how much each gains from the other."""
    return [
        {"source": names[1 - target], "target": names[target], "value": each.mean[target]}
        | {"low": each.low[target], "high": each.high[target], "seeds": int(each.n[target]), "kind": PAIRS}
        for target in (0, 1)
    ]


PREDICTORS: dict[str, Predictor] = {
    PAIRS: Predictor("trained pairs", trained_pairs, points=True),
    "tag": Predictor("look ahead (TAG)", partial(measured, "tag")),
    "first_order": Predictor("look ahead by first order", partial(measured, "first_order")),
    "cosine": Predictor("gradient cosine", partial(measured, "cosine")),
    "labels": Predictor("correlation of labels", partial(measured, "labels")),
    "probe": Predictor("probe of frozen trunks", partial(measured, "probe")),
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
    both = np.isfinite(predicted) & np.isfinite(real)
    return np.array([spearman(predicted[known, task], real[known, task]) for task, known in enumerate(both.T)])
