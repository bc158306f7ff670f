"""How the task gradients agree on the shared parameters. Gradient cosine is not transfer; no figure here says so either."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.ends import colors_of
from dashboard.figures.frame import (
    background,
    bold,
    by_run,
    chosen,
    empty,
    escape_plotly,
    figure,
    joined,
    mean,
    side_legend,
    well,
)
from dashboard.figures.palette import (
    CONFLICT_ZONE,
    DASHES,
    NEUTRAL,
    ON_PALE,
    SHARE,
    TaskStyle,
    faded,
    task_styles,
)
from dashboard.words import _

MAXIMUM_PAIRS = 10
"""The most task pairs drawn as lines of one figure; the matrix shows any number."""

NAMED_COLUMNS = 24
"""The most columns of a matrix that have names: more would cover each other."""

ONLY = TaskStyle(NEUTRAL, "solid", "circle")
"""The line of the only pair there is: it belongs to neither task."""

CHANCE, LEAST_REACH = 50.0, 15.0
"""Percent of steps at which two directions drawn by chance oppose each other; and how far from it the colours reach at least,
so that noise stays pale."""

Measure = Literal["cosine", "magnitude_similarity"]


def agreement(
    table: pd.DataFrame,
    runs: pd.DataFrame,
    tasks: Sequence[str],
    label: str | Sequence[str],
    *,
    measure: Measure = "cosine",
    layer: str = "all",
    shown: Sequence[str] | None = None,
    chosen_pairs: Sequence[tuple[str, str]] | None = None,
    seed: int | None = None,
    shared: bool = True,
    height: int = 320,
) -> go.Figure:
    """Cosine or magnitude similarity of each task pair's gradients over steps; every seed thin, their mean bold.

    A pair has the colour of its first task and the dash of its second; the only pair of two tasks is grey. Where several labels
    lie over each other a line has its label's colour and its pair's dash.

    Args:
        table: ``conflict`` of a result: run, step, layer, task_a, task_b, cosine, magnitude_similarity.
        runs: ``runs`` of a result.
        tasks: all of the study's tasks, in order.
        label: whose runs; several are laid over each other.
        measure: ``cosine`` (between -1 and 1, below zero is conflict) or ``magnitude_similarity`` (1 for equal lengths).
        layer: ``all`` for the whole trunk, or a stage.
        shown: only pairs of these tasks; None for all.
        chosen_pairs: these pairs and no others, as many as ``MAXIMUM_PAIRS``.
        seed: one seed; None for all seeds with their mean.
        shared: whether the label's tasks share parameters there at all.
        height: pixels.
    """
    if not shared:
        return empty(_("Tasks share no parameters here, so no gradients meet."), height)
    pairs = shown_pairs(tasks, shown) if chosen_pairs is None else list(chosen_pairs)
    labels = [label] if isinstance(label, str) else list(label)
    table = table[table["layer"] == layer]
    looks, colors = pair_styles(tasks, pairs[:MAXIMUM_PAIRS]), colors_of(runs)
    traces: list[Any] = []
    for each in labels:
        own = chosen(runs, each, seed)
        mine = table[table["run"].isin(own["run"])]
        for place, (first, second) in enumerate(pairs[:MAXIMUM_PAIRS]):
            part = mine[(mine["task_a"] == first) & (mine["task_b"] == second)]
            if not np.isfinite(part[measure].to_numpy(dtype=float)).any():
                continue
            name = pair_name(first, second)
            style = looks[first, second] if len(tasks) > 2 else ONLY
            if len(labels) > 1:
                style = TaskStyle(colors[each], DASHES[place % len(DASHES)], style.marker)
                name = escape_plotly(each) if len(pairs) == 1 else f"{escape_plotly(each)} · {name}"
            traces += _pair(part, own, name, measure, style)
    legend = len(pairs) > 1 or len(labels) > 1
    if not traces:
        return empty(_("No gradient has been compared yet."), height)
    title = _("gradient cosine") if measure == "cosine" else _("magnitude similarity")
    left_out = len(pairs) - MAXIMUM_PAIRS
    alt = _("{label}: {measure} of {count} task pairs over training steps.")
    return figure(
        traces,
        alt.format(label=", ".join(labels), measure=title, count=min(len(pairs), MAXIMUM_PAIRS)),
        height,
        xaxis={"title": {"text": _("step")}, "rangemode": "tozero"},
        yaxis={"title": {"text": title}, "range": [-1.05, 1.05] if measure == "cosine" else [0, 1.05]},
        shapes=_zone() if measure == "cosine" else [],
        annotations=_zone_words() + _more(left_out) if measure == "cosine" else _more(left_out),
        showlegend=legend,
        margin={"l": 8, "r": 12, "t": 34 if legend else 8, "b": 8},
        **side_legend(min(len(pairs), MAXIMUM_PAIRS) * len(labels)),
    )


def shown_pairs(tasks: Sequence[str], shown: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """The task pairs in the study's order; all of them when fewer than two tasks are shown."""
    kept = [task for task in tasks if shown is None or task in shown]
    kept = kept if len(kept) > 1 else list(tasks)
    return [(first, second) for place, first in enumerate(kept) for second in kept[place + 1 :]]


def pair_styles(tasks: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], TaskStyle]:
    """The colour of a pair's first task and the dash of its second, or the next dash where another pair has both."""
    styles = task_styles(tasks)
    found: dict[tuple[str, str], TaskStyle] = {}
    for first, second in pairs:
        own, taken = styles[first].color, {(style.color, style.dash) for style in found.values()}
        start = DASHES.index(styles[second].dash)
        dashes = [*DASHES[start:], *DASHES[:start]]
        dash = next((dash for dash in dashes if (own, dash) not in taken), dashes[0])
        found[first, second] = TaskStyle(own, dash, styles[second].marker)
    return found


def pair_name(first: str, second: str) -> str:
    """Two tasks as one name, safe for Plotly."""
    return f"{escape_plotly(first, 24)} × {escape_plotly(second, 24)}"


def _pair(part: pd.DataFrame, runs: pd.DataFrame, name: str, measure: Measure, style: TaskStyle) -> list[go.Scatter]:
    steps, values, index = by_run(part, measure)
    traces = []
    if len(values) > 1:
        x, y = joined(steps, values)
        traces.append(background(x, y, faded(style.color, 0.24), name))
    healthy = np.isin(index, well(runs)["run"])
    line = {"color": style.color, "width": bold(len(steps)), "dash": style.dash}
    hover = f"{name}<br>%{{x}}: %{{y:.3f}}<extra></extra>"
    middle = mean(values[healthy]) if healthy.any() else mean(values)
    mode = "lines+markers" if len(steps) == 1 else "lines"
    traces.append(go.Scatter(x=steps, y=middle, mode=mode, name=name, legendgroup=name, line=line, hovertemplate=hover))
    return traces


def _zone() -> list[dict[str, Any]]:
    wide = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    return [
        wide | {"type": "rect", "y0": -1.05, "y1": 0, "fillcolor": CONFLICT_ZONE, "line": {"width": 0}},
        wide | {"type": "line", "y0": 0, "y1": 0, "line": {"color": NEUTRAL, "width": 1.2}},
    ]


def _zone_words() -> list[dict[str, Any]]:
    note = {"xref": "paper", "x": 1, "xanchor": "right", "showarrow": False, "font": {"size": 12, "color": NEUTRAL}}
    return [
        note | {"y": -1, "yanchor": "bottom", "text": _("gradients oppose each other")},
        note | {"y": 1, "yanchor": "top", "text": _("gradients agree")},
    ]


def _more(count: int) -> list[dict[str, Any]]:
    if count <= 0:
        return []
    text = _("{count} more pairs: choose fewer tasks, or read the matrix").format(count=count)
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}
    return [place | {"text": text, "showarrow": False, "font": {"size": 12, "color": NEUTRAL}}]


def share_by_layer(
    share: pd.DataFrame, tasks: Sequence[str], label: str, *, layers: Sequence[str], shown: Sequence[str] | None = None
) -> go.Figure:
    """The share of conflicting steps, a row a task pair and a column a layer of the trunk.

    Args:
        share: ``conflict_share`` of a result: label, layer, task_a, task_b, n, share, low, high, ...
        tasks: all of the study's tasks, in order.
        label: whose runs.
        layers: ``all`` and the stages, in order.
        shown: only pairs of these tasks; None for all.
    """
    pairs = shown_pairs(tasks, shown)[: 2 * MAXIMUM_PAIRS]
    own = share[share["label"] == label].set_index(["task_a", "task_b", "layer"])["share"].to_dict()
    values = np.array([[own.get((*pair, layer), np.nan) for layer in layers] for pair in pairs], dtype=float)
    names = [_("whole trunk") if layer == "all" else escape_plotly(layer) for layer in layers]
    alt = _("{label}: share of steps at which two tasks' gradients oppose each other, by layer.").format(label=label)
    return _heat(values, names, [pair_name(*pair) for pair in pairs], alt)


def share_by_label(
    share: pd.DataFrame, labels: Sequence[str], *, layers: Sequence[str], shown: Sequence[str] | None = None
) -> go.Figure:
    """The share of conflicting steps, a row a label and a column a layer, averaged over the task pairs.

    Args:
        share: ``conflict_share`` of a result.
        labels: the rows.
        layers: ``all`` and the stages, in order.
        shown: only pairs of these tasks; None for all.
    """
    if shown is not None and len(shown) > 1:
        share = share[share["task_a"].isin(shown) & share["task_b"].isin(shown)]
    own = share.groupby(["label", "layer"], observed=True)["share"].mean().to_dict()
    values = np.array([[own.get((label, layer), np.nan) for layer in layers] for label in labels], dtype=float)
    names = [_("whole trunk") if layer == "all" else escape_plotly(layer) for layer in layers]
    alt = _("Share of steps with opposed gradients, a row for each kind of run and a column for each layer.")
    return _heat(values.reshape(len(labels), len(layers)), names, [escape_plotly(label, 32) for label in labels], alt)


def share_matrix(share: pd.DataFrame, tasks: Sequence[str], label: str, *, layer: str = "all", most: int = 900) -> go.Figure:
    """The share of conflicting steps of every two tasks, as a matrix; for many tasks.

    Args:
        share: ``conflict_share`` of a result.
        tasks: the tasks to show, in order.
        label: whose runs.
        layer: ``all`` for the whole trunk, or a stage.
        most: pixels of its height at most.
    """
    own = share[(share["label"] == label) & (share["layer"] == layer)].set_index(["task_a", "task_b"])["share"].to_dict()
    look = [[own.get((a, b), own.get((b, a), np.nan)) for b in tasks] for a in tasks]
    values = np.array(look, dtype=float).reshape(len(tasks), len(tasks))
    alt = _("{label}: share of steps with opposed gradients for every two of {count} tasks.")
    names = [escape_plotly(task, 18) for task in tasks]
    return _heat(values, names, names, alt.format(label=label, count=len(tasks)), most)


def _heat(
    values: np.ndarray[Any, np.dtype[np.float64]], columns: list[str], rows: list[str], alt: str, most: int = 900
) -> go.Figure:
    if not np.isfinite(values).any():
        return empty(_("No gradient has been compared yet."))
    few = len(rows) * len(columns) <= 150 and len(columns) <= 12
    # Directions drawn by chance oppose each other at half of the steps; what differs from that is what there is to see.
    reach = float(np.clip(np.nanmax(np.abs(100 * values - CHANCE)), LEAST_REACH, CHANCE))
    low, high = CHANCE - reach, CHANCE + reach
    heat = go.Heatmap(
        z=100 * values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=low,
        zmax=high,
        colorscale=[list(stop) for stop in SHARE],
        xgap=2,
        ygap=2,
        text=[[f"{100 * value:.0f} %" if np.isfinite(value) else "" for value in row] for row in values],
        texttemplate="%{text}" if few else None,
        textfont={"color": ON_PALE},
        hoverongaps=False,
        customdata=[[f"{row}<br>{column}" for column in columns] for row in rows],
        hovertemplate="%{customdata}<br>%{z:.1f} %<extra></extra>",
        colorbar={
            "ticksuffix": " %",
            "thickness": 10,
            "outlinewidth": 0,
            "len": 1,
            "tickvals": [low, CHANCE, high],
            "tickformat": ".0f",
        },
        showscale=not few,
    )
    ticks = {"tickmode": "array", "showgrid": False}
    return figure(
        [heat],
        alt,
        max(120, min(most, 56 + (30 if few else 18) * len(rows) + (90 if len(columns) > 12 else 0))),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=ticks
        | (
            {"tickvals": list(range(len(columns))), "ticktext": columns, "side": "top"}
            if len(columns) <= NAMED_COLUMNS
            else {"tickvals": [], "side": "top", "title": {"text": _("columns in the order of the rows")}}
        ),
        yaxis=ticks | {"tickvals": list(range(len(rows))), "ticktext": rows, "autorange": "reversed"},
    )
