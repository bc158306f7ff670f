"""The marks on the plane of two tasks: weightings, the line through them, balancing methods, seeds, intervals, the front."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import escape_plotly
from dashboard.figures.palette import NEUTRAL, TaskStyle, faded, method_style
from dashboard.words import _


def weighting_marks(wide: pd.DataFrame, seeds: pd.DataFrame, pair: tuple[str, str], *, line: bool) -> list[Any]:
    """The fixed weightings, coloured by the side that the weight is on.

    Args:
        wide: one row a label: label, role, x, y, low_x, high_x, low_y, high_y, weight_x, weight_y, on_front.
        seeds: one row a run: label, x, y.
        pair: the tasks of the two axes.
        line: whether to draw the line through them, which makes sense of two tasks alone.
    """
    fixed = by_share(wide)
    if fixed.empty:
        return []
    inner = fixed[fixed["role"] == "fixed"]
    traces: list[Any] = [cloud(seeds[seeds["label"].isin(inner["label"])], NEUTRAL, 0.35)]
    if line:
        style = {"color": NEUTRAL, "width": 1.5}
        traces.append(go.Scatter(x=fixed["x"], y=fixed["y"], mode="lines", line=style, hoverinfo="skip", showlegend=False))
    marker = {
        "color": inner["share"],
        "coloraxis": "coloraxis",
        "size": 13 if line else 9,
        "line": {"color": faded(NEUTRAL, 0.9), "width": 1},
    }
    return [*traces, dots(inner, pair, marker)]


def by_share(wide: pd.DataFrame) -> pd.DataFrame:
    """What has fixed weights, ``equal`` too, in order of its share: how much of the two tasks' weight is on the x task."""
    fixed = wide[wide["weight_x"].notna()]
    total = fixed["weight_x"] + fixed["weight_y"]
    # A half where neither task has any weight.
    return fixed.assign(share=(fixed["weight_x"] / total.where(total > 0)).fillna(0.5)).sort_values("share")


def dots(wide: pd.DataFrame, pair: tuple[str, str], marker: dict[str, Any], **more: Any) -> go.Scatter:
    """A point a label, in one trace; its name and numbers hover beside it. ``more`` goes to the trace."""
    hover = f"{escape_plotly(pair[0])} %{{x:.4f}}<br>{escape_plotly(pair[1])} %{{y:.4f}}<extra></extra>"
    return go.Scatter(
        x=wide["x"],
        y=wide["y"],
        mode="markers",
        showlegend=False,
        marker=marker,
        customdata=[[escape_plotly(label), label] for label in wide["label"]],
        ids=list(wide["label"]),
        hovertemplate="<b>%{customdata[0]}</b><br>" + hover,
        **more,
    )


def cloud(seeds: pd.DataFrame, color: str, opacity: float, **more: Any) -> go.Scatter:
    """The single seeds, small; ``more`` goes to the trace."""
    dot = {"size": 4, "color": faded(color, opacity)}
    return go.Scatter(x=seeds["x"], y=seeds["y"], mode="markers", marker=dot, hoverinfo="skip", showlegend=False, **more)


def method_marks(
    wide: pd.DataFrame, seeds: pd.DataFrame, *, bars: bool, styles: Mapping[str, TaskStyle], legend: bool = True
) -> list[Any]:
    """The balancing methods, named in the legend: they tend to lie so close that names beside them would overlap."""
    traces: list[Any] = []
    for _row, row in wide[wide["role"] == "method"].iterrows():
        style = look(styles, row["label"])
        traces.append(cloud(seeds[seeds["label"] == row["label"]], style.color, 0.5))
        mark = method_mark(style.marker, style.color)
        traces.append(point(row, mark, bars=bars, name=escape_plotly(row["label"], 28), showlegend=legend))
    return traces


def look(styles: Mapping[str, TaskStyle], label: str) -> TaskStyle:
    """How a method's label is drawn: as ``ends.styles_of`` has it, else as a method of that name."""
    return styles.get(label) or method_style(label)


def method_mark(symbol: str, color: str) -> dict[str, Any]:
    """How a balancing method is marked."""
    return {"symbol": symbol, "size": 14, "color": color, "line": {"color": "#FFFFFF", "width": 1}}


def point(row: pd.Series, marker: dict[str, Any], *, bars: bool, **more: Any) -> go.Scatter:
    """One label's point, with its intervals over seeds where ``bars`` says so. ``more`` goes to the trace."""
    return go.Scatter(
        x=[row["x"]],
        y=[row["y"]],
        mode="markers",
        cliponaxis=False,
        marker=marker,
        customdata=[[escape_plotly(row["label"]), row["label"]]],
        ids=[row["label"]],
        hovertemplate="<b>%{customdata[0]}</b><br>x %{x:.4f}<br>y %{y:.4f}<extra></extra>",
        **(_bars(row, marker["color"]) if bars else {}),
        **more,
    )


def _bars(row: pd.Series, color: str) -> dict[str, Any]:
    bars: dict[str, Any] = {}
    for axis in "xy":
        reach = np.array([row[f"high_{axis}"] - row[axis], row[axis] - row[f"low_{axis}"]], dtype=float)
        if np.isfinite(reach).all():
            bar = {
                "type": "data",
                "symmetric": False,
                "array": reach[:1],
                "arrayminus": reach[1:],
                "width": 0,
                "thickness": 1.4,
            }
            bars[f"error_{axis}"] = bar | {"color": faded(color, 0.3)}
    return bars


def front(wide: pd.DataFrame, line: dict[str, Any] | None = None, *, turned: bool = False, **more: Any) -> list[Any]:
    """The Pareto front as a staircase: what lies below and left of it is dominated.

    Args:
        wide: as for ``weighting_marks``, of one strategy.
        line: how it is drawn; quietly if not given.
        turned: whether the lower x is the better, and its axis turned round.
        more: goes to the trace.
    """
    best = wide[wide["on_front"]].sort_values(["x", "y"])
    if len(best) < 2:
        return []
    style = line or {"color": NEUTRAL, "width": 1.8, "dash": "dot"}
    named = {"name": _("Pareto front")} | more
    # Between two points of it what is reached across is the right one's: in a turned axis the one with the lower x.
    style = style | {"shape": "hv" if turned else "vh"}
    return [go.Scatter(x=best["x"], y=best["y"], mode="lines", line=style, hoverinfo="skip", **named)]
