"""All weightings of three tasks as a triangle, and any number of tasks as a matrix."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure, signed
from dashboard.figures.palette import (
    DIVERGING,
    NEUTRAL,
    ON_PALE,
    PALE_DIVERGING,
    QUIET,
    SEQUENTIAL,
    VERDICT_MARKS,
    TaskStyle,
)
from dashboard.figures.tradeoff import said
from dashboard.figures.tradeoff_marks import look
from dashboard.words import _

FEWEST_INSIDE = 3
"""So many weightings of all three tasks set the triangle's colours; where there are fewer, all do."""


def triangle(
    places: pd.DataFrame,
    tasks: Sequence[str],
    values: dict[str, float],
    title: str,
    *,
    diverging: bool = False,
    lower: bool = False,
    front: Collection[str] = (),
    styles: Mapping[str, TaskStyle] | None = None,
    limits: tuple[float, float] | None = None,
    note: str = "",
    height: int = 520,
) -> go.Figure:
    """Every weighting of three tasks at its place on the simplex, coloured by what came of it.

    Args:
        places: one row a label: label, role, and the share of weight on each of the three tasks in columns ``0, 1, 2``. A
            method stands where its effective weights lay on average.
        tasks: the three tasks; their corners are top, bottom left and bottom right.
        values: the number that colours each label.
        title: what that number is.
        diverging: whether zero is the middle of the colours.
        lower: whether the number is the better the lower it is: the colours are turned round, and the brightest is the best.
        front: the labels that no other beats in all tasks; they are ringed.
        styles: the looks of the methods' labels, see ``ends.styles_of``.
        limits: what the colours reach from and to; None for what the numbers themselves say.
        note: which split this is, in words.
        height: pixels.
    """
    known = places[places["label"].map(lambda label: np.isfinite(values.get(label, np.nan)))]
    if known.empty:
        return empty(_("No run has been evaluated yet: there is nothing to compare."))
    numbers = np.array([values[label] for label in known["label"]], dtype=float)
    scale = DIVERGING if diverging else SEQUENTIAL
    limits = limits or _limits(known, numbers, diverging=diverging)
    methods = [label for label, role in zip(known["label"], known["role"], strict=True) if role == "method"]
    looks = {label: look(styles or {}, label) for label in methods}
    side = max(2.0, np.sqrt(2.0 * max(1, int((known["role"] != "method").sum()))))
    size = float(np.clip(210 / side, 8, 28))
    traces: list[Any] = []
    # What has no number of its own, as a task alone has no gain over itself, still marks its place.
    rest = places[~places["label"].isin(known["label"]) & (places["role"] == "baseline")]
    if len(rest):
        traces.append(_marks(rest, "square", {"size": 11, "color": NEUTRAL}, _("task alone")))
    for role in ("fixed", "baseline", "method"):
        part = known[known["role"] == role]
        if part.empty:
            continue
        method = role == "method"
        symbols = [looks[label].marker for label in part["label"]] if method else "hexagon"
        edge = [looks[label].color for label in part["label"]] if method else NEUTRAL
        traces.append(
            go.Scatterternary(
                a=part["0"],
                b=part["1"],
                c=part["2"],
                mode="markers",
                cliponaxis=False,
                showlegend=False,
                marker={
                    "color": [values[label] for label in part["label"]],
                    "coloraxis": "coloraxis",
                    "size": 17 if method else size,
                    "symbol": symbols,
                    "line": {"color": edge, "width": 2.4 if method else 0.6},
                },
                customdata=[[escape_plotly(label), values[label], label] for label in part["label"]],
                ids=list(part["label"]),
                hovertemplate="<b>%{customdata[0]}</b><br>" + escape_plotly(title) + " %{customdata[1]:.4g}<extra></extra>",
            )
        )
    ringed = known[known["label"].isin(front)]
    if len(ringed):
        ring = {"size": size + 9, "color": NEUTRAL, "line": {"color": NEUTRAL, "width": 1.5}}
        traces.append(_marks(ringed, "circle-open", ring, _("Pareto front")))
    traces += [_key(escape_plotly(label, 28), looks[label]) for label in methods]
    best = str(known["label"].iloc[int(numbers.argmin() if lower else numbers.argmax())])
    alt = _("Triangle of all weightings of {tasks}, coloured by {title}; best at {best}.")
    # An empty line keeps each name clear of the mark at its corner.
    names = [
        f"{escape_plotly(tasks[0], 20)}<br> ",
        f" <br>{escape_plotly(tasks[1], 20)}",
        f" <br>{escape_plotly(tasks[2], 20)}",
    ]
    corner = {"min": 0, "showticklabels": False, "ticks": "", "gridcolor": QUIET, "linecolor": NEUTRAL, "layer": "below traces"}
    return figure(
        traces,
        alt.format(tasks=", ".join(tasks), title=title, best=best),
        height,
        margin={"l": 40, "r": 40, "t": 48, "b": 56},
        annotations=said(note, above=True),
        ternary={
            "sum": 1,
            "bgcolor": "rgba(0, 0, 0, 0)",
            **{
                axis: corner | {"title": {"text": name, "font": {"size": 14}}}
                for axis, name in zip(("aaxis", "baxis", "caxis"), names, strict=True)
            },
        },
        coloraxis={
            "colorscale": [list(stop) for stop in scale],
            "reversescale": lower,
            "cmin": limits[0],
            "cmax": limits[1],
            "colorbar": {
                "title": {"text": escape_plotly(title), "side": "top"},
                "orientation": "h",
                "y": -0.16,
                "yanchor": "top",
                "thickness": 10,
                "outlinewidth": 0,
                "len": 0.6,
            },
        },
    )


def _limits(known: pd.DataFrame, numbers: np.ndarray[Any, np.dtype[np.float64]], *, diverging: bool) -> tuple[float, float]:
    """The ends of the colours: those of the weightings that give every task some weight, where the question is.

    A task that is left out falls to chance, and its edge would take all the colours; marks there have the end's colour.
    """
    inner = numbers[(known[["0", "1", "2"]].to_numpy(dtype=float) > 0).all(axis=1)]
    inner = inner if len(inner) >= FEWEST_INSIDE and np.ptp(inner) > 0 else numbers
    if not diverging:
        return float(inner.min()), float(inner.max())
    # One weighting under which a task fell apart must not turn all others grey.
    reach = float(np.quantile(np.abs(inner), 0.9)) or 1.0
    return -reach, reach


def _marks(places: pd.DataFrame, symbol: str, marker: dict[str, Any], name: str) -> go.Scatterternary:
    """Places of one kind, explained in the legend."""
    return go.Scatterternary(
        a=places["0"],
        b=places["1"],
        c=places["2"],
        mode="markers",
        cliponaxis=False,
        name=name,
        marker=marker | {"symbol": symbol},
        customdata=[[escape_plotly(label), label] for label in places["label"]],
        hovertemplate="<b>%{customdata[0]}</b><extra>" + name + "</extra>",
    )


def _key(name: str, style: TaskStyle) -> go.Scatterternary:
    """A legend entry; on the triangle's own axes, since any other kind of trace would bring axes of its own."""
    marker = {"symbol": style.marker, "size": 11, "color": style.color}
    return go.Scatterternary(a=[None], b=[None], c=[None], mode="markers", name=name, marker=marker, hoverinfo="skip")


def matrix(table: pd.DataFrame, tasks: Sequence[str], labels: Sequence[str]) -> go.Figure:
    """The gain or loss of every task under every kind of run, in percent of the task alone; for any number of tasks.

    Args:
        table: ``transfer`` of a result, the headline metric of each task.
        tasks: the rows.
        labels: the columns.
    """
    cells = {(row.label, row.task): (row.delta_percent, row.verdict) for row in table.itertuples()}
    kept = [label for label in labels if any((label, task) in cells for task in tasks)]
    values = np.array([[cells.get((label, task), (np.nan,))[0] for label in kept] for task in tasks], dtype=float)
    if not values.size or not np.isfinite(values).any():
        return empty(_("No run has been evaluated yet: there is nothing to compare."))
    words = [[_cell(cells.get((label, task))) for label in kept] for task in tasks]
    few = len(kept) <= 8
    # One task that fell apart must not turn all others grey.
    reach = max(float(np.nanquantile(np.abs(values[np.isfinite(values)]), 0.9)), 1e-6)
    heat = go.Heatmap(
        z=values,
        x=list(range(len(kept))),
        y=list(range(len(tasks))),
        zmin=-reach,
        zmax=reach,
        colorscale=[list(stop) for stop in PALE_DIVERGING],
        xgap=2,
        ygap=2,
        text=words,
        texttemplate="%{text}" if few else None,
        textfont={"color": ON_PALE},
        customdata=[[f"{escape_plotly(task)}<br>{escape_plotly(label)}" for label in kept] for task in tasks],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        hoverongaps=False,
        showscale=not few,
        colorbar={"ticksuffix": " %", "thickness": 10, "outlinewidth": 0},
    )
    alt = _("Gain or loss of {tasks} tasks under {labels} kinds of run, in percent of the task alone; positive is better.")
    ticks: dict[str, Any] = {"tickmode": "array", "showgrid": False}
    return figure(
        [heat],
        alt.format(tasks=len(tasks), labels=len(kept)),
        max(160, min(1200, 80 + 26 * len(tasks))),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=ticks
        | {"tickvals": list(range(len(kept))), "ticktext": [escape_plotly(label, 20) for label in kept], "side": "top"},
        yaxis=ticks
        | {
            "tickvals": list(range(len(tasks))),
            "ticktext": [escape_plotly(task, 22) for task in tasks],
            "autorange": "reversed",
        },
    )


def _cell(found: Any) -> str:
    if found is None or not np.isfinite(found[0]):
        return "" if found is None else VERDICT_MARKS.get(str(found[1]), "")
    return f"{VERDICT_MARKS.get(str(found[1]), '')} {signed(float(found[0]), 1)} %"
