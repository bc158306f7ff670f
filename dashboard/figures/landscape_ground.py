"""What a walk goes over: contours of the losses, and the places that can be clicked to start from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats
from dashboard.palette import NEUTRAL, faded, task_style
from dashboard.words import _

FIRST, SECOND, SUM = "L1", "L2", "sum"
CHOICES = (FIRST, SECOND, SUM)

PLACES = 45
"""Places a side that can be clicked; plotly reports clicks on points only."""

LINES = 22

Arrays = dict[str, np.ndarray[Any, Any]]


def contours(picture: Arrays, shown: Sequence[str]) -> list[Any]:
    """The contours of the chosen losses; the sum's ground is shaded besides, the lower the paler."""
    ground = picture["ground"].astype(np.float64)
    values = {FIRST: ground[..., 0], SECOND: ground[..., 1], SUM: ground.sum(-1)}
    colors = {FIRST: task_style(0).color, SECOND: task_style(1).color, SUM: NEUTRAL}
    names = {FIRST: _("loss of task 1"), SECOND: _("loss of task 2"), SUM: _("sum of the losses")}
    traces = [
        go.Contour(
            x=np.round(picture["across"].astype(np.float64), 4),
            y=np.round(picture["up"].astype(np.float64), 4),
            z=_level(values[name]),
            ncontours=LINES,
            contours={"coloring": "heatmap" if name == SUM else "lines"},
            line={"width": 0.8, "color": faded(NEUTRAL, 0.6)} if name == SUM else {"width": 1.2},
            colorscale=_scale(colors[name], filled=name == SUM),
            showscale=False,
            hoverinfo="skip",
            name=names[name],
            showlegend=name != SUM,
        )
        for name in CHOICES
        if name in shown
    ]
    return sorted(traces, key=lambda trace: trace.name != names[SUM])  # the shaded one lies below the others


def _level(values: Floats) -> Floats:
    """The values without the few that lie far below all others, which would take all the lines."""
    low = float(np.quantile(values, 0.002))
    return np.maximum(values, low).round(3).astype(np.float64)


def _scale(color: str, *, filled: bool) -> list[list[float | str]]:
    if filled:
        return [[0.0, faded(color, 0.02)], [1.0, faded(color, 0.42)]]
    return [[0.0, color], [1.0, color]]


def starting_places(picture: Arrays, axes: tuple[str, str]) -> go.Scatter:
    """Unseen points over the whole plane: a click on one starts there."""
    across, up = picture["across"], picture["up"]
    x, y = np.meshgrid(*(np.linspace(float(side[0]), float(side[-1]), PLACES)[1:-1] for side in (across, up)))
    hover = _("Click to start here") + f"<br>{axes[0]} %{{x:.2f}}<br>{axes[1]} %{{y:.2f}}<extra></extra>"
    return go.Scatter(
        x=np.round(x.ravel(), 2),
        y=np.round(y.ravel(), 2),
        mode="markers",
        marker={"size": 14, "opacity": 0, "color": NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        name="start here",
        hovertemplate=hover,
        showlegend=False,
    )
