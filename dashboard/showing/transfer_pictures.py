"""The Transfer page's picture, from a study's tables and what the visitor chose. No Streamlit."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.curves import metric_name
from dashboard.figures.transfer import transfer
from dashboard.showing.comparison import grouped, task_names
from dashboard.showing.reference_words import reference_words
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sides import Rates
from mtl_core.records import Moment

MOST_ROWS = 48
"""The most rows of labels and tasks; of fewer labels than there are the best are drawn."""


def draw_transfer(
    result: Result,
    *,
    against: str,
    moment: Moment,
    rates: Rates,
    labels: list[str],
    tasks: list[str],
    seed: int | None,
    by: str | None,
) -> go.Figure:
    """Each task's gain under each label, beside a reference."""
    comparison = result.compared(against, moment, rates)
    rows, seeds = headline_rows(result.layout, comparison.transfer), headline_rows(result.layout, comparison.pairs)
    return transfer(
        rows,
        seeds if seed is None else seeds[seeds["seed"] == seed],
        task_names(result),
        labels,
        tasks,
        metric_words(result, tasks),
        groups=grouped(result, labels, by) if by else {},
        against=reference_words(against),
        confidence=comparison.confidence,
    )


def fitting(labels: Sequence[str], ranks: Sequence[str], tasks: int) -> list[str]:
    """The labels whose rows make a picture of bearable length, at least one: the first of ``ranks``, in their usual order."""
    kept = set([*ranks, *labels][: max(1, MOST_ROWS // max(1, tasks))])
    return [label for label in labels if label in kept]


def metric_words(result: Result, tasks: Sequence[str]) -> str:
    """The headline metrics of some tasks, in words."""
    return " / ".join(dict.fromkeys(metric_name(task.headline) for task in result.layout.tasks if task.name in tasks))


def by_metric(result: Result, tasks: Sequence[str]) -> list[list[str]]:
    """The tasks in groups that have one headline metric, so that they can share an axis."""
    groups: dict[str, list[str]] = {}
    for task in result.layout.tasks:
        if task.name in tasks:
            groups.setdefault(task.headline, []).append(task.name)
    return list(groups.values())
