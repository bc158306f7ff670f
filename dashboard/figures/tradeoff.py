"""What each task pays for another: two tasks as a plane, with the line of weightings, baselines, methods and the front."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.attainment import band_marks
from dashboard.figures.frame import empty, escape_plotly, figure, key
from dashboard.figures.palette import NEUTRAL, TaskStyle, blend, task_styles
from dashboard.figures.tradeoff_marks import front, method_marks, weighting_marks
from dashboard.figures.tradeoff_strategies import strategy_marks, strategy_names
from dashboard.words import _

CROWD = 0.4
"""Methods within this part of both sides of the plane are a crowd."""


def plane(
    means: pd.DataFrame,
    points: pd.DataFrame,
    tasks: Sequence[str],
    pair: tuple[str, str],
    *,
    columns: dict[str, str] | None = None,
    metrics: dict[str, str] | None = None,
    lower: Collection[str] = (),
    labels: Sequence[str] | None = None,
    styles: Mapping[str, TaskStyle] | None = None,
    corners: bool = True,
    axes: dict[str, list[float]] | None = None,
    note: str = "",
    legend: bool = True,
    bands: pd.DataFrame | None = None,
    height: int = 560,
) -> go.Figure:
    """One task against another in metric space; up and right is better.

    Args:
        means: ``tradeoff_means`` of a result: label, role, task, n, mean, low, high, on_front, weight, strategy.
        points: ``tradeoff`` of a result: one row a run, a column a task; the seeds.
        tasks: all of the study's tasks, in order; they decide the colours.
        pair: the task of the x axis and that of the y axis.
        columns: the column of ``points`` for each task; its name where none is given.
        metrics: what is measured of each task, in words.
        lower: the tasks whose metric is the better the lower it is: their axis is turned round.
        labels: the labels to show besides the baselines; None for all.
        styles: the looks of the methods' labels, see ``ends.styles_of``; those of methods of these names if not given.
        corners: the whole plane, or the close-up of the methods.
        axes: what the axes ``x`` and ``y`` show, where that is not to be found from the points.
        note: which split this is, in words.
        legend: whether the methods are named in it; without, the close-up has none at all.
        bands: what shares of the seeds attain, from ``attainment``, in place of the front of means and of its intervals.
        height: pixels.
    """
    shown = means if labels is None else means[means["label"].isin(list(labels)) | (means["role"] == "baseline")]
    wide = _wide(shown, pair)
    if wide.empty:
        return empty(_("No run has been evaluated yet: there is nothing to compare."))
    columns = columns or {}
    seeds = points[points["label"].isin(wide["label"])]
    seeds = seeds.assign(x=seeds[columns.get(pair[0], pair[0])], y=seeds[columns.get(pair[1], pair[1])])
    colors = {task: style.color for task, style in task_styles(tasks).items()}
    scale = blend(colors[pair[1]], colors[pair[0]])
    line = len(tasks) == 2
    alone = [_level(shown, task) for task in pair]
    ranges = axes or ({} if corners else _close_up(wide, alone))
    shared, names, turned = _strategies(wide), [], [axis for axis, task in zip("xy", pair, strict=True) if task in lower]
    banded = bands is not None and len(bands) > 0
    bars = not corners and not banded
    around: list[Any] = []
    if bands is not None and banded:
        several = task_styles(shared) if len(shared) > 1 else {}
        around = band_marks(bands, seeds, (pair[0] in lower, pair[1] in lower), several)
    if len(shared) > 1:
        looks = styles or {}
        traces = strategy_marks(wide, seeds, pair, shared, line=line, stairs=not banded, bars=bars, turned=turned, looks=looks)
        names = strategy_names(wide, seeds, shared, ranges, height, alone=alone, line=line, turned=turned)
    else:
        traces = front(wide, turned="x" in turned) if line and not banded else []
        traces += weighting_marks(wide, seeds, pair, line=line and not banded)
        traces += [
            key(_("more weight on {task}").format(task=escape_plotly(task, 20)), "circle", colors[task])
            for task in pair
            if (wide["role"] == "fixed").any()
        ]
        traces += method_marks(wide, seeds, bars=bars, styles=styles or {}, legend=legend)
    traces += _apart(alone)
    words = metrics or {}
    titles = [escape_plotly(task) + (f" · {words[task]}" if task in words else "") for task in pair]
    alt = _("{x} against {y}, every kind of run as a point. {front}")
    best = _("On the Pareto front: {labels}.").format(
        labels=", ".join(wide[wide["on_front"]]["label"].astype(str)) or _("none")
    )
    if banded:
        best = _("A band around the front: what 25 to 75 % of the seeds attain.")
    return figure(
        around + traces,
        alt.format(x=pair[0], y=pair[1], front=best if line or banded else ""),
        height,
        xaxis={"title": {"text": titles[0] + "  →"}} | _shown(ranges.get("x"), "x" in turned),
        yaxis={"title": {"text": titles[1] + "  →"}} | _shown(ranges.get("y"), "y" in turned),
        shapes=_levels(alone),
        annotations=names + ([] if corners else _level_words(alone, pair)) + said(note),
        coloraxis={"colorscale": scale, "cmin": 0, "cmax": 1, "showscale": False},
        dragmode="pan",
        showlegend=corners or legend,
    )


def _shown(ends: Sequence[float] | None, turned: bool) -> dict[str, Any]:
    """What an axis shows, better at its far end."""
    if ends is None:
        return {"autorange": "reversed"} if turned else {}
    return {"range": list(reversed(ends)) if turned else list(ends)}


def said(note: str, *, above: bool = False) -> list[dict[str, Any]]:
    """A note in the lower left corner of a figure, or in the upper one; nothing where there is none."""
    style = {"showarrow": False, "font": {"size": 12, "color": NEUTRAL}, "xref": "paper", "yref": "paper", "xanchor": "left"}
    place = {"x": 0, "y": 1, "yanchor": "top"} if above else {"x": 0.01, "y": 0.01, "yanchor": "bottom"}
    return [style | place | {"text": note}] if note else []


def _wide(means: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """One row a label: x, y, their intervals and weights."""
    sides = []
    for axis, task in zip("xy", pair, strict=True):
        part = means[means["task"] == task].set_index("label")
        part = part[["role", "strategy", "mean", "low", "high", "on_front", "weight", "n"]]
        sides.append(
            part.rename(columns={"mean": axis, "low": f"low_{axis}", "high": f"high_{axis}", "weight": f"weight_{axis}"})
        )
    wide = sides[0].join(sides[1].drop(columns=["role", "strategy", "on_front", "n"]), how="inner").reset_index()
    wide["label"] = wide["label"].astype(str)
    return wide.dropna(subset=["x", "y"]).reset_index(drop=True)


def _strategies(wide: pd.DataFrame) -> list[str]:
    """The sharing strategies of what is compared, in the study's order."""
    return list(dict.fromkeys(wide.loc[wide["role"] != "baseline", "strategy"].astype(str)))


def _apart(alone: Sequence[float]) -> list[Any]:
    """Where both tasks would be with a network each: the crossing of what they reach alone."""
    if not np.isfinite(alone).all():
        return []
    words, marker = _("each task alone: two networks"), {"symbol": "square", "size": 12, "color": NEUTRAL}
    hover = f"<b>{words}</b><br>x %{{x:.4f}}<br>y %{{y:.4f}}<extra></extra>"
    return [go.Scatter(x=alone[:1], y=alone[1:], mode="markers", marker=marker, name=words, hovertemplate=hover)]


def _level(means: pd.DataFrame, task: str) -> float:
    """What a task reaches alone: the baseline whose whole weight is on it."""
    own = means[(means["role"] == "baseline") & (means["task"] == task) & (means["weight"] == 1)]
    return float(own["mean"].iloc[0]) if len(own) else float("nan")


def _levels(alone: Sequence[float]) -> list[dict[str, Any]]:
    line = {"type": "line", "layer": "below", "line": {"color": NEUTRAL, "width": 1, "dash": "dash"}}
    shapes = []
    if np.isfinite(alone[0]):
        shapes.append(line | {"x0": alone[0], "x1": alone[0], "yref": "paper", "y0": 0, "y1": 1})
    if np.isfinite(alone[1]):
        shapes.append(line | {"y0": alone[1], "y1": alone[1], "xref": "paper", "x0": 0, "x1": 1})
    return shapes


def _level_words(alone: Sequence[float], pair: tuple[str, str]) -> list[dict[str, Any]]:
    style = {"showarrow": False, "font": {"size": 11, "color": NEUTRAL}}
    notes = []
    if np.isfinite(alone[0]):
        text = _("{task} alone").format(task=escape_plotly(pair[0], 20))
        notes.append(
            style
            | {
                "x": alone[0],
                "yref": "paper",
                "y": 0.01,
                "textangle": -90,
                "text": text,
                "xanchor": "right",
                "yanchor": "bottom",
            }
        )
    if np.isfinite(alone[1]):
        text = _("{task} alone").format(task=escape_plotly(pair[1], 20))
        notes.append(style | {"y": alone[1], "xref": "paper", "x": 0.01, "text": text, "yanchor": "bottom", "xanchor": "left"})
    return notes


def _close_up(wide: pd.DataFrame, alone: Sequence[float]) -> dict[str, list[float]]:
    """Axis ranges around the methods, or around all but the corners where there is no method; with what a task reaches alone
    and with intervals as far as these leave the points half of the room; around a single point out to what a task reaches
    alone."""
    inner = wide[wide["role"] == "method"]
    inner = wide[wide["role"] == "fixed"] if inner.empty else inner
    if inner.empty:
        return {}
    ranges = {}
    for axis, level in zip("xy", alone, strict=True):
        points = inner[axis].to_numpy(dtype=float)
        low, high = float(points.min()), float(points.max())
        room = 0.5 * (high - low) or (abs(level - low) if np.isfinite(level) else 0.0) or 0.01
        ends = np.array([level, *inner[f"low_{axis}"], *inner[f"high_{axis}"]], dtype=float)
        ends = np.clip(ends[np.isfinite(ends)], low - room, high + room)
        low, high = min([low, *ends]), max([high, *ends])
        margin = 0.12 * (high - low) or 0.01
        ranges[axis] = [float(low - margin), float(high + margin)]
    return ranges


def crowded(means: pd.DataFrame, pair: tuple[str, str]) -> bool:
    """Whether the methods lie so close on the whole plane that they need a close-up: within ``CROWD`` of each side.

    Args:
        means: ``tradeoff_means`` of a result.
        pair: the tasks of the two axes.
    """
    wide = _wide(means, pair)
    methods = wide[wide["role"] == "method"]
    if len(methods) < 3:
        return False
    alone = [_level(means, task) for task in pair]
    for axis, level in zip("xy", alone, strict=True):
        whole = np.array([*wide[axis], level], dtype=float)
        if np.ptp(methods[axis].to_numpy(dtype=float)) > CROWD * np.ptp(whole[np.isfinite(whole)]):
            return False
    return True
