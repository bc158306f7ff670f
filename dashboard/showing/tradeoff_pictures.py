"""The Trade-off page's pictures, from a study's tables and what the visitor chose. No Streamlit."""

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.curves import metric_name
from dashboard.figures.ends import styles_of
from dashboard.figures.palette import NEUTRAL, TaskStyle, task_styles
from dashboard.figures.preferences import preference_line, preference_triangle
from dashboard.figures.simplex import matrix, triangle
from dashboard.figures.tradeoff import plane
from dashboard.showing.comparison import places, places_of, task_names
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.attainment import attainment
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.tradeoff import task_columns
from mtl_core.spec.kinds import METRICS

TRIANGLE_HEIGHT = 520
"""Pixels of the triangle."""

MEAN = "mean transfer"
"""What colours the triangle where no task does."""

BARS, BAND = "bars", "band"
"""How the spread over seeds is drawn: as intervals of means, or as what shares of the seeds attain."""


def draw_plane(
    result: Result,
    *,
    pair: tuple[str, str],
    labels: list[str] | None,
    seed: int | None,
    corners: bool,
    height: int,
    note: str = "",
    legend: bool = True,
    spread: str = BARS,
) -> go.Figure:
    """Two tasks, one against the other; without the methods in the legend where they are named beside it."""
    points = result.tradeoff if seed is None else result.tradeoff[result.tradeoff["seed"] == seed]
    tasks = task_names(result)
    return plane(
        result.tradeoff_means,
        points,
        tasks,
        (pair[0], pair[1]),
        columns=dict(zip(tasks, task_columns(result.layout), strict=True)),
        metrics={task.name: metric_name(task.headline) for task in result.layout.tasks},
        lower=[task.name for task in result.layout.tasks if METRICS[task.headline].lower_is_better],
        labels=labels,
        styles=styles_of(result.runs),
        corners=corners,
        note=note,
        legend=legend,
        bands=_bands(result, points, pair, labels) if spread == BAND else None,
        height=height,
    )


def _bands(result: Result, points: pd.DataFrame, pair: tuple[str, str], labels: list[str] | None) -> pd.DataFrame:
    """What shares of the seeds attain in two tasks, by sharing strategy; the tasks alone are no answer to both."""
    own = points[points["role"] != "baseline"]
    own = own if labels is None else own[own["label"].isin(labels)]
    columns = dict(zip(task_names(result), task_columns(result.layout), strict=True))
    less = {task.name: METRICS[task.headline].lower_is_better for task in result.layout.tasks}
    own = own.assign(x=own[columns[pair[0]]], y=own[columns[pair[1]]])
    return attainment(own, (-1.0 if less[pair[0]] else 1.0, -1.0 if less[pair[1]] else 1.0))


def draw_preferences(result: Result, *, tasks: list[str]) -> go.Figure:
    """Who is best for whom, among two or three of the tasks."""
    winners, styles = result.pareto.winners_of(tasks), way_styles(result)
    if len(tasks) == 2:
        return preference_line(result.pareto.by_way(tasks), winners, tasks, styles)
    return preference_triangle(winners, tasks, styles)


def way_styles(result: Result) -> dict[str, TaskStyle]:
    """How each way to train is drawn: a method in its own look, fixed weights as a quiet circle; of several sharing strategies
    each has its colour, as on the plane."""
    shared = list(dict.fromkeys(run.strategy for run in result.layout.runs if run.role != "baseline"))
    colors, methods = task_styles(shared), styles_of(result.runs)
    found = {}
    for way, strategy in result.regret[["way", "strategy"]].astype(str).drop_duplicates().itertuples(index=False):
        style = methods.get(way) or TaskStyle(NEUTRAL, "solid", "circle")
        found[way] = style if len(shared) < 2 else replace(style, color=colors[strategy].color)
    return found


def draw_triangle(
    result: Result, *, color: str, strategy: str | None, note: str = "", height: int = TRIANGLE_HEIGHT
) -> go.Figure:
    """Every weighting of three tasks, coloured by the mean gain or by one task."""
    tasks = task_names(result)
    styles = styles_of(result.runs)
    located = places(result) if strategy is None else places_of(result, strategy)
    means = result.tradeoff_means
    front = set(means.loc[means["on_front"], "label"].astype(str))
    if color == MEAN:
        # Where a task alone is no better than chance there is no Δm: then the index of the others colours the triangle.
        absent = result.summary["delta_m"].isna().all()
        gains = result.summary["index" if absent else "delta_m"].astype(float)
        values = dict(zip(result.summary["label"].astype(str), gains, strict=True))
        title = _("index in %") if absent else _("Δm in %")
        return triangle(located, tasks, values, title, diverging=True, front=front, styles=styles, note=note, height=height)
    means = means[means["task"] == color]
    values = dict(zip(means["label"].astype(str), means["mean"].astype(float), strict=True))
    headline = next(task.headline for task in result.layout.tasks if task.name == color)
    title, lower = f"{color} · {metric_name(headline)}", METRICS[headline].lower_is_better
    return triangle(located, tasks, values, title, lower=lower, front=front, styles=styles, note=note, height=height)


def draw_matrix(result: Result, *, tasks: list[str], labels: list[str]) -> go.Figure:
    """Who gains and who pays, of many tasks."""
    return matrix(headline_rows(result.layout, result.transfer), tasks, labels)
