"""What a class predicted, in the axes in which it was asked, and what came out once it is uncovered. Nobody is named.

Predictions are diamonds and what came out is a disc, as where a reader predicts alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, joined, key, shortened
from dashboard.figures.palette import CHOSEN, NEUTRAL, faded, task_style
from dashboard.words import _, ngettext

STACKS = 40
"""About so many stacks stand side by side on a scale."""

PILE = 0.66
"""The highest stack's share of its row."""


class Scale(NamedTuple):
    """A scale as it is drawn.

    Args:
        title: what it measures, with its unit.
        low, high: its ends.
        ticks: the values that it names, with what it calls them.
    """

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    @property
    def axis(self) -> dict[str, Any]:
        """As Plotly has it, with a little room beyond its ends."""
        room = 0.03 * (self.high - self.low)
        return {
            "title": {"text": escape_plotly(self.title)},
            "range": [self.low - room, self.high + room],
            "tickvals": [value for value, _words in self.ticks],
            "ticktext": [escape_plotly(words) for _value, words in self.ticks],
            "showgrid": True,
        }


class Truth(NamedTuple):
    """What came out: ``(R,)`` a number a row, and the ends of its interval where there is one."""

    values: Floats
    low: Floats
    high: Floats


def heard(count: int) -> str:
    """How many answered, in words."""
    return ngettext("{count} answer.", "{count} answers.", count).format(count=count)


def dots(rows: Sequence[str], said: Floats, scale: Scale, truth: Truth | None = None) -> go.Figure:
    """A diamond an answer, stacked over its place on each row's scale.

    Args:
        rows: what each row is of.
        said: ``(N, R)`` a value an answer and row.
        scale: of all rows.
        truth: what came out; None while it is covered.
    """
    height = round(min(96.0, max(52.0, 420 / len(rows))) * len(rows)) + 96
    if not len(said) and truth is None:
        return nobody(height)
    place = np.round((said - scale.low) / (scale.high - scale.low) * STACKS).astype(int)
    rank = np.zeros_like(place)
    for row in range(len(rows)):
        for stack in np.unique(place[:, row]):
            here = np.flatnonzero(place[:, row] == stack)
            rank[here[np.argsort(said[here, row], kind="stable")], row] = np.arange(len(here))
    rise = min(0.14, PILE / max(1, int(rank.max(initial=0))))
    traces: list[Any] = []
    for row, name in enumerate(rows):
        color = task_style(row).color
        traces += _came(truth, row, -row, color)
        traces.append(
            go.Scatter(
                x=said[:, row],
                y=-row + 0.16 + rise * rank[:, row],
                mode="markers",
                marker={"symbol": "diamond", "size": 9, "color": faded(color, 0.7), "line": {"color": color, "width": 1}},
                showlegend=False,
                hovertemplate=f"{escape_plotly(name)}: %{{x}}<extra></extra>",
            )
        )
    rails = [_rail(scale, -row) for row in range(len(rows))]
    ticks = {"tickvals": [-row for row in range(len(rows))], "ticktext": [shortened(name, 16) for name in rows]}
    return figure(
        traces + keys(truth),
        told(rows, said, truth),
        height,
        xaxis=scale.axis,
        yaxis=ticks | {"range": [-len(rows) + 0.7, 0.95], "showgrid": False, "fixedrange": True},
        shapes=rails,
    )


def curves(rows: Sequence[str], said: Floats, scale: Scale, across: str, truth: Truth | None = None) -> go.Figure:
    """Every answer's curve, thin, with the median of the class.

    Args:
        rows: what stands on the other axis, in order.
        said: ``(N, R)`` a value an answer and row.
        scale: the upright one.
        across: the other axis's title.
        truth: what came out; None while it is covered.
    """
    height = 380
    if not len(said) and truth is None:
        return nobody(height)
    steps = np.arange(len(rows), dtype=np.float64)
    traces: list[Any] = []
    if len(said):
        x, y = joined(steps, said)
        line = {"color": faded(NEUTRAL, min(0.6, max(0.12, 6 / len(said)))), "width": 1}
        traces.append(go.Scatter(x=x, y=y, mode="lines", line=line, showlegend=False, hoverinfo="skip"))
        thin = {"color": NEUTRAL, "width": 1}  # in the legend a line is seen alone, and would hardly be
        traces.append(go.Scatter(x=[None], y=[None], mode="lines", line=thin, name=_("a prediction"), hoverinfo="skip"))
        traces.append(
            go.Scatter(
                x=steps,
                y=np.median(said, axis=0),
                mode="lines+markers",
                line={"color": CHOSEN, "width": 2.5, "dash": "dash"},
                marker={"symbol": "diamond", "size": 8},
                name=_("median of the class"),
                hovertemplate="%{y}<extra></extra>",
            )
        )
    if truth is not None:
        color = task_style(0).color
        traces.append(
            go.Scatter(
                x=steps,
                y=truth.values,
                mode="lines+markers",
                line={"color": color, "width": 2.5},
                marker={"symbol": "circle", "size": 9},
                name=_("what came out"),
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": truth.high - truth.values,
                    "arrayminus": truth.values - truth.low,
                    "color": faded(color, 0.5),
                },
                hovertemplate="%{y}<extra></extra>",
            )
        )
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [shortened(name, 12) for name in rows]}
    return figure(
        traces,
        told(rows, said, truth),
        height,
        xaxis=ticks | {"title": {"text": escape_plotly(across)}, "range": [-0.3, len(rows) - 0.7]},
        yaxis=scale.axis,
    )


def nobody(height: int) -> go.Figure:
    """The picture before anybody answered."""
    return empty(_("Nobody has answered yet."), height)


def _rail(scale: Scale, y: float) -> dict[str, Any]:
    line = {"color": NEUTRAL, "width": 2}
    return {"type": "line", "x0": scale.low, "x1": scale.high, "y0": y, "y1": y, "line": line, "opacity": 0.4, "layer": "below"}


def _came(truth: Truth | None, row: int, y: float, color: str) -> list[Any]:
    """A row's disc with its interval."""
    if truth is None or not np.isfinite(truth.values[row]):
        return []
    off = {"array": [truth.high[row] - truth.values[row]], "arrayminus": [truth.values[row] - truth.low[row]]}
    bar = {"type": "data", "symmetric": False, "color": color, "thickness": 5, "width": 0} | off
    marker = {"symbol": "circle", "size": 13, "color": color}
    template = "%{x}<extra></extra>"
    one = go.Scatter(x=[truth.values[row]], y=[y], error_x=bar, mode="markers", marker=marker, showlegend=False)
    return [one.update(hovertemplate=template)]


def keys(truth: Truth | None, *, marks: bool = True) -> list[Any]:
    """What the marks are, for the legend."""
    named = [key(_("a prediction"), "diamond")] if marks else []
    return named + ([] if truth is None else [key(_("what came out"), "circle")])


def told(rows: Sequence[str], said: Floats, truth: Truth | None, stops: Sequence[str] = ()) -> str:
    """How many answered, each row's median or counts, and what came out."""
    parts = [heard(len(said))]
    for row, name in enumerate(rows):
        if not len(said):
            break
        if stops:
            counts = ", ".join(f"{words} {int((said[:, row] == stop).sum())}" for stop, words in enumerate(stops))
            parts.append(f"{name}: {counts}.")
        else:
            parts.append(_("{row}: median {value}.").format(row=name, value=f"{np.median(said[:, row]):.3g}".replace("-", "−")))
    if truth is not None:
        known = [
            f"{name}: {stops[round(float(value))] if stops else f'{value:.3g}'.replace('-', '−')}"
            for name, value in zip(rows, truth.values, strict=True)
            if np.isfinite(value)
        ]
        parts.append(_("It came out at {values}.").format(values="; ".join(known)))
    return " ".join(parts)
