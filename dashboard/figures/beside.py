"""Δm of every kind of run in several studies: under each label a line a study, with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure, signed
from dashboard.figures.palette import TaskStyle, faded, marked, task_styles
from dashboard.figures.transfer import HEADING, MAXIMUM_ROWS, ROW, verdict_word, zero_lines
from dashboard.words import _


def beside(table: pd.DataFrame, names: Sequence[str], labels: Sequence[str]) -> go.Figure:
    """One row a label and study; right of the zero line is better than each task alone.

    Args:
        table: a row for each study's label: name, label, n, delta_m, low, high, verdict, diverged, confidence.
        names: all of the studies compared, in order; they decide colours and markers.
        labels: the labels to show, in order; each is a heading above its studies.
    """
    rows = _rows(table, names, labels)
    if not rows:
        return empty(_("None of these studies has a result yet: there is nothing to compare."))
    styles = task_styles(names)  # no task is drawn here, so a task's colours are free
    traces: list[Any] = []
    notes: list[dict[str, Any]] = []
    places: list[float] = []
    top, label = 0.0, None
    for row in rows:
        if row["label"] != label:
            label = row["label"]
            notes.append(_note(top + 0.62 * HEADING, escape_plotly(label), 15))
            top += HEADING
        places.append(top + 0.68 * ROW)
        traces += _row(row, places[-1], styles[row["name"]])
        notes.append(_note(top + 0.32 * ROW, _words(row), 13))
        top += ROW
    height = int(top) + 8
    alt = _("Δm in percent, positive is better than each task alone: ")
    return figure(
        traces,
        alt + "; ".join(_spoken(row) for row in rows[:8]),
        height + 60,
        showlegend=False,
        margin={"l": 12, "r": 12, "t": 12, "b": 48},
        xaxis={"title": {"text": _("Δm in percent, positive is better →")}, "range": _range(rows)},
        yaxis={"range": [height, 0], "showticklabels": False, "showgrid": False},
        shapes=zero_lines(places),
        annotations=notes,
    )


def _rows(table: pd.DataFrame, names: Sequence[str], labels: Sequence[str]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {(row["label"], row["name"]): dict(row) for row in table.to_dict("records")}  # type: ignore[arg-type]
    wanted = ((label, name) for label in labels for name in names)
    return [found[key] for key in wanted if key in found][:MAXIMUM_ROWS]


def _row(row: Mapping[str, Any], place: float, style: TaskStyle) -> list[go.Scatter]:
    name, traces = escape_plotly(row["name"]), []
    if np.isfinite(row["low"]) and np.isfinite(row["high"]):
        text = _("{name}: {level:.0f} % interval {low} to {high}, n = {n}").format(
            name=name, level=100 * row["confidence"], low=signed(row["low"], 1), high=signed(row["high"], 1), n=row["n"]
        )
        traces.append(
            go.Scatter(
                x=[row["low"], row["high"]],
                y=[place, place],
                mode="lines",
                line={"color": faded(style.color, 0.45), "width": 9},
                hovertemplate=text + "<extra></extra>",
            )
        )
    if np.isfinite(row["delta_m"]):
        outline = {"color": "rgba(255, 255, 255, 0.9)", "width": 1.2}
        traces.append(
            go.Scatter(
                x=[row["delta_m"]],
                y=[place],
                mode="markers",
                marker={"color": style.color, "size": 12, "symbol": style.marker, "line": outline},
                hovertemplate=f"{name}: %{{x:+.1f}} %<extra></extra>",
            )
        )
    return traces


def _words(row: Mapping[str, Any]) -> str:
    name = f"<b>{escape_plotly(row['name'])}</b>"
    lost = "  " + _("{count} diverged").format(count=int(row["diverged"])) if row["diverged"] > 0 else ""
    if not np.isfinite(row["delta_m"]):
        return f"{name}  " + _("no Δm") + lost
    verdict = str(row["verdict"])
    return f"{name}  {signed(row['delta_m'], 1)} %  {marked(verdict, verdict_word(verdict))}{lost}"


def _note(place: float, text: str, size: int) -> dict[str, Any]:
    anchors = {"xref": "paper", "x": 0, "xanchor": "left", "align": "left", "yanchor": "middle", "showarrow": False}
    return anchors | {"y": place, "text": text, "font": {"size": size}}


def _range(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    values = np.array([0.0, *(row[name] for row in rows for name in ("low", "high", "delta_m"))], dtype=float)
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _spoken(row: Mapping[str, Any]) -> str:
    amount = f"{signed(row['delta_m'], 1)} %" if np.isfinite(row["delta_m"]) else _("no Δm")
    return f"{row['label']}, {row['name']}: {amount}, {verdict_word(str(row['verdict']))}"
