"""Every run beside the single-task baselines of its seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, assemble, names
from mtl_core.diagnostics.scores import Scores, signs
from mtl_core.records import Layout


@dataclass(frozen=True)
class Pairs:
    """The compared values of G labels over S seeds, with T tasks and M metrics; NaN where there is no fair pair.

    Args:
        labels: the G labels that are no baseline, in the order of the study.
        seeds: the S seeds.
        run: ``(S, G)`` the run, -1 for none.
        baseline, value, difference: ``(S, G, T, M)``; the difference is value - baseline, sign flipped where lower is better,
            so that positive is better.
        diverged: ``(S, G, T)`` bool: the run or the task's baseline diverged.
    """

    labels: tuple[str, ...]
    seeds: tuple[int, ...]
    run: Array
    baseline: Array
    value: Array
    difference: Array
    diverged: Array


def pair(layout: Layout, scores: Scores, split: Literal["validation", "test"] = "test") -> Pairs:
    """Pairs by seed: same initial values, same batches, same budget.

    Runs that diverged are left out, and so are pairs whose runs have not been evaluated up to the same step: while a study
    trains in waves, half a run is not compared with a whole baseline.
    """
    labels = tuple(dict.fromkeys(run.label for run in layout.runs if run.role != "baseline"))
    seeds = tuple(dict.fromkeys(run.seed for run in layout.runs))
    place = {run: number for number, run in enumerate(labels)}
    row = {seed: number for number, seed in enumerate(seeds)}
    run = np.full((len(seeds), len(labels)), -1)
    alone = np.full((len(seeds), len(layout.tasks)), -1)
    for each in layout.runs:
        if each.role == "baseline" and each.weights is not None:
            alone[row[each.seed], each.weights.index(max(each.weights))] = each.index
        else:
            run[row[each.seed], place[each.label]] = each.index
    tasks = np.arange(len(layout.tasks))
    measured = getattr(scores, split)
    value = measured[run]  # (S, G, T, M)
    baseline = np.broadcast_to(measured[alone, tasks][:, None], value.shape)
    fair = (run >= 0)[:, :, None] & (alone >= 0)[:, None, :] & (scores.last[run][:, :, None] == scores.last[alone][:, None, :])
    whole = fair[..., None] & np.isfinite(value) & np.isfinite(baseline)
    value, baseline = np.where(whole, value, np.nan), np.where(whole, baseline, np.nan)
    lost = scores.diverged[alone] & (alone >= 0)  # (S, T)
    diverged = (run >= 0)[:, :, None] & (scores.diverged[run][:, :, None] | lost[:, None])
    return Pairs(labels, seeds, run, baseline, value, signs(layout) * (value - baseline), diverged)


def pairs_table(layout: Layout, pairs: Pairs) -> pd.DataFrame:
    """One row a seed: the dots behind ``transfer``.

    Returns:
        ``run, label, seed, task, metric, baseline, value, difference``, for every pair that could be compared.
    """
    cells = metric_cells(layout)
    shape = (len(pairs.seeds), len(pairs.labels), len(cells.task))
    kept = np.isfinite(pairs.difference[:, :, cells.task, cells.place]).reshape(-1)
    part = {
        "run": np.broadcast_to(pairs.run[..., None], shape).reshape(-1),
        "label": along(np.arange(len(pairs.labels)), 1, shape),
        "seed": along(np.array(pairs.seeds), 0, shape),
        "task": along(cells.task, 2, shape),
        "metric": along(cells.metric, 2, shape),
    } | {name: getattr(pairs, name)[:, :, cells.task, cells.place].reshape(-1) for name in ("baseline", "value", "difference")}
    types = {"run": np.int32, "label": names(pairs.labels), "seed": np.int64, "task": names(task.name for task in layout.tasks)}
    numbers = dict.fromkeys(("baseline", "value", "difference"), np.float64)
    return assemble([{name: column[kept] for name, column in part.items()}], types | {"metric": names(cells.names)} | numbers)


@dataclass(frozen=True)
class Cells:
    """The pairs of a task and one of its metrics but the loss, headline first: their places and the metric's code."""

    task: Array
    place: Array
    metric: Array
    names: tuple[str, ...]


def metric_cells(layout: Layout) -> Cells:
    """The cells of the tables that compare metrics."""
    listed: Sequence[tuple[int, str]] = [
        (number, metric)
        for number, task in enumerate(layout.tasks)
        for metric in (task.headline, *(name for name in task.metrics if name not in ("loss", task.headline)))
    ]
    known = tuple(dict.fromkeys(metric for _, metric in listed))
    return Cells(
        np.array([task for task, _ in listed]),
        np.array([layout.tasks[task].metrics.index(metric) for task, metric in listed]),
        np.array([known.index(metric) for _, metric in listed]),
        known,
    )
