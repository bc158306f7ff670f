"""What one model answered at every weighting that it was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, Columns, along, assemble, names, of_kind
from mtl_core.diagnostics.intervals import interval
from mtl_core.records import Layout, Record
from mtl_core.spec.plan import Run, point_label

SPLITS = ("validation", "test")
"""What fronts are measured on."""

SAME = 1e-5
"""How far apart one weight may be in two places: both have six digits, and one is in single precision."""


@dataclass(frozen=True)
class Front:
    """The answers of a label's runs, S of them, one a seed, at V weightings of T tasks with M metrics.

    Args:
        runs: the S runs; they differ in seed alone.
        points: ``(V, T)`` the weightings.
        values: ``(2, S, V, T, M)`` by split; NaN for runs that diverged.
        step: ``(S,)`` after how many steps the model was asked.
    """

    runs: tuple[Run, ...]
    points: Array
    values: Array
    step: Array

    @property
    def test(self) -> Array:
        """``(S, V, T, M)``."""
        return np.asarray(self.values[SPLITS.index("test")])


def fronts(layout: Layout, records: Sequence[Record], diverged: Array) -> tuple[Front, ...]:
    """The fronts that the records tell of, in the order of the study.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written; of a run that was asked twice the later answers count.
        diverged: ``(R,)`` bool.
    """
    held: dict[int, tuple[Record, int]] = {}
    for record, run, _ in of_kind(records, "front"):
        held |= {int(index): (record, place) for place, index in enumerate(run)}
    groups: dict[str, list[int]] = {}
    for index in sorted(held):
        groups.setdefault(layout.runs[index].label, []).append(index)
    found = []
    for members in groups.values():
        told = [held[index] for index in members]
        values = np.array([[record.arrays[split][place] for record, place in told] for split in SPLITS], dtype=np.float64)
        values[:, diverged[members]] = np.nan
        points = told[-1][0].arrays["points"].astype(np.float64)
        step = np.array([record.step for record, _ in told])
        found.append(Front(tuple(layout.runs[index] for index in members), points, values, step))
    return tuple(found)


def points_axis(layout: Layout, front: Front, task: Array, shape: tuple[int, ...]) -> Columns:
    """The columns that say of every cell whose front it is of, at which weighting, and of which task; see ``points_types``.

    Args:
        layout: what the records' axes mean.
        front: with V points.
        task: ``(C,)`` the task of each cell along the last axis.
        shape: ``(..., V, C)``.
    """
    point, size = len(shape) - 2, int(np.prod(shape))
    label, strategy = (list(kind.categories) for kind in (_labels(layout), _strategies(layout)))
    return {
        "label": np.full(size, label.index(front.runs[0].label)),
        "strategy": np.full(size, strategy.index(front.runs[0].strategy)),
        "point": along(np.arange(len(front.points)), point, shape),
        "weights": along(np.arange(len(front.points)), point, shape),
        "task": along(task, point + 1, shape),
        "weight": np.broadcast_to(front.points[:, task], shape).reshape(-1),
    }


def points_types(layout: Layout, found: Sequence[Front]) -> dict[str, Any]:
    """The types of ``points_axis``; all fronts of a study are of the same weightings."""
    points = max((front.points for front in found), key=len, default=np.zeros((0, 0)))
    return {
        "label": _labels(layout),
        "strategy": _strategies(layout),
        "point": np.int64,
        "weights": pd.CategoricalDtype([point_label(tuple(point)) for point in points]),
        "task": names(task.name for task in layout.tasks),
        "weight": np.float64,
    }


def fronts_table(layout: Layout, found: Sequence[Front]) -> pd.DataFrame:
    """Every run's front.

    Returns:
        ``run, label, strategy, seed, point, weights, task, weight, split, metric, value``: ``point`` is the weighting's place
        in the list, ``weights`` its name and ``weight`` the part of the row's task.
    """
    task, place, metric, known = _cells(layout)
    parts: list[Columns] = []
    for front in found:
        shape = (len(front.runs), len(front.points), len(task))
        for split, values in enumerate(front.values):
            own = {
                "run": along(np.array([run.index for run in front.runs]), 0, shape),
                "seed": along(np.array([run.seed for run in front.runs]), 0, shape),
                "split": np.full(values[:, :, task, place].size, split),
                "metric": along(metric, 2, shape),
                "value": values[:, :, task, place].reshape(-1),
            }
            parts.append(points_axis(layout, front, task, shape) | own)
    axis = points_types(layout, found)
    types = {"run": np.int32} | {name: axis.pop(name) for name in ("label", "strategy")} | {"seed": np.int64} | axis
    return assemble(parts, types | {"split": names(SPLITS), "metric": names(known), "value": np.float64})


def front_means(layout: Layout, found: Sequence[Front], confidence: float) -> pd.DataFrame:
    """Every label's front with its interval over seeds.

    Returns:
        ``label, strategy, point, weights, task, weight, split, metric, n, mean, low, high``.
    """
    task, place, metric, known = _cells(layout)
    parts: list[Columns] = []
    for front in found:
        shape = (len(front.points), len(task))
        for split, values in enumerate(front.values):
            each = interval(values[:, :, task, place], confidence=confidence, shared=layout.shared)
            own = {"split": np.full(each.n.size, split), "metric": along(metric, 1, shape)}
            own |= {name: getattr(each, name).reshape(-1) for name in ("n", "mean", "low", "high")}
            parts.append(points_axis(layout, front, task, shape) | own)
    types = points_types(layout, found) | {"split": names(SPLITS), "metric": names(known), "n": np.int64}
    return assemble(parts, types | dict.fromkeys(("mean", "low", "high"), np.float64))


def in_order(layout: Layout, found: Sequence[Front]) -> pd.DataFrame:
    """Whether a model heeds the weights it is asked for: does a task's test loss fall as its weight rises?

    Returns:
        ``label, strategy, task, n, share``: of all pairs of weightings of which one has more weight on the task, the share in
        which its loss is lower there, ties a half; the mean over n seeds. 1 is a front in perfect order, 0.5 a model that does
        not heed weights.
    """
    rows = []
    for front in found:
        loss = front.test[..., 0]  # (S, V, T)
        here, there = loss[:, :, None], loss[:, None]
        more = front.points[:, None] > front.points[None] + SAME  # (V, V, T)
        right = np.where(here == there, 0.5, here < there) * more  # (S, V, V, T)
        share = right.sum(axis=(1, 2)) / np.maximum(more.sum(axis=(0, 1)), 1)
        mean = interval(np.where(np.isfinite(loss).all(axis=1), share, np.nan))
        for place, task in enumerate(layout.tasks):
            rows.append((front.runs[0].label, front.runs[0].strategy, task.name, mean.n[place], mean.mean[place]))
    types = {"label": _labels(layout), "strategy": _strategies(layout), "task": names(task.name for task in layout.tasks)}
    return pd.DataFrame(rows, columns=[*types, "n", "share"]).astype(types | {"n": np.int64, "share": np.float64})


def _cells(layout: Layout) -> tuple[Array, Array, Array, tuple[str, ...]]:
    """Every task with each of its metrics: the task, the metric's place in it, the metric's code, and all metrics."""
    known = tuple(dict.fromkeys(metric for task in layout.tasks for metric in task.metrics))
    listed = [(t, m, known.index(metric)) for t, task in enumerate(layout.tasks) for m, metric in enumerate(task.metrics)]
    task, place, metric = np.array(listed).T
    return task, place, metric, known


def _labels(layout: Layout) -> Any:
    return names(run.label for run in layout.runs)


def _strategies(layout: Layout) -> Any:
    return names(run.strategy for run in layout.runs)
