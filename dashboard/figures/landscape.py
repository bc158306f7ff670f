"""A walk over a landscape: the plane with its contours, the plane of the two losses, and a slider over the steps.

Playing and scrubbing happen in the browser: the figure carries its frames.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, figure, thin
from dashboard.figures.landscape_ground import ground_image, ground_keys, starting_places
from dashboard.figures.palette import NEUTRAL, TaskStyle, method_styles, task_style
from dashboard.figures.player import player
from dashboard.words import _

FRAMES = 81
"""The most steps that can be scrubbed to."""

ARROW = 0.11
"""The length of the longest arrow, as a share of the plane's width."""

NARROW_HEIGHT = 960
"""Pixels of the whole picture where its two planes stand under each other."""

Arrays = dict[str, np.ndarray[Any, Any]]


def landscape(
    picture: Arrays,
    labels: Sequence[str],
    axes: tuple[str, str],
    *,
    ground: Sequence[str] = ("sum",),
    arrows: str | None = None,
    walked: bool = True,
    height: int = 530,
) -> go.Figure:
    """The picture of a walk.

    Args:
        picture: what ``mtl_core.landscapes.picture`` returns.
        labels: the methods, in order.
        axes: what the plane's axes are called.
        ground: which losses have contours: any of ``L1``, ``L2`` and ``sum``.
        arrows: the method whose gradients and update are drawn at the scrubbed step; None for none.
        walked: whether to draw the trajectories.
        height: pixels.
    """
    still: list[Any] = [starting_places(picture, axes), *ground_keys(ground), *_fronts(picture)]
    starts = len(picture["path"]) // len(labels)
    groups = {label: slice(place * starts, (place + 1) * starts) for place, label in enumerate(labels)}
    last = len(picture["steps"]) - 1
    frames: list[dict[str, Any]] = []
    moving: list[Any] = []
    if walked:
        styles = method_styles(labels)
        for label in labels:
            still += _trails(picture, groups[label], label, styles[label])
        still += _beginnings(picture, groups[labels[0]])
        chosen = groups.get(arrows) if arrows else None
        moving = _marks(picture, styles, last) + ([] if chosen is None else _arrows(picture, chosen))
        places = list(range(len(still), len(still) + len(moving)))
        for at in thin(len(picture["steps"]), FRAMES):
            # Frames hold nothing but what changes: plotly checks every word of every trace, which takes its time.
            data = _places(picture, int(at)) + ([] if chosen is None else _directions(picture, chosen, int(at)))
            frames.append({"name": str(picture["steps"][at]), "data": data, "traces": places})
    across, up = picture["across"], picture["up"]
    names = [frame["name"] for frame in frames]
    alt = _("A landscape of two losses with its Pareto set, and where {methods} go from {count} starts.")
    made = figure(
        still + moving,
        alt.format(methods=", ".join(labels), count=starts),
        height,
        margin={"l": 8, "r": 12, "t": 56, "b": 8},
        xaxis={
            "title": {"text": axes[0]},
            "domain": [0, 0.56],
            "range": [float(across[0]), float(across[-1])],
            "constrain": "domain",
        },
        yaxis={"title": {"text": axes[1]}, "range": [float(up[0]), float(up[-1])], "scaleanchor": "x", "constrain": "domain"},
        xaxis2={
            "title": {"text": _("loss of task 1") + "  L1"},
            "domain": [0.66, 1],
            "anchor": "y2",
            "range": _range(picture, 0),
        },
        yaxis2={"title": {"text": _("loss of task 2") + "  L2"}, "anchor": "x2", "range": _range(picture, 1)},
        images=[ground_image(picture, ground)] if ground else [],
        dragmode="pan",
        **(player(names, below=0.13, beside=0.2) if frames else {}),
    )
    made.frames = frames
    made.layout.meta |= {"narrow": _narrow(names)}
    return made


def _narrow(names: Sequence[str]) -> dict[str, Any]:
    """What stands otherwise on a phone: the two planes under each other, and the buttons under the slider."""
    return {
        "height": NARROW_HEIGHT,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "legend": {"y": 1, "yanchor": "top", "yref": "container"},
        "xaxis": {"domain": [0, 1]},
        "yaxis": {"domain": [0.47, 0.89]},
        "xaxis2": {"domain": [0, 1]},
        "yaxis2": {"domain": [0, 0.35]},
        **(player(names, below=0.1) if names else {}),
    }


def _range(picture: Arrays, task: int) -> list[float]:
    """The losses of a task from end to end, the same at every frame."""
    values = np.concatenate([picture[name][..., task].ravel() for name in ("losses", "front_losses")])
    values = values[np.isfinite(values)].astype(np.float64)
    margin = 0.05 * max(float(np.ptp(values)), 1e-6)
    return [float(values.min()) - margin, float(values.max()) + margin]


def _fronts(picture: Arrays) -> list[Any]:
    line = {"color": NEUTRAL, "width": 5}
    both: list[Any] = []
    for name, axis in (("front", ""), ("front_losses", "2")):
        points = picture[name]
        style = {"mode": "lines", "line": line, "opacity": 0.7, "legendgroup": "front", "name": _("Pareto set")}
        hover = {"hoverinfo": "skip", "showlegend": not axis, "xaxis": f"x{axis}", "yaxis": f"y{axis}"}
        both.append(go.Scatter(x=points[:, 0], y=points[:, 1], **style, **hover))
    return both


def _trails(picture: Arrays, group: slice, label: str, style: TaskStyle) -> list[Any]:
    """One method's trajectories in both planes."""
    traces: list[Any] = []
    for name, axis in (("path", ""), ("losses", "2")):
        points = np.round(picture[name][group].astype(np.float64), 4)
        gap = np.full((len(points), 1, 2), np.nan)
        x, y = np.concatenate([points, gap], axis=1).reshape(-1, 2).T
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": style.color, "width": 1.8, "dash": style.dash},
                name=label,
                legendgroup=label,
                showlegend=not axis,
                hoverinfo="skip",
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
            )
        )
    return traces


def _beginnings(picture: Arrays, group: slice) -> list[Any]:
    """Where the trajectories of a method, and so of all, start in both planes."""
    ring = {"symbol": "circle-open", "size": 9, "color": NEUTRAL, "line": {"width": 2}}
    look = {"mode": "markers", "marker": ring, "name": _("start"), "hoverinfo": "skip", "legendgroup": "start"}
    return [
        go.Scatter(
            x=np.round(points[:, 0, 0], 4),
            y=np.round(points[:, 0, 1], 4),
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
            showlegend=not axis,
            **look,
        )
        for points, axis in (
            (picture["path"][group].astype(np.float64), ""),
            (picture["losses"][group].astype(np.float64), "2"),
        )
    ]


def _marks(picture: Arrays, styles: Mapping[str, TaskStyle], at: int) -> list[Any]:
    """Where all methods are in both planes, one trace each."""
    starts = len(picture["path"]) // len(styles)
    each = [(label, style) for label, style in styles.items() for _start in range(starts)]
    marker = {
        "symbol": [style.marker for _label, style in each],
        "size": 11,
        "color": [style.color for _label, style in each],
        "line": {"color": "white", "width": 0.8},
    }
    text = [label for label, _style in each]
    look = {"mode": "markers", "marker": marker, "text": text, "showlegend": False}
    hover = ("%{x:.2f}, %{y:.2f}", "L1 %{x:.3f}<br>L2 %{y:.3f}")
    return [
        go.Scatter(
            **place,
            **look,
            hovertemplate=f"<b>%{{text}}</b><br>{words}<extra></extra>",
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
        )
        for place, words, axis in zip(_places(picture, at), hover, ("", "2"), strict=True)
    ]


def _places(picture: Arrays, at: int) -> list[dict[str, Any]]:
    """Only what changes of the marks from step to step, in both planes."""
    both = [np.round(picture[name][:, at].astype(np.float64), 4) for name in ("path", "losses")]
    return [{"x": points[:, 0].tolist(), "y": points[:, 1].tolist()} for points in both]


def _arrows(picture: Arrays, group: slice) -> list[Any]:
    """The arrows' looks; what they show is filled in for each step."""
    names = (_("downhill for task 1"), _("downhill for task 2"), _("the method's update"))
    looks = ((task_style(0).color, 2.5), (task_style(1).color, 2.5), (NEUTRAL, 4.0))
    last = _directions(picture, group, len(picture["steps"]) - 1)
    return [
        go.Scatter(
            x=step["x"],
            y=step["y"],
            mode="lines+markers",
            line={"color": color, "width": width},
            marker={"symbol": "arrow", "color": color, "opacity": 1, "line": {"width": 0}} | step["marker"],
            name=name,
            hoverinfo="skip",
        )
        for step, (color, width), name in zip(last, looks, names, strict=True)
    ]


def _directions(picture: Arrays, group: slice, at: int) -> list[dict[str, Any]]:
    """Downhill for each task, and where the method goes; at each place the longest of the three has the full length."""
    place = picture["path"][group, at].astype(np.float64)
    downhill = -np.stack([*picture["gradients"][group, at].swapaxes(0, 1), picture["update"][group, at]]).astype(np.float64)
    longest = np.linalg.norm(downhill, axis=-1).max(axis=0)
    reach = ARROW * float(picture["across"][-1] - picture["across"][0])
    shown = reach * downhill / np.where(longest > 0, longest, 1.0)[:, None]
    return [_direction(place, step, 0.05 * reach) for step in shown]


def _direction(place: Floats, step: Floats, least: float) -> dict[str, Any]:
    """Lines from the places to the tips with a head at each tip; steps too short to see have none."""
    gap = np.full_like(place, np.nan)
    x, y = np.round(np.stack([place, place + step, gap], axis=1).reshape(-1, 2).T, 4)
    head = np.where(np.linalg.norm(step, axis=1) > least, 12, 0)
    return {
        "x": [None if np.isnan(value) else float(value) for value in x],
        "y": [None if np.isnan(value) else float(value) for value in y],
        "marker": {
            "size": np.stack([0 * head, head, 0 * head], axis=1).ravel().tolist(),
            "angle": np.round(np.repeat(np.degrees(np.arctan2(step[:, 0], step[:, 1])), 3), 1).tolist(),
        },
    }
