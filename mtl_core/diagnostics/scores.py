"""The one value a run is judged by, for each task and metric."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, metrics_of, of_kind
from mtl_core.diagnostics.runs import divergence
from mtl_core.records import Layout, Moment, Record
from mtl_core.spec.kinds import METRICS


@dataclass(frozen=True)
class Scores:
    """What each run reached, with R runs, T tasks and M metrics in each task's own order.

    Args:
        step: ``(R,)`` the step that the values are of, -1 for runs without an evaluation.
        last: ``(R,)`` the last step that was evaluated, -1 for none: the budget that the run has had.
        validation, test: ``(R, T, M)``, NaN where it was not read or has no label, for tasks that a baseline does not train
            and for runs that diverged.
        diverged: ``(R,)`` bool.
        parts: ``(R, T, M, K)``: ``test`` without each of K parts of the test examples; NaN, with K 0, where it is not known.
        chance: ``(T, M)``: the test metric of the best answer that looks at no input; NaN where it is not known.
        examples: ``(T,)``: test examples with a label; 0 where it is not known.
    """

    step: Array
    last: Array
    validation: Array
    test: Array
    diverged: Array
    parts: Array
    chance: Array
    examples: Array


def scores(layout: Layout, records: Sequence[Record], test_at: Moment = "end") -> Scores:
    """The values at each run's last evaluation, or at its best one.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.
        test_at: ``end``, or ``best`` for the evaluation with the lowest mean validation loss (the first of equals), over the
            tasks that carry weight: one of fixed weight 0 has an untrained head, which says nothing of the run. Nothing
            is ever chosen by a test value. Where a structure was searched and training then began anew, evaluations of the
            search count until there are others.

    Returns:
        The values, NaN for runs that diverged, whatever they had reached before.
    """
    count, width = len(layout.runs), max(len(task.metrics) for task in layout.tasks)
    step, last = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    best = np.full(count, np.inf)
    values = {name: np.full((count, len(layout.tasks), width), np.nan) for name in ("validation", "test")}
    trained = np.array([run.trains(len(layout.tasks)) for run in layout.runs])
    weighed = np.array([run.weighs(len(layout.tasks)) for run in layout.runs])
    searched = np.array([layout.model_of(run).searched for run in range(count)])
    # A record tells of r of the R runs: what is compared below is (r,), and `run` (r,) says where in (R,) it goes.
    for record, run, _ in of_kind(records, "evaluation"):
        better = record.step >= last[run]
        fresh = record.step != step[run]
        last[run] = np.maximum(last[run], record.step)
        if test_at == "best" and "validation" not in record.arrays:
            better = np.equal(record.step, step[run])  # where a stopped run stands, which may not be its best step
        elif test_at == "best":
            # Strictly better, so that the first of equals stays; a run's first evaluation counts even where its loss is NaN,
            # and infinity then lets any later number win.
            loss = _mean(record.arrays["validation"][:, :, 0], weighed[run])  # (r, T) -> (r,)
            anew = (record.step > searched[run]) & (step[run] <= searched[run])
            better = (loss < best[run]) | (step[run] < 0) | anew
            best[run] = np.where(better, np.where(np.isnan(loss), np.inf, loss), best[run])
        chosen = run[better]
        step[chosen] = record.step
        for name, held in values.items():
            if name in record.arrays:
                held[chosen] = metrics_of(record, name, width)[better]  # (r, T, M)[better] -> the chosen runs' (T, M)
            else:  # a study that is stopped where it was evaluated reads its test split in a record of its own
                held[run[better & fresh]] = np.nan
    sampled = _sampling(layout, records, test_at, values["test"])
    # Only now: a run that diverges after a good evaluation has no result, also where its best step came before.
    diverged = divergence(count, records)[0] >= 0
    hidden = ~trained & np.array([run.role == "baseline" for run in layout.runs])[:, None] | diverged[:, None]
    for held in values.values():
        held[hidden] = np.nan
    return Scores(step, last, values["validation"], values["test"], diverged, *sampled)


def _sampling(layout: Layout, records: Sequence[Record], moment: Moment, test: Array) -> tuple[Array, Array, Array]:
    """``parts``, ``chance`` and ``examples`` of ``Scores``; fills ``test`` ``(R, T, M)`` with what was read at the moment."""
    tasks, width = len(layout.tasks), max(len(task.metrics) for task in layout.tasks)
    chance, examples = np.full((tasks, width), np.nan), np.zeros(tasks, dtype=np.int64)
    parts = np.full((len(layout.runs), tasks, width, 0), np.nan)
    for record, run, _ in of_kind(records, "jackknife"):
        found = record.arrays[moment]
        if not parts.shape[-1]:
            parts = np.full((*parts.shape[:3], found.shape[-1] - 1), np.nan)
        both = min(width, found.shape[2])  # an older version measured less
        test[run, :, :both], parts[run, :, :both] = found[:, :, :both, 0], found[:, :, :both, 1:]
        level = record.arrays["chance"][:, :, :both]  # (r, T, M); folds have one each
        chance[:, :both], examples = level.mean(axis=0) if layout.shared else level[0], record.arrays["examples"][0]
    return parts, chance, examples


def signs(layout: Layout) -> Array:
    """``(T, M)``: 1 where a larger value is better, -1 where a smaller one is, NaN beyond a task's own metrics."""
    width = max(len(task.metrics) for task in layout.tasks)
    table = np.full((len(layout.tasks), width), np.nan)
    for place, task in enumerate(layout.tasks):
        table[place, : len(task.metrics)] = [-1.0 if METRICS[metric].lower_is_better else 1.0 for metric in task.metrics]
    return table


def headlines(layout: Layout) -> Array:
    """``(T,)``: the place of each task's headline metric along the metric axis."""
    return np.array([task.metrics.index(task.headline) for task in layout.tasks])


def signed_headlines(layout: Layout, values: Array) -> Array:
    """``(R, T)``: the headline metrics among ``(R, T, M)``, larger ones better."""
    tasks, heads = np.arange(len(layout.tasks)), headlines(layout)
    return np.asarray(values[:, tasks, heads] * signs(layout)[tasks, heads])


def merit(layout: Layout, scores: Scores) -> Array:
    """``(R,)`` what weightings and learning rates are chosen by: the mean over the tasks that a run trains of its headline
    metric on validation, each task in standard deviations over the study's runs, so that none counts more for its scale.

    NaN for runs that diverged, are not as far as others, or have nothing to be judged by.
    """
    values = _comparable(layout, scores)
    seen = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(seen, values / merit_scale(layout, scores), 0.0).sum(axis=1) / seen.sum(axis=1))


def merit_scale(layout: Layout, scores: Scores) -> Array:
    """``(T,)`` the standard deviations that ``merit`` counts in; 1 where runs do not differ."""
    values = _comparable(layout, scores)
    scale = np.array([each[np.isfinite(each)].std() if np.isfinite(each).any() else 0 for each in values.T])
    return np.where(scale > 0, scale, 1.0)


def _comparable(layout: Layout, scores: Scores) -> Array:
    values = signed_headlines(layout, scores.validation)
    values[scores.last < scores.last.max(initial=-1)] = np.nan  # of a wave that is still on its way
    return values


def headline_rows(layout: Layout, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each task's headline metric.

    Args:
        layout: what the records' axes mean.
        table: any with the columns ``task`` and ``metric``.
    """
    headline = {task.name: task.headline for task in layout.tasks}
    return table[table["metric"].astype(str) == table["task"].astype(str).map(headline).astype(str)]


def _mean(loss: Array, trained: Array) -> Array:
    # Tasks without a validation label are left out rather than poisoning the mean; none left gives NaN.
    seen = trained & ~np.isnan(loss)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(seen, loss, 0.0).sum(axis=1) / seen.sum(axis=1))
