"""What weighting to keep: validation over the line of two tasks, the triangle of three, or in rows where there are more."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure, shortened
from dashboard.figures.palette import METHOD, NEUTRAL, QUIET, SEQUENTIAL, faded
from dashboard.words import _

SMALLEST, LARGEST = 10.0, 30.0
"""Pixels of what would never be chosen, and of what always would."""

MOST_ROWS = 24
"""The most rows where there is neither line nor triangle: the best of them."""

EQUAL = 1e-5
"""How far apart weights may be that are equal: they have six digits."""

HEIGHT = 440


def choose(
    table: pd.DataFrame, tasks: Sequence[str], places: Mapping[str, Sequence[float]], *, height: int = HEIGHT
) -> go.Figure:
    """Each candidate's mean on validation, the band of one standard error below the best, and how often each is chosen.

    Args:
        table: ``selection`` of a result.
        tasks: all of the study's tasks, in order.
        places: where methods stand that choose their own weights: their mean weights, by label; those left out have none.
        height: pixels.
    """
    known = (
        table[table["validation"].notna()]
        .reset_index(drop=True)
        .assign(label=table["label"].astype(str), role=table["role"].astype(str))
    )
    if known.empty:
        return empty(_("No run has been evaluated yet: there is nothing to compare."))
    own = known[[f"weight_{task}" for task in tasks]].to_numpy(dtype=float)
    level = _level(known, own)
    known = known.assign(validation=known["validation"] - (level or 0.0))
    unit = _("validation, in standard deviations over runs")
    if level is not None:
        unit = _("validation beyond equal weights, in standard deviations over runs")
    moved = [places.get(label, (np.nan,) * len(tasks)) for label in known["label"]]
    shares = np.where(np.isfinite(own), own, np.array(moved, dtype=float).reshape(own.shape))
    known = known.assign(**{str(place): shares[:, place] for place in range(len(tasks))})
    best = known[known["chosen"]].iloc[0]
    told = _("Validation of {count} weightings and methods of {tasks}; best is {best}, {within} are within one standard error.")
    alt = told.format(count=len(known), tasks=", ".join(tasks), best=best["label"], within=int(known["within"].sum()))
    placed = known.loc[np.flatnonzero(np.isfinite(shares).all(axis=1))]
    if len(tasks) == 2 and len(placed) > 1:
        return _line(placed, tasks, best, alt, unit, height)
    if len(tasks) == 3 and len(placed) > 2:
        return _triangle(placed.loc[placed["strategy"].astype(str) == str(best["strategy"])], tasks, alt, unit, height + 60)
    return _rows(known, best, alt, unit)


def _line(known: pd.DataFrame, tasks: Sequence[str], best: pd.Series, alt: str, unit: str, height: int) -> go.Figure:
    traces: list[Any] = []
    strategies = known["strategy"].astype(str)
    for place, strategy in enumerate(dict.fromkeys(strategies)):
        line = known[(strategies == strategy) & known[f"weight_{tasks[0]}"].notna()].sort_values("0")
        style = {"color": NEUTRAL, "width": 1.5, "dash": ("solid", "dash", "dot", "dashdot")[place % 4]}
        several = {"name": escape_plotly(strategy, 28), "showlegend": strategies.nunique() > 1}
        traces.append(go.Scatter(x=line["0"], y=line["validation"], mode="lines", line=style, hoverinfo="skip", **several))
    bars = {"type": "data", "array": known["error"].fillna(0), "color": faded(NEUTRAL, 0.45), "thickness": 1.4, "width": 0}
    traces.append(go.Scatter(x=known["0"], y=known["validation"], error_y=bars, **_marks(known)))
    first, second = (escape_plotly(task, 24) for task in tasks)
    return figure(
        traces,
        alt,
        height,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={"title": {"text": _("share of the weight on {task}").format(task=first)}, "range": [-0.02, 1.02]}
        | {"tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": [second, "0.25", _("equal"), "0.75", first]},
        yaxis={"title": {"text": unit}},
        shapes=_band(best, "y"),
        annotations=[_named(row, "0", "validation") for row in _marked(known)],
    )


def _triangle(known: pd.DataFrame, tasks: Sequence[str], alt: str, unit: str, height: int) -> go.Figure:
    marks, within = _marks(known), known[known["within"]]
    marker = marks.pop("marker") | {"color": known["validation"], "coloraxis": "coloraxis"}
    at = {"a": known["0"], "b": known["1"], "c": known["2"]}
    traces: list[Any] = [go.Scatterternary(**at, marker=marker, cliponaxis=False, **marks)]
    ring = {"symbol": "circle-open", "size": _sizes(within) + 8, "color": NEUTRAL, "line": {"width": 1.8}}
    rings = {
        "mode": "markers",
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": ring,
        "name": _("within one standard error"),
    }
    traces.append(go.Scatterternary(a=within["0"], b=within["1"], c=within["2"], showlegend=True, **rings))
    for row in _marked(known):
        lines = "<br> " if row["chosen"] else " <br>"
        mark = f"<b>{row['mark']}</b>"
        text = {"text": [mark + lines if row["chosen"] else lines + mark], "textfont": {"size": 13}}
        text |= {"textposition": "top center" if row["chosen"] else "bottom center"}
        spot = {"a": [row["0"]], "b": [row["1"]], "c": [row["2"]], "cliponaxis": False}
        traces.append(go.Scatterternary(**spot, mode="text", hoverinfo="skip", showlegend=False, **text))
    names = [escape_plotly(task, 20) for task in tasks]
    corner = {"min": 0, "showticklabels": False, "ticks": "", "gridcolor": QUIET, "linecolor": NEUTRAL, "layer": "below traces"}
    titles = (f"{names[0]}<br> ", f" <br>{names[1]}", f" <br>{names[2]}")
    axes = {
        axis: corner | {"title": {"text": title, "font": {"size": 14}}}
        for axis, title in zip(("aaxis", "baxis", "caxis"), titles, strict=True)
    }
    bar = {"title": {"text": unit, "side": "top"}, "orientation": "h", "y": -0.16, "yanchor": "top", "thickness": 10}
    return figure(
        traces,
        alt,
        height,
        margin={"l": 40, "r": 40, "t": 48, "b": 56},
        ternary={"sum": 1, "bgcolor": "rgba(0, 0, 0, 0)", **axes},
        coloraxis={"colorscale": [list(stop) for stop in SEQUENTIAL], "colorbar": bar | {"outlinewidth": 0, "len": 0.6}},
    )


def _rows(known: pd.DataFrame, best: pd.Series, alt: str, unit: str) -> go.Figure:
    shown = known.sort_values("validation").tail(MOST_ROWS)
    bars = {"type": "data", "array": shown["error"].fillna(0), "color": faded(NEUTRAL, 0.45), "thickness": 1.4, "width": 0}
    places = list(range(len(shown)))
    names = [shortened(label, 26) for label in shown["label"]]
    return figure(
        [go.Scatter(x=shown["validation"], y=places, error_x=bars, **_marks(shown))],
        alt,
        max(180, 80 + 26 * len(shown)),
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={"title": {"text": unit}},
        yaxis={"tickvals": places, "ticktext": names, "showgrid": False},
        shapes=_band(best, "x"),
        annotations=[_named(row, "validation", "at") for row in _marked(shown.assign(at=places))],
    )


def _marks(known: pd.DataFrame) -> dict[str, Any]:
    """One mark a candidate: as large as it is often chosen, a diamond where it is a method, pale beyond the band."""
    methods = (known["role"] == "method") & known.filter(like="weight_").isna().all(axis=1)
    colors = [
        faded(METHOD if method else NEUTRAL, 0.95 if within else 0.4)
        for method, within in zip(methods, known["within"], strict=True)
    ]
    symbols = ["diamond" if method else "circle" for method in methods]
    told = [
        [escape_plotly(row["label"]), f"{100 * row['share']:.0f}", "–" if pd.isna(row["error"]) else f"{row['error']:.3f}"]
        for row in known.to_dict("records")
    ]
    words = _("validation {value} ± {error}<br>chosen in {share} %").format(
        value="%{customdata[3]}", error="%{customdata[2]}", share="%{customdata[1]}"
    )
    values = [f"{value:.3f}" for value in known["validation"]]
    return {
        "mode": "markers",
        "showlegend": False,
        "marker": {"size": _sizes(known), "color": colors, "symbol": symbols, "line": {"color": NEUTRAL, "width": 1}},
        "customdata": [[*row, value] for row, value in zip(told, values, strict=True)],
        "hovertemplate": f"<b>%{{customdata[0]}}</b><br>{words}<extra></extra>",
    }


def _sizes(known: pd.DataFrame) -> Any:
    return SMALLEST + (LARGEST - SMALLEST) * known["share"].to_numpy(dtype=float)


def _band(best: pd.Series, axis: str) -> list[dict[str, Any]]:
    """From the best down to one standard error below it."""
    if not np.isfinite(best["error"]):
        return []
    other = "x" if axis == "y" else "y"
    ends = {f"{axis}0": best["validation"] - best["error"], f"{axis}1": best["validation"], f"{other}0": 0, f"{other}1": 1}
    band = {"type": "rect", f"{other}ref": "paper", "fillcolor": faded(NEUTRAL, 0.16), "line": {"width": 0}, "layer": "below"}
    return [band | ends]


def _marked(known: pd.DataFrame) -> list[dict[Any, Any]]:
    """What is chosen by a rule, with words."""
    rows = known[known["chosen"] | known["simplest"]].to_dict("records")
    both, best, simplest = _("best and nearest to equal"), _("best"), _("nearest to equal")
    return [row | {"mark": both if row["chosen"] and row["simplest"] else best if row["chosen"] else simplest} for row in rows]


def _named(row: Mapping[Any, Any], x: str, y: str) -> dict[str, Any]:
    # Above what is best and below what is not, for both may stand close together.
    lift = (12 + LARGEST / 2 * float(row["share"])) * (1 if row["chosen"] else -1)
    anchor = "bottom" if row["chosen"] else "top"
    text = {"text": f"<b>{row['mark']}</b>", "showarrow": False, "yanchor": anchor, "yshift": lift, "font": {"size": 13}}
    return text | {"x": row[x], "y": row[y]}


def _level(known: pd.DataFrame, points: Any) -> float | None:
    """What equal weights have, of the best one's strategy where there are several; None where they were not trained."""
    equal = known[np.isfinite(points).all(axis=1) & (np.ptp(np.nan_to_num(points), axis=1) < EQUAL)]
    best = known[known["chosen"]]["strategy"].astype(str)
    own = equal[equal["strategy"].astype(str).isin(best)]
    found = own if len(own) else equal
    return float(found["validation"].iloc[0]) if len(found) else None
