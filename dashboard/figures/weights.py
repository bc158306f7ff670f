"""What each task's gradient was really multiplied by, over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.ends import End, lines, named
from dashboard.figures.frame import (
    Floats,
    background,
    bold,
    by_run,
    chosen,
    empty,
    escape_plotly,
    figure,
    joined,
    mean,
    well,
)
from dashboard.figures.palette import NEUTRAL, faded
from dashboard.words import _

LEGEND = 8
"""The most lines named in a legend: the curves beside it name the same tasks."""

WIDE = 1000.0
"""A weight of this size draws the axis by powers of ten: methods that divide by a loss or a gradient start near 1 and reach
1e20 once a task is solved."""


def weights(
    table: pd.DataFrame,
    runs: pd.DataFrame,
    tasks: Sequence[str],
    label: str | Sequence[str],
    *,
    shown: Sequence[str] | None = None,
    seed: int | None = None,
    stacked: bool = False,
    height: int = 280,
) -> go.Figure:
    """Effective weights over steps; colours, dashes and names as in ``curves``.

    Where one is larger than ``WIDE``, the axis is even up to 1 and counts powers of ten beyond, on either side of zero; its
    title, ``layout.meta["powers"]`` and the description say so.

    Args:
        table: ``weights`` of a result: run, step, task, weight.
        runs: ``runs`` of a result.
        tasks: all of the study's tasks, in order; they decide the colours.
        label: whose runs; several are laid over each other.
        shown: the tasks to draw; None for all.
        seed: one seed; None for all seeds with their mean.
        stacked: areas on top of each other, for weights that are never negative or large; lines otherwise.
        height: pixels.
    """
    shown = list(tasks) if shown is None else [task for task in tasks if task in shown]
    labels = [label] if isinstance(label, str) else list(label)
    own = pd.concat([chosen(runs, each, seed) for each in labels])
    table = table[table["run"].isin(own["run"]) & table["task"].isin(shown)]
    if table.empty:
        return empty(_("No weights have arrived yet."), height)
    largest = float(np.nanmax(np.abs(table["weight"].replace([np.inf, -np.inf], np.nan)), initial=0.0))
    powers = largest > WIDE
    stacked = stacked and not powers and bool((table["weight"].dropna() >= 0).all())
    traces: list[Any] = []
    ends: list[End] = []
    for line in lines(runs, tasks, labels, shown):
        part = table[(table["task"] == line.task) & table["run"].isin(chosen(runs, line.label, seed)["run"])]
        if part.empty:
            continue
        steps, values, index = by_run(part, "weight")
        healthy = np.isin(index, well(own)["run"])
        if len(values) > 1 and not stacked:
            x, y = joined(steps, _height(values) if powers else values)
            traces.append(background(x, y, faded(line.style.color, 0.18), line.name))
        middle = mean(values[healthy]) if healthy.any() else mean(values)
        drawn = _height(middle) if powers else middle
        ends.append(End(line.name, line.style.color, steps, drawn))
        area = {"stackgroup": "weights", "fillcolor": faded(line.style.color, 0.45)} if stacked else {}
        traces.append(
            go.Scatter(
                x=steps,
                y=drawn,
                customdata=middle,
                mode="lines",
                name=escape_plotly(line.name),
                legendgroup=line.name,
                line={"color": line.style.color, "width": bold(len(steps)), "dash": line.style.dash},
                hovertemplate=f"{escape_plotly(line.name)}<br>%{{x}}: %{{customdata:.4~g}}<extra></extra>",
                **area,
            )
        )
    even = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1 / len(tasks), "y1": 1 / len(tasks), "layer": "below"}
    words = _("{label}: effective weight of {tasks} over training steps.").format(
        label=", ".join(labels), tasks=", ".join(shown)
    )
    title = {"text": _("effective weight, powers of ten beyond 1") if powers else _("effective weight")}
    picture = figure(
        traces,
        " ".join((words, powers_note())) if powers else words,
        height,
        xaxis={"title": {"text": _("step")}, "rangemode": "tozero"},
        yaxis={"title": title, "rangemode": "tozero"} | (_ticks(largest) if powers else {}),
        shapes=[] if stacked else [even | {"line": {"color": NEUTRAL, "width": 1, "dash": "dot"}}],
        **(named(ends, height) or {"showlegend": len(ends) <= LEGEND}),
    )
    picture.layout.meta |= {"powers": powers}
    return picture


def powers_note() -> str:
    """How to read an axis of powers."""
    return _("Beyond 1 the axis counts powers of ten.")


def _height(values: Floats) -> Floats:
    """Where a weight stands on the axis of powers: itself up to 1, then one more for every power of ten, with its sign."""
    return np.where(np.abs(values) <= 1, values, np.sign(values) * (1 + np.log10(np.maximum(np.abs(values), 1))))


def _ticks(largest: float) -> dict[str, Any]:
    """At most six powers on either side of zero."""
    top = int(np.ceil(np.log10(largest)))
    ups = [10.0**power for power in range(0, top + 1, -(-top // 5))]
    marks = np.array([*(-value for value in reversed(ups)), 0.0, *ups])
    words = [f"{value:.0e}".replace("e+0", "e").replace("e+", "e") if abs(value) > 1 else f"{value:g}" for value in marks]
    return {"tickvals": _height(marks).tolist(), "ticktext": [word.replace("-", "−") for word in words]}
