"""The trade-off on Play: on the validation split while the study trains, on the test split at its end. No Streamlit."""

import plotly.graph_objects as go

from dashboard.figures.curves import metric_name
from dashboard.figures.ends import styles_of
from dashboard.figures.frame import empty
from dashboard.figures.simplex import triangle
from dashboard.figures.tradeoff import plane
from dashboard.showing.comparison import places, places_of, strategy_names, task_names
from dashboard.showing.reference_words import moment_words
from dashboard.showing.tradeoff_pictures import MEAN, draw_plane, draw_triangle
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.tradeoff import task_columns
from mtl_core.spec.kinds import METRICS


def draw_training(result: Result, *, pair: list[str] | None, height: int) -> go.Figure:
    """Where every run stands now, in axes that hold still while the points move; as often as ``result.latest`` changes.

    Args:
        result: of a study that trains.
        pair: the task of the x axis and that of the y axis; None for the triangle of three tasks.
        height: pixels.
    """
    latest = result.latest
    if latest.step < 0:
        return empty(waiting(), height)
    note = _("validation split, step {step}").format(step=latest.step)
    tasks = task_names(result)
    if pair is None:
        title = _("progress, 0 where runs began")
        located = places(result) if len(strategy_names(result)) < 2 else places_of(result, strategy_names(result)[0])
        styles = styles_of(result.runs)
        return triangle(located, tasks, latest.progress, title, limits=(0.0, 1.0), styles=styles, note=note, height=height)
    ranges = {axis: latest.range_of(task) for axis, task in zip("xy", pair, strict=True)}
    # A mark at an end is drawn whole.
    axes = {
        axis: [ends[0] - 0.05 * (ends[1] - ends[0]), ends[1] + 0.05 * (ends[1] - ends[0])]
        for axis, ends in ranges.items()
        if ends
    }
    return plane(
        latest.means,
        latest.points,
        tasks,
        (pair[0], pair[1]),
        columns=dict(zip(tasks, task_columns(result.layout), strict=True)),
        metrics={task.name: metric_name(task.headline) for task in result.layout.tasks},
        lower=[task.name for task in result.layout.tasks if METRICS[task.headline].lower_is_better],
        styles=styles_of(result.runs),
        axes=axes if len(axes) == 2 else None,
        note=note,
        height=height,
    )


def draw_trained(
    result: Result, *, pair: list[str] | None, height: int, corners: bool = True, legend: bool = True
) -> go.Figure:
    """What came out; ``pair`` and ``height`` as for ``draw_training``, ``corners`` and ``legend`` as for ``plane``."""
    note = _("test split, {moment}").format(moment=moment_words(result.study.test_at))
    if pair is None:
        several = strategy_names(result)
        strategy = several[0] if len(several) > 1 else None
        return draw_triangle(result, color=MEAN, strategy=strategy, note=note, height=height)
    return draw_plane(
        result, pair=(pair[0], pair[1]), labels=None, seed=None, corners=corners, note=note, height=height, legend=legend
    )


def waiting() -> str:
    """What stands where the trade-off will be, while no run has been evaluated."""
    return _("What the tasks cost each other is measured right now.")


def movers(result: Result) -> list[str]:
    """The two tasks whose metrics differ most over the ways to train, each in what its axis shows; in the study's order."""
    latest, tasks = result.latest, task_names(result)
    means = latest.means[latest.means["role"] != "baseline"]
    spread: dict[str, float] = {}
    for task in tasks:
        ends, values = latest.range_of(task), means.loc[means["task"] == task, "mean"]
        spread[task] = float(values.max() - values.min()) / (ends[1] - ends[0]) if ends and len(values) > 1 else 0.0
    most = sorted(tasks, key=lambda task: -spread[task])[:2]
    return [task for task in tasks if task in most]
