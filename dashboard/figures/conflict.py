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
    TaskStyle,
    faded,
    task_styles,
)
from dashboard.words import _

MAXIMUM_PAIRS = 10
"""The most task pairs drawn as lines of one figure; the matrix shows any number."""

ONLY = TaskStyle(NEUTRAL, "solid", "circle")
"""The line of the only pair there is: it belongs to neither task."""

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
