"""Trade-off: what does each task pay for the others, over all weightings and methods?"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.figures.curves import metric_name
from dashboard.figures.simplex import matrix, triangle
from dashboard.figures.tradeoff import plane
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.comparison import (
    compared,
    labels_by_role,
    places,
    places_of,
    points_table,
    strategy_names,
    task_names,
)
from dashboard.showing.one_model import draw_one_model
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.tradeoff import task_columns

WHOLE, CLOSE = "whole", "close"
MEAN = "mean transfer"


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's pictures and tables."""
    reference.draw_phases(result)
    tasks = task_names(result)
    if len(tasks) == 2:
        _plane(reading, result, selection, (tasks[0], tasks[1]), "plane")
    elif len(tasks) == 3:
        _triangle(reading, result)
        _pairs(reading, result, selection, [(tasks[0], tasks[1]), (tasks[0], tasks[2]), (tasks[1], tasks[2])])
    else:
        _matrix(reading, result, selection)
        _chosen_pair(reading, result, selection)
    draw_one_model(reading, result)
    _table(result, selection)
    results_page.remake(result)


def _shown(result: Result, selection: Selection) -> list[str] | None:
    """The labels to draw: all where none was chosen."""
    roles = labels_by_role(result)
    count = sum(len(labels) for labels in roles.values())
    return None if len(selection.labels) == count else list(selection.labels)


def _zoom(first: str) -> bool:
    """Whether the corners are shown; ``first`` is what is shown before anybody has chosen."""
    words = {WHOLE: _("Whole plane"), CLOSE: _("Close-up")}
    zoom = st.segmented_control(
        _("View"),
        [WHOLE, CLOSE],
        default=first,
        required=True,
        key=state.ZOOM,
        bind="query-params",
        format_func=words.__getitem__,
        label_visibility="collapsed",
    )
    return zoom != CLOSE


def _plane(reading: Reading, result: Result, selection: Selection, pair: tuple[str, str], key: str) -> None:
    results_page.heading(_("Task against task"), "plane")
    event = _draw_plane(
        reading,
        result,
        selection,
        pair,
        key,
        corners=_zoom(WHOLE if len(result.layout.tasks) == 2 else CLOSE),
        height=560,
        select=True,
    )
    _picked(result, event)


def _draw_plane(
    reading: Reading,
    result: Result,
    selection: Selection,
    pair: tuple[str, str],
    key: str,
    *,
    corners: bool,
    height: int,
    select: bool = False,
) -> object:
    points = result.tradeoff if selection.seed is None else result.tradeoff[result.tradeoff["seed"] == selection.seed]
    tasks = task_names(result)
    picture = plane(
        result.tradeoff_means,
        points,
        tasks,
        pair,
        columns=dict(zip(tasks, task_columns(result.layout), strict=True)),
        metrics={task.name: metric_name(task.headline) for task in result.layout.tasks},
        labels=_shown(result, selection),
        corners=corners,
        height=height,
    )
    more = {"on_select": "rerun", "selection_mode": "points"} if select else {}
    return results_page.show(picture, key, live=reading.active, **more)


def _picked(result: Result, event: object) -> None:
    """What is known of the points that were clicked."""
    points = getattr(getattr(event, "selection", None), "points", None) or []
    labels = [str(point["customdata"][-1]) for point in points if point.get("customdata")]
    if not labels:
        st.caption(_("Click a point for its numbers."))
        return
    table = points_table(result, list(dict.fromkeys(labels)))
    st.dataframe(
        table[table["label"].isin(labels)],
        hide_index=True,
        placeholder="–",
        column_config=_columns(result),
        alt=_("The chosen points"),
    )


def _triangle(reading: Reading, result: Result) -> None:
    tasks = task_names(result)
    results_page.heading(_("All weightings"), "triangle")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _color(tasks)
        located = _located(result)
    means = result.tradeoff_means
    front = set(means.loc[means["on_front"], "label"].astype(str))
    if chosen == MEAN:
        # Where a task alone is no better than chance there is no Δm: then the index of the others colours the triangle.
        absent = result.summary["delta_m"].isna().all()
        gains = result.summary["index" if absent else "delta_m"].astype(float)
        values = dict(zip(result.summary["label"].astype(str), gains, strict=True))
        title = _("index in %") if absent else _("Δm in %")
        picture = triangle(located, tasks, values, title, diverging=True, front=front)
        results_page.percent_caution(result)
    else:
        means = means[means["task"] == chosen]
        values = dict(zip(means["label"].astype(str), means["mean"].astype(float), strict=True))
        metric = next(metric_name(task.headline) for task in result.layout.tasks if task.name == chosen)
        picture = triangle(located, tasks, values, f"{chosen} · {metric}", front=front)
    more = {"on_select": "rerun", "selection_mode": "points"}
    _picked(result, results_page.show(picture, "triangle", live=reading.active, **more))


def _color(tasks: list[str]) -> str:
    options = [MEAN, *tasks]
    state.keep_valid(state.COLOR, options, MEAN)
    chosen = st.segmented_control(
        _("Colour"),
        options,
        default=MEAN,
        required=True,
        key=state.COLOR,
        bind="query-params",
        format_func=lambda name: _("mean gain Δm") if name == MEAN else escape_markdown(name),
    )
    return str(chosen or MEAN)


def _located(result: Result) -> pd.DataFrame:
    """What stands on the triangle: of several strategies one, since their weightings lie at the same places."""
    names = strategy_names(result)
    if len(names) < 2:
        return places(result)
    state.keep_valid(state.SHARED, names, names[0])
    chosen = st.selectbox(
        _("Sharing strategy"), names, index=0, key=state.SHARED, bind="query-params", width=260, format_func=str
    )
    return places_of(result, str(chosen or names[0]))


def _pairs(reading: Reading, result: Result, selection: Selection, pairs: list[tuple[str, str]]) -> None:
    results_page.heading(_("Task against task"), "pairs")
    corners = _zoom(CLOSE)
    with st.grid(2, gap="medium", min_column_width=380):
        for place, pair in enumerate(pairs):
            with st.container():
                _draw_plane(reading, result, selection, pair, f"plane-{place}", corners=corners, height=420)


def _matrix(reading: Reading, result: Result, selection: Selection) -> None:
    results_page.heading(_("Who gains, who pays"), "matrix")
    tasks = [task for task in task_names(result) if task in selection.tasks]
    picture = matrix(headline_rows(result.layout, result.transfer), tasks, compared(result, selection.labels))
    results_page.show(picture, "matrix", live=reading.active)
    results_page.percent_caution(result)


def _chosen_pair(reading: Reading, result: Result, selection: Selection) -> None:
    st.subheader(_("Two of the tasks"), anchor=False)
    tasks = task_names(result)
    for key, usual in ((state.ACROSS, tasks[0]), (state.UP, tasks[1])):
        state.keep_valid(key, tasks, usual)
    left, right = st.columns(2)
    first = left.selectbox(_("Across"), tasks, index=0, key=state.ACROSS, bind="query-params", format_func=str)
    second = right.selectbox(_("Up"), tasks, index=1, key=state.UP, bind="query-params", format_func=str)
    if first == second:
        st.info(_("Choose two different tasks."), icon=":material/info:")
        return
    _plane(reading, result, selection, (str(first), str(second)), "pair")


def _columns(result: Result) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    heads = {task.name: metric_name(task.headline) for task in result.layout.tasks}
    return {
        "label": st.column_config.TextColumn(_("run"), pinned=True),
        "role": _("kind"),
        "delta_m": number(_("Δm in %"), format="%+.1f", help=_("Mean gain over tasks; positive is better.")),
        "on_front": st.column_config.CheckboxColumn(_("on the front")),
        **{task: number(f"{task} · {metric}", format="%.4f") for task, metric in heads.items()},
    }


def _table(result: Result, selection: Selection) -> None:
    table: pd.DataFrame = points_table(result, _shown(result, selection))
    if table.empty:
        return
    st.subheader(_("Table"), anchor=False)
    st.dataframe(
        table,
        hide_index=True,
        key="tradeoff-table",
        placeholder="–",
        column_config=_columns(result),
        alt=_("Mean test metric of every task for every kind of run"),
    )
    results_page.downloads(result.tradeoff, "tradeoff")


results_page.results_page(
    "tradeoff",
    _("Trade-off"),
    _("What does each task pay for the others, over all weightings and methods?"),
    draw,
)
