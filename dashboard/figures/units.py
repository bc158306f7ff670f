"""Which unit serves which task: a strip of bars, one a unit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, shortened
from dashboard.figures.palette import NEUTRAL, faded, task_styles
from dashboard.words import _
from mtl_core.diagnostics.inside import IDLE

PATTERNS = ("", "/", ".", "\\", "x", "-", "|", "+")
"""What goes with a task's colour, in task order."""

MOST = 300
"""The most units of a stage that are drawn: those that matter most."""

GAP, HIGH = 0.08, 0.42
"""Between the strip, which is 1 high, and the bars above it, and how high the highest of these is."""


def strip(units: pd.DataFrame, stage: str, tasks: Sequence[str], *, legend: bool = True) -> go.Figure:
    """The units of one stage: whose each is, and above how much it matters.

    Args:
        units: ``units`` of an ``Inside``.
        stage: which.
        tasks: all of the study's tasks, in order; they decide the colours.
        legend: whether the tasks are named above.
    """
    table = units[units["stage"] == stage]
    if table.empty:
        return empty(_("Nothing is known of these units."))
    asked = [task for task in tasks if task in set(table["task"])]
    wide = {
        name: table.pivot_table(index=["module", "unit"], columns="task", values=name, sort=False, dropna=False)[asked]
        for name in ("part", "share")
    }
    part, share = wide["part"].to_numpy(), np.nan_to_num(wide["share"].to_numpy())
    names = [(str(module), int(unit)) for module, unit in wide["part"].index]
    size = np.maximum(part, 0).sum(1)
    idle = size <= IDLE * max(size.max(), 1e-30)
    modules = list(dict.fromkeys(module for module, _unit in names))
    order = _order(share, size, idle, np.array([modules.index(module) for module, _unit in names]))
    x, names = np.arange(len(order), dtype=np.float64), [names[place] for place in order]
    called = [
        _("unit {unit}").format(unit=unit) if len(modules) == 1 else f"{escape_plotly(module)} {unit}" for module, unit in names
    ]
    styles = task_styles(tasks)
    traces = [
        go.Bar(
            x=x,
            y=np.where(idle, 0, share[:, place])[order],
            name=escape_plotly(task),
            marker={
                "color": styles[task].color,
                "line": {"width": 0},
                "pattern": _pattern(list(tasks).index(task)),
            },
            customdata=[
                [name, f"{share[at, place]:.0%}", f"{part[at, place]:+.2%}"] for name, at in zip(called, order, strict=True)
            ],
            hovertemplate=f"%{{customdata[0]}}<br>{escape_plotly(task)} %{{customdata[1]}}, %{{customdata[2]}}<extra></extra>",
            showlegend=legend,
        )
        for place, task in enumerate(asked)
    ]
    rest = np.where(idle, 1.0, 0.0)[order]
    if idle.any():
        traces.append(_plain(x, rest, called, _("hardly matters"), faded(NEUTRAL, 0.18)))
    above = HIGH * (size / max(size.max(), 1e-30))[order]
    traces.append(_plain(x, above, called, _("how much it matters"), faded(NEUTRAL, 0.75), base=1 + GAP))
    count = len(part)
    title = _("{stage}: {count} units").format(stage=escape_plotly(stage, 32), count=count)
    if count > len(order):
        title += " " + _("({most} of them drawn)").format(most=len(order))
    ticks = _module_ticks([module for module, _unit in names]) if len(modules) > 1 else {"showticklabels": False}
    alt = _("Units of {stage}: {idle} of {count} hardly matter; {parts}.").format(
        stage=stage, idle=int(idle.sum()), count=count, parts=_in_words(share[~idle], asked)
    )
    return figure(
        traces,
        alt,
        210 if legend else 180,
        barmode="stack",
        legend_traceorder="normal",
        bargap=0.12 if len(order) <= 160 else 0,
        margin={"l": 8, "r": 8, "t": 34 if legend else 8, "b": 8},
        xaxis={"showgrid": False, "title": {"text": title}} | ticks,
        yaxis={"range": [0, 1 + GAP + HIGH], "tickvals": [0, 0.5, 1], "ticktext": ["0", "½", "1"], "showgrid": False},
    )


def _order(share: Floats, size: Floats, idle: Floats, module: Floats) -> Floats:
    """The places of the units from left to right: module by module, those of the first task, then those of the next, the
    purest first, and last those that hardly matter."""
    kept = np.sort(np.argsort(-size, kind="stable")[:MOST])
    first, most = np.where(idle, 0, share.argmax(1)), np.where(idle, 0, share.max(1))
    keys = (-size, -most, first, idle, module)
    return np.asarray(kept[np.lexsort([key[kept] for key in keys])])


def _plain(x: Floats, y: Floats, called: Sequence[str], words: str, color: str, base: float | None = None) -> go.Bar:
    more: dict[str, Any] = {} if base is None else {"base": base}
    return go.Bar(
        x=x,
        y=y,
        name=words,
        marker={"color": color, "line": {"width": 0}},
        customdata=called,
        hovertemplate=f"%{{customdata}}<br>{words}<extra></extra>",
        showlegend=False,
        **more,
    )


def _pattern(task: int) -> dict[str, Any]:
    return {
        "shape": PATTERNS[task % len(PATTERNS)],
        "fillmode": "overlay",
        "fgcolor": "rgba(255, 255, 255, 0.7)",
        "size": 5,
        "solidity": 0.3,
    }


def _module_ticks(modules: Sequence[str]) -> dict[str, Any]:
    """The modules' names below the middle of their units."""
    places = {module: [at for at, each in enumerate(modules) if each == module] for module in dict.fromkeys(modules)}
    return {
        "tickvals": [float(np.mean(at)) for at in places.values()],
        "ticktext": [shortened(module, 12) for module in places],
        "tickangle": 0 if len(places) <= 5 else -90,
    }


def _in_words(share: Floats, tasks: Sequence[str]) -> str:
    """How many units are mostly each task's."""
    first = share.argmax(1) if len(share) else np.zeros(0)
    return ", ".join(
        _("{count} serve {task} most").format(count=int((first == place).sum()), task=task) for place, task in enumerate(tasks)
    )
