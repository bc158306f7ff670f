"""What a class predicted, in the axes in which it was asked, and what came out once it is uncovered. Nobody is named.

Predictions are diamonds and what came out is a disc, as where a reader predicts alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, joined, key, shortened
from dashboard.figures.palette import CHOSEN, NEUTRAL, ON_PALE, PALE_DIVERGING, faded, task_style
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
        return _nobody(height)
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
                marker={"symbol": "diamond", "size": 9, "color": faded(color, 0.55), "line": {"color": color, "width": 1}},
                showlegend=False,
                hovertemplate=f"{escape_plotly(name)}: %{{x}}<extra></extra>",
            )
        )
    rails = [_rail(scale, -row) for row in range(len(rows))]
    ticks = {"tickvals": [-row for row in range(len(rows))], "ticktext": [shortened(name, 16) for name in rows]}
    return figure(
        traces + _keys(truth),
        _alt(rows, said, truth),
        height,
        xaxis=scale.axis,
        yaxis=ticks | {"range": [-len(rows) + 0.7, 0.95], "showgrid": False, "fixedrange": True},
        shapes=rails,
    )


def stacked(rows: Sequence[str], said: Floats, stops: Sequence[str], truth: Truth | None = None) -> go.Figure:
    """How many chose each of a few named places, a bar a row; what came out is the framed part.

    Args:
        rows: what each row is of.
        said: ``(N, R)`` the number of the stop that an answer chose.
        stops: their names, from the lowest on.
        truth: the stops that came out; None while they are covered.
    """
    height = round(min(64.0, max(34.0, 400 / len(rows))) * len(rows)) + 96
    if not len(said) and truth is None:
        return _nobody(height)
    counts = (said[:, :, None] == np.arange(len(stops))).sum(axis=0)  # (N, R, 1) -> (R, S)
    right = _chosen_stops(truth, len(rows))
    names = [escape_plotly(row) for row in rows]
    traces: list[Any] = []
    for stop, words in enumerate(stops):
        own = counts[:, stop]
        traces.append(
            go.Bar(
                x=own,
                y=list(range(len(rows))),
                orientation="h",
                name=escape_plotly(words),
                marker={
                    "color": _along(stop, len(stops)),
                    "line": {"color": NEUTRAL, "width": [5 if stop == each else 0.5 for each in right]},
                },
                text=[_part(words, int(count), len(said), came=stop == each) for count, each in zip(own, right, strict=True)],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"color": ON_PALE},
                customdata=names,
                hovertemplate=f"%{{customdata}}: {escape_plotly(words)}: %{{x}}<extra></extra>",
            )
        )
    if truth is not None:
        known = [(row, stop) for row, stop in enumerate(right) if stop is not None]
        # Beside the bars, for what came out may be what nobody said.
        traces.append(
            go.Scatter(
                x=[len(said)] * len(known),
                y=[row for row, _stop in known],
                mode="text",
                text=[f" ● {escape_plotly(stops[stop])}" for _row, stop in known],
                textposition="middle right",
                showlegend=False,
                hoverinfo="skip",
            )
        )
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [shortened(name, 16) for name in rows], "showgrid": False}
    end = max(1, len(said)) * (1.3 if truth is not None else 1.02)
    return figure(
        traces + _keys(truth, marks=False),
        _alt(rows, said, truth, stops),
        height,
        barmode="stack",
        bargap=0.3,
        xaxis={"title": {"text": _("answers")}, "range": [0, end], "showgrid": True, "tickformat": "d", "nticks": 6},
        yaxis=ticks | {"range": [len(rows) - 0.5, -0.5], "fixedrange": True},
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
        return _nobody(height)
    steps = np.arange(len(rows), dtype=np.float64)
    traces: list[Any] = []
    if len(said):
        x, y = joined(steps, said)
        line = {"color": faded(NEUTRAL, min(0.6, max(0.12, 6 / len(said)))), "width": 1}
        traces.append(go.Scatter(x=x, y=y, mode="lines", line=line, name=_("a prediction"), hoverinfo="skip"))
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
        _alt(rows, said, truth),
        height,
        xaxis=ticks | {"title": {"text": escape_plotly(across)}, "range": [-0.3, len(rows) - 0.7]},
        yaxis=scale.axis,
    )


def pairs(items: Sequence[str], said: Floats, truth: Floats | None = None) -> go.Figure:
    """How many put each two together; a disc marks those that came out together.

    Args:
        items: what was sorted.
        said: ``(N, I)`` the group of each item in an answer.
        truth: ``(I,)`` the groups that came out; None while they are covered.
    """
    height = 60 * len(items) + 90
    if not len(said) and truth is None:
        return _nobody(height)
    count = len(items)
    together = (said[:, :, None] == said[:, None, :]).sum(axis=0) if len(said) else np.zeros((count, count), dtype=int)
    came = np.zeros((count, count), dtype=bool) if truth is None else truth[:, None] == truth[None, :]
    other = ~np.eye(count, dtype=bool)
    names = [shortened(name, 12) for name in items]
    heat = go.Heatmap(
        z=np.where(other, together, np.nan),
        x=list(range(count)),
        y=list(range(count)),
        zmin=0,
        zmax=max(1, len(said)),
        colorscale=[[0.0, "#F3F4F6"], [1.0, "#7DB3E3"]],
        xgap=2,
        ygap=2,
        text=[
            [f"{number}{' ●' if mark else ''}" if apart else "" for number, mark, apart in zip(*line, strict=True)]
            for line in zip(together, came, other, strict=True)
        ],
        texttemplate="%{text}",
        textfont={"color": ON_PALE, "size": 14},
        hoverongaps=False,
        customdata=[[f"{escape_plotly(one)} + {escape_plotly(two)}" for two in items] for one in items],
        hovertemplate="%{customdata}: %{z}<extra></extra>",
        showscale=False,
    )
    ticks = {"tickvals": list(range(count)), "ticktext": names, "showgrid": False, "fixedrange": True}
    told = [
        _("{one} and {two}: {number}").format(one=items[a], two=items[b], number=together[a, b])
        for a in range(count)
        for b in range(a + 1, count)
    ]
    alt = " ".join((heard(len(said)), _("Together were put: {pairs}.").format(pairs="; ".join(told))))
    if truth is not None:
        named = [f"{items[a]} + {items[b]}" for a in range(count) for b in range(a + 1, count) if came[a, b]]
        alt += " " + _("Together came out: {pairs}.").format(pairs=", ".join(named) or _("none"))
    return figure([heat], alt, height, xaxis=ticks | {"side": "top"}, yaxis=ticks | {"autorange": "reversed"})


def _nobody(height: int) -> go.Figure:
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


def _keys(truth: Truth | None, *, marks: bool = True) -> list[Any]:
    named = [key(_("a prediction"), "diamond")] if marks else []
    return named + ([] if truth is None else [key(_("what came out"), "circle")])


def _chosen_stops(truth: Truth | None, rows: int) -> list[int | None]:
    if truth is None:
        return [None] * rows
    return [round(float(value)) if np.isfinite(value) else None for value in truth.values]


def _along(stop: int, count: int) -> str:
    """The colour of a stop: the pale diverging scale from its one end to its other."""
    share = stop / max(1, count - 1) * (len(PALE_DIVERGING) - 1)
    place = min(int(share), len(PALE_DIVERGING) - 2)
    one, two = (np.array([int(PALE_DIVERGING[at][1][k : k + 2], 16) for k in (1, 3, 5)]) for at in (place, place + 1))
    red, green, blue = np.round(one + (share - place) * (two - one)).astype(int)
    return f"#{red:02X}{green:02X}{blue:02X}"


def _part(words: str, count: int, all_: int, *, came: bool) -> str:
    """What stands in a part of a bar: its name where there is room."""
    if not count:
        return ""
    named = f"{shortened(words, 12)} {count}" if count >= 0.3 * all_ else str(count)
    return f"● {named}" if came else named


def _alt(rows: Sequence[str], said: Floats, truth: Truth | None, stops: Sequence[str] = ()) -> str:
    """How many answered, each row's median or counts, and what came out."""
    told = [heard(len(said))]
    for row, name in enumerate(rows):
        if not len(said):
            break
        if stops:
            parts = ", ".join(f"{words} {int((said[:, row] == stop).sum())}" for stop, words in enumerate(stops))
            told.append(f"{name}: {parts}.")
        else:
            told.append(_("{row}: median {value}.").format(row=name, value=f"{np.median(said[:, row]):.3g}".replace("-", "−")))
    if truth is not None:
        known = [
            f"{name}: {stops[round(float(value))] if stops else f'{value:.3g}'.replace('-', '−')}"
            for name, value in zip(rows, truth.values, strict=True)
            if np.isfinite(value)
        ]
        told.append(_("It came out at {values}.").format(values="; ".join(known)))
    return " ".join(told)
