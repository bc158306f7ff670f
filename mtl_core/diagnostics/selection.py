"""Which weighting a person should keep, chosen on validation alone, and what that choice is worth where it was not made."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, metrics_of, names, of_kind
from mtl_core.diagnostics.intervals import CONFIDENCE, VERDICTS, Interval, interval, verdict
from mtl_core.diagnostics.nested import Inner
from mtl_core.diagnostics.scores import Scores, headlines, merit, merit_scale, scores, signs
from mtl_core.records import Layout, Moment, Record
from mtl_core.spec.plan import Run, equal_weights

BEST, SIMPLEST, NESTED = "best", "one standard error", "nested"
RULES = (BEST, SIMPLEST, NESTED)
"""By what a weighting is chosen: the best mean on validation; of those within its standard error the one nearest to equal
weights; and the best mean on inner folds, anew for every outer fold, which it is then judged on."""

MERIT = "merit"
"""What stands for all tasks where their metrics differ: their mean in standard deviations, see ``scores.merit``."""


def best(means: Array) -> int:
    """The place of the largest of ``(C,)``, the first of equals; -1 where all are NaN."""
    return int(np.nanargmax(means)) if np.isfinite(means).any() else -1


def simplest(means: Array, errors: Array, distance: Array) -> int:
    """The one standard error rule: of all whose mean is within the best one's standard error of it the simplest.

    Simplest is nearest to equal weights, which is our order; of equally near ones the better.

    Args:
        means, errors: ``(C,)``.
        distance: ``(C,)`` from equal weights.

    Source: Breiman, Friedman, Olshen & Stone 1984 (Classification and Regression Trees), section 3.4.3.
    """
    first = best(means)
    if first < 0 or not np.isfinite(errors[first]):
        return first
    near = np.flatnonzero(means >= means[first] - errors[first])
    return int(min(near, key=lambda place: (distance[place], -means[place])))


class Selection:
    """What ``Result.selection`` and ``Result.choice`` are made from.

    Weightings that leave a task without weight are no candidates, for it has no head; nor is what diverged in any run.

    Args:
        layout: what the records' axes mean.
        records: what training reported.
        moment: which results runs are judged by.
        confidence: of the intervals.
    """

    def __init__(
        self, layout: Layout, records: Sequence[Record], moment: Moment = "best", *, confidence: float = CONFIDENCE
    ) -> None:
        self._layout, self._records, self._moment, self._confidence = layout, records, moment, confidence
        self._scores: Scores = scores(layout, records, moment)
        tasks = len(layout.tasks)
        listed = [run for run in layout.runs if run.role != "baseline" and all(run.weighs(tasks))]
        self._first = {run.label: run for run in reversed(listed)}
        self.labels = list(dict.fromkeys(run.label for run in listed))
        self._units = list(dict.fromkeys((run.seed, run.fold) for run in listed))
        self._run = np.full((len(self.labels), len(self._units)), -1)  # (C, U)
        for run in listed:
            self._run[self.labels.index(run.label), self._units.index((run.seed, run.fold))] = run.index

    @cached_property
    def validation(self) -> Interval:
        """``(C,)`` each candidate's mean merit on validation over seeds and folds; NaN where a run has none."""
        values = _whole(merit(self._layout, self._scores)[self._run], self._run)
        return interval(values.T, shared=self._layout.shared)

    @cached_property
    def distance(self) -> Array:
        """``(C,)`` how far from equal weights, as the largest difference of a weight; what chooses its own comes last."""
        tasks = len(self._layout.tasks)
        centre = np.array(equal_weights(tasks))
        points = [self._first[label].weights for label in self.labels]
        return np.array([np.inf if point is None else float(np.abs(np.array(point) - centre).max()) for point in points])

    @cached_property
    def picks(self) -> tuple[int, ...]:
        """The candidates that are chosen when the choice is made several times: nested, for every outer fold on its inner
        folds; else on each fold, or without folds on each seed, by itself; -1 where there is nothing to choose."""
        if self._layout.inner:
            return tuple(place for place, _ in self._nested)
        values = merit(self._layout, self._scores)[self._run]
        values = np.where(self._run >= 0, values, np.nan)
        folded = bool(self._layout.shared)
        keys = [fold if folded else seed for seed, fold in self._units]
        each = []
        for key in dict.fromkeys(keys):
            own = [place for place, other in enumerate(keys) if other == key]
            each.append(best(_whole(values[:, own], self._run[:, own]).mean(axis=1)))
        return tuple(each)

    @cached_property
    def table(self) -> pd.DataFrame:
        """What weighting a person should keep, chosen on validation: a row for each fixed weighting and method that gives every
        task weight.

        Returns:
            ``label, role, n, validation, error, within, chosen, simplest, share, choices, weight_<task>, strategy``: the mean
            ``merit`` on validation over seeds and folds with its standard error, whether it is within one of the best's,
            whether it is the best and whether the one nearest to equal weights among those within; and in which ``share`` of
            ``choices`` made apart it was the best: for each outer fold on its inner folds where the study is nested, else on
            each fold, else on each seed by itself.
        """
        found, layout = self.validation, self._layout
        first, near = best(found.mean), simplest(found.mean, found.error, self.distance)
        error = found.error[first] if first >= 0 and np.isfinite(found.error[first]) else 0.0
        counted = Counter(place for place in self.picks if place >= 0)
        places = np.arange(len(self.labels))
        runs = [self._first[label] for label in self.labels]
        nowhere = (np.nan,) * len(layout.tasks)
        points = np.array([run.weights or nowhere for run in runs], dtype=np.float64).reshape(-1, len(layout.tasks))
        table = {
            "label": pd.Categorical(self.labels, dtype=names(self.labels)),
            "role": pd.Categorical([run.role for run in runs], dtype=names(("fixed", "method"))),
            "n": found.n.astype(np.int64),
            "validation": found.mean,
            "error": found.error,
            "within": found.mean >= (found.mean[first] - error if first >= 0 else np.inf),
            "chosen": places == first,
            "simplest": places == near,
            "share": np.array([counted[place] for place in range(len(places))]) / max(1, sum(counted.values())),
            "choices": np.full(len(places), sum(counted.values()), dtype=np.int64),
        }
        table |= {f"weight_{task.name}": points[:, place] for place, task in enumerate(layout.tasks)}
        table |= {"strategy": pd.Categorical([run.strategy for run in runs])}
        return pd.DataFrame(table).loc[lambda rows: rows["n"] > 0].reset_index(drop=True)

    @cached_property
    def choice(self) -> pd.DataFrame:
        """What the choice is worth: what it promised on validation, what it is on examples that it was not made on, and what
        equal weights are there.

        Returns:
            ``rule, label, split, task, metric, n, validation, test, equal, difference, low, high, verdict``: for each of
            ``RULES`` a row for all tasks, without a ``task``, then one a task. ``split`` is where ``test`` and
            ``equal`` were read: the test split, or the outer folds of nested choices. All tasks are their mean where they have
            one metric, else their ``merit``. Positive differences are better.
        """
        found, rows = self.validation, []
        for rule, place in ((BEST, best(found.mean)), (SIMPLEST, simplest(found.mean, found.error, self.distance))):
            if place < 0:
                continue
            runs, equal = self._run[place], self._equal(place)
            values = (self._scores.validation, self._scores.test)
            told = [side[each] for side, each in ((values[0], runs), (values[1], runs), (values[1], equal))]
            told[2][equal < 0] = np.nan
            parts = self._scores.parts
            apart = np.where((equal >= 0)[:, None, None, None], parts[runs] - parts[equal], np.nan)
            three = [self._headlines(each) for each in told]
            rows += self._rows(rule, self.labels[place], "test", three, self._of_parts(apart))
        if self._layout.inner and self._nested:
            rows += self._judged_outside()
        numbers = ("validation", "test", "equal", "difference", "low", "high")
        kinds: dict[str, Any] = {"rule": names(RULES), "label": np.object_, "split": names(("test", "outer folds"))}
        kinds |= {"task": names(task.name for task in self._layout.tasks), "metric": np.object_, "n": np.int64}
        kinds |= dict.fromkeys(numbers, np.float64) | {"verdict": names(VERDICTS)}
        return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)

    def _rows(self, rule: str, label: str, split: str, three: Sequence[Array], parts: Array | None) -> list[tuple[Any, ...]]:
        """A row for all tasks, without a task, and one a task, of the ``(U, T)`` headline metrics of the chosen on validation,
        of the chosen and of equal weights where they are judged, and the differences' ``(U, T, K)`` jackknife parts."""
        validation, test, equal = three
        tasks, sign = self._layout.tasks, signs(self._layout)[np.arange(len(self._layout.tasks)), headlines(self._layout)]
        alike, scale = self._alike, merit_scale(self._layout, self._scores)
        whole = [each.mean(axis=1) if alike else (each * sign / scale).mean(axis=1) for each in (validation, test, equal)]
        difference = (test - equal) * sign  # (U, T)
        weight = np.ones(len(tasks)) if alike else 1 / scale
        every = np.concatenate([(difference * weight).mean(axis=1)[:, None], difference], axis=1)
        left = None
        if parts is not None and parts.shape[-1] > 1:
            signed = parts * sign[:, None]
            left = np.concatenate([(signed * weight[:, None]).mean(axis=1)[:, None], signed], axis=1)
        found = interval(every, left, self._confidence, self._layout.shared)
        if not np.any(difference):  # equal weights are what was chosen: nothing is compared
            found = replace(found, low=np.full_like(found.low, np.nan), high=np.full_like(found.low, np.nan))
        words, rows = verdict(found.low, found.high), []
        for place, task in enumerate((None, *tasks)):
            metric = task.headline if task else tasks[0].headline if alike else MERIT
            own = [
                each if task is None else side[:, place - 1]
                for each, side in zip(whole, (validation, test, equal), strict=True)
            ]
            means = [float(np.nanmean(each)) if np.isfinite(each).any() else np.nan for each in own]
            ends = (found.mean[place], found.low[place], found.high[place], VERDICTS[words[place]])
            rows.append((rule, label, split, task.name if task else None, metric, found.n[place], *means, *ends))
        return rows

    @property
    def _alike(self) -> bool:
        return len({task.headline for task in self._layout.tasks}) == 1

    def _headlines(self, values: Array) -> Array:
        return np.asarray(values[:, np.arange(len(self._layout.tasks)), headlines(self._layout)])

    def _of_parts(self, parts: Array) -> Array | None:
        return self._headlines(parts) if parts.shape[-1] else None

    def _equal(self, place: int) -> Array:
        """``(U,)`` the runs with equal weights that a candidate is held against: of its strategy and rate where there are some,
        of hard sharing otherwise; -1 where there are none."""
        chosen, centre = self._first[self.labels[place]], equal_weights(len(self._layout.tasks))

        def likeness(run: Run) -> tuple[bool, bool, bool]:
            return run.strategy == chosen.strategy, run.learning_rate == chosen.learning_rate, run.strategy == "hard"

        known = [self._first[label] for label in self.labels if self._first[label].weights == centre]
        if not known:
            return np.full(len(self._units), -1)
        return np.asarray(self._run[self.labels.index(max(known, key=likeness).label)])

    @cached_property
    def _nested(self) -> list[tuple[int, Inner]]:
        """For each outer fold what is chosen on its inner folds, and what it was chosen by. Looks at no test value, and at
        nothing that was measured on the outer fold."""
        folds = sorted({run.fold for run in self._layout.runs if run.fold is not None})
        inner = [Inner.of(self._layout, self._records, self._moment, fold, self.labels) for fold in folds]
        return [(best(each.means), each) for each in inner]

    def _judged_outside(self) -> list[tuple[Any, ...]]:
        """The rows of the nested rule. A run on the outer fold is read at the step that was best for the inner ones: its own
        best step would be chosen on what it is judged on."""
        told, labels = [], []
        for place, inner in self._nested:
            units = [number for number, (_seed, fold) in enumerate(self._units) if fold == inner.fold]
            if place < 0 or not units:
                continue
            equal = self._equal(place)[units]
            labels.append(self.labels[place])
            fixed = self.labels.index(self._layout.runs[equal[0]].label) if equal[0] >= 0 else -1
            on = [
                np.full((len(units), len(self._layout.tasks)), np.nan)
                if each < 0
                else self._at(self._run[each][units], inner.step[each])
                for each in (place, fixed)
            ]
            told.append((np.broadcast_to(inner.headlines[place], on[0].shape), *on))
        if not told:
            return []
        three = [np.concatenate(each) for each in zip(*told, strict=True)]
        return self._rows(NESTED, ", ".join(dict.fromkeys(labels)), "outer folds", three, None)

    def _at(self, runs: Array, step: float) -> Array:
        """``(U, T)`` the headline metrics of these runs on their folds at the evaluation nearest to a step."""
        steps = self._evaluations[0]
        if np.isnan(step):  # a run of its inner folds came to nothing
            return np.full((len(runs), len(self._layout.tasks)), np.nan)
        nearest = int(np.argmin(np.abs(steps - step)))
        values = np.where(self._scores.diverged[:, None], np.nan, self._evaluations[1][nearest])
        return np.asarray(values[runs])

    @cached_property
    def _evaluations(self) -> tuple[Array, Array]:
        """The steps ``(E,)`` of evaluations, and ``(E, R, T)`` the validation headline metrics there."""
        width, told = max(len(task.metrics) for task in self._layout.tasks), dict[int, Array]()
        for record, run, _ in of_kind(self._records, "evaluation"):
            if "validation" in record.arrays:
                at = told.setdefault(record.step, np.full((len(self._layout.runs), len(self._layout.tasks)), np.nan))
                at[run] = self._headlines(metrics_of(record, "validation", width))
        steps = sorted(told)
        return np.array(steps), np.stack([told[step] for step in steps])


def _whole(values: Array, runs: Array) -> Array:
    """``(C, U)`` the values, NaN throughout for candidates of which a run has none."""
    return np.asarray(np.where(np.isfinite(values).all(axis=1, keepdims=True) & (runs >= 0), values, np.nan))
