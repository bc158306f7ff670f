"""What all figures share: the quiet frame, safe text, the description for screen readers, and thinning."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.palette import NEUTRAL, QUIET
from dashboard.words import _

Floats = npt.NDArray[np.float64]

MAXIMUM_POINTS = 500
"""The most points that one series sends to the browser."""

MOST_NAMED = 4
"""The most ends of parts at which the tasks that come are named: more names would stand in each other's way."""

FONT = "Source Sans, Source Sans Pro, system-ui, sans-serif"

WORDS, SMALL = 13, 12
"""The sizes of titles, and of ticks and legends."""

AXIS: dict[str, Any] = {
    "gridcolor": QUIET,
    "zeroline": False,
    "linecolor": QUIET,
    "ticks": "",
    "automargin": True,
    "title": {"standoff": 10, "font": {"size": WORDS, "color": NEUTRAL}},
    "tickfont": {"size": SMALL, "color": NEUTRAL},
}
"""How every axis is drawn, on still and on live charts, in light and dark: both have themes of their own for what is left open,
which is the ink of legends and notes. Upright lines of a grid are left out: they would run through words."""

TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "font": {"family": FONT, "size": WORDS, "color": NEUTRAL},
        "hoverlabel": {"font": {"family": FONT, "size": WORDS}, "align": "left", "namelength": -1},
        "colorway": [NEUTRAL],
    }
)
"""Transparent, so that it stands on either theme."""


def escape_plotly(text: object, limit: int = 60) -> str:
    """A name that a person typed, made safe for Plotly, which reads a little HTML: nothing in it is markup.

    >>> escape_plotly("<b>speed</b>")
    '&lt;b&gt;speed&lt;/b&gt;'
    """
    words = " ".join(str(text).split())
    # Plotly fills %{...} in hover templates; a zero-width space between the signs keeps a name that has them a name.
    return html.escape(words if len(words) <= limit else words[: limit - 1] + "…", quote=False).replace("%{", "%\u200b{")


def shortened(text: object, limit: int) -> str:
    """A name for where there is little room, safe for Plotly; its end stays, for names often differ there alone.

    >>> shortened("attribute_12", 8), shortened("left", 8)
    ('attr…_12', 'left')
    """
    words = " ".join(str(text).split())
    tail = (limit - 1) // 2
    return escape_plotly(words if len(words) <= limit else f"{words[: limit - 1 - tail]}…{words[-tail:]}")


def figure(traces: Sequence[Any], alt: str, height: int = 360, **layout: Any) -> go.Figure:
    """A figure in the common frame.

    Args:
        traces: Plotly traces.
        alt: one sentence for people who cannot see it.
        height: pixels.
        layout: more of Plotly's layout.
    """
    base = {
        "template": TEMPLATE,
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
        "font": {"size": WORDS},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "title": {"text": ""}}
        | {"font": {"size": SMALL}},
        "hovermode": "closest",
        "uirevision": "keep",
        "meta": {"alt": alt},
    }
    if "ternary" not in layout:
        axes = {name for name in layout if name.startswith(("xaxis", "yaxis"))} | {"xaxis", "yaxis"}
        layout |= {name: _over(AXIS | {"showgrid": name[0] == "y"}, layout.get(name, {})) for name in axes}
    return go.Figure(data=list(traces), layout=base | layout)


def _over(usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What is usual, with what a figure says itself in its place."""
    return usual | {
        name: _over(usual[name], value) if isinstance(value, dict) and isinstance(usual.get(name), dict) else value
        for name, value in own.items()
    }


def empty(message: str, height: int = 180) -> go.Figure:
    """A figure that says why there is nothing to draw yet."""
    note = {"text": escape_plotly(message, 200), "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    hidden = {"visible": False}
    return figure([], message, height, xaxis=hidden, yaxis=hidden, annotations=[note])


def parted(picture: go.Figure, turns: Sequence[int]) -> go.Figure:
    """A figure over steps with a thin line where a new part of training begins, and words at the last, where all trains anew.

    Args:
        picture: the figure; changed.
        turns: the steps, in order; empty for training in one part.
    """
    if not turns or not picture.data:
        return picture
    for step in turns[:-1]:
        _upright(picture, step, dash="dot", opacity=0.6)
    _upright(picture, turns[-1], words={"text": _("trains anew")})
    note = _("From step {step} on, what was found by then trains anew.").format(step=turns[-1])
    picture.layout.meta |= {"alt": f"{alt(picture)} {note}"}
    return picture


def phased(picture: go.Figure, ends: Mapping[int, Sequence[str]]) -> go.Figure:
    """A figure over steps with a thin line where a part of training ends, and the tasks that come with the next.

    Args:
        picture: the figure; changed.
        ends: the steps, in order, and the tasks that were not learned before and are from there on; empty for one part.
    """
    if not ends or not picture.data:
        return picture
    few = sum(map(bool, ends.values())) <= MOST_NAMED
    for step, tasks in ends.items():
        words = {"text": escape_plotly("+ " + ", ".join(tasks), 24), "textangle": -90} if tasks and few else None
        _upright(picture, step, dash="dash", opacity=0.6, words=words)
    note = _("Phases end at step {steps}.").format(steps=", ".join(map(str, ends)))
    come = [f"{step}: {', '.join(tasks)}" for step, tasks in ends.items() if tasks]
    if come:
        note += " " + _("Tasks that come then: {tasks}.").format(tasks="; ".join(come))
    picture.layout.meta |= {"alt": f"{alt(picture)} {note}"}
    return picture


def changed(picture: go.Figure, marks: Sequence[tuple[int, str]]) -> go.Figure:
    """A figure over steps with a thin line and words where something was set by hand.

    Args:
        picture: the figure; changed.
        marks: the steps in order, and what was set.
    """
    if not marks or not picture.data:
        return picture
    told: dict[int, list[str]] = {}
    for step, words in marks:
        told.setdefault(step, []).append(words)
    for step, parts in told.items():
        _upright(picture, step, opacity=0.8, words={"text": escape_plotly(", ".join(parts)), "textangle": -90})
    note = _("Set by hand: {changes}.").format(
        changes="; ".join(_("{words} at step {step}").format(words=words, step=step) for step, words in marks)
    )
    picture.layout.meta |= {"alt": f"{alt(picture)} {note}"}
    return picture


def _upright(
    picture: go.Figure, step: int, *, dash: str | None = None, opacity: float = 1.0, words: dict[str, Any] | None = None
) -> None:
    """A line at a step through all panels of a figure, and words at its top, left of it."""
    line = {"color": NEUTRAL, "width": 1, "dash": dash}
    picture.add_shape(type="line", x0=step, x1=step, y0=0, y1=1, yref="paper", line=line, opacity=opacity)
    if words:
        place = {"x": step, "y": 1, "yref": "paper", "xanchor": "right", "yanchor": "top", "showarrow": False}
        picture.add_annotation(place | {"font": {"size": 11}} | words)


def alt(picture: go.Figure) -> str:
    """The figure's description for screen readers."""
    return str((picture.layout.meta or {}).get("alt", ""))


def side_legend(count: int) -> dict[str, Any]:
    """A legend that scrolls at the side when there are too many entries for a line above the figure."""
    if count <= 8:
        return {}
    beside = {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top", "maxheight": 0.95}
    return {"legend": beside | {"font": {"size": SMALL}}}


def key(name: str, symbol: str, color: str = NEUTRAL) -> go.Scatter:
    """A legend entry of its own, for marks whose colour is a number."""
    marker = {"symbol": symbol, "size": 11, "color": color}
    return go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker, hoverinfo="skip")


def thin(length: int, limit: int = MAXIMUM_POINTS) -> npt.NDArray[np.intp]:
    """Which of ``length`` points to send: all, or ``limit`` evenly spaced ones with the first and the last."""
    if length <= limit:
        return np.arange(length)
    return np.unique(np.linspace(0, length - 1, limit).round().astype(np.intp))


def by_run(table: pd.DataFrame, value: str) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """A tidy table as steps ``(S,)``, values ``(R, S)`` with NaN where a run says nothing, and the runs ``(R,)``."""
    runs, row = np.unique(table["run"].to_numpy(dtype=np.int64), return_inverse=True)
    steps, column = np.unique(table["step"].to_numpy(dtype=np.float64), return_inverse=True)
    # Ten times as fast as a pivot table, and drawn many times a second while a study trains.
    wide = np.full((len(runs), len(steps)), np.nan)
    wide[row, column] = table[value].to_numpy(dtype=np.float64)
    keep = thin(len(steps))
    values = wide[:, keep]
    return steps[keep], np.where(np.isfinite(values), values, np.nan), runs


def mean(values: Floats, axis: int = 0) -> Floats:
    """The mean of what is there; NaN where nothing is, without a warning."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def joined(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Several runs as one broken line: ``(R, S)`` values with a gap between runs, so that they cost one trace."""
    gap = np.full((len(values), 1), np.nan)
    return np.tile(np.append(steps, np.nan), len(values)), np.hstack([values, gap]).ravel()


def background(x: Floats, y: Floats, color: str, group: str) -> go.Scatter:
    """The thin lines of single seeds behind their mean."""
    line = {"color": color, "width": 1}
    return go.Scatter(x=x, y=y, mode="lines", line=line, legendgroup=group, showlegend=False, hoverinfo="skip")


def chosen(runs: pd.DataFrame, label: str, seed: int | None = None) -> pd.DataFrame:
    """The runs of one label, of all seeds or of one."""
    found = runs[runs["label"] == label]
    return found if seed is None else found[found["seed"] == seed]


def well(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that did not diverge."""
    return runs[runs["status"] != "diverged"]


def bold(points: int) -> float:
    """The width of a mean's line: thinner where it moves at every few pixels."""
    return 2.4 if points <= 120 else 1.5


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign, by a real minus.

    >>> signed(-0.0704)
    '−0.070'
    """
    return "–" if not np.isfinite(value) else f"{value:+.{digits}f}".replace("-", "−")


def from_to(low: float, high: float, digits: int = 1) -> str:
    """The two ends of an interval.

    >>> from_to(-2.13, 0.5)
    '−2.1 … +0.5'
    """
    return f"{signed(low, digits)} … {signed(high, digits)}"
