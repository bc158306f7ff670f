"""What a class chose: a named place a row, or which things belong together; and what came out once it is uncovered."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.class_answers import Truth, heard, keys, nobody, told
from dashboard.figures.frame import Floats, escape_plotly, figure, key, shortened
from dashboard.figures.palette import NEUTRAL, ON_PALE, PALE_DIVERGING
from dashboard.words import _


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
        return nobody(height)
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
                showlegend=False,
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
    # In the legend without the frames that parts of bars may have.
    traces += [key(escape_plotly(words), "square", _along(stop, len(stops))) for stop, words in enumerate(stops)]
    if truth is not None:
        known = [(row, stop) for row, stop in enumerate(right) if stop is not None]
        # Beside the bars, for what came out may be what nobody said.
        traces.append(
            go.Scatter(
                x=[len(said)] * len(known),
                y=[row for row, _stop in known],
                mode="text",
                text=[f" ● {shortened(stops[stop], 12)}" for _row, stop in known],
                textposition="middle right",
                cliponaxis=False,
                showlegend=False,
                hoverinfo="skip",
            )
        )
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [shortened(name, 16) for name in rows], "showgrid": False}
    beside = 0 if truth is None else 24 + 7 * min(12, max(map(len, stops)))
    many = max(1, len(said))
    picture = figure(
        traces + keys(truth, marks=False),
        told(rows, said, truth, stops),
        height,
        barmode="stack",
        bargap=0.3,
        uniformtext={"minsize": 10, "mode": "hide"},
        margin={"l": 8, "r": 12 + beside, "t": 34, "b": 8},
        xaxis={"title": {"text": _("answers")}, "range": [0, many], "showgrid": True, "dtick": -(-many // 5)},
        yaxis=ticks | {"range": [len(rows) - 0.5, -0.5], "fixedrange": True},
    )
    return picture.update_layout(legend_traceorder="normal")  # of stacked bars it is the other way round


def pairs(items: Sequence[str], said: Floats, truth: Floats | None = None) -> go.Figure:
    """How many put each two together; a disc marks those that came out together.

    Args:
        items: what was sorted.
        said: ``(N, I)`` the group of each item in an answer.
        truth: ``(I,)`` the groups that came out; None while they are covered.
    """
    height = 60 * len(items) + 90
    if not len(said) and truth is None:
        return nobody(height)
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
    named = [
        _("{one} and {two}: {number}").format(one=items[a], two=items[b], number=together[a, b])
        for a in range(count)
        for b in range(a + 1, count)
    ]
    alt = " ".join((heard(len(said)), _("Together were put: {pairs}.").format(pairs="; ".join(named))))
    if truth is not None:
        came_out = [f"{items[a]} + {items[b]}" for a in range(count) for b in range(a + 1, count) if came[a, b]]
        alt += " " + _("Together came out: {pairs}.").format(pairs=", ".join(came_out) or _("none"))
    return figure([heat], alt, height, xaxis=ticks | {"side": "top"}, yaxis=ticks | {"autorange": "reversed"})


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
