"""At how many steps the task gradients oppose each other: by layer, by kind of run, and of every two of many tasks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.conflict import MAXIMUM_PAIRS, pair_name, shown_pairs
from dashboard.figures.frame import empty, escape_plotly, figure
from dashboard.figures.palette import ON_PALE, SHARE
from dashboard.words import _

CHANCE, LEAST_REACH = 50.0, 15.0
"""Percent of steps at which two directions drawn by chance oppose each other; and how far from it the colours reach at least,
so that noise stays pale."""

NAMED_COLUMNS = 24
"""The most columns of a matrix that have names: more would cover each other."""

LEAST_ROW = 12
"""The fewest pixels of a matrix's row that has a name."""


def share_by_layer(
    share: pd.DataFrame, tasks: Sequence[str], label: str, *, layers: Sequence[str], shown: Sequence[str] | None = None
) -> go.Figure:
    """The share of conflicting steps, a row a task pair and a column a layer of the trunk.

    Args:
        share: ``conflict_share`` of a result: label, layer, task_a, task_b, n, share, low, high, ...
        tasks: all of the study's tasks, in order.
        label: whose runs.
        layers: ``all`` and the stages, in order.
        shown: only pairs of these tasks; None for all.
    """
    pairs = shown_pairs(tasks, shown)[: 2 * MAXIMUM_PAIRS]
    own = share[share["label"] == label].set_index(["task_a", "task_b", "layer"])["share"].to_dict()
    values = np.array([[own.get((*pair, layer), np.nan) for layer in layers] for pair in pairs], dtype=float)
    names = [_("whole trunk") if layer == "all" else escape_plotly(layer) for layer in layers]
    alt = _("{label}: share of steps at which two tasks' gradients oppose each other, by layer.").format(label=label)
    return _heat(values, names, [pair_name(*pair) for pair in pairs], alt)


def share_by_label(
    share: pd.DataFrame, labels: Sequence[str], *, layers: Sequence[str], shown: Sequence[str] | None = None
) -> go.Figure:
    """The share of conflicting steps, a row a label and a column a layer, averaged over the task pairs.

    Args:
        share: ``conflict_share`` of a result.
        labels: the rows.
        layers: ``all`` and the stages, in order.
        shown: only pairs of these tasks; None for all.
    """
    if shown is not None and len(shown) > 1:
        share = share[share["task_a"].isin(shown) & share["task_b"].isin(shown)]
    own = share.groupby(["label", "layer"], observed=True)["share"].mean().to_dict()
    values = np.array([[own.get((label, layer), np.nan) for layer in layers] for label in labels], dtype=float)
    names = [_("whole trunk") if layer == "all" else escape_plotly(layer) for layer in layers]
    alt = _("Share of steps with opposed gradients, a row for each kind of run and a column for each layer.")
    return _heat(values.reshape(len(labels), len(layers)), names, [escape_plotly(label, 32) for label in labels], alt)


def share_matrix(share: pd.DataFrame, tasks: Sequence[str], label: str, *, layer: str = "all", most: int = 900) -> go.Figure:
    """The share of conflicting steps of every two tasks, as a matrix; for many tasks.

    Args:
        share: ``conflict_share`` of a result.
        tasks: the tasks to show, in order.
        label: whose runs.
        layer: ``all`` for the whole trunk, or a stage.
        most: pixels of its height at most.
    """
    own = share[(share["label"] == label) & (share["layer"] == layer)].set_index(["task_a", "task_b"])["share"].to_dict()
    look = [[own.get((a, b), own.get((b, a), np.nan)) for b in tasks] for a in tasks]
    values = np.array(look, dtype=float).reshape(len(tasks), len(tasks))
    alt = _("{label}: share of steps with opposed gradients for every two of {count} tasks.")
    names = [escape_plotly(task, 18) for task in tasks]
    return _heat(values, names, names, alt.format(label=label, count=len(tasks)), most)


def _heat(
    values: np.ndarray[Any, np.dtype[np.float64]], columns: list[str], rows: list[str], alt: str, most: int = 900
) -> go.Figure:
    if not np.isfinite(values).any():
        return empty(_("No gradient has been compared yet."))
    few = len(rows) * len(columns) <= 150 and len(columns) <= 12
    # Directions drawn by chance oppose each other at half of the steps; what differs from that is what there is to see.
    reach = float(np.clip(np.nanmax(np.abs(100 * values - CHANCE)), LEAST_REACH, CHANCE))
    low, high = CHANCE - reach, CHANCE + reach
    heat = go.Heatmap(
        z=100 * values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=low,
        zmax=high,
        colorscale=[list(stop) for stop in SHARE],
        xgap=2,
        ygap=2,
        text=[[f"{100 * value:.0f} %" if np.isfinite(value) else "" for value in row] for row in values],
        texttemplate="%{text}" if few else None,
        textfont={"color": ON_PALE},
        hoverongaps=False,
        customdata=[[f"{row}<br>{column}" for column in columns] for row in rows],
        hovertemplate="%{customdata}<br>%{z:.1f} %<extra></extra>",
        colorbar={
            "ticksuffix": " %",
            "thickness": 10,
            "outlinewidth": 0,
            "len": 1,
            "tickvals": [low, CHANCE, high],
            "tickformat": ".0f",
        },
        showscale=not few,
    )
    ticks = {"tickmode": "array", "showgrid": False}
    height = max(120, min(most, 56 + (30 if few else 18) * len(rows) + (90 if len(columns) > 12 else 0)))
    roomy = len(rows) * LEAST_ROW <= height
    return figure(
        [heat],
        alt,
        height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=ticks
        | (
            {"tickvals": list(range(len(columns))), "ticktext": columns, "side": "top"}
            if len(columns) <= NAMED_COLUMNS
            else {
                "tickvals": [],
                "title": {"text": _("columns in the order of the rows") if roomy else _("all tasks, in order")},
            }
        ),
        yaxis=ticks
        | {"tickvals": list(range(len(rows))) if roomy else [], "ticktext": rows if roomy else [], "autorange": "reversed"},
    )
