"""What was set by hand while a study trained, and what its runs have since. No Streamlit."""

from math import isnan

from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.spec.plan import point_label

NAMED = 4
"""The most weights that a mark on a curve says."""


def rate_now(result: Result) -> float:
    """The learning rate that was set last, or the study's own."""
    told = result.changes["learning_rate"].dropna()
    return float(told.iloc[-1]) if len(told) else float(result.study.learning_rate)


def weights_now(result: Result, label: str) -> tuple[float, ...] | None:
    """The fixed weights of a label's runs as they are now; None where a method or a baseline decides."""
    run = next(run for run in result.layout.runs if run.label == label)
    if run.weights is None or run.role == "baseline":
        return None
    told = result.of(label).changes.filter(like="weight_").dropna(how="all")
    return tuple(told.iloc[-1]) if len(told) else run.weights


def steerable(result: Result) -> list[str]:
    """The labels whose weights can be set."""
    return list(dict.fromkeys(run.label for run in result.layout.runs if run.weights is not None and run.role != "baseline"))


def changes_of(result: Result, label: str) -> list[tuple[int, str]]:
    """What was set by hand in a label's runs: the step, and what in words; nothing twice."""
    table = result.of(label).changes
    points = table.filter(like="weight_").to_numpy()
    marks: dict[tuple[int, str], None] = {}
    for step, rate, point in zip(table["step"].tolist(), table["learning_rate"].tolist(), points.tolist(), strict=True):
        if not isnan(rate):
            words = _("learning rate {rate:g}").format(rate=rate)
        elif len(point) <= NAMED:
            words = _("weights {point}").format(point=point_label(tuple(point)))
        else:
            words = _("other weights")
        marks[step, words] = None
    return list(marks)
