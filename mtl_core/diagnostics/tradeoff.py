"""What each task pays for the others."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, names
from mtl_core.diagnostics.front import front
from mtl_core.diagnostics.intervals import Interval, interval
from mtl_core.diagnostics.pairing import pair
from mtl_core.diagnostics.runs import ROLES, folds_of, labels, shared_by, strategies
from mtl_core.diagnostics.scores import Scores, headlines, merit, signs
from mtl_core.diagnostics.transfer import summary
from mtl_core.records import Layout

_FIXED_COLUMNS = frozenset({"run", "label", "on_front", "role", "seed", "fold", "n", "delta_m", "strategy"})


def task_columns(layout: Layout) -> tuple[str, ...]:
    """The column that holds each task's values: its name, marked where a table has a column of that name already."""
    return tuple(f"{task.name} (task)" if task.name in _FIXED_COLUMNS else task.name for task in layout.tasks)


Split = Literal["validation", "test"]


def tradeoff(layout: Layout, scores: Scores, split: Split = "test") -> pd.DataFrame:
    """Every run as a point: its headline metric on each task.

    Args:
        layout: what the records' axes mean.
        scores: from ``scores``.
        split: whose metric.

    Returns:
        ``run, label, <a column a task>, on_front``, then ``role``, ``seed``, with folds ``fold``, and ``weight_<task>`` (NaN
        for runs without fixed weights) and ``strategy``. ``on_front``: no other label of the same strategy dominates this
        label's mean over seeds. Runs without a value, diverged ones among them, are left out.
    """
    values, points = _headline(layout, getattr(scores, split)), _points(layout)
    kept = np.flatnonzero(np.isfinite(values).any(axis=1))
    label = labels(layout)
    on_front = (
        fronts(layout, _means(layout, values).mean)[np.asarray(label.codes)] if len(layout.runs) else np.zeros(0, dtype=bool)
    )
    table = {"run": np.arange(len(layout.runs), dtype=np.int32), "label": label}
    table |= {column: values[:, place] for place, column in enumerate(task_columns(layout))}
    table |= {"on_front": on_front, "role": pd.Categorical([run.role for run in layout.runs], dtype=names(ROLES))}
    table |= {"seed": np.array([run.seed for run in layout.runs], dtype=np.int64)} | folds_of(layout)
    table |= {f"weight_{task.name}": points[:, place] for place, task in enumerate(layout.tasks)}
    table |= {"strategy": strategies(layout, range(len(layout.runs)))}
    return pd.DataFrame(table).iloc[kept].reset_index(drop=True)


def tradeoff_means(layout: Layout, scores: Scores, split: Split = "test") -> pd.DataFrame:
    """Every label as a point with its interval over seeds.

    Args:
        layout, scores, split: as for ``tradeoff``.

    Returns:
        ``label, role, task, n, mean, low, high, on_front, weight, strategy``: one row a label and task; ``weight`` is the
        task's fixed weight, NaN for methods that choose their own.
    """
    found = _means(layout, _headline(layout, getattr(scores, split)))  # (G, T)
    first = np.flatnonzero(~pd.Series(labels(layout)).duplicated().to_numpy())
    shape = found.mean.shape
    roles = pd.Categorical([layout.runs[place].role for place in first], dtype=names(ROLES))
    known = names(run.label for run in layout.runs)
    table = pd.DataFrame(
        {
            "label": pd.Categorical.from_codes(along(np.arange(shape[0]), 0, shape), dtype=known),
            "role": pd.Categorical.from_codes(along(np.asarray(roles.codes), 0, shape), dtype=roles.dtype),
            "task": pd.Categorical.from_codes(along(np.arange(shape[1]), 1, shape), dtype=names(t.name for t in layout.tasks)),
            "n": found.n.reshape(-1),
            "mean": found.mean.reshape(-1),
            "low": found.low.reshape(-1),
            "high": found.high.reshape(-1),
            "on_front": along(fronts(layout, found.mean), 0, shape),
            "weight": _points(layout)[first].reshape(-1),
            "strategy": strategies(layout, along(first, 0, shape)),
        }
    )
    return table[table["n"] > 0].reset_index(drop=True)


@dataclass(frozen=True)
class BestFixed:
    """The fixed weighting that a person tuning weights by hand would have kept.

    Args:
        label: its name in every table.
        weights: the point on the simplex.
        delta_m: its ``Δm`` on the validation split, in percent; NaN where there is none.
    """

    label: str
    weights: tuple[float, ...]
    delta_m: float


def best_fixed(layout: Layout, scores: Scores) -> BestFixed | None:
    """The fixed weighting, equal weights among them and baselines not, with the largest mean ``merit`` over its seeds, whatever
    the sharing strategy: what a person would have kept who tunes weights and strategy by hand.

    The fair rival of every method: chosen on validation, shown on test. None while nothing has been compared.
    """
    points = {run.label: run.weights for run in layout.runs if run.role != "baseline" and run.weights is not None}
    known = summary(layout, pair(layout, scores, "validation")).set_index("label")
    whole = merit(layout, scores)
    means = {
        label: float(np.mean([whole[run.index] for run in layout.runs if run.label == label]))
        for label in known.index[known["n"] > 0]
        if label in points
    }
    best = max((label for label, mean in means.items() if np.isfinite(mean)), key=means.__getitem__, default=None)
    return None if best is None else BestFixed(str(best), points[best] or (), float(known["delta_m"][best]))


def _headline(layout: Layout, values: Array) -> Array:
    return np.asarray(values[:, np.arange(len(layout.tasks)), headlines(layout)])  # (R, T)


def _points(layout: Layout) -> Array:
    nowhere = (np.nan,) * len(layout.tasks)
    return np.array([run.weights or nowhere for run in layout.runs], dtype=np.float64).reshape(-1, len(layout.tasks))


def _means(layout: Layout, values: Array) -> Interval:
    codes = np.asarray(labels(layout).codes)
    # The place of a run among those of its label, so that seeds lie along an axis of their own.
    place = pd.Series(codes).groupby(codes).cumcount().to_numpy()
    table = np.full((int(place.max(initial=-1)) + 1, int(codes.max(initial=-1)) + 1, values.shape[1]), np.nan)
    table[place, codes] = values
    return interval(table, shared=layout.shared)


def fronts(layout: Layout, means: Array) -> Array:
    """Which labels are on the front of their own sharing strategy.

    Args:
        layout: what the records' axes mean.
        means: ``(G, T)`` each label's headline metrics.

    Returns:
        ``(G,)`` bool: no other label of the same strategy dominates it.
    """
    tasks = np.arange(len(layout.tasks))
    signed = means * signs(layout)[tasks, headlines(layout)]
    shared = shared_by(layout, list(labels(layout).categories)).codes
    on = np.zeros(len(means), dtype=bool)
    for strategy in np.unique(shared):
        on[shared == strategy] = front(signed[shared == strategy])
    return on
