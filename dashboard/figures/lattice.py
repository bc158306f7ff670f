"""The lattice of sets of tasks: what each set gains, and what a further task does to those that are there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, from_to, shortened, signed
from dashboard.figures.palette import CHOSEN, DIVERGING, NEUTRAL, ON_PALE, PALE_DIVERGING, task_styles
from dashboard.words import _

ROW = 96
"""Pixels from one size of sets to the next."""

NUMBERED = 10
"""The most sets in a row whose numbers are written on them: on a telephone each then has room for one."""

MARK = 0.022
"""From one mark of a task below a set to the next, as a part of the width, where there is room."""

SHADES = 9
"""Into so many shades the edges' changes are sorted."""


class Node(NamedTuple):
    """A set of tasks.

    Args:
        members: the places of its tasks.
        value: its mean gain, with its interval.
        gains: each member's gain, low and high ``(members, 3)``.
        outlined: whether it is one of the chosen.
    """

    members: tuple[int, ...]
    value: tuple[float, float, float]
    gains: Floats
    outlined: bool


def lattice(nodes: Sequence[Node], tasks: Sequence[str], alt: str) -> go.Figure:
    """Rows by size, from one task at the bottom to all at the top.

    Args:
        nodes: the sets to draw.
        tasks: all of the study's tasks, in order; they decide the colours.
        alt: one sentence for people who cannot see it.
    """
    if not nodes:
        return empty(_("No set of tasks was trained."))
    at = _places(nodes)
    most = max(1.0, max((abs(node.value[0]) for node in nodes if np.isfinite(node.value[0])), default=1.0))
    widest = max(np.unique([len(node.members) for node in nodes], return_counts=True)[1])
    few = widest <= NUMBERED
    size = 30 if widest <= 6 else 27 if few else 14
    traces: list[Any] = [*_edges(nodes, at, tasks), *_members(nodes, at, tasks, widest)]
    outlined = [place for place, node in enumerate(nodes) if node.outlined]
    ring = {"symbol": "circle-open", "size": size + 11, "color": CHOSEN, "line": {"width": 3.5}}
    traces.append(
        go.Scatter(x=at[outlined, 0], y=at[outlined, 1], mode="markers", marker=ring, name=_("chosen"), hoverinfo="skip")
    )
    marker = {"size": size, "color": [node.value[0] for node in nodes], "colorscale": [list(stop) for stop in PALE_DIVERGING]}
    marker |= {"cmin": -most, "cmax": most, "line": {"color": NEUTRAL, "width": 1}}
    traces.append(
        go.Scatter(
            x=at[:, 0],
            y=at[:, 1],
            mode="markers+text" if few else "markers",
            marker=marker,
            text=[_short(node) for node in nodes] if few else None,
            textfont={"color": ON_PALE, "size": 11 if widest <= 6 else 10},
            customdata=[_hover(node, tasks) for node in nodes],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    sizes = sorted({len(node.members) for node in nodes})
    picture = figure(
        traces,
        alt,
        ROW * len(sizes) + 70,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"visible": False, "range": [-0.01, 1.01], "fixedrange": True},
        yaxis={
            "range": [-0.62, len(sizes) - 0.58],
            "tickvals": list(range(len(sizes))),
            "ticktext": [str(size) for size in sizes],
            "showgrid": False,
            "fixedrange": True,
            "title": {"text": _("tasks in the network")},
        },
    )
    return picture.update_layout(legend={"itemsizing": "constant"})


def _places(nodes: Sequence[Node]) -> Floats:
    """``(N, 2)``: across from 0 to 1, each row for itself, and the row from the bottom, without those that have no set."""
    rows = np.unique([len(node.members) for node in nodes], return_inverse=True)[1]
    at = np.zeros((len(nodes), 2))
    at[:, 1] = rows
    for number in np.unique(rows):
        row = np.flatnonzero(rows == number)
        at[row, 0] = (np.arange(len(row)) + 0.5) / len(row)
    return at


def _edges(nodes: Sequence[Node], at: Floats, tasks: Sequence[str]) -> list[go.Scatter]:
    """From each set to that with one task more, coloured by the mean change of those that are in both."""
    place = {node.members: number for number, node in enumerate(nodes)}
    found = []
    for number, node in enumerate(nodes):
        for left in node.members if len(node.members) > 1 else ():
            kept = tuple(task for task in node.members if task != left)
            if (below := place.get(kept)) is not None:
                now = [node.gains[node.members.index(task), 0] for task in kept]
                found.append((below, number, left, float(np.mean(np.array(now) - nodes[below].gains[:, 0]))))
    known = [edge for edge in found if np.isfinite(edge[3])]
    if not known:
        return []
    change = np.array([edge[3] for edge in known])
    most = max(1.0, float(np.abs(change).max()))
    shade = np.clip(np.round((change / most + 1) / 2 * (SHADES - 1)), 0, SHADES - 1).astype(int)
    colors = sample_colorscale([list(stop) for stop in DIVERGING], np.linspace(0, 1, SHADES))
    traces = []
    middle = (SHADES - 1) / 2
    for one in sorted(np.unique(shade), key=lambda one: abs(one - middle)):
        ends = np.array([[*at[[known[edge][0], known[edge][1]]], [np.nan, np.nan]] for edge in np.flatnonzero(shade == one)])
        points = ends.reshape(-1, 2)
        strength = abs(one - middle) / middle
        line = {"color": colors[one].replace("rgb(", "rgba(").replace(")", f", {0.35 + 0.6 * strength:.2f})")}
        line |= {"width": 1 + 1.6 * strength}
        traces.append(go.Scatter(x=points[:, 0], y=points[:, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False))
    words = _("with {task} in it, {others} change by {change} points")
    halfway = np.array([(at[below] + at[above]) / 2 for below, above, _task, _change in known])
    told = [
        words.format(
            task=escape_plotly(tasks[task], 28),
            others=", ".join(escape_plotly(tasks[other], 18) for other in nodes[below].members),
            change=signed(size, 1),
        )
        for below, _above, task, size in known
    ]
    dots = {"size": 9, "opacity": 0}
    traces.append(
        go.Scatter(
            x=halfway[:, 0],
            y=halfway[:, 1],
            mode="markers",
            marker=dots,
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    return traces


def _members(nodes: Sequence[Node], at: Floats, tasks: Sequence[str], widest: int) -> list[go.Scatter]:
    """A mark below each set for every task in it, in the task's colour and shape."""
    styles = task_styles(tasks)
    pitch = min(MARK, 0.27 / widest)  # the widest row's sets have about three tasks where there is no room
    traces = []
    for task, name in enumerate(tasks):
        own = [number for number, node in enumerate(nodes) if task in node.members]
        aside = [nodes[number].members.index(task) - (len(nodes[number].members) - 1) / 2 for number in own]
        marker = {"color": styles[name].color, "symbol": styles[name].marker, "size": 6 if widest <= NUMBERED else 4}
        traces.append(
            go.Scatter(
                x=at[own, 0] + pitch * np.array(aside),
                y=at[own, 1] - (0.3 if widest <= NUMBERED else 0.2),
                mode="markers",
                marker=marker,
                name=shortened(name, 18),
                hoverinfo="skip",
            )
        )
    return traces


def _short(node: Node) -> str:
    """A number that fits a small circle."""
    value = node.value[0]
    if len(node.members) == 1:
        return "0"
    return "" if not np.isfinite(value) else signed(round(value, 1) + 0.0, 0 if abs(value) >= 9.95 else 1)


def _hover(node: Node, tasks: Sequence[str]) -> str:
    names = ", ".join(escape_plotly(tasks[task], 18) for task in node.members)
    head = f"<b>{{{names}}}</b>"
    if len(node.members) == 1:
        return f"{head}<br>" + _("alone: what gains are held against")
    if not np.isfinite(node.value[0]):
        return f"{head}<br>" + _("no result of some seed")
    mean = _("mean gain {value} points").format(value=_with_ends(*node.value))
    each = [
        f"{escape_plotly(tasks[task], 28)} {_with_ends(*gain)}" for task, gain in zip(node.members, node.gains, strict=True)
    ]
    return "<br>".join([head, mean, *each])


def _with_ends(value: float, low: float, high: float) -> str:
    ends = f" [{from_to(low, high)}]" if np.isfinite(low) else ""
    return f"{signed(value, 1)}{ends}"
