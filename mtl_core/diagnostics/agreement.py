"""How well gains of sets of tasks are predicted by what is cheaper than training them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from mtl_core.diagnostics.affinity import AFFINITIES, UNSIGNED, affinity_matrix, looked_at
from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.scores import Scores, scores
from mtl_core.diagnostics.subsets import Gains, gains
from mtl_core.diagnostics.together import PAIRS, higher_order, pair_gains
from mtl_core.records import Layout, Record

EARLY = "early"
"""The prediction from a short training: the gains that sets had at ``SHORT`` of their steps, Standley's early stopping."""

SHORT = 0.2
"""Of its steps, what counts as a short training."""


def predictions(
    layout: Layout, records: Sequence[Record], reached: Scores, found: Gains, steps: int, strategy: str | None = None
) -> dict[str, Array]:
    """The gains of all trained sets as everything cheaper predicts them, ``(N, T)`` by name: from trained pairs, from a short
    training, and from each measure of affinity that there is, as the mean over a set's other members of what they do to a
    task. None of them reads the test split.

    Args:
        layout: what the records' axes mean.
        records: what training has reported.
        reached: what runs came to.
        found: the gains in the sets.
        steps: of a run.
        strategy: of the sets' networks, as runs call it; None as for ``gains``.
    """
    given = {
        PAIRS: higher_order(found, pair_gains(found)),
        EARLY: early(layout, records, reached, int(SHORT * steps), strategy),
    }
    runs = looked_at(layout, strategy=strategy)
    label = runs[0].label if runs else None
    for kind in AFFINITIES:
        given[kind] = higher_order(found, affinity_matrix(layout, records, kind, label))
    larger = found.members.sum(axis=1) > 1
    return {name: table for name, table in given.items() if np.isfinite(table[larger]).any()}


def early(layout: Layout, records: Sequence[Record], reached: Scores, step: int, strategy: str | None = None) -> Array:
    """``(N, T)``: the gains of trained sets on validation at the last evaluation up to ``step``, means over seeds; NaN where
    there was none but that of first values, of which nothing can be told.

    Args:
        layout, records, reached, strategy: as for ``predictions``.
        step: of training.

    Source: Standley et al. 2020, early stopping approximation (ESA).
    """
    until = [record for record in records if record.kind != "evaluation" or 0 < record.step <= step]
    then = scores(layout, until, "end").validation
    return gains(layout, replace(reached, validation=then), strategy).mean("validation")


def agreement(
    found: Gains,
    predicted: Mapping[str, Array],
    split: Literal["validation", "test"] = "test",
    *,
    pooled: bool = False,
) -> pd.DataFrame:
    """How predictions order the real gains, by target task, over pairs and over larger sets.

    Args:
        found: the real ones.
        predicted: ``(N, T)`` by name, such as from ``predictions``.
        split: of the real ones.
        pooled: over all tasks at once, which mixes their scales, in place of each.

    Returns:
        ``measure, task, sets, n, rho, signs``: ``sets`` is ``pairs`` or ``larger``, of which there are n with a prediction;
        Spearman's rank correlation, NaN with fewer than three or where all are equal; and the share with the same sign, NaN
        for measures that are never below zero. Trained pairs have no row of pairs, which they are. The task is empty where
        ``pooled``.
    """
    real, size = found.mean(split), found.members.sum(axis=1)
    rows = []
    for measure, table in predicted.items():
        both = np.isfinite(table) & np.isfinite(real)
        for sets, chosen in (("pairs", size == 2), ("larger", size > 2)):
            if measure == PAIRS and sets == "pairs":
                continue
            for task, name in [(slice(None), "")] if pooled else list(enumerate(found.tasks)):
                known = both[chosen][:, task]
                a, b = table[chosen][:, task][known], real[chosen][:, task][known]
                same = np.nan if measure in UNSIGNED or not len(a) else float((np.sign(a) == np.sign(b)).mean())
                rows.append((measure, name, sets, len(a), spearman(a, b), same))
    return pd.DataFrame(rows, columns=["measure", "task", "sets", "n", "rho", "signs"])


def spearman(a: Array, b: Array) -> float:
    """The correlation of ranks of two ``(n,)``, equal values sharing their mean rank; NaN with fewer than three, or where one
    is constant."""
    if len(a) < 3:
        return float("nan")
    x, y = (ranks - ranks.mean() for ranks in (_ranks(a), _ranks(b)))
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 0 else float("nan")


def _ranks(values: Array) -> Array:
    """``(n,)`` from 1, equal values sharing their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])
