"""Trade-off: what does each task pay for the others, over all weightings and methods?"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.figures.curves import metric_name
from dashboard.figures.tradeoff import crowded
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.choose import draw_choose
from dashboard.showing.comparison import (
    compared,
    labels_by_role,
    points_table,
    strategy_names,
    task_names,
)
from dashboard.showing.decision import draw_decision
from dashboard.showing.front import draw_fronts
from dashboard.showing.marks_in_words import method_names
from dashboard.showing.one_model import draw_one_model
from dashboard.showing.refinement import draw_next
from dashboard.showing.tradeoff_pictures import BAND, BARS, MEAN, draw_matrix, draw_plane, draw_triangle
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import on_tradeoff

WHOLE, CLOSE = "whole", "close"
SELECT = {"on_select": "rerun", "selection_mode": "points"}


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's pictures and tables."""
    reference.draw_phases(result)
    draw_decision(reading, lambda: on_tradeoff(result))
    tasks = task_names(result)
    if len(tasks) == 2:
        _plane(reading, result, selection, (tasks[0], tasks[1]), "plane")
    elif len(tasks) == 3:
        _triangle(reading, result)
        _pairs(reading, result, selection, [(tasks[0], tasks[1]), (tasks[0], tasks[2]), (tasks[1], tasks[2])])
    else:
        _matrix(reading, result, selection)
        _chosen_pair(reading, result, selection)
    draw_choose(reading, result)
    draw_next(reading, result)
    draw_one_model(reading, result)
    draw_fronts(reading, result)
    _table(result, selection)
    results_page.remake(result)


def _shown(result: Result, selection: Selection) -> list[str] | None:
    """The labels to draw: all where none was chosen."""
    roles = labels_by_role(result)
    count = sum(len(labels) for labels in roles.values())
    return None if len(selection.labels) == count else list(selection.labels)


def _spread(result: Result, selection: Selection) -> str:
    """How the spread over seeds is drawn; asked only where there is one."""
    if len(result.study.seed_list) < 2 or selection.seed is not None:
        return BARS
    words = {BARS: _("Means, their intervals"), BAND: _("Band over seeds")}
    chosen = choose(
        st.segmented_control,
        _("Front"),
        [BARS, BAND],
        BARS,
        required=True,
        key=state.SPREAD,
        format_func=words.__getitem__,
        label_visibility="collapsed",
        help=_(
            "The band lies between the staircases that 25 and 75 % of the seeds reach, each seed with a front of its own; the "
            "front of means may lie where no seed's front is."
        ),
    )
    return str(chosen)


def _zoom(first: str) -> bool:
    """Whether the corners are shown; ``first`` is what is shown before anybody has chosen."""
    words = {WHOLE: _("Whole plane"), CLOSE: _("Close-up")}
    zoom = choose(
        st.segmented_control,
        _("View"),
        [WHOLE, CLOSE],
        first,
        required=True,
        key=state.ZOOM,
        format_func=words.__getitem__,
        label_visibility="collapsed",
    )
    return str(zoom) != CLOSE


def _plane(reading: Reading, result: Result, selection: Selection, pair: tuple[str, str], key: str) -> None:
    results_page.heading(_("Task against task"), "plane")
    with st.container(horizontal=True):
        whole = _zoom(WHOLE if len(result.layout.tasks) == 2 else CLOSE)
        spread = _spread(result, selection)
    # What is a crowd on the whole plane is told apart beside it.
    beside = whole and crowded(result.tradeoff_means, pair)
    with st.grid(1 + beside, gap="medium", min_column_width=440):
        more: dict[str, Any] = {"height": 560, "spread": spread}
        event = _draw_plane(reading, result, selection, pair, key, corners=whole, select=True, legend=not beside, **more)
        if beside:
            _draw_plane(reading, result, selection, pair, f"{key}-close", corners=False, legend=False, **more)
    if beside:
        method_names(result, selection.labels)
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
    spread: str,
    select: bool = False,
    legend: bool = True,
) -> object:
    return results_page.follow(
        reading,
        key,
        draw_plane,
        SELECT if select else None,
        pair=list(pair),
        labels=_shown(result, selection),
        seed=selection.seed,
        corners=corners,
        height=height,
        legend=legend,
        spread=spread,
    )


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
    results_page.heading(_("All weightings"), "triangle")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _color(task_names(result))
        strategy = _whose(result)
    if chosen == MEAN:
        results_page.percent_caution(result)
    _picked(result, results_page.follow(reading, "triangle", draw_triangle, SELECT, color=chosen, strategy=strategy))


def _color(tasks: list[str]) -> str:
    options = [MEAN, *tasks]
    chosen = choose(
        st.segmented_control,
        _("Colour"),
        options,
        MEAN,
        required=True,
        key=state.COLOR,
        format_func=lambda name: _("mean gain Δm") if name == MEAN else escape_markdown(name),
    )
    return str(chosen)


def _whose(result: Result) -> str | None:
    """What stands on the triangle: of several strategies one, since their weightings lie at the same places."""
    names = strategy_names(result)
    if len(names) < 2:
        return None
    state.keep_valid(state.SHARED, names, names[0])
    chosen = st.selectbox(
        _("Sharing strategy"), names, index=0, key=state.SHARED, bind="query-params", width=260, format_func=str
    )
    return str(chosen or names[0])


def _pairs(reading: Reading, result: Result, selection: Selection, pairs: list[tuple[str, str]]) -> None:
    results_page.heading(_("Task against task"), "pairs")
    with st.container(horizontal=True):
        corners = _zoom(CLOSE)
        spread = _spread(result, selection)
    with st.grid(2, gap="medium", min_column_width=380):
        for place, pair in enumerate(pairs):
            with st.container():
                _draw_plane(reading, result, selection, pair, f"plane-{place}", corners=corners, height=420, spread=spread)


def _matrix(reading: Reading, result: Result, selection: Selection) -> None:
    results_page.heading(_("Who gains, who pays"), "matrix")
    tasks = [task for task in task_names(result) if task in selection.tasks]
    results_page.follow(reading, "matrix", draw_matrix, tasks=tasks, labels=compared(result, selection.labels))
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
