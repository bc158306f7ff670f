"""Small multiples of tables with numbers in them: readable without colour."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, shortened
from dashboard.figures.palette import ON_PALE, PALE_DIVERGING, task_styles
from dashboard.words import _

PALE = ((0.0, "#F3F4F6"), (1.0, "#9CBFE0"))
"""None to all, pale enough for dark letters."""

NUMBERED = 9
"""The most columns of a table with numbers in it: on a telephone each then has room for one."""

FEW, SEVERAL, MANY = 160, 320, 480
"""The least pixels of a table with up to three columns, with numbers in them, and with more."""

ROW, THIN = 26, 15
"""Pixels of a row, and of one of many."""

LETTER = 5.6
"""Pixels of a letter of a column's name, about."""


class Table(NamedTuple):
    """A title, the names of rows and columns, and the values ``(rows, columns)``."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Floats


def matrix(tables: Sequence[Table], place: int, alt: str) -> go.Figure:
    """The picture of one of several tables that stand side by side as far as there is room: all on one scale from 0 to 1, or a
    larger number where there is one; around 0 where there are negative numbers.

    Args:
        tables: all of them; without any number the picture says so.
        place: of the one drawn.
        alt: one sentence for people who cannot see them.
    """
    known = np.concatenate([table.values.ravel() for table in tables]) if tables else np.zeros(0)
    known = known[np.isfinite(known)]
    if not len(known):
        return empty(_("Nothing of it has been recorded yet."))
    most = max(1.0, float(np.abs(known).max()))
    low = -most if known.min() < -0.005 else 0.0
    names = [[[shortened(name, 12) for name in side] for side in (table.columns, table.rows)] for table in tables]
    upright = [_fit(columns, rows) for columns, rows in names]
    # One height for all, so that those in a line are level.
    room = max(
        0 if fits else 10 + LETTER * max(map(len, columns)) for fits, (columns, _rows) in zip(upright, names, strict=True)
    )
    row = ROW if all(len(rows) <= 2 * NUMBERED for _columns, rows in names) else THIN
    height = round(52 + room + row * max(len(rows) for _columns, rows in names))
    return _matrix(tables[place], alt, height, (low, most), *names[place], upright=upright[place])


def least_width(tables: Sequence[Table]) -> int:
    """So many pixels a picture of each of these tables needs at least."""
    columns = max((len(table.columns) for table in tables), default=0)
    return FEW if columns <= 3 else SEVERAL if columns <= NUMBERED else MANY


def _fit(columns: Sequence[str], rows: Sequence[str]) -> bool:
    """Whether the columns' names stand side by side also where the picture is as narrow as it gets."""
    width = FEW if len(columns) <= 3 else SEVERAL
    return LETTER * max(map(len, columns)) <= (width - 10 - LETTER * max(map(len, rows))) / len(columns)


def _matrix(
    table: Table, alt: str, height: int, limits: tuple[float, float], columns: list[str], rows: list[str], *, upright: bool
) -> go.Figure:
    few = len(columns) <= NUMBERED
    ticks = {
        "tickmode": "array",
        "showgrid": False,
        "automargin": True,
        "tickfont": {"size": 11 if len(rows) <= 2 * NUMBERED else 9},
    }
    shown = list(range(len(columns))) if len(columns) <= 2 * NUMBERED else []
    heat = go.Heatmap(
        z=table.values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=limits[0],
        zmax=limits[1],
        colorscale=[list(stop) for stop in (PALE_DIVERGING if limits[0] else PALE)],
        xgap=2,
        ygap=2,
        text=[[_number(value) for value in row] for row in table.values],
        texttemplate="%{text}" if few else None,
        textfont={"color": ON_PALE, "size": 12 if len(columns) <= 6 else 11},
        hoverongaps=False,
        customdata=[[f"{escape_plotly(row)}<br>{escape_plotly(column)}" for column in table.columns] for row in table.rows],
        hovertemplate="%{customdata}<br>%{z:.3f}<extra></extra>",
        showscale=False,
    )
    return figure(
        [heat],
        f"{alt} {table.title}.",
        height,
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
        xaxis=ticks
        | {
            "tickvals": shown,
            "ticktext": [columns[at] for at in shown],
            "tickangle": 0 if upright else -90,
            "side": "top",
            # An axis' title stands beyond the names also where these are turned for want of room.
            "title": {"text": f"<b>{escape_plotly(table.title, 48)}</b>", "standoff": 4, "font": {"size": 12}},
        },
        yaxis=ticks | {"tickvals": list(range(len(rows))), "ticktext": rows, "autorange": "reversed"},
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
