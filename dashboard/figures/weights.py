"""What each task's gradient was really multiplied by, over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import (
    background,
    bold,
    by_run,
    chosen,
    empty,
    escape_plotly,
    figure,
    joined,
    mean,
    side_legend,
    well,
)
from dashboard.figures.palette import NEUTRAL, faded, task_styles
from dashboard.words import _


def weights(
    table: pd.DataFrame,
    runs: pd.DataFrame,
    tasks: Sequence[str],
    label: str,
    *,
    shown: Sequence[str] | None = None,
    seed: int | None = None,
    stacked: bool = False,
    height: int = 280,
) -> go.Figure:
    """Effective weights of one label over steps.

    Args:
        table: ``weights`` of a result: run, step, task, weight.
        runs: ``runs`` of a result.
        tasks: all of the study's tasks, in order; they decide the colours.
        label: whose runs.
        shown: the tasks to draw; None for all.
        seed: one seed; None for all seeds with their mean.
        stacked: areas on top of each other, for weights that are never negative; lines otherwise.
        height: pixels.
    """
    shown = list(tasks) if shown is None else [task for task in tasks if task in shown]
    own = chosen(runs, label, seed)
    table = table[table["run"].isin(own["run"]) & table["task"].isin(shown)]
    if table.empty:
        return empty(_("No weights have arrived yet."), height)
    stacked = stacked and bool((table["weight"].dropna() >= 0).all())
    styles = task_styles(tasks)
    traces: list[Any] = []
    for task in shown:
        part = table[table["task"] == task]
        if part.empty:
            continue
        steps, values, index = by_run(part, "weight")
        healthy = np.isin(index, well(own)["run"])
        style = styles[task]
        if len(values) > 1 and not stacked:
            x, y = joined(steps, values)
            traces.append(background(x, y, faded(style.color, 0.18), task))
        area = {"stackgroup": "weights", "fillcolor": faded(style.color, 0.45)} if stacked else {}
        traces.append(
            go.Scatter(
                x=steps,
                y=mean(values[healthy]) if healthy.any() else mean(values),
                mode="lines",
                name=escape_plotly(task),
                legendgroup=task,
                line={"color": style.color, "width": bold(len(steps)), "dash": style.dash},
                hovertemplate=f"{escape_plotly(task)}<br>%{{x}}: %{{y:.4f}}<extra></extra>",
                **area,
            )
        )
    even = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1 / len(tasks), "y1": 1 / len(tasks), "layer": "below"}
    return figure(
        traces,
        _("{label}: effective weight of {tasks} over training steps.").format(label=label, tasks=", ".join(shown)),
        height,
        xaxis={"title": {"text": _("step")}, "rangemode": "tozero"},
        yaxis={"title": {"text": _("effective weight")}, "rangemode": "tozero"},
        shapes=[] if stacked else [even | {"line": {"color": NEUTRAL, "width": 1, "dash": "dot"}}],
        **side_legend(len(shown)),
    )
