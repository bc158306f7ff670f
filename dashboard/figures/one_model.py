"""The front of one model for every weighting, drawn over the runs trained for each, with a slider over the weightings.

The slider moves in the browser: the figure carries its frames.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure
from dashboard.figures.palette import METHOD, NEUTRAL, faded
from dashboard.words import _


def one_model(
    means: pd.DataFrame,
    gaps: pd.DataFrame,
    tasks: Sequence[str],
    pair: tuple[str, str],
    *,
    metrics: Mapping[str, str] | None = None,
    lower: Collection[str] = (),
    height: int = 560,
) -> go.Figure:
    """One task against another: one model's points, and those of the runs trained for the same weightings.

    With two tasks the points are a line. With more they are not, and the slider goes through them row by row: the weight of
    the pair's first task rises, and within a row that of the second rises and falls in turn.

    Args:
        means: ``one_model.means`` of one label on the test split, each task's headline metric alone.
        gaps: ``one_model.gaps`` of the label and one strategy of separate runs, each task's headline metric alone.
        tasks: all of the study's tasks, in order.
        pair: the task of the x axis and that of the y axis.
        metrics: what is measured of each task, in words.
        lower: the tasks whose metric is better where it is lower; their axis is turned round, so up and right is better.
        height: pixels.
    """
    wide = _wide(means, gaps, tasks, pair)
    if wide.empty:
        return empty(_("Nothing to draw: every seed of the one model diverged."))
    words = metrics or {}
    line = len(tasks) == 2
    label, start = str(means["label"].iloc[0]), int(wide["off_centre"].to_numpy().argmin())
    against = str(gaps["against"].iloc[0]) if len(gaps) else ""
    places = [_place(row) for row in wide.to_dict("records")]
    # With more tasks many runs have one of the pair alone, and lines without an end would hide the others.
    whole = [line or known for known in wide[["own_x", "own_y"]].notna().all(axis=1)]
    still = [
        _gap_lines([place for place, kept in zip(places, whole, strict=True) if kept]),
        *_separate(wide, pair, against),
        _front(wide, pair, label, line),
    ]
    frames = [{"name": str(at), "data": [place], "traces": [len(still)]} for at, place in enumerate(places)]
    names = [escape_plotly(task) + (f" · {words[task]}" if task in words else "") for task in pair]
    levels = [_level(gaps, task) for task in pair]
    alt = _(
        "{x} against {y}: the front of one model, {label}, at {count} weightings, and runs trained for each with {against}; "
        "a slider moves along the front."
    )
    made = figure(
        [*still, _marker(places[start])],
        alt.format(x=pair[0], y=pair[1], label=label, count=len(wide), against=against or _("none")),
        height,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={"title": {"text": names[0] + "  →"}} | ({"autorange": "reversed"} if pair[0] in lower else {}),
        yaxis={"title": {"text": names[1] + "  →"}} | ({"autorange": "reversed"} if pair[1] in lower else {}),
        shapes=[shape for axis, level in zip("xy", levels, strict=True) for shape in _level_line(axis, level)],
        annotations=[
            note for axis, level, task in zip("xy", levels, pair, strict=True) for note in _level_words(axis, level, task)
        ],
        dragmode="pan",
        sliders=[_slider([_told(row, pair) for row in wide.to_dict("records")], start)],
    )
    made.frames = frames
    return made


def _wide(means: pd.DataFrame, gaps: pd.DataFrame, tasks: Sequence[str], pair: tuple[str, str]) -> pd.DataFrame:
    """One row a weighting in the slider's order: ``weights``, the one model's ``x, y`` with their intervals, the separate
    runs' ``own_x, own_y`` and their percentages; NaN where there are none."""
    weight = means.pivot_table(index="point", columns="task", values="weight", observed=True).reindex(columns=list(tasks))
    wide = means.assign(weights=means["weights"].astype(str)).groupby("point")[["weights"]].first()
    for axis, task in zip("xy", pair, strict=True):
        part = means[means["task"] == task].set_index("point")
        own = gaps[gaps["task"] == task].set_index("point")
        wide = wide.assign(**{axis: part["mean"], f"low_{axis}": part["low"], f"high_{axis}": part["high"]})
        wide = wide.assign(
            **{f"own_{axis}": own["separate"], f"percent_{axis}": own["delta_percent"], f"weight_{axis}": weight[task]}
        )
    wide = wide.assign(off_centre=((weight - 1 / len(tasks)) ** 2).sum(axis=1))
    # A row of the triangle is what shares the first task's weight; going back and forth, neighbours stay neighbours.
    row = wide["weight_x"].round(4).rank(method="dense")
    wide = wide.assign(row=row, turn=wide["weight_y"].where(row % 2 == 1, -wide["weight_y"]))
    return wide.sort_values(["row", "turn"]).dropna(subset=["x", "y"]).reset_index(drop=True)


def _place(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the slider moves: from one model's point to the separate run's.

    A run that has one of the two tasks alone is no point; the line then goes straight to its level.
    """
    known = [bool(np.isfinite(row[f"own_{axis}"])) for axis in "xy"]
    there = [float(row[f"own_{axis}"] if has else row[axis]) for axis, has in zip("xy", known, strict=True)]
    here = [float(row["x"]), float(row["y"])]
    return {"x": [here[0], there[0]], "y": [here[1], there[1]], "marker": {"size": [18, 20 if all(known) else 0]}}


def _gap_lines(places: Sequence[Mapping[str, Any]]) -> go.Scatter:
    """The gap at every weighting, as one broken line."""
    x, y = ([value for place in places for value in (*place[axis], None)] for axis in "xy")
    style = {"color": faded(NEUTRAL, 0.75), "width": 1.2, "dash": "dot"}
    return go.Scatter(x=x, y=y, mode="lines", line=style, name=_("gap"), hoverinfo="skip")


def _separate(wide: pd.DataFrame, pair: tuple[str, str], against: str) -> list[go.Scatter]:
    known = wide.dropna(subset=["own_x", "own_y"])
    if known.empty:
        return []
    return [
        go.Scatter(
            x=known["own_x"],
            y=known["own_y"],
            mode="markers",
            marker={"symbol": "square-open", "size": 11, "color": NEUTRAL, "line": {"width": 2}},
            name=_("{strategy}, trained for each").format(strategy=escape_plotly(against, 24)),
            customdata=[[escape_plotly(weights)] for weights in known["weights"]],
            hovertemplate=_hover(pair),
        )
    ]


def _front(wide: pd.DataFrame, pair: tuple[str, str], label: str, line: bool) -> go.Scatter:
    return go.Scatter(
        x=wide["x"],
        y=wide["y"],
        mode="lines+markers" if line else "markers",
        line={"color": METHOD, "width": 2.2},
        marker={"symbol": "circle", "size": 8, "color": METHOD},
        name=_("{label}, one model").format(label=escape_plotly(label, 28)),
        customdata=[[escape_plotly(weights)] for weights in wide["weights"]],
        hovertemplate=_hover(pair),
    )


def _hover(pair: tuple[str, str]) -> str:
    sides = (f"{escape_plotly(task)} %{{{axis}:.4f}}" for axis, task in zip("xy", pair, strict=True))
    return "<b>%{customdata[0]}</b><br>" + "<br>".join(sides) + "<extra></extra>"


def _marker(place: dict[str, Any]) -> go.Scatter:
    look = {"symbol": ["circle-open", "square-open"], "color": [METHOD, NEUTRAL], "opacity": 1, "line": {"width": 3}}
    return go.Scatter(
        x=place["x"],
        y=place["y"],
        mode="lines+markers",
        line={"color": METHOD, "width": 2.5},
        marker=look | place["marker"],
        showlegend=False,
        hoverinfo="skip",
    )


def _level(gaps: pd.DataFrame, task: str) -> float:
    """What the run reaches that gives the task all the weight; NaN where there is none."""
    corner = gaps[(gaps["task"] == task) & (gaps["weight"] > 1 - 1e-5)]
    return float(corner["separate"].iloc[0]) if len(corner) else float("nan")


def _level_line(axis: str, level: float) -> list[dict[str, Any]]:
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": level, f"{axis}1": level, f"{other}ref": "paper", f"{other}0": 0, f"{other}1": 1}
    style = {"type": "line", "layer": "below", "line": {"color": NEUTRAL, "width": 1, "dash": "dash"}}
    return [style | ends] if np.isfinite(level) else []


def _level_words(axis: str, level: float, task: str) -> list[dict[str, Any]]:
    if not np.isfinite(level):
        return []
    text = _("{task} alone").format(task=escape_plotly(task, 20))
    style = {"showarrow": False, "font": {"size": 11, "color": NEUTRAL}, "text": text, "yanchor": "bottom"}
    place = {"x": level, "yref": "paper", "y": 0.01, "textangle": -90, "xanchor": "right"}
    return [style | (place if axis == "x" else {"y": level, "xref": "paper", "x": 0.01, "xanchor": "left"})]


def _told(row: Mapping[Any, Any], pair: tuple[str, str]) -> str:
    """The slider's words at a weighting: its weights, and of each task one model's metric and the separate run's."""
    parts = []
    for axis, task in zip("xy", pair, strict=True):
        own = f" ({row[f'own_{axis}']:.3f})" if np.isfinite(row[f"own_{axis}"]) else ""
        parts.append(f"{escape_plotly(task, 16)} {row[axis]:.3f}{own}")
    return f"{escape_plotly(row['weights'], 36)}<br>" + "  ·  ".join(parts)


def _slider(labels: Sequence[str], start: int) -> dict[str, Any]:
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    return {
        "active": start,
        "steps": [{"label": label, "method": "animate", "args": [[str(place)], at_once]} for place, label in enumerate(labels)],
        "currentvalue": {"prefix": _("weights") + " ", "xanchor": "left", "font": {"color": NEUTRAL, "size": 13}},
        "x": 0,
        "len": 1,
        "y": -0.12,
        "yanchor": "top",
        "ticklen": 0,
        "minorticklen": 0,
        "font": {"color": "rgba(0, 0, 0, 0)", "size": 1},
    }
