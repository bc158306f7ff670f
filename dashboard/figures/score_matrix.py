"""How well each task is done after each part of training, as a table of small bars. No Streamlit."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure, shortened
from dashboard.figures.palette import NEUTRAL, faded, task_styles
from dashboard.words import _

ROW, HEADING = 34, 40
"""Pixels of a moment's row, numbers above bars, and of the name of a label above its rows."""

BAR, WIDTH = 9, 0.82
"""The pixels of a bar's height, and the share of its column that the longest bar takes."""

MAXIMUM_ROWS = 90
"""The most rows one figure draws."""


def score_matrix(
    table: pd.DataFrame, tasks: Sequence[str], labels: Sequence[str], shown: Sequence[str], lower: Collection[str] = ()
) -> go.Figure:
    """A block a label, in it a row a moment and a column a task.

    Bars begin at zero, or at the worst score where lower is better: a longer one is better.

    Args:
        table: ``label, phase, step, task, learned, n, value, low, high``.
        tasks: all of the study's tasks, in order; they decide the colours.
        labels: the labels to show, in order.
        shown: the tasks to show.
        lower: the tasks whose metric is better when lower.
    """
    columns = {task: place for place, task in enumerate(task for task in tasks if task in shown)}
    table = table[table["label"].isin(labels) & table["task"].isin([*columns])]
    rows, places, heads, height = _places(table, labels)
    if not rows:
        return empty(_("Nothing has been evaluated yet at the end of a part."))
    styles = task_styles(tasks)
    traces, notes = [], [_heading(label, place) for label, place in heads]
    for task, column in columns.items():
        own = table[table["task"] == task].set_index(["label", "step"])
        own = own.loc[[key for key in rows if key in own.index]]
        at = np.array([rows[key] for key in own.index])
        traces.append(_bars(own, task, column, at, styles[task].color, task in lower))
        values = own["value"].to_numpy(dtype=float)
        for value, place in zip(values, at, strict=True):
            # Adding zero takes the sign from what is rounded to nothing.
            notes.append(_note(f"{round(value, 2) + 0:.2f}".replace("-", "−"), column, place - 8, "left") | {"xref": "x"})
    return figure(
        traces,
        _spoken(table, labels),
        height,
        showlegend=False,
        barmode="overlay",
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={
            "side": "top",
            "range": [-0.05, len(columns)],
            "tickmode": "array",
            "tickvals": [place + WIDTH / 2 for place in columns.values()],
            "ticktext": [shortened(task, max(8, 60 // len(columns))) for task in columns],
            "tickangle": 0 if len(columns) <= 4 else -30,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [height - 48, 0],
            "tickmode": "array",
            "tickvals": [place for place, _step in places],
            "ticktext": [_("step {step}").format(step=step) for _place, step in places],
            "showgrid": False,
            "fixedrange": True,
        },
        annotations=notes,
    )


def _places(
    table: pd.DataFrame, labels: Sequence[str]
) -> tuple[dict[tuple[str, int], float], list[tuple[float, int]], list[tuple[str, float]], int]:
    """Where each label's and step's row lies, in pixels from the top; the same with its step; where the labels' names do."""
    rows: dict[tuple[str, int], float] = {}
    places, heads, top = [], [], 0.0
    steps = table.groupby("label", sort=False)["step"].unique()
    for label in (label for label in labels if label in steps.index):
        if len(rows) + len(steps[label]) > MAXIMUM_ROWS and rows:
            break
        heads.append((label, top + 0.45 * HEADING))
        top += HEADING
        for step in sorted(map(int, steps[label]))[:MAXIMUM_ROWS]:
            rows[label, step] = top + 0.6 * ROW
            places.append((rows[label, step], step))
            top += ROW
    return rows, places, heads, round(top) + 56


def _bars(own: pd.DataFrame, task: str, column: int, at: Any, color: str, lower: bool) -> go.Bar:
    values, low, high = (own[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0

    def share(numbers: Any) -> Any:
        return np.clip(1 - numbers / largest if lower else numbers / largest, 0, 1) * WIDTH

    length, ends = share(values), (share(low), share(high))
    less, more = np.minimum(*ends), np.maximum(*ends)
    learned = own["learned"].to_numpy(dtype=bool)
    said = [_("learned in the part before") if each else _("not learned in the part before") for each in learned]
    steps = own.index.get_level_values("step")
    told = [
        [step, "" if not step else f"<br>{words}", f"<br>{a:.4f} – {b:.4f}" if np.isfinite(a) else "", n]
        for step, words, a, b, n in zip(steps, said, low, high, own["n"], strict=True)
    ]
    name = escape_plotly(task)
    return go.Bar(
        name=name,
        x=length,
        y=at + 5,
        base=column,
        width=BAR,
        orientation="h",
        marker={
            "color": [color if each else faded(color, 0.3) for each in learned],
            "line": {"color": color, "width": 1},
        },
        error_x={
            "type": "data",
            "array": np.nan_to_num(more - length),
            "arrayminus": np.nan_to_num(length - less),
            "color": NEUTRAL,
            "thickness": 1.4,
            "width": 2,
        },
        customdata=[[*row, value] for row, value in zip(told, values, strict=True)],
        hovertemplate=f"{name}, {_('step')} %{{customdata[0]}}: %{{customdata[4]:.4f}}%{{customdata[2]}}, "
        "n = %{customdata[3]}%{customdata[1]}<extra></extra>",
    )


def _note(text: str, x: float, y: float, anchor: str) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": anchor, "yanchor": "middle", "font": {"size": 12}}


def _heading(label: str, place: float) -> dict[str, Any]:
    return _note(escape_plotly(label, 70), 0, place, "left") | {"xref": "paper", "font": {"size": 15}}


def _spoken(table: pd.DataFrame, labels: Sequence[str]) -> str:
    """Each task from before training to the end, under the first labels."""
    said = []
    for (label, task), part in table[table["label"].isin(list(labels)[:4])].groupby(["label", "task"], sort=False):
        scores = ", ".join(f"{value:.2f}" for value in part.sort_values("step")["value"])
        said.append(f"{label}, {task}: {scores}")
    return _("Validation scores before training and after each part: ") + "; ".join(said[:12])
