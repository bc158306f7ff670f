"""The Together page's pictures, from a study's tables and what the visitor chose. No Streamlit."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.affinity import affinity
from dashboard.figures.budget import budget_curve
from dashboard.figures.frame import signed
from dashboard.figures.lattice import Node, lattice
from dashboard.figures.predicted import predicted_gains
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.intervals import interval
from mtl_core.diagnostics.predictors import PREDICTORS, square
from mtl_core.diagnostics.together import EXACT, Together
from mtl_core.diagnostics.together_told import rule_told
from mtl_core.diagnostics.together_words import MEASURES, RULES
from mtl_core.errors import SpecError

MOST_TASKS = 6
"""With more tasks than this not all sets are drawn."""

MOST_SETS = 30
"""The most sets that are drawn then, beside the tasks alone and what was chosen: the best on validation."""


def draw_lattice(result: Result, *, measure: str, strategy: str | None, budget: float, partition: bool) -> go.Figure:
    """All sets of tasks by size, what each gains on test, and which were chosen."""
    asked = result.together(measure, strategy)
    found, confidence = asked.found, asked.confidence
    chosen = chosen_sets(asked, budget, partition=partition)
    by_seed = found.test.transpose(1, 0, 2)  # (S, N, T)
    each = interval(by_seed, confidence=confidence, shared=found.shared)
    size = found.members.sum(axis=1)
    lost = (found.members & ~np.isfinite(by_seed)).any(axis=2)
    by_set = np.where(lost, np.nan, np.nansum(by_seed, axis=2) / size)
    mean = interval(by_set, confidence=confidence, shared=found.shared)
    whole = np.isfinite(found.mean("test")) | ~found.members
    nodes = []
    for place in drawn_sets(asked, chosen):
        members, judged = found.sets[place], bool(whole[place].all())
        own = np.stack([table[place, list(members)] for table in (each.mean, each.low, each.high)], axis=1)
        value = [float(table[place]) if judged else np.nan for table in (mean.mean, mean.low, mean.high)]
        nodes.append(Node(members, (value[0], value[1], value[2]), own, place in chosen))
    known = [int(place) for place in np.flatnonzero(size > 1) if whole[place].all()]
    alt = _("Sets of tasks by size, coloured by their mean gain.")
    if known:
        best, worst = max(known, key=lambda place: mean.mean[place]), min(known, key=lambda place: mean.mean[place])
        words = _("Most gains {best} ({most} points), least {worst} ({least}).")
        ends = {"most": signed(float(mean.mean[best]), 1), "least": signed(float(mean.mean[worst]), 1)}
        alt = " ".join([alt, words.format(best=found.names(best), worst=found.names(worst), **ends)])
    if chosen:
        names = " ".join(found.names(place) for place in chosen)
        alt = " ".join([alt, _("Chosen: {groups}.").format(groups=names)])
    return lattice(nodes, found.tasks, alt)


def chosen_sets(asked: Together, budget: float, *, partition: bool) -> tuple[int, ...]:
    """The places of the exactly chosen sets; none where nothing fits."""
    try:
        return asked.grouping(budget, partition=partition).choice.sets
    except SpecError:
        return ()


def drawn_sets(asked: Together, chosen: Sequence[int]) -> list[int]:
    """Which sets are drawn: all of few tasks, of more the best on validation."""
    found = asked.found
    if len(found.tasks) <= MOST_TASKS:
        return list(range(len(found.sets)))
    size = found.members.sum(axis=1)
    mean = np.where(found.members, found.mean(), 0.0).sum(axis=1) / size
    order = np.argsort(np.where(size > 1, -np.nan_to_num(mean, nan=-np.inf), np.inf), kind="stable")
    best = [int(place) for place in order[: min(MOST_SETS, int((size > 1).sum()))]]
    return sorted({*range(len(found.tasks)), *best, *chosen})


def draw_affinity(result: Result, *, strategy: str | None, kind: str) -> go.Figure:
    """Which task helps which, as one kind of affinity has it."""
    asked = result.together("networks", strategy)
    tasks, points = asked.found.tasks, PREDICTORS[kind].points
    table = asked.affinities[kind]
    value, low, high, seeds = (square(tasks, table, column) for column in ("value", "low", "high", "seeds"))
    # What hangs on no seed, such as labels, is known for sure.
    low, high = (np.where(seeds == 0, value, ends) for ends in (low, high))
    alt = _("Rows help columns, by {kind}.").format(kind=_(PREDICTORS[kind].title))
    if len(known := np.flatnonzero(np.isfinite(value.ravel()))):
        order = known[np.argsort(value.ravel()[known])]
        words = _("Most: {best}; least: {worst}.")
        pairs = []
        for place in (order[-1], order[0]):
            row, column = divmod(int(place), len(tasks))
            pairs.append(f"{tasks[row]} → {tasks[column]} {signed(float(value[row, column]), 1 if points else 2)}")
        alt = " ".join([alt, words.format(best=pairs[0], worst=pairs[1])])
    unit = _("points") if points else ""
    return affinity(value, low, high, tasks, alt, unit=unit, digits=1 if points else 2)


def draw_budget(
    result: Result, *, measure: str, strategy: str | None, budget: float, partition: bool, kind: str | None
) -> go.Figure:
    """What every way to choose gains within each budget."""
    asked = result.together(measure, strategy)
    table = asked.groupings(partition=partition)
    titles = rule_titles(asked)
    best = table[table["rule"] == EXACT]
    told = "; ".join(f"{row['budget']:g}: {signed(row['value'], 1)}" for row in best.to_dict("records"))
    alt = _("Mean gain in points of the exact choice by budget: {values}.").format(values=told)
    return budget_curve(table, titles, kind or "", budget, counted_words(measure), alt, asked.confidence)


def rule_titles(asked: Together) -> Mapping[str, str]:
    """Every way to choose in words, in the order in which they are named."""
    exact, *others = RULES
    return {rule: _(rule_told(rule)) for rule in (exact, *asked.predictions, *others)}


def counted_words(measure: str) -> str:
    """What a budget counts, as the title of an axis."""
    if measure == "networks":
        return _("networks")
    return _("{measure}, multiples of a network for one task").format(measure=_(MEASURES[measure]))


def draw_predicted(result: Result, *, strategy: str | None, kind: str) -> go.Figure:
    """Gains as one kind of affinity predicts them, against what came."""
    asked = result.together("networks", strategy)
    found, title = asked.found, _(PREDICTORS[kind].title)
    alt = _("Predicted by {kind} against real gains on test.").format(kind=title)
    axis = _("predicted by {kind} →").format(kind=title)
    points = PREDICTORS[kind].points
    return predicted_gains(asked.predictions[kind], found.mean("test"), found.sets, found.tasks, axis, alt, same=points)
