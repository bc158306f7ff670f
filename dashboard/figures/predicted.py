"""Predicted against real gains: one colour and marker a task, a mark a set that the task is in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, key, shortened, signed
from dashboard.figures.palette import NEUTRAL, task_styles
from dashboard.words import _


def predicted_gains(
    predicted: Floats, real: Floats, sets: Sequence[tuple[int, ...]], tasks: Sequence[str], axis: str, alt: str, *, same: bool
) -> go.Figure:
    """Each task's gain in each set, as predicted and as it came; sets of three tasks and more are filled.

    Args:
        predicted, real: ``(N, T)``, NaN where nothing is known.
        sets: the N sets' members.
        tasks: all of the study's tasks, in order; they decide the colours.
        axis: what predicts, in words.
        alt: one sentence for people who cannot see it.
        same: whether both are in points, so that a line can say where they are equal.
    """
    both = np.isfinite(predicted) & np.isfinite(real)
    if not both.any():
        return empty(_("No gain of any set is both predicted and known."))
    styles = task_styles(tasks)
    large = np.array([len(members) > 2 for members in sets])
    traces: list[Any] = []
    for task, name in enumerate(tasks):
        for size, marks in ((large, ""), (~large, "-open")):
            own = np.flatnonzero(both[:, task] & size).tolist()
            told = [", ".join(escape_plotly(tasks[member], 18) for member in sets[place]) for place in own]
            style = styles[name]
            traces.append(
                go.Scatter(
                    x=predicted[own, task],
                    y=real[own, task],
                    mode="markers",
                    name=shortened(name, 18),
                    legendgroup=name,
                    showlegend=not marks or not both[large, task].any(),
                    marker={"color": style.color, "symbol": style.marker + marks, "size": 9, "line": {"width": 1.2}},
                    customdata=[
                        _("{task} in {members}: predicted {predicted}, real {real} points").format(
                            task=f"<b>{escape_plotly(name, 28)}</b>",
                            members=f"{{{words}}}",
                            predicted=signed(predicted[place, task], 1 if same else 2),
                            real=signed(real[place, task], 1),
                        )
                        for words, place in zip(told, own, strict=True)
                    ],
                    hovertemplate="%{customdata}<extra></extra>",
                )
            )
    traces += [key(_("three tasks and more"), "circle"), key(_("two tasks"), "circle-open")]
    quiet = {"color": NEUTRAL, "width": 1}
    shapes: list[dict[str, Any]] = [
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0, "layer": "below", "line": quiet},
        {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": quiet},
    ]
    if same:
        ends = [float(np.nanmin([predicted[both], real[both]])), float(np.nanmax([predicted[both], real[both]]))]
        corner = {"type": "line", "x0": ends[0], "y0": ends[0], "x1": ends[1], "y1": ends[1], "layer": "below"}
        shapes.append(corner | {"line": quiet | {"dash": "dot"}})
    return figure(
        traces,
        alt,
        430,
        margin={"l": 8, "r": 12, "t": 64, "b": 8},
        xaxis={"title": {"text": axis}, "showgrid": True},
        yaxis={"title": {"text": _("real gain in points →")}},
        shapes=shapes,
    )
