"""Where every run stands while it trains: the trade-off on the validation split, in axes that hold still."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, metrics_of, of_kind
from mtl_core.diagnostics.scores import Scores, headlines, scores, signs
from mtl_core.diagnostics.tradeoff import tradeoff, tradeoff_means
from mtl_core.records import Layout, Record

USUALLY_WORST = 0.1
"""What is drawn begins at this quantile of what runs were before they learned anything: a few odd ones squash no others."""


LEAST = 0.25
"""The least that is drawn of metrics whose best value is 1: what tells little before much is learned."""


@dataclass(frozen=True, eq=False)
class Latest:
    """The runs at the last evaluation that all of those which are training have.

    Args:
        layout: what the records' axes mean.
        scores: at that evaluation; runs that are at their end stand there.
        step: the evaluation's; -1 before there is any.
        ends: ``(T, 2)`` for each task's headline metric what runs began with, and the best so far, each moved outward to
            round numbers, so that the best end moves seldom and never back; NaN before there is any evaluation.
    """

    layout: Layout
    scores: Scores
    step: int
    ends: Array

    @cached_property
    def means(self) -> pd.DataFrame:
        """See ``tradeoff.tradeoff_means``; of the validation split."""
        return tradeoff_means(self.layout, self.scores, "validation")

    @cached_property
    def points(self) -> pd.DataFrame:
        """See ``tradeoff.tradeoff``; of the validation split."""
        return tradeoff(self.layout, self.scores, "validation")

    @cached_property
    def progress(self) -> dict[str, float]:
        """How far each label that learns every task has come, mean over tasks: 0 where runs began, 1 at the best end."""
        ends = dict(zip((task.name for task in self.layout.tasks), self.ends, strict=True))
        first, best = (np.array([ends[str(task)][side] for task in self.means["task"]]) for side in (0, 1))
        share = (self.means["mean"].to_numpy(dtype=float) - first) / (best - first)
        found = self.means.assign(label=self.means["label"].astype(str), share=share).groupby("label", sort=False)["share"]
        whole = {run.label for run in self.layout.runs if all(run.trains(len(self.layout.tasks)))}
        return {str(label): float(value) for label, value in found.mean().items() if label in whole}

    def range_of(self, task: str) -> tuple[float, float] | None:
        """What an axis of a task's metric shows, low to high; None before there is any evaluation."""
        place = [each.name for each in self.layout.tasks].index(task)
        low, high = sorted(map(float, self.ends[place]))
        return (low, high) if np.isfinite(low + high) else None


def moves(records: Iterable[Record]) -> bool:
    """Whether any of these records changes where runs stand."""
    return any(
        record.kind == "evaluation" or (record.kind == "status" and (record.arrays["diverged_step"] >= 0).any())
        for record in records
    )


def latest(layout: Layout, records: Sequence[Record], steps: int) -> Latest:
    """See ``Latest``.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.
        steps: of the study.
    """
    count, tasks = len(layout.runs), np.arange(len(layout.tasks))
    width, heads = max(len(task.metrics) for task in layout.tasks), headlines(layout)
    sign = signs(layout)[tasks, heads]
    last = np.full(count, -1, dtype=np.int64)
    first, best = np.full((count, len(tasks)), np.nan), np.full(len(tasks), np.nan)
    trained = np.array([run.trains(len(tasks)) for run in layout.runs])
    evaluations = [(record, run) for record, run, _ in of_kind(records, "evaluation") if "validation" in record.arrays]
    for record, run in evaluations:
        last[run] = np.maximum(last[run], record.step)
    training = last[(last >= 0) & (last < steps)]
    step = int(training.min() if len(training) else last.max(initial=-1))
    for record, run in evaluations:
        if step < record.step < steps:
            continue
        value = metrics_of(record, "validation", width)[:, tasks, heads] * sign  # (r, T), larger is better
        value = np.where(trained[run] & np.isfinite(value), value, np.nan)
        first[run] = np.where(np.isnan(first[run]), value, first[run])
        best = np.fmax(best, np.fmax.reduce(value, axis=0, initial=-np.inf))
    known = [record for record in records if record.kind != "evaluation" or record.step <= step or record.step >= steps]
    worst = np.full(len(tasks), np.nan)
    for task in tasks:
        seen = first[:, task][np.isfinite(first[:, task])]
        if len(seen):
            worst[task] = min(np.quantile(seen, USUALLY_WORST), best[task])
            best[task] = max(best[task], worst[task] + (LEAST if sign[task] > 0 else 0))
    return Latest(layout, scores(layout, known), step, _outward(np.stack([worst, best], axis=1)) * sign[:, None])


def _outward(ends: Array) -> Array:
    """``(T, 2)`` lower and upper ends moved apart to multiples of a power of two of about a sixth of what is between.

    The multiples of a larger power are among those of a smaller one, so an end that moves never moves back.

    >>> _outward(np.array([[0.1, 0.62]])).tolist()
    [[0.0, 0.625]]
    """
    between = ends[:, 1] - ends[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(between > 0, 2.0 ** (np.floor(np.log2(between)) - 2), 2.0**-6)[:, None]
        found = np.concatenate([np.floor(ends[:, :1] / unit), np.ceil(ends[:, 1:] / unit)], axis=1) * unit
    return np.asarray(found)
