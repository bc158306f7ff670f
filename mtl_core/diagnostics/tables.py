"""The tidy tables of a study: what its records say, one observation a row."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, Columns, along, assemble, metrics_of, names, of_kind
from mtl_core.diagnostics.runs import strategies
from mtl_core.records import Layout, Record, steps_of
from mtl_core.suites.suite import SPLITS

CURVE_SPLITS = ("batch", *SPLITS)
"""What a curve can be measured on: the step's own batch, or a whole split."""


def curves(
    layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None, splits: Sequence[str] = CURVE_SPLITS
) -> pd.DataFrame:
    """Every loss and metric over time.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.
        runs: the runs wanted, None for all.
        splits: ``batch`` is the loss of each step's batch; the others are evaluations, with the loss among their metrics.

    Returns:
        ``run, step, split, task, metric, value, strategy``; NaN where no label was, or where a run had diverged. A task that a
        run does not train has no row, here and in the other tables.
    """
    metrics = list(dict.fromkeys(("loss", *(metric for task in layout.tasks for metric in task.metrics))))
    tasks = np.arange(len(layout.tasks))
    parts: list[Columns] = []
    learned = _Learned(layout)
    if "batch" in splits:
        for record, run, places in of_kind(records, "steps", runs):
            losses = record.arrays["losses"][:, places]  # (K, r, T)
            part = _axes(losses, step=(0, steps_of(record)), run=(1, run), task=(2, tasks))
            constant = np.zeros(losses.size, dtype=np.int8)
            parts.append(learned.only(part | {"split": constant, "metric": constant, "value": losses.reshape(-1)}, "value"))
    codes = [[metrics.index(metric) for metric in task.metrics] for task in layout.tasks]
    width = max(map(len, codes))
    # A task with fewer metrics than the widest leaves cells at the end of the metric axis that mean nothing.
    task_at = np.repeat(tasks, [len(row) for row in codes])
    place_at = np.concatenate([np.arange(len(row)) for row in codes])
    metric_at = np.concatenate([np.array(row) for row in codes])
    for record, run, places in of_kind(records, "evaluation", runs):
        for split in (name for name in SPLITS if name in splits and name in record.arrays):
            values = metrics_of(record, split, width)[places][:, task_at, place_at]  # (r, cells)
            part = _axes(values, run=(0, run), task=(1, task_at), metric=(1, metric_at))
            step = np.full(values.size, record.step, dtype=np.int32)
            code = np.full(values.size, CURVE_SPLITS.index(split), dtype=np.int8)
            parts.append(learned.only(part | {"step": step, "split": code, "value": values.reshape(-1)}, "value"))
    types = {
        "run": np.int32,
        "step": np.int32,
        "split": names(CURVE_SPLITS),
        "task": names(task.name for task in layout.tasks),
        "metric": names(metrics),
        "value": np.float64,
    }
    return _shared(layout, assemble(parts, types))


def weights(layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """The effective weight of each task at each step: what really multiplied its gradient.

    Args:
        layout, records, runs: as for ``curves``.

    Returns:
        ``run, step, task, weight, strategy``.
    """
    tasks, learned = np.arange(len(layout.tasks)), _Learned(layout)
    parts = []
    for record, run, places in of_kind(records, "steps", runs):
        values = record.arrays["weights"][:, places]  # (K, r, T)
        part = _axes(values, step=(0, steps_of(record)), run=(1, run), task=(2, tasks))
        parts.append(learned.only(part | {"weight": values.reshape(-1)}, "weight"))
    task = names(task.name for task in layout.tasks)
    return _shared(layout, assemble(parts, {"run": np.int32, "step": np.int32, "task": task, "weight": np.float64}))


def updates(records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """The combined trunk gradient at each step.

    Args:
        records, runs: as for ``curves``.

    Returns:
        ``run, step, update_norm, unexplained``: its norm, and the share of its squared norm that the weights do not explain.
    """
    parts = []
    for record, run, places in of_kind(records, "steps", runs):
        norm = record.arrays["update_norm"][:, places]  # (K, r)
        part = _axes(norm, step=(0, steps_of(record)), run=(1, run))
        rest = record.arrays["unexplained"][:, places].reshape(-1)
        parts.append(part | {"update_norm": norm.reshape(-1), "unexplained": rest})
    return assemble(parts, {"run": np.int32, "step": np.int32, "update_norm": np.float64, "unexplained": np.float64})


def conflict(layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """How the task gradients on the trunk agree.

    Args:
        layout, records, runs: as for ``curves``.

    Returns:
        ``run, step, layer, task_a, task_b, cosine, magnitude_similarity, strategy``; ``layer`` is ``all`` or a stage's name of
        the strategy's model. The magnitude similarity is 2 |a| |b| / (|a|² + |b|²), 1 for gradients of equal length.

    Source: Yu et al. 2020 (PCGrad), definitions 1 and 2.
    """
    first, second = (np.array(side, dtype=np.int16) for side in ([a for a, _ in layout.pairs], [b for _, b in layout.pairs]))
    learned = _Learned(layout)
    parts = []
    for record, run, places in of_kind(records, "conflict", runs):
        layers = _layers(layout, record)
        cosine = record.arrays["cosine"][:, places]  # (K, r, L, Q)
        part = _axes(cosine, step=(0, steps_of(record)), run=(1, run), layer=(2, layers), task_a=(3, first), task_b=(3, second))
        similarity = record.arrays["magnitude_similarity"][:, places].reshape(-1)
        part |= {"cosine": cosine.reshape(-1), "magnitude_similarity": similarity}
        parts.append(learned.only(part, "cosine", ("task_a", "task_b")))
    task = names(task.name for task in layout.tasks)
    types = {"run": np.int32, "step": np.int32, "layer": names(layout.layers), "task_a": task, "task_b": task}
    return _shared(layout, assemble(parts, types | {"cosine": np.float64, "magnitude_similarity": np.float64}))


def norms(layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """The length of each task's gradient on the trunk and on each of its stages.

    Args:
        layout, records, runs: as for ``curves``.

    Returns:
        ``run, step, layer, task, norm, strategy``.
    """
    tasks, learned = np.arange(len(layout.tasks)), _Learned(layout)
    parts = []
    for record, run, places in of_kind(records, "conflict", runs):
        layers = _layers(layout, record)
        values = record.arrays["norms"][:, places]  # (K, r, L, T)
        part = _axes(values, step=(0, steps_of(record)), run=(1, run), layer=(2, layers), task=(3, tasks))
        parts.append(learned.only(part | {"norm": values.reshape(-1)}, "norm"))
    task = names(task.name for task in layout.tasks)
    types = {"run": np.int32, "step": np.int32, "layer": names(layout.layers), "task": task, "norm": np.float64}
    return _shared(layout, assemble(parts, types))


def changes(layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """What was set by hand while the study trained.

    Args:
        layout, records, runs: as for ``curves``.

    Returns:
        ``run, step`` (the updates done by then), ``learning_rate``, ``updates`` and columns ``weight_<task>`` and
        ``along_<task>`` a task; NaN for what stayed. ``along`` are the weights that a run follows for ``updates`` steps.
    """
    columns = [f"{what}_{task.name}" for what in ("weight", "along") for task in layout.tasks]
    parts = []
    for record, run, places in of_kind(records, "change", runs):
        unset = np.full((len(run), len(layout.tasks)), np.nan)
        told = {
            name: record.arrays[name][places]
            for name in ("weights", "along", "learning_rate", "updates")
            if name in record.arrays
        }
        points = np.hstack([told.get("weights", unset), told.get("along", unset)])  # (r, 2 T)
        single = {name: told.get(name, unset[:, 0]) for name in ("learning_rate", "updates")}
        step = np.full(len(run), record.step, dtype=np.int32)
        parts.append({"run": run, "step": step} | single | dict(zip(columns, points.T, strict=True)))
    types = {"run": np.int32, "step": np.int32} | dict.fromkeys(("learning_rate", "updates", *columns), np.float64)
    return assemble(parts, types)


def _shared(layout: Layout, table: pd.DataFrame) -> pd.DataFrame:
    """The table with each run's sharing strategy at its end."""
    return table.assign(strategy=strategies(layout, table["run"].to_numpy()))


def _layers(layout: Layout, record: Record) -> Array:
    """The places among all layer names of the layers that a record tells of: its runs are of one model."""
    known = layout.layers
    return np.array([known.index(name) for name in layout.model_of(int(record.arrays["run"][0])).layers], dtype=np.int64)


class _Learned:
    """Which tasks each run learns: the others are no part of a table.

    A weight of zero that was set by hand later has numbers; a baseline's other tasks have them in older records only, where
    they tell of a head that stays as it was drawn.
    """

    def __init__(self, layout: Layout) -> None:
        tasks = len(layout.tasks)
        self._trained = np.array([run.trains(tasks) for run in layout.runs], dtype=np.bool_).reshape(-1, tasks)
        self._alone = np.array([run.role == "baseline" for run in layout.runs], dtype=np.bool_)
        self._all = bool(self._trained.all())

    def only(self, part: Columns, value: str, tasks: tuple[str, ...] = ("task",)) -> Columns:
        """The rows of tasks that are learned; ``value`` is the column of numbers, ``tasks`` those of task places."""
        if self._all:
            return part
        run = part["run"]
        kept = np.logical_and.reduce([self._trained[run, part[name]] for name in tasks])
        kept |= ~self._alone[run] & np.isfinite(part[value])
        return part if kept.all() else {name: column[kept] for name, column in part.items()}


def _axes(values: Array, **axes: tuple[int, Array]) -> Columns:
    return {name: along(coordinates, axis, values.shape) for name, (axis, coordinates) in axes.items()}
