"""Which tasks should share a network: the exact answer, and what cheaper ways to find one would have cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.grouping import Choice, best_grouping, choice_of, partitions
from mtl_core.diagnostics.intervals import CONFIDENCE, VERDICTS, Interval, interval, verdict
from mtl_core.diagnostics.subsets import Gains
from mtl_core.diagnostics.verdicts import holm
from mtl_core.errors import SpecError

EXACT, ONE, ALONE, RANDOM, WORST = "exact", "one network", "alone", "random", "worst random"
"""Ways to choose that need no prediction: the best of all that was trained, everything in one network, every task alone, and
divisions drawn by lot, on average and at worst."""

PAIRS = "pairs"
"""The prediction from the trained pairs: Standley's higher order approximation."""

COLUMNS = ("rule", "budget", "cost", "groups", "n", "value", "low", "high", "regret", "regret_low", "regret_high")

MOST_DIVISIONS = 2000
"""Of more divisions of the tasks than this as many are drawn."""


@dataclass(frozen=True)
class Grouping:
    """Networks that were chosen on validation, valued on test.

    Args:
        rule: how they were chosen.
        choice: the sets, and which answers each task.
        cost: theirs together.
        gain: ``(S, T)`` each task's gain on test.
    """

    rule: str
    choice: Choice
    cost: float
    gain: Array

    @property
    def values(self) -> Array:
        """``(S,)``: the mean gain over tasks."""
        return np.asarray(self.gain.mean(axis=1))


class Together:
    """What ``Result.together`` answers. Everything is chosen on validation and valued on test, over the same seeds.

    Args:
        found: the gains of every trained set.
        cost: ``(N,)`` what each costs; see ``subsets.costs``.
        predictions: ``(N, T)`` gains as something cheaper predicts them, by name; NaN outside a set.
        confidence: of the intervals.
        counted: whether costs count networks, so that budgets are whole numbers.
        affinities: the tables behind predictions that rest on one, by the same name; see ``predictors``.
    """

    def __init__(
        self,
        found: Gains,
        cost: Array,
        predictions: Mapping[str, Array] | None = None,
        confidence: float = CONFIDENCE,
        *,
        counted: bool = True,
        affinities: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        self.found, self.cost, self.confidence, self.counted = found, cost, confidence, counted
        self.predictions, self.affinities = dict(predictions or {}), dict(affinities or {})
        self._kept: dict[tuple[float, str, bool], Grouping] = {}
        self._tables: dict[tuple[float, bool], pd.DataFrame] = {}
        self._place = {members: place for place, members in enumerate(found.sets)}

    @property
    def budgets(self) -> tuple[float, ...]:
        """The budgets at which choices are compared: as many networks as that, or multiples of a network for one task."""
        tasks = len(self.found.tasks)
        return tuple(map(float, range(1, tasks + 1))) if self.counted else tuple(np.arange(1, tasks + 0.25, 0.5).tolist())

    def grouping(self, budget: float, rule: str = EXACT, *, partition: bool = False) -> Grouping:
        """The best networks within a budget by a rule: ``exact`` or the name of a prediction.

        Raises:
            SpecError: nothing that was trained fits.
        """
        key = (budget, rule, partition)
        if key not in self._kept:
            table = self._candidates(self.found.mean() if rule == EXACT else self.predictions[rule])
            limits: dict[str, Any] = {"networks": int(budget)} if self.counted else {"budget": budget}
            self._kept[key] = self._of(rule, best_grouping(table, self.cost, **limits, partition=partition))
        return self._kept[key]

    def own(self, groups: Sequence[Sequence[int]], rule: str = "yours") -> Grouping:
        """The networks that somebody put together: sets of places of tasks.

        Raises:
            SpecError: a set was not trained, or a task is in none.
        """
        wanted = [tuple(sorted(set(group))) for group in groups if group]
        if missing := [group for group in wanted if group not in self._place]:
            names = ", ".join(self.found.tasks[task] for task in missing[0])
            raise SpecError(f"every group must be a set that was trained, found {{{names}}}; train all subsets.")
        return self._of(rule, choice_of([self._place[group] for group in wanted], self.found.mean()))

    def one(self) -> Grouping | None:
        """Everything in one network; None where that was not trained."""
        place = self._place.get(tuple(range(len(self.found.tasks))))
        return None if place is None else self._of(ONE, choice_of([place], self.found.mean()))

    def alone(self) -> Grouping:
        """A network for each task."""
        tasks = range(len(self.found.tasks))
        return self._of(ALONE, Choice(tuple(tasks), tuple(tasks)))

    def interval(self, grouping: Grouping) -> Interval:
        """The mean gain over tasks, with its interval over seeds."""
        return interval(grouping.values, confidence=self.confidence, shared=self.found.shared)

    def regret(self, grouping: Grouping, budget: float, *, partition: bool = False) -> Interval:
        """What is lost against the exact choice within the same budget, paired by seed."""
        return interval(
            self.grouping(budget, partition=partition).values - grouping.values,
            confidence=self.confidence,
            shared=self.found.shared,
        )

    def groupings(self, *, partition: bool = False) -> pd.DataFrame:
        """All rules within all budgets.

        Returns:
            ``rule, budget, cost, groups, n, value, low, high, regret, regret_low, regret_high``: the mean gain over tasks on
            test in points, and what is lost against ``exact`` within the same budget; a rule that finds nothing within a
            budget has no row. ``random`` is the mean over divisions of the tasks, ``worst random`` the worst of them on
            validation.
        """
        found = [self.rules(budget, partition=partition) for budget in self.budgets]
        kept = [table for table in found if len(table)] or found[:1]
        return pd.concat(kept, ignore_index=True)

    def rules(self, budget: float, *, partition: bool = False) -> pd.DataFrame:
        """All rules within one budget; see ``groupings``."""
        key = (budget, partition)
        if key not in self._tables:
            exact, rows = self._within(budget, EXACT, partition), []
            if exact is not None:
                chosen = [exact, *(self._within(budget, rule, partition) for rule in self.predictions)]
                chosen += [each for each in (self.one(), self.alone()) if each is not None and each.cost <= budget + 1e-9]
                rows = [self._row(each, budget, exact) for each in chosen if each is not None]
                rows += self._drawn(budget, exact)
            self._tables[key] = pd.DataFrame(rows, columns=list(COLUMNS))
        return self._tables[key]

    def answers(self, grouping: Grouping) -> pd.DataFrame:
        """One row a task of a grouping: ``task, network, label, validation, n, gain, low, high, verdict, verdict_holm``; a task
        that has a network of its own has gain 0 by definition and no part in Holm's correction."""
        each = interval(grouping.gain, confidence=self.confidence, shared=self.found.shared)
        reads = list(grouping.choice.reads)
        learned = np.array([len(self.found.sets[place]) > 1 for place in reads])
        words = verdict(each.low, each.high)
        clear = holm(np.where(learned, each.p, np.nan)) < 1 - self.confidence
        return pd.DataFrame(
            {
                "task": list(self.found.tasks),
                "network": [self.found.names(place) for place in reads],
                "label": [self.found.labels[place] for place in reads],
                "validation": [self.found.mean()[place, task] for task, place in enumerate(reads)],
                "n": each.n,
                "gain": each.mean,
                "low": each.low,
                "high": each.high,
                "verdict": [VERDICTS[place] for place in words],
                "verdict_holm": [VERDICTS[place] for place in np.where(clear, words, 2)],
            }
        )

    def told(self, grouping: Grouping) -> str:
        """The networks of a grouping by name: ``{angle} {x, y}``."""
        return " ".join(self.found.names(place) for place in grouping.choice.sets)

    def _of(self, rule: str, choice: Choice) -> Grouping:
        gain = np.stack([self.found.test[place, :, task] for task, place in enumerate(choice.reads)], axis=1)
        return Grouping(rule, choice, float(self.cost[list(choice.sets)].sum()), gain)

    def _within(self, budget: float, rule: str, partition: bool) -> Grouping | None:
        try:
            return self.grouping(budget, rule, partition=partition)
        except SpecError:
            return None

    def _candidates(self, predicted: Array) -> Array:
        """Predictions for those sets alone that can be valued; a task alone gains nothing, whatever is predicted."""
        table = np.where(np.isfinite(self.found.mean()), predicted, np.nan)
        tasks = len(self.found.tasks)
        table[:tasks] = np.where(np.eye(tasks) > 0, 0.0, np.nan)
        partly = self.found.members & ~np.isfinite(table)
        table[partly.any(axis=1)] = np.nan
        return table

    def _row(self, grouping: Grouping, budget: float, exact: Grouping) -> dict[str, Any]:
        return self._told(grouping.rule, budget, grouping.cost, self.told(grouping), grouping.values, exact)

    def _told(self, rule: str, budget: float, cost: float, groups: str, values: Array, exact: Grouping) -> dict[str, Any]:
        both = interval(np.stack([values, exact.values - values], axis=1), confidence=self.confidence, shared=self.found.shared)
        (value, low, high), (regret, regret_low, regret_high) = np.stack([both.mean, both.low, both.high], axis=1).tolist()
        head = {"rule": rule, "budget": budget, "cost": cost, "groups": groups, "n": int(both.n[0])}
        gain = {"value": value, "low": low, "high": high}
        return head | gain | {"regret": regret, "regret_low": regret_low, "regret_high": regret_high}

    def _drawn(self, budget: float, exact: Grouping) -> list[dict[str, Any]]:
        """Divisions of the tasks whose groups were all trained and that fit, on average and at worst."""
        cost, validation, test = self._divisions
        fits = np.abs(cost - budget) < 1e-9 if self.counted else cost <= budget + 1e-9
        if not fits.any():
            return []
        worst = np.flatnonzero(fits)[np.argmin(validation[fits])]
        mean = self._told(RANDOM, budget, float(cost[fits].mean()), "", test[fits].mean(axis=0), exact)
        groups = " ".join(self.found.names(place) for place in self._groups[worst])
        return [mean, self._told(WORST, budget, float(cost[worst]), groups, test[worst], exact)]

    @cached_property
    def _groups(self) -> list[tuple[int, ...]]:
        """Divisions of the tasks into sets that can be valued."""
        tasks = len(self.found.tasks)
        known = ~np.any(self.found.members & ~np.isfinite(self.found.mean()), axis=1)
        listed = [
            tuple(self._place.get(group, -1) for group in division)
            for groups in range(1, tasks + 1)
            for division in partitions(tasks, groups)
        ]
        found = [groups for groups in listed if all(place >= 0 and known[place] for place in groups)]
        if len(found) > MOST_DIVISIONS:
            kept = np.random.default_rng(0).choice(len(found), MOST_DIVISIONS, replace=False)
            found = [found[place] for place in sorted(kept.tolist())]
        return found

    @cached_property
    def _divisions(self) -> tuple[Array, Array, Array]:
        """Of each: its cost ``(D,)``, mean gain on validation ``(D,)`` and by seed on test ``(D, S)``."""
        tasks = len(self.found.tasks)
        inside = self.found.members[:, None, :]
        sums = {
            split: np.where(inside, getattr(self.found, split), 0).sum(axis=2) for split in ("validation", "test")
        }  # (N, S): a set's gain summed over its members
        kept = [list(groups) for groups in self._groups]
        cost = np.array([self.cost[groups].sum() for groups in kept])
        validation = np.array([sums["validation"][groups].sum(axis=0).mean() / tasks for groups in kept])
        test = np.array([sums["test"][groups].sum(axis=0) / tasks for groups in kept]).reshape(len(kept), -1)
        return cost, validation, test


def higher_order(found: Gains, affinity: Array) -> Array:
    """``g^(t; S) = mean_{j in S, j != t} a(j, t)``: ``(N, T)`` from an affinity ``(T, T)``, rows help columns.

    NaN outside a set and for sets of one task, which no affinity speaks of. With the gains of trained pairs this is Standley's
    higher order approximation; with others their papers' group score.
    """
    members = found.members.astype(float)  # (N, T)
    apart = np.where(np.eye(len(found.tasks)) > 0, 0.0, affinity)
    others = members @ np.nan_to_num(apart, nan=0.0)  # (N, T): the sum over all members, to each task
    unknown = members @ np.isnan(apart).astype(float) > 0
    count = members.sum(axis=1, keepdims=True) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(found.members & (count > 0) & ~unknown, others / count, np.nan))


def pair_gains(found: Gains, split: str = "validation") -> Array:
    """``(T, T)``: what the row's task gives the column's when the two learn together; NaN where they were not trained."""
    table = np.full((len(found.tasks),) * 2, np.nan)
    for place, members in enumerate(found.sets):
        if len(members) == 2:
            first, second = members
            mean = found.mean(split)[place]
            table[first, second], table[second, first] = mean[second], mean[first]
    return table
