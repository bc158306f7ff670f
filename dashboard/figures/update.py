"""One update in the plane that two tasks' gradients span: what they ask for, what a method makes of it, what comes of that.

Every arrow points downhill: along the negative gradient, the way that parameters move.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, side_legend
from dashboard.figures.palette import GOOD, METHOD, NEUTRAL, TaskStyle, faded, task_styles
from dashboard.words import _

LONGEST = 2.0
"""An arrow longer than so many of the longest gradient is drawn that long, and says so."""

LINE = 0.085
"""The height of a name, as a share of the longest arrow."""

OTHERS = 4
"""The most further tasks whose gradients are drawn where they fall in the plane."""

OPTIMIZER = TaskStyle(NEUTRAL, "dot", "circle")
HUE = TaskStyle(METHOD, "solid", "circle")


class Plane:
    """The plane of two gradients, turned so that what lies evenly between their downhill directions is up.

    Args:
        gramian: ``(T, T)`` inner products of the task gradients.
        pair: the places of the two tasks.
    """

    def __init__(self, gramian: Floats, pair: tuple[int, int]) -> None:
        self.pair = pair
        first, second = pair
        norms = np.sqrt(np.clip(np.diagonal(gramian), 0, None))
        self.lengths = norms[list(pair)]
        both = float(norms[first] * norms[second])
        self.angle = float(np.arccos(np.clip(gramian[first, second] / both, -1, 1))) if both > 0 else 0.0
        half = self.angle / 2
        self.arrows = self.lengths[:, None] * np.array([[-np.sin(half), np.cos(half)], [np.sin(half), np.cos(half)]])
        # Parallel gradients span a line; what a picture can show of anything is then its place on that.
        self._solve = np.linalg.pinv(self.arrows, rcond=1e-6)

    def place(self, products: Floats) -> Floats:
        """``(2,)`` where a direction falls, from its inner products ``(T,)`` with the downhill directions of all tasks."""
        found: Floats = self._solve @ products[list(self.pair)]
        return found


def update(
    look: Mapping[str, Any], tasks: Sequence[str], pair: tuple[int, int], method: str, along: str, height: int = 380
) -> go.Figure:
    """A look at an update, drawn.

    Args:
        look: a ``Look`` as JSON has it.
        tasks: all of the study's tasks, in order.
        pair: the places of the two whose gradients span the plane.
        method: what the run's method is called.
        along: what the update went along, in words, where that is neither the method nor a task; else empty.
        height: pixels.
    """
    gramian = np.array(look["gramian"], dtype=np.float64)
    plane = Plane(gramian, pair)
    longest = float(plane.lengths.max())
    if not longest > 0:
        return empty(_("Both gradients are zero here: there is nothing to draw."), height)
    arrows = _gradients(plane, gramian, tasks)
    arrows.append((*_fitted(plane.place(gramian @ np.array(look["weights"])), longest, method), HUE, 4.0))
    if along:
        arrows.append((plane.place(gramian @ np.array(look["along"])), along, TaskStyle(NEUTRAL, "dash", "circle"), 3.0))
    # As long as what went in, so that what is missing is what left the plane.
    size = _length(gramian, np.array(look["along"]))
    size = min(size, LONGEST * longest) if size > 0 else longest
    moved = plane.place(-np.array(look["moved"])) * (size / look["length"] if look["length"] > 0 else 0)
    arrows.append((moved, _("the optimizer"), OPTIMIZER, 4.0))
    first, second = (tasks[place] for place in pair)
    alt = _(
        "Downhill directions of {first} and {second}, {angle:.0f} degrees apart, with what {method} and the optimizer make."
    )
    words = alt.format(first=first, second=second, angle=np.degrees(plane.angle), method=method)
    return _drawn(plane, arrows, len(arrows), words, height)


def replayed(
    gramian: Floats,
    weights: Mapping[str, Floats],
    tasks: Sequence[str],
    pair: tuple[int, int],
    styles: Mapping[str, TaskStyle],
    height: int = 400,
) -> go.Figure:
    """What methods make of the same gradients, each drawn as long as the longest of the two, for only directions differ.

    The tasks are named beside their arrows; methods are many and often agree: their names are in the rows of ``gains``.

    Args:
        gramian: ``(T, T)``.
        weights: ``(T,)`` by method.
        tasks: all of the study's tasks, in order.
        pair: the places of the two whose gradients span the plane.
        styles: of the methods.
        height: pixels.
    """
    plane = Plane(gramian, pair)
    longest = float(plane.lengths.max())
    if not longest > 0:
        return empty(_("Both gradients are zero here: there is nothing to draw."), height)
    arrows = _gradients(plane, gramian, tasks)[:2]
    for label, point in weights.items():
        size = _length(gramian, point)
        if size > 0:
            at = plane.place(gramian @ point) * longest / size
            arrows.append((at, label, styles[label], 2.5))
    first, second = (tasks[place] for place in pair)
    alt = _("What {count} methods make of the gradients of {first} and {second}, {angle:.0f} degrees apart.")
    words = alt.format(count=len(weights), first=first, second=second, angle=np.degrees(plane.angle))
    return _drawn(plane, arrows, 2, words, height)


def gains(gramian: Floats, weights: Mapping[str, Floats], tasks: Sequence[str], styles: Mapping[str, TaskStyle]) -> go.Figure:
    """How far each method's direction goes with each task: the cosine with that task's own gradient, a row a method.

    Args:
        gramian: ``(T, T)``.
        weights: ``(T,)`` by method.
        tasks: all of the study's tasks, in order.
        styles: of the methods.
    """
    norms = np.sqrt(np.clip(np.diagonal(gramian), 0, None))
    names = list(weights)
    rows = np.array([gramian @ weights[name] for name in names])
    sizes = np.array([_length(gramian, weights[name]) for name in names])
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = rows / sizes[:, None] / norms
    shown = [f"<span style='color:{styles[name].color}'>■</span> {escape_plotly(name, 28)}" for name in names]
    traces = []
    for place, (task, style) in enumerate(task_styles(tasks).items()):
        marker = {"color": style.color, "symbol": style.marker, "size": 10}
        name = escape_plotly(task, 24)
        hover = f"%{{y}}<br>{name}: %{{x:+.2f}}<extra></extra>"
        traces.append(go.Scatter(x=cosines[:, place], y=shown, mode="markers", marker=marker, name=name, hovertemplate=hover))
    worst = [names[row] for row in np.flatnonzero(np.nanmin(cosines, axis=1) < -0.005)] if np.isfinite(cosines).any() else []
    alt = _("The cosine of each method's direction with each task's own; {count} methods raise a task's loss: {names}.")
    zone = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "type": "rect", "line": {"width": 0}}
    line = {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": {"color": NEUTRAL}}
    return figure(
        traces,
        alt.format(count=len(worst), names=", ".join(worst) or "–"),
        90 + 26 * len(names),
        xaxis={"title": {"text": _("cosine with the task's own gradient")}, "range": [-1.05, 1.05]},
        yaxis={"autorange": "reversed", "type": "category"},
        shapes=[zone | {"x0": -1.05, "x1": 0, "fillcolor": faded(METHOD, 0.08)}, line],
        **side_legend(len(tasks)),
    )


def _length(gramian: Floats, weights: Floats) -> float:
    """Of a weighted sum of gradients."""
    return float(np.sqrt(max(float(weights @ gramian @ weights), 0.0)))


Arrow = tuple[Floats, str, TaskStyle, float]


def _gradients(plane: Plane, gramian: Floats, tasks: Sequence[str]) -> list[Arrow]:
    styles = list(task_styles(tasks).values())
    arrows: list[Arrow] = [(plane.arrows[side], tasks[at], styles[at], 3.0) for side, at in enumerate(plane.pair)]
    others = [place for place in range(len(tasks)) if place not in plane.pair]
    return arrows + [(plane.place(gramian[place]), tasks[place], styles[place], 1.2) for place in others[:OTHERS]]


def _fitted(at: Floats, longest: float, name: str) -> tuple[Floats, str]:
    """An arrow no longer than the picture has room for, and its name with by how much it was shortened."""
    size = float(np.linalg.norm(at))
    if size <= LONGEST * longest:
        return at, name
    factor = size / (LONGEST * longest)
    return at / factor, _("{name}, {factor:.2g} times as long").format(name=name, factor=factor)


def _drawn(plane: Plane, arrows: Sequence[Arrow], named: int, alt: str, height: int) -> go.Figure:
    """The arrows over the shaded part, with names at the first ``named`` tips."""
    reach = max(float(np.linalg.norm(at)) for at, *_rest in arrows)
    traces: list[Any] = []
    for (x, y), name, style, width in arrows:
        turn = float(np.degrees(np.arctan2(x, y)))
        head = 15 if np.hypot(x, y) > 0.03 * reach else 0
        marker = {"symbol": "arrow", "size": [0, head], "angle": [0, turn], "color": style.color, "opacity": 1}
        traces.append(
            go.Scatter(
                x=[0, x],
                y=[0, y],
                mode="lines+markers",
                line={"color": style.color, "dash": style.dash, "width": width},
                marker=marker | {"line": {"width": 0}},
                name=escape_plotly(name, 40),
                hovertemplate=f"{escape_plotly(name, 40)}<extra></extra>",
                showlegend=False,
            )
        )
    wide = max(0.7 * reach, *(abs(float(at[0])) for at, *_rest in arrows)) + 0.4 * reach
    low = min(0.0, *(float(at[1]) for at, *_rest in arrows))
    hidden = {"showticklabels": False, "showgrid": False, "zeroline": False}
    return figure(
        traces,
        alt,
        height,
        xaxis=hidden | {"range": [-wide, wide], "constrain": "domain"},
        yaxis=hidden | {"range": [1.15 * low - 0.12 * reach, 1.3 * reach], "scaleanchor": "x", "constrain": "domain"},
        shapes=[_cone(plane, 1.15 * reach)],
        annotations=[*_names(arrows[:named], reach), _cone_words(1.15 * reach)],
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
    )


def _cone(plane: Plane, reach: float) -> dict[str, Any]:
    """The directions in which both losses fall."""
    half = (np.pi - plane.angle) / 2
    turns = np.linspace(-half, half, 25)
    points = " L ".join(f"{reach * np.sin(turn):.6g},{reach * np.cos(turn):.6g}" for turn in turns)
    return {
        "type": "path",
        "path": f"M 0,0 L {points} Z",
        "fillcolor": faded(GOOD, 0.12),
        "line": {"width": 0},
        "layer": "below",
    }


def _cone_words(reach: float) -> dict[str, Any]:
    look = {"showarrow": False, "font": {"size": 12, "color": NEUTRAL}, "yanchor": "bottom"}
    return look | {"x": 0, "y": reach, "text": _("both losses fall")}


def _names(arrows: Sequence[Arrow], reach: float) -> list[dict[str, Any]]:
    """The arrows' names beside their tips, on either side from top to bottom so that none lies over another."""
    names: list[dict[str, Any]] = []
    for sign, anchor in ((1, "left"), (-1, "right")):
        side = sorted((arrow for arrow in arrows if (arrow[0][0] >= 0) == (sign > 0)), key=lambda arrow: -arrow[0][1])
        free = np.inf
        for (x, y), name, style, _width in side:
            free = min(float(y), free - LINE * reach)
            text = f"<span style='color:{style.color}'>■</span> {escape_plotly(name, 32)}"
            place = {"x": float(x), "y": free, "xanchor": anchor, "xshift": 9 * sign, "yanchor": "middle"}
            names.append(place | {"text": text, "showarrow": False, "font": {"size": 13}})
    return names
