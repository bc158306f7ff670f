"""What was set by hand while a study trained, and what its runs have since. No Streamlit."""

from collections.abc import Sequence
from math import isnan

from dashboard.words import _, ngettext
from mtl_core.diagnostics import Result
from mtl_core.spec.plan import point_label

NAMED = 4
"""The most weights that a mark on a curve says."""

EVEN = 1e-6
"""Weights no farther apart than this are equal ones."""


def rate_now(result: Result) -> float:
    """The learning rate that was set last, or the study's own."""
    told = result.changes["learning_rate"].dropna()
    return float(told.iloc[-1]) if len(told) else float(result.study.learning_rate)


def weights_now(result: Result, label: str) -> tuple[float, ...] | None:
    """The fixed weights of a label's runs as they are now; None where a method or a baseline decides."""
    run = next(run for run in result.layout.runs if run.label == label)
    if run.weights is None or run.role == "baseline":
        return None
    told = result.of(label).changes[_columns(result, "weight")].dropna(how="all")
    return tuple(told.iloc[-1]) if len(told) else run.weights


def steerable(result: Result) -> list[str]:
    """The labels whose weights can be set."""
    return list(dict.fromkeys(run.label for run in result.layout.runs if run.weights is not None and run.role != "baseline"))


def changes_of(result: Result, label: str) -> list[tuple[int, str]]:
    """What was set by hand in a label's runs: the step, and what in words; nothing twice."""
    table = result.of(label).changes
    points, along = (table[_columns(result, what)].to_numpy() for what in ("weight", "along"))
    marks: dict[tuple[int, str], None] = {}
    for place, step in enumerate(table["step"].tolist()):
        rate, updates = table["learning_rate"].iloc[place], table["updates"].iloc[place]
        if not isnan(rate):
            words = _("learning rate {rate:g}").format(rate=rate)
        elif not isnan(updates):
            words = ngettext("{count} step along {what}", "{count} steps along {what}", int(updates))
            words = words.format(count=int(updates), what=along_words(result, along[place].tolist()))
        elif len(points[place]) <= NAMED:
            words = _("weights {point}").format(point=point_label(tuple(points[place].tolist())))
        else:
            words = _("other weights")
        marks[step, words] = None
    return list(marks)


def along_words(result: Result, weights: Sequence[float]) -> str:
    """The direction in which steps go, in words: one task's gradient, the mean, or weights."""
    tasks = [task.name for task in result.layout.tasks]
    chosen = [task for task, weight in zip(tasks, weights, strict=True) if weight]
    if len(chosen) == 1:
        return chosen[0]
    if len(chosen) == len(tasks) and max(weights) - min(weights) < EVEN:
        return _("the mean")
    return point_label(tuple(weights)) if len(tasks) <= NAMED else _("other weights")


def _columns(result: Result, what: str) -> list[str]:
    return [f"{what}_{task.name}" for task in result.layout.tasks]
