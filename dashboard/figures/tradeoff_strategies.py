"""Several sharing strategies on the plane of two tasks: each with a colour, a name beside it, its front and its weightings.

No task is drawn in its colour here, so the tasks' colours are free for the strategies.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, escape_plotly, key
from dashboard.figures.palette import TaskStyle, faded, task_styles
from dashboard.figures.tradeoff_marks import by_share, cloud, dots, front, look, method_mark, point

WIDTHS = (300, 600, 900)
"""As many pixels has the plane across on a telephone, on Play and alone on a page: a name has to find room on all of them."""

Box = tuple[float, float, float, float]
"""Left, right, bottom and top of something on the plane, in pixels."""

LETTER, LINE = 7.5, 17
"""Pixels of a letter and of a line of letters, about."""

STEPS = (20, -20, 40, -40, 66, -66, 0)
"""Pixels up or down at which a name may stand from what it names."""


def strategy_marks(
    wide: pd.DataFrame,
    seeds: pd.DataFrame,
    pair: tuple[str, str],
    shared: Sequence[str],
    *,
    line: bool,
    bars: bool,
    turned: Collection[str] = (),
    stairs: bool = True,
    looks: Mapping[str, TaskStyle],
) -> list[Any]:
    """Everything of each strategy in its colour; a balancing method has the same marker in all of them.

    Args:
        wide: as for ``weighting_marks``, with ``strategy``.
        seeds: one row a run: label, x, y.
        pair: the tasks of the two axes.
        shared: the strategies, in the study's order, which decides the colours.
        line: whether to draw fronts and the lines through the weightings, which make sense of two tasks alone.
        stairs: whether to draw the fronts too.
        bars: whether methods have their intervals over seeds.
        turned: the axes, ``x`` or ``y``, on which lower is better.
        looks: of the methods' labels; their markers are used.
    """
    styles = task_styles(shared)
    markers = {_bare(row): look(looks, row["label"]).marker for _place, row in wide[wide["role"] == "method"].iterrows()}
    traces: list[Any] = []
    for name in shared:
        style, own, group = styles[name], _of(wide, name), {"legendgroup": name}
        fixed = by_share(own)
        inner = fixed[fixed["role"] == "fixed"]
        traces.append(cloud(seeds[seeds["label"].isin(own["label"])], style.color, 0.35, **group))
        if line:
            thin = {"color": faded(style.color, 0.5), "width": 1, "dash": style.dash}
            traces.append(
                go.Scatter(x=fixed["x"], y=fixed["y"], mode="lines", line=thin, hoverinfo="skip", showlegend=False, **group)
            )
        if line and stairs:
            bold = {"color": style.color, "width": 2.2, "dash": style.dash}
            traces += front(own, bold, turned="x" in turned, showlegend=False, name=escape_plotly(name, 28), **group)
        small = {"color": faded(style.color, 0.75), "symbol": "circle", "size": 8, "line": {"color": "#FFFFFF", "width": 0.8}}
        traces.append(dots(inner, pair, small, **group))
        for _place, row in own[own["role"] == "method"].iterrows():
            marker = method_mark(markers[_bare(row)], style.color)
            traces.append(point(row, marker, bars=bars, name=escape_plotly(row["label"], 40), showlegend=False, **group))
        entry = {"color": style.color, "width": 2.2, "dash": style.dash}
        traces.append(go.Scatter(x=[None], y=[None], mode="lines", line=entry, name=escape_plotly(name, 28), **group))
    return traces + [key(escape_plotly(name, 28), marker) for name, marker in markers.items()]


def strategy_names(
    wide: pd.DataFrame,
    seeds: pd.DataFrame,
    shared: Sequence[str],
    ranges: Mapping[str, Sequence[float]],
    height: int,
    *,
    alone: Sequence[float],
    line: bool,
    turned: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Each strategy's name beside its first method, or beside the middle of its weightings where it has none.

    Names are put one after another where they cover no mark, no front and no other name, and as few single seeds as can be. One
    that finds no such place is left to the legend and to who points at its marks.

    Args:
        wide: as for ``strategy_marks``.
        seeds: one row a run: label, x, y.
        shared: the strategies, in the study's order.
        ranges: of the axes ``x`` and ``y``, where they are known before the picture is drawn.
        height: of the picture, in pixels.
        alone: what the two tasks reach alone, NaN where it is not known; there is a mark where they cross.
        line: whether fronts are drawn.
        turned: the axes, ``x`` or ``y``, that are turned round.
    """
    styles, tall = task_styles(shared), round(0.65 * height)  # the legend and the axis take the rest
    planes = [_Plane(wide, seeds, shared, ranges, (width, tall), alone, fronts=line, turned=turned) for width in WIDTHS]
    notes = []
    for name in shared:
        own = np.flatnonzero(wide["strategy"].astype(str) == name)
        methods = own[wide["role"].to_numpy()[own] == "method"]
        at, words = int(methods[0]) if len(methods) else int(own[len(own) // 2]), escape_plotly(name, 28)
        long = LETTER * len(words)
        wanted = [
            (sum(plane.cost(at, across, rise, long) for plane in planes), turn, across, rise)
            for turn, (rise, across) in enumerate(product(STEPS, (12.0, -12.0)))
        ]
        cost, _turn, across, rise = min(wanted)
        if not np.isfinite(cost):
            continue
        for plane in planes:
            plane.take(at, across, rise, long)
        notes.append(
            {
                "x": wide["x"].iloc[at],
                "y": wide["y"].iloc[at],
                "ax": across,
                "ay": -rise,
                "xanchor": "left" if across > 0 else "right",
                "text": f"<b>{words}</b>",
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "arrowcolor": styles[name].color,
                "standoff": 6,
                "font": {"size": 13, "color": styles[name].color},
            }
        )
    return notes


class _Plane:
    """What stands where in a picture of some width, in pixels, about."""

    def __init__(
        self,
        wide: pd.DataFrame,
        seeds: pd.DataFrame,
        shared: Sequence[str],
        ranges: Mapping[str, Sequence[float]],
        size: tuple[int, int],
        alone: Sequence[float],
        *,
        fronts: bool,
        turned: Collection[str],
    ) -> None:
        self._size = size
        places, small = {}, {}
        for axis, level, pixels in zip("xy", alone, size, strict=True):
            values = [*wide[axis].to_numpy(dtype=float), level, *seeds[axis].to_numpy(dtype=float)]
            found = _pixels(np.array(values), ranges.get(axis), pixels, axis in turned)
            places[axis], small[axis] = found[: len(wide) + 1], found[len(wide) + 1 :]
        self._places = places
        self._taken = [_around(x, y, 8) for x, y in zip(places["x"], places["y"], strict=True) if np.isfinite(x + y)]
        self._seeds = [_around(x, y, 2) for x, y in zip(small["x"], small["y"], strict=True) if np.isfinite(x + y)]
        for name in shared if fronts else ():
            self._taken += _stairs(places, _best(wide, name))

    def cost(self, at: int, across: float, rise: float, long: float) -> float:
        """How many pixels of single seeds a name would cover; infinite where it covers more than that, or is cut off."""
        box = self._box(at, across, rise, long)
        inside = box[0] >= 0 and box[1] <= self._size[0] and box[2] >= 0 and box[3] <= self._size[1]
        if not inside or any(_overlap(box, other) for other in self._taken):
            return np.inf
        return sum(_overlap(box, other) for other in self._seeds)

    def take(self, at: int, across: float, rise: float, long: float) -> None:
        """Have a name stand there."""
        self._taken.append(self._box(at, across, rise, long))

    def _box(self, at: int, across: float, rise: float, long: float) -> Box:
        x, y = self._places["x"][at], self._places["y"][at]
        start = x + across if across > 0 else x + across - long
        return (start, start + long, y + rise - LINE / 2, y + rise + LINE / 2)


def _around(x: float, y: float, reach: float) -> Box:
    return (x - reach, x + reach, y - reach, y + reach)


def _of(wide: pd.DataFrame, strategy: str) -> pd.DataFrame:
    return wide[wide["strategy"].astype(str) == strategy]


def _bare(row: pd.Series) -> str:
    """A label without its strategy."""
    return str(row["label"]).removeprefix(f"{row['strategy']} · ")


def _pixels(values: Floats, ends: Sequence[float] | None, size: int, turned: bool) -> Floats:
    """About where values lie on an axis, in pixels from its left or lower end."""
    low, high = ends or (float(np.nanmin(values)), float(np.nanmax(values)))
    places = (values - low) / ((high - low) or 1.0) * size
    return size - places if turned else places


def _best(wide: pd.DataFrame, strategy: str) -> list[int]:
    """The rows of a strategy's front."""
    return [int(place) for place in np.flatnonzero(wide["on_front"] & (wide["strategy"].astype(str) == strategy))]


def _stairs(places: Mapping[str, Floats], best: Sequence[int]) -> list[Box]:
    """The steps of a front as narrow boxes."""
    corners = sorted((float(places["x"][at]), float(places["y"][at])) for at in best)
    boxes: list[Box] = []
    for (left, top), (right, bottom) in pairwise(corners):
        boxes += [(left - 2, left + 2, bottom, top), (left, right, bottom - 2, bottom + 2)]
    return boxes


def _overlap(box: Box, other: Box) -> float:
    """The area that two boxes have in common."""
    wide = min(box[1], other[1]) - max(box[0], other[0])
    tall = min(box[3], other[3]) - max(box[2], other[2])
    return max(0.0, wide) * max(0.0, tall)
