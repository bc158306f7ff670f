"""How sure a front is, as a band: from what a quarter of the seeds reach to what three quarters do, around what half do."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import Floats
from dashboard.figures.palette import NEUTRAL, TaskStyle, faded
from dashboard.words import _

OUTER, MEDIAN, INNER = 0.25, 0.5, 0.75


def band_marks(
    bands: pd.DataFrame,
    seeds: pd.DataFrame,
    turned: tuple[bool, bool],
    styles: Mapping[str, TaskStyle],
) -> list[Any]:
    """The band and the median staircase of each strategy.

    Args:
        bands: from ``attainment``: strategy, share, x, y.
        seeds: one row a run: x, y; the band ends where the worst of them is.
        turned: of each axis whether less is better on it.
        styles: of the strategies where there are several; quiet if not given.
    """
    traces: list[Any] = []
    worst = [float(seeds[axis].max() if less else seeds[axis].min()) for axis, less in zip("xy", turned, strict=True)]
    known = list(dict.fromkeys(bands["strategy"].astype(str)))
    for place, name in enumerate(known):
        own, style = bands[bands["strategy"].astype(str) == name], styles.get(name)
        color = style.color if style else NEUTRAL
        group = {"legendgroup": name, "hoverinfo": "skip"} if style else {"hoverinfo": "skip"}
        outer, inner = (_stairs(own[own["share"] == share], worst) for share in (OUTER, INNER))
        around = np.concatenate([outer, inner[::-1]])
        traces.append(
            go.Scatter(
                x=around[:, 0],
                y=around[:, 1],
                mode="lines",
                fill="toself",
                fillcolor=faded(color, 0.2),
                line={"width": 0},
                name=_("front of 25 to 75 % of the seeds"),
                showlegend=place == 0,
                **group,
            )
        )
        middle = _stairs(own[own["share"] == MEDIAN], worst)
        traces.append(
            go.Scatter(
                x=middle[:, 0],
                y=middle[:, 1],
                mode="lines",
                line={"color": color, "width": 2.2, "dash": style.dash if style else "solid"},
                name=_("front of half of the seeds"),
                showlegend=style is None,
                **group,
            )
        )
    return traces


def _stairs(corners: pd.DataFrame, worst: Sequence[float]) -> Floats:
    """A staircase ``(N, 2)`` through its corners, from the left end of the picture to its lower end."""
    x, y = (corners[axis].to_numpy(dtype=np.float64) for axis in "xy")
    return np.column_stack([[worst[0], *np.repeat(x, 2)], [*np.repeat(y, 2), worst[1]]])
