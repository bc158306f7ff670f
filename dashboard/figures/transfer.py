"""Whether learning together helped or hurt each task: seeds as dots, mean and 95 % interval against the task alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, signed
from dashboard.figures.palette import NEUTRAL, QUIET, faded, marked, task_styles
from dashboard.words import _

ROW = 44
"""Pixels for one task of one label: a line of words above a line of dots."""

HEADING = 34
"""Pixels for the name of a label above its tasks."""

GROUP = 44
"""Pixels for the name of a group above its labels."""

MAXIMUM_ROWS = 120
"""The most rows one figure draws."""

REACH = 8
"""Pixels that the zero line reaches beyond the middle of a row's dots on either side, clear of the words above them."""


def transfer(
    table: pd.DataFrame,
    pairs: pd.DataFrame,
    tasks: Sequence[str],
    labels: Sequence[str],
    shown: Sequence[str],
    metrics: str = "",
    *,
    groups: Mapping[str, tuple[str, str]] | None = None,
    against: str = "",
    confidence: float = 0.95,
) -> go.Figure:
    """One row a label and task; right of the zero line is better than the reference.

    Args:
        table: ``transfer`` of a result, of one metric a task: label, task, metric, n, baseline, value, difference,
            delta_percent, low, high, verdict.
        pairs: one row a seed: label, task, seed, difference; the dots.
        tasks: all of the study's tasks, in order; they decide the colours.
        labels: the labels to show, in order.
        shown: the tasks to show.
        metrics: what was measured, in words.
        groups: the group of each label and its name there, where labels are in groups, one after another.
        against: the reference, in words; the task alone if not given.
        confidence: of the intervals.
    """
    rows = _rows(table, labels, [task for task in tasks if task in shown])
    if not rows:
        return empty(_("No run has been evaluated yet: there is nothing to compare."))
    styles = task_styles(tasks)
    groups = groups or {}
    places, height = _places(rows, groups)
    dots = pairs.groupby(["label", "task"], observed=True)
    traces: list[Any] = []
    notes: list[dict[str, Any]] = []
    for row, place in zip(rows, places, strict=True):
        key = (row["label"], row["task"])
        own = dots.get_group(key) if key in dots.groups else pairs.iloc[:0]
        traces += _row(row, own, place, styles[row["task"]].color, styles[row["task"]].marker, confidence)
        notes.append(_words(row, place))
    notes += _headings(rows, places, groups)
    alt = _("Difference to {reference}, positive is better: ").format(reference=against or _("each task alone"))
    alt += "; ".join(_spoken(row) for row in rows[:8])
    return figure(
        traces,
        alt,
        height + 60,
        showlegend=False,
        margin={"l": 12, "r": 12, "t": 12, "b": 48},
        xaxis={
            "title": {"text": _("difference in {metric}, positive is better →").format(metric=metrics or _("metric"))},
            "range": _range(rows, pairs, labels),
        },
        yaxis={"range": [height, 0], "showticklabels": False, "showgrid": False},
        shapes=[*zero_lines(places), *_rules(rows, places, groups)],
        annotations=notes,
    )


def zero_lines(places: Sequence[float]) -> list[dict[str, Any]]:
    """The line at zero, a part for each row of dots: no word is crossed, wherever zero lies.

    Args:
        places: where each row's dots lie, in pixels from the top.
    """
    line = {"type": "line", "x0": 0, "x1": 0, "layer": "below", "line": {"color": NEUTRAL, "width": 1.4}}
    return [line | {"y0": place - REACH, "y1": place + REACH} for place in places]


def _rows(table: pd.DataFrame, labels: Sequence[str], shown: Sequence[str]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {(row["label"], row["task"]): dict(row) for row in table.to_dict("records")}  # type: ignore[arg-type]
    wanted = ((label, task) for label in labels for task in shown)
    return [found[key] for key in wanted if key in found][:MAXIMUM_ROWS]


def _begins(rows: Sequence[dict[str, Any]], groups: Mapping[str, tuple[str, str]]) -> list[tuple[bool, bool]]:
    """Of each row whether a group, and whether a label begins with it."""
    labels = [None, *(row["label"] for row in rows)]
    owners = [groups.get(label, ("", ""))[0] for label in labels]
    return [(owners[at] != owners[at - 1], labels[at] != labels[at - 1]) for at in range(1, len(labels))]


def _places(rows: Sequence[dict[str, Any]], groups: Mapping[str, tuple[str, str]]) -> tuple[list[float], int]:
    """Where each row's line of dots lies, in pixels from the top, and the height of all."""
    places, top = [], 0
    for group, label in _begins(rows, groups):
        top += group * GROUP + label * HEADING
        places.append(top + 0.68 * ROW)
        top += ROW
    return places, top + 8


def _row(row: dict[str, Any], dots: pd.DataFrame, place: float, color: str, marker: str, confidence: float) -> list[go.Scatter]:
    task = escape_plotly(row["task"])
    traces = []
    if np.isfinite(row["low"]) and np.isfinite(row["high"]):
        text = _("{task}: {level:.0f} % interval {low} to {high}, n = {n}").format(
            task=task, level=100 * confidence, low=signed(row["low"]), high=signed(row["high"]), n=row["n"]
        )
        traces.append(
            go.Scatter(
                x=[row["low"], row["high"]],
                y=[place, place],
                mode="lines",
                line={"color": faded(color, 0.45), "width": 9},
                hovertemplate=text + "<extra></extra>",
            )
        )
    seeds = [_("{task}, seed {seed}").format(task=task, seed=seed) for seed in dots["seed"]]
    traces.append(
        go.Scatter(
            x=dots["difference"].to_numpy(dtype=float),
            y=np.full(len(dots), place),
            mode="markers",
            marker={"color": color, "size": 6, "symbol": "circle-open", "line": {"width": 1.4}},
            text=seeds,
            hovertemplate="%{text}: %{x:+.4f}<extra></extra>",
        )
    )
    traces.append(
        go.Scatter(
            x=[row["difference"]],
            y=[place],
            mode="markers",
            marker={"color": color, "size": 12, "symbol": marker, "line": {"color": "rgba(255, 255, 255, 0.9)", "width": 1.2}},
            hovertemplate=f"{task}: %{{x:+.4f}}<extra></extra>",
        )
    )
    return traces


def verdict_word(verdict: str) -> str:
    """A verdict as people read it."""
    return {"positive": _("positive"), "negative": _("negative"), "unclear": _("unclear")}.get(verdict, verdict)


def _words(row: dict[str, Any], place: float) -> dict[str, Any]:
    verdict = str(row["verdict"])
    lost = int(row.get("diverged", 0) or 0)
    share = "" if pd.isna(row["delta_percent"]) else f"({signed(row['delta_percent'], 1)} %)  "
    text = f"<b>{escape_plotly(row['task'], 28)}</b>  {signed(row['difference'])}  {share}"
    text += marked(verdict, verdict_word(verdict))
    if lost:
        text += "  " + _("{count} diverged").format(count=lost)
    return {
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "align": "left",
        "y": place - 0.36 * ROW,
        "yanchor": "middle",
        "text": text,
        "showarrow": False,
        "font": {"size": 13},
    }


def _headings(
    rows: Sequence[dict[str, Any]], places: Sequence[float], groups: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    style = {"showarrow": False, "xref": "paper", "x": 0, "xanchor": "left", "yanchor": "middle"}
    notes = []
    for row, place, (group, label) in zip(rows, places, _begins(rows, groups), strict=True):
        owner, name = groups.get(row["label"], ("", row["label"]))
        top = place - 0.68 * ROW
        if label:
            notes.append(style | {"y": top - 0.38 * HEADING, "text": escape_plotly(name), "font": {"size": 15}})
        if group:
            words = f"<b>{escape_plotly(owner)}</b>"
            notes.append(style | {"y": top - HEADING - 0.35 * GROUP, "text": words, "font": {"size": 17}})
    return notes


def _rules(
    rows: Sequence[dict[str, Any]], places: Sequence[float], groups: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """A thin line above each group but the first."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": {"color": QUIET, "width": 1}}
    starts = [place for place, (group, _label) in zip(places, _begins(rows, groups), strict=True) if group]
    tops = [place - 0.68 * ROW - HEADING - 0.8 * GROUP for place in starts[1:]]
    return [line | {"y0": top, "y1": top} for top in tops]


def _range(rows: Sequence[dict[str, Any]], pairs: pd.DataFrame, labels: Sequence[str]) -> list[float]:
    ends = [row[name] for row in rows for name in ("low", "high", "difference")]
    dots: Floats = pairs[pairs["label"].isin(labels)]["difference"].to_numpy(dtype=float)
    values = np.concatenate([np.array(ends, dtype=float), dots, [0.0]])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 0.01
    return [low - margin, high + margin]


def _spoken(row: dict[str, Any]) -> str:
    return f"{row['label']}, {row['task']}: {signed(row['difference'])}, {verdict_word(str(row['verdict']))}"
