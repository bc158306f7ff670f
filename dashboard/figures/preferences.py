"""Which method is best for whom: a line of preferences for two tasks, a triangle for three."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure
from dashboard.figures.palette import NEUTRAL, QUIET, TaskStyle, faded
from dashboard.words import _

MOST_LINES = 12
"""Of more ways to train those are drawn that lose least."""

EVERY = 12
"""So many preferences lie between two marks on a line."""


def preference_line(
    ways: pd.DataFrame, winners: pd.DataFrame, tasks: Sequence[str], styles: Mapping[str, TaskStyle], height: int = 420
) -> go.Figure:
    """What each way to train loses, over how much the first of two tasks counts; above it who is best.

    Args:
        ways: ``by_way`` of two tasks: way, label, regret, and prefers_<task> a task.
        winners: ``winners`` of them: label, way, low, and so on.
        tasks: the two.
        styles: the looks of the ways.
        height: pixels.
    """
    if winners.empty:
        return empty(_("Nothing to choose from yet."))
    axis = f"prefers_{tasks[0]}"
    mean = ways.groupby("way", observed=True, sort=False)["regret"].mean().sort_values(kind="stable")
    shown = [way for way in ways["way"].astype(str).unique() if way in set(mean.index[:MOST_LINES].astype(str))]
    traces: list[Any] = []
    for place, way in enumerate(shown):
        own, style = ways[ways["way"] == way].sort_values(axis), styles[way]
        share = 100 * own[axis].to_numpy(dtype=np.float64)
        lost = own["regret"].to_numpy(dtype=np.float64)
        told = [[escape_plotly(label), label] for label in own["label"].astype(str)]
        line = {"color": style.color, "width": 2, "dash": style.dash}
        hover = "<b>%{customdata[0]}</b><br>%{y:.4f}<extra></extra>"
        entry = {"legendgroup": way, "showlegend": False}
        traces.append(go.Scatter(x=share, y=lost, mode="lines", line=line, customdata=told, hovertemplate=hover, **entry))
        # Marks of one way stand beside those of another, not over them.
        at = slice((3 + 5 * place) % EVERY, None, EVERY)
        marker = {"symbol": style.marker, "size": 9, "color": style.color}
        traces.append(go.Scatter(x=share[at], y=lost[at], mode="markers", marker=marker, hoverinfo="skip", **entry))
        both = {"mode": "lines+markers", "line": line, "marker": marker, "legendgroup": way, "hoverinfo": "skip"}
        traces.append(go.Scatter(x=[None], y=[None], name=escape_plotly(way, 32), **both))
    first, second = (escape_plotly(task, 24) for task in tasks)
    deep = max([float(ways.loc[ways["way"].isin(shown), "regret"].max()), 1e-3])
    note = {"showarrow": False, "xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom"}
    words = {"text": _("best, bold where clear"), "font": {"size": 11, "color": NEUTRAL}}
    return figure(
        [*traces, *_strip(winners, axis, styles)],
        _alt(winners, tasks),
        height,
        margin={"l": 8, "r": 12, "t": 64, "b": 8},
        xaxis={
            "title": {"text": _("how much {task} counts, the rest is {other}").format(task=first, other=second) + "  →"},
            "range": [0, 100],
            "ticksuffix": " %",
        },
        yaxis={"title": {"text": _("behind the best")}, "range": [1.05 * deep, -0.05 * deep], "domain": [0, 0.88]},
        yaxis2={"domain": [0.93, 1], "range": [-1, 1], "visible": False, "fixedrange": True},
        annotations=[note | words],
        legend={"orientation": "h", "y": 1.07, "yanchor": "bottom", "x": 0, "xanchor": "left", "font": {"size": 12}},
    )


def _strip(winners: pd.DataFrame, axis: str, styles: Mapping[str, TaskStyle]) -> list[Any]:
    """Who is best along the line, a bar a stretch with the winner's mark in its middle; pale where that is not clear."""
    rows = winners.sort_values(axis)
    step = 100 / len(rows)
    listed = [(str(row["way"]), bool(row["low"] > 0), 100 * row[axis]) for row in rows.to_dict("records")]
    traces: list[Any] = []
    for (way, clear), stretch in groupby(listed, key=lambda entry: entry[:2]):
        places = [place for _way, _clear, place in stretch]
        ends = [places[0] - step / 2, places[-1] + step / 2]
        color = styles[way].color
        bar = {"color": color if clear else faded(color, 0.3), "width": 13}
        also = {"yaxis": "y2", "showlegend": False, "legendgroup": way}
        hover = escape_plotly(way) + "<br>" + (_("clear") if clear else _("not clear")) + "<extra></extra>"
        traces.append(go.Scatter(x=ends, y=[0, 0], mode="lines", line=bar, hovertemplate=hover, **also))
        symbol = styles[way].marker.removesuffix("-open")
        mark = {"symbol": symbol, "size": 11, "color": color, "line": {"color": "#FFFFFF", "width": 1}}
        traces.append(go.Scatter(x=[sum(ends) / 2], y=[0], mode="markers", marker=mark, hoverinfo="skip", **also))
    return traces


def preference_triangle(
    winners: pd.DataFrame, tasks: Sequence[str], styles: Mapping[str, TaskStyle], height: int = 520
) -> go.Figure:
    """Every preference among three tasks at its place, in the colour and with the mark of who is best there.

    Args:
        winners: ``winners`` of three tasks; they are the middles of equal triangles.
        tasks: the three; their corners are top, bottom left and bottom right.
        styles: the looks of the ways.
        height: pixels.
    """
    if winners.empty:
        return empty(_("Nothing to choose from yet."))
    middles = winners[[f"prefers_{task}" for task in tasks]].to_numpy(dtype=np.float64)  # (W, 3)
    clear = (winners["low"] > 0).to_numpy()
    traces: list[Any] = []
    for way in winners["way"].astype(str).unique():
        mine, style = (winners["way"] == way).to_numpy(), styles[way]
        a, b, c = _cells(middles[mine], len(winners))
        area = {"fill": "toself", "fillcolor": faded(style.color, 0.28), "line": {"width": 0}, "hoverinfo": "skip"}
        traces.append(go.Scatterternary(a=a, b=b, c=c, mode="lines", showlegend=False, legendgroup=way, **area))
        symbol = style.marker.removesuffix("-open")
        for kept, name in ((mine & clear, symbol), (mine & ~clear, f"{symbol}-open")):
            marker = {"symbol": name, "size": 7, "color": style.color, "line": {"color": style.color, "width": 1}}
            rows = winners[kept].to_dict("records")
            traces.append(
                go.Scatterternary(
                    a=middles[kept, 0],
                    b=middles[kept, 1],
                    c=middles[kept, 2],
                    mode="markers",
                    cliponaxis=False,
                    showlegend=False,
                    legendgroup=way,
                    marker=marker,
                    customdata=[
                        [escape_plotly(row["label"]), *(f"{row[each]:.3f}" for each in ("worth", "margin"))] for row in rows
                    ],
                    hovertemplate="<b>%{customdata[0]}</b><br>"
                    + _("worth {worth}, ahead by {margin}").format(worth="%{customdata[1]}", margin="%{customdata[2]}")
                    + "<extra></extra>",
                )
            )
        entry = {"symbol": symbol, "size": 11, "color": style.color}
        traces.append(
            go.Scatterternary(
                a=[None], b=[None], c=[None], mode="markers", marker=entry, legendgroup=way, name=escape_plotly(way, 32)
            )
        )
    names = [escape_plotly(task, 20) for task in tasks]
    words = [f"{names[0]}<br> ", f" <br>{names[1]}", f" <br>{names[2]}"]
    corner = {"min": 0, "showticklabels": False, "ticks": "", "gridcolor": QUIET, "linecolor": NEUTRAL, "layer": "below traces"}
    axes = zip(("aaxis", "baxis", "caxis"), words, strict=True)
    return figure(
        traces,
        _alt(winners, tasks),
        height,
        margin={"l": 40, "r": 40, "t": 64, "b": 56},
        ternary={
            "sum": 1,
            "bgcolor": "rgba(0, 0, 0, 0)",
            **{axis: corner | {"title": {"text": word, "font": {"size": 14}}} for axis, word in axes},
        },
    )


def _cells(middles: Floats, count: int) -> tuple[list[Any], list[Any], list[Any]]:
    """The outlines of the triangles around their middles, one after another with a gap between; ``count`` of all of them."""
    side = round(np.sqrt(count))
    # A middle is a third of a part from the sides of an upright triangle, and two thirds from those of one upside down.
    upright = np.isclose(middles[:, 0] * side % 1, 1 / 3)
    toward = (np.eye(3) - 1 / 3) / side
    ends = middles[:, None] + np.where(upright, 1, -1)[:, None, None] * toward  # (W, 3 ends, 3 tasks)
    closed = np.concatenate([ends, ends[:, :1]], axis=1)
    a, b, c = ([value for cell in closed[:, :, task].tolist() for value in (*cell, None)] for task in range(3))
    return a, b, c


def _alt(winners: pd.DataFrame, tasks: Sequence[str]) -> str:
    shares = winners["way"].astype(str).value_counts(normalize=True)
    told = _("Who is best for whom, by how much {tasks} count: {parts}.")
    parts = ", ".join(_("{label} for {share:.0f} %").format(label=way, share=100 * share) for way, share in shares.items())
    return told.format(tasks=", ".join(tasks), parts=parts)
