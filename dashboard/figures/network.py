"""The network at a glance: what tasks share in grey, what is their own in their colours, from the input up."""

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import escape_plotly, figure
from dashboard.figures.palette import NEUTRAL, faded, task_style
from dashboard.figures.sharing_places import outline, places_of
from dashboard.words import _
from mtl_core.diagnostics.sharing import SKIPPED, Shared

HEIGHT = 210
"""Pixels."""

TRUNK = "#666C76"
"""What tasks share: dark enough for white letters."""

_BAR = 0.62
"""The height of a bar; rows are one apart."""

NAMED = 5
"""The most tasks whose heads have room for a name."""


def network(found: Shared, strategy: str) -> go.Figure:
    """Draw a strategy's model as bars over the tasks' columns.

    Args:
        found: from ``mtl_core.diagnostics.sharing``; its last step is drawn.
        strategy: how it is called.
    """
    places = places_of(found)
    count, top = len(found.tasks), len(found.rows) + 1
    shapes = [outline(np.array([-0.42, count - 0.58]), 0, _BAR, fill=faded(NEUTRAL, 0.08))]
    words = [_word((count - 1) / 2, 0, _("input"))]
    shapes += [_stem(column, row) for column in range(count) for row in range(top)]
    for height, (row, boxes) in enumerate(zip(found.rows, places.boxes, strict=True), start=1):
        for module, users, box in zip(row.modules, row.reached, boxes, strict=True):
            if module == SKIPPED:
                continue
            own = task_style(users[0]) if len(users) == 1 else None
            fill = faded(own.color, 0.35) if own else TRUNK
            shapes.append(outline(box, height, _BAR, fill=fill, line=own))
            if own is None and box[1] - box[0] > 0.3 * count:
                words.append(_word(float(box.mean()), height, escape_plotly(row.name, 14), on_dark=True))
    for task, name in enumerate(found.tasks):
        style, column = task_style(task), places.columns[task]
        shapes.append(outline(np.array([column - 0.42, column + 0.42]), top, _BAR, fill=faded(style.color, 0.35), line=style))
        if count <= NAMED:
            words.append(_word(column, top, escape_plotly(name, max(5, 26 // count)), size=12 if count < 4 else 11))
    shared = [row.name for row in found.rows if any(len(users) > 1 for users in row.reached)]
    alt = _("The network of {strategy}: {shared} of {rows} stages have parts that tasks share, and each task has a head.")
    return figure(
        [go.Scatter(x=[None], y=[None], mode="markers", hoverinfo="skip")],
        alt.format(strategy=strategy, shared=len(shared), rows=len(found.rows)),
        HEIGHT,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        showlegend=False,
        shapes=shapes,
        annotations=words,
        xaxis={"visible": False, "range": [-0.5, count - 0.5], "fixedrange": True},
        yaxis={"visible": False, "range": [-0.1, top + _BAR + 0.1], "fixedrange": True},
        dragmode=False,
    )


def _stem(column: int, row: int) -> dict[str, object]:
    """From a row to the one above it."""
    line = {"color": NEUTRAL, "width": 1.5}
    return {"type": "line", "x0": column, "x1": column, "y0": row + _BAR, "y1": row + 1, "line": line, "layer": "below"}


def _word(x: float, row: int, text: str, *, size: int = 12, on_dark: bool = False) -> dict[str, object]:
    font: dict[str, object] = {"size": size} | ({"color": "#FFFFFF"} if on_dark else {})
    return {"x": x, "y": row + _BAR / 2, "text": text, "showarrow": False, "font": font}
