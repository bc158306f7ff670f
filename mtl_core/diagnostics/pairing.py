"""Every run beside its reference of the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, assemble, names
from mtl_core.diagnostics.runs import folds_of, strategies
from mtl_core.diagnostics.scores import Scores, signs
from mtl_core.diagnostics.sides import Sides, sides
from mtl_core.records import Layout
from mtl_core.spec.kinds import METRICS


@dataclass(frozen=True)
class Pairs:
    """The compared values of G labels over S seeds, with T tasks and M metrics; NaN where there is no fair pair.

    Args:
        labels: the G labels that are compared, in the order of the study.
        seeds: the S seeds; with folds each seed of each fold.
        run: ``(S, G)`` the run, -1 for none.
        baseline, value, difference: ``(S, G, T, M)``: the reference's, the run's, and value - reference with the sign flipped
            where lower is better, so that positive is better.
        diverged: ``(S, G, T)`` bool: the run or the task's reference diverged.
        baseline_parts, difference_parts: ``(S, G, T, M, K)`` the same without each of K parts of the test examples.
        rates, baseline_rates: ``(G,)`` and ``(G, T)`` learning rates.
        chance: ``(T, M)`` what knowing no input gives; NaN where that is not known.
        examples: ``(T,)`` test examples with a label; 0 where that is not known.
        folds: the fold beside each seed; None without folds.
    """

    labels: tuple[str, ...]
    seeds: tuple[int, ...]
    run: Array
    baseline: Array
    value: Array
    difference: Array
    diverged: Array
    baseline_parts: Array
    difference_parts: Array
    rates: Array
    baseline_rates: Array
    chance: Array
    examples: Array
    folds: tuple[int | None, ...] = ()


def pair(layout: Layout, scores: Scores, split: Literal["validation", "test"] = "test", compared: Sides | None = None) -> Pairs:
    """Pairs by seed and fold: same initial values, same batches, same budget.

    Runs that diverged are left out, and so are pairs whose runs have not been evaluated up to the same step: while a study
    trains in waves, half a run is not compared with a whole baseline.

    Args:
        layout: what the records' axes mean.
        scores: what the runs reached.
        split: whose values are compared; how much they hang on the examples is known of ``test`` alone.
        compared: what is compared with what; None for each label with the tasks alone at the same learning rate.
    """
    both = compared or sides(layout, scores)
    run, other, tasks = both.run, both.reference, np.arange(len(layout.tasks))
    measured, sign = getattr(scores, split), signs(layout)
    value, baseline = measured[run], measured[other, tasks]  # (S, G, T, M)
    fair = (run >= 0)[:, :, None] & (other >= 0) & (scores.last[run][:, :, None] == scores.last[other])
    whole = fair[..., None] & np.isfinite(value) & np.isfinite(baseline)
    value, baseline = np.where(whole, value, np.nan), np.where(whole, baseline, np.nan)
    parts = scores.parts if split == "test" else scores.parts[..., :0]
    baseline_parts = np.where(whole[..., None], parts[other, tasks], np.nan)  # (S, G, T, M, K)
    difference_parts = sign[..., None] * (parts[run] - baseline_parts)
    diverged = (run >= 0)[:, :, None] & (scores.diverged[run][:, :, None] | scores.diverged[other] & (other >= 0))
    return Pairs(
        both.labels, both.seeds, run, baseline, value, sign * (value - baseline), diverged, baseline_parts, difference_parts,
        both.rates, both.reference_rates, scores.chance, scores.examples, both.folds,
    )  # fmt: skip


def pairs_table(layout: Layout, pairs: Pairs) -> pd.DataFrame:
    """One row a seed: the dots behind ``transfer``.

    Returns:
        ``run, label, seed, task, metric, baseline, value, difference, strategy``, for every pair that could be compared, and
        ``fold`` where there are folds.
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
    table = assemble([{name: column[kept] for name, column in part.items()}], types | {"metric": names(cells.names)} | numbers)
    run = table["run"].to_numpy()
    return table.assign(strategy=strategies(layout, run), **{name: column[run] for name, column in folds_of(layout).items()})


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
        for metric in (
            task.headline,
            *(name for name in task.metrics if name not in ("loss", task.headline) and not METRICS[name].aside),
        )
    ]
    known = tuple(dict.fromkeys(metric for _, metric in listed))
    return Cells(
        np.array([task for task, _ in listed]),
        np.array([layout.tasks[task].metrics.index(metric) for task, metric in listed]),
        np.array([known.index(metric) for _, metric in listed]),
        known,
    )
