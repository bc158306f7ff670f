"""Choices made within the training examples of a fold: what its inner folds, which are the other folds, say of candidates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtl_core.diagnostics.columns import Array, of_kind
from mtl_core.diagnostics.scores import headlines, merit, scores
from mtl_core.records import Layout, Moment, Record


@dataclass(frozen=True, eq=False)
class Inner:
    """What the inner folds of an outer one say of C candidates.

    Args:
        fold: the outer one.
        means: ``(C,)`` mean merit over seeds and inner folds; NaN where a run has none.
        step: ``(C,)`` the mean of the steps that their runs are judged at.
        headlines: ``(C, T)`` their mean headline metrics.
    """

    fold: int
    means: Array
    step: Array
    headlines: Array

    @classmethod
    def of(cls, layout: Layout, records: Sequence[Record], moment: Moment, fold: int, labels: Sequence[str]) -> "Inner":
        """Read the runs that are trained without the fold and another one, each on that other one."""
        start = len(layout.runs)
        # Of a run that is validated on the outer fold it is the other one that counts.
        side = {run.index - start: "validation" if run.besides == fold else "besides" for run in layout.inner}
        own = [run for run in layout.inner if fold in (run.fold, run.besides)]
        place = {run.index - start: number for number, run in enumerate(own)}
        runs = tuple(replace(run, index=number) for number, run in enumerate(own))
        told = []
        for record, index, _ in of_kind(records, "inner"):
            for name in ("validation", "besides"):
                kept = [k for k, each in enumerate(index - start) if each in place and side[each] == name]
                if kept and name in record.arrays:
                    which = np.array([place[int(index[k]) - start] for k in kept], dtype=np.int32)
                    told.append(Record("evaluation", record.step, {"run": which, "validation": record.arrays[name][kept]}))
        seen = Layout(layout.tasks, layout.models, runs, layout.device)
        found = scores(seen, told, moment)
        value, heads = merit(seen, found), found.validation[:, np.arange(len(layout.tasks)), headlines(layout)]
        members = [[run.index for run in runs if run.label == label] for label in labels]
        means = np.array([value[each].mean() if each else np.nan for each in members])
        step = np.array([found.step[each].mean() if each else np.nan for each in members])
        whole = np.array([heads[each].mean(axis=0) if each else np.full(heads.shape[1], np.nan) for each in members])
        return cls(fold, means, step, whole)
