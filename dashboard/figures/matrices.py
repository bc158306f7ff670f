"""Small multiples of tables with numbers in them: readable without colour."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure
from dashboard.figures.palette import ON_PALE, PALE_DIVERGING, task_styles
from dashboard.words import _

EACH = 3
"""The most tables in a line."""

PALE = ((0.0, "#F3F4F6"), (1.0, "#9CBFE0"))
"""None to all, pale enough for dark letters."""

CELLS = 120
"""The most cells of a table with numbers in them."""


class Table(NamedTuple):
    """A title, the names of rows and columns, and the values ``(rows, columns)``."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Floats


def matrices(tables: Sequence[Table], alt: str, *, height: int | None = None) -> go.Figure:
    """Tables side by side, on one scale from 0 to 1, or a larger number where there is one; around 0 where there are negative
    numbers.

    Args:
        tables: none gives words that say so.
        alt: one sentence for people who cannot see them.
        height: pixels; None for what their rows need.
    """
    known = np.concatenate([table.values.ravel() for table in tables]) if tables else np.zeros(0)
    known = known[np.isfinite(known)]
    if not len(known):
        return empty(_("Nothing of it has been recorded yet."))
    most = max(1.0, float(np.abs(known).max()))
    low = -most if known.min() < -0.005 else 0.0
    scale = PALE_DIVERGING if low else PALE
    lines = -(-len(tables) // EACH)
    across = min(EACH, len(tables))
    tall = [max(len(table.rows) for table in tables[line * EACH : (line + 1) * EACH]) for line in range(lines)]
    pixels = height or sum(72 + 26 * rows for rows in tall) + 10
    traces: list[Any] = []
    layout: dict[str, Any] = {}
    for place, table in enumerate(tables):
        line, column = divmod(place, across)
        suffix = "" if place == 0 else str(place + 1)
        left, right = column / across + 0.07 / across, (column + 1) / across - 0.04 / across
        bottom, top = 1 - (line + 1) / lines, 1 - line / lines
        top -= 62 / pixels
        bottom += 8 / pixels
        names = [escape_plotly(name, 14) for name in table.columns], [escape_plotly(name, 14) for name in table.rows]
        few = table.values.size <= CELLS and len(table.columns) <= (16 if across == 1 else 9)
        traces.append(_heat(table, suffix, low, most, scale, names, few=few))
        ticks = {"tickmode": "array", "showgrid": False, "automargin": True, "tickfont": {"size": 11}}
        shown = list(range(len(names[0]))) if len(names[0]) <= 16 else []
        layout[f"xaxis{suffix}"] = ticks | {
            "domain": [left, right],
            "anchor": f"y{suffix}",
            "tickvals": shown,
            "ticktext": [names[0][at] for at in shown],
            "side": "top",
            # An axis' title stands beyond the names also where these are turned for want of room.
            "title": {"text": f"<b>{escape_plotly(table.title, 48)}</b>", "standoff": 4, "font": {"size": 12}},
        }
        layout[f"yaxis{suffix}"] = ticks | {
            "domain": [bottom, top],
            "anchor": f"x{suffix}",
            "tickvals": list(range(len(names[1]))),
            "ticktext": names[1] if column == 0 or table.rows != tables[place - 1].rows else [""] * len(names[1]),
            "autorange": "reversed",
        }
    return figure(traces, alt, pixels, margin={"l": 8, "r": 8, "t": 4, "b": 4}, **layout)


def _heat(
    table: Table,
    suffix: str,
    low: float,
    high: float,
    scale: Sequence[tuple[float, str]],
    names: tuple[list[str], list[str]],
    *,
    few: bool,
) -> go.Heatmap:
    return go.Heatmap(
        z=table.values,
        x=list(range(len(names[0]))),
        y=list(range(len(names[1]))),
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        zmin=low,
        zmax=high,
        colorscale=[list(stop) for stop in scale],
        xgap=2,
        ygap=2,
        text=[[_number(value) for value in row] for row in table.values],
        texttemplate="%{text}" if few else None,
        textfont={"color": ON_PALE, "size": 12},
        hoverongaps=False,
        customdata=[[f"{row}<br>{column}" for column in names[0]] for row in names[1]],
        hovertemplate="%{customdata}<br>%{z:.3f}<extra></extra>",
        showscale=False,
    )


def bars(tables: Sequence[Table], tasks: Sequence[str], alt: str) -> go.Figure:
    """One number a task, or a module, at each stage: ``values`` ``(stages, tasks)``, all tables of one kind of bars."""
    table = next((each for each in tables if np.isfinite(each.values).any()), None)
    if table is None:
        return empty(_("Nothing of it has been recorded yet."))
    styles = task_styles(tasks)
    traces = [
        go.Bar(
            x=[escape_plotly(row, 18) for row in table.rows],
            y=table.values[:, place],
            name=escape_plotly(name),
            marker={"color": styles[name].color} if name in styles else {"opacity": 1 - 0.6 * place / len(table.columns)},
            text=[_number(value) for value in table.values[:, place]],
            hovertemplate=f"{escape_plotly(name)}<br>%{{x}}: %{{y:.3f}}<extra></extra>",
        )
        for place, name in enumerate(table.columns)
    ]
    return figure(traces, alt, 250, barmode="group", yaxis={"rangemode": "tozero"}, title=None)


def _number(value: float) -> str:
    # Adding zero takes the sign from what is rounded to nothing.
    return "" if not np.isfinite(value) else f"{round(value, 2) + 0:.2f}".replace("-", "−")
