"""How each task learns: train and validation curves of one label, every seed thin and their mean bold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.ends import End, lines, named
from dashboard.figures.frame import background, by_run, chosen, empty, escape_plotly, figure, joined, mean, side_legend, well
from dashboard.figures.palette import METHOD, NEUTRAL, TaskStyle, faded
from dashboard.words import _
from mtl_core.spec.kinds import METRICS

PANEL, GAP = 0.6, 0.06
"""How much of a panel's height each further one adds, and the share of the figure's height between two."""
BOLD = 2.6
"""The width of validation's lines."""


def curves(
    table: pd.DataFrame,
    runs: pd.DataFrame,
    tasks: Sequence[str],
    label: str | Sequence[str],
    *,
    shown: Sequence[str] | None = None,
    metric: str | Mapping[str, str] = "loss",
    seed: int | None = None,
    limits: tuple[float, float] | None = None,
    height: int = 360,
) -> go.Figure:
    """Curves over steps. Validation is the bold line, train the faint one of the same colour. Tasks with different metrics are
    in panels of their own, one above the other: their numbers share no axis.

    A line has its task's colour and dash; where several labels lie over each other it has its label's colour and its task's
    dash. A few lines are named at their ends, more in a legend.

    Args:
        table: ``curves`` of a result: run, step, split, task, metric, value.
        runs: ``runs`` of a result.
        tasks: all of the study's tasks, in order; they decide the colours and dashes.
        label: whose runs; several are laid over each other.
        shown: the tasks to draw; None for all.
        metric: one metric's name for all tasks, or each task's own by task.
        seed: one seed; None for all seeds with their mean.
        limits: the y axis, where several figures share it.
        height: pixels.
    """
    shown = list(tasks) if shown is None else [task for task in tasks if task in shown]
    labels = [label] if isinstance(label, str) else list(label)
    own = pd.concat([chosen(runs, each, seed) for each in labels])
    table = table[table["run"].isin(own["run"]) & table["split"].isin(["train", "validation"])]
    measured = {task: metric if isinstance(metric, str) else metric[task] for task in shown}
    panels = list(dict.fromkeys(measured.values()))
    traces: list[Any] = []
    ends: list[End] = []
    for line in lines(runs, tasks, labels, shown):
        mine, name = chosen(runs, line.label, seed), measured[line.task]
        part = table[table["run"].isin(mine["run"]) & (table["task"] == line.task) & (table["metric"] == name)]
        drawn = _on(_line(part, mine, line.name, line.style), panels.index(name))
        traces += drawn
        ends += [End(line.name, line.style.color, last.x, last.y) for last in drawn[-1:] if last.line.width == BOLD]
    if not any(np.isfinite(np.asarray(trace["y"], dtype=float)).any() for trace in traces):
        return empty(_("No evaluation has arrived yet."), height)
    traces.append(_key(_("train"), 1.2))
    for place, name in enumerate(panels):
        traces += _on(_stops(table[(table["metric"] == name) & table["task"].isin(shown)], own), place)
    return figure(
        traces,
        _("{label}: {metric} of {tasks} over training steps.").format(
            label=", ".join(labels), metric=_(" / ").join(map(metric_name, panels)), tasks=", ".join(shown)
        ),
        round(height * (1 + PANEL * (len(panels) - 1))),
        xaxis={"title": {"text": _("step")}, "rangemode": "tozero", "anchor": _axis("y", len(panels) - 1)},
        **{
            _axis("yaxis", place): {"title": {"text": metric_name(name)}, "domain": _domain(place, len(panels))}
            | ({"range": list(span)} if (span := limits or _limits(table, own, name)) else {})
            for place, name in enumerate(panels)
        },
        **(
            (named(ends, height, limits or _limits(table, own, panels[0])) if len(panels) == 1 else {})
            or side_legend(len(ends))
        ),
    )


def _axis(name: str, place: int) -> str:
    return name if place == 0 else f"{name}{place + 1}"


def _domain(place: int, panels: int) -> list[float]:
    """Of the figure's height, from the top down."""
    return [1 - (place + 1) / panels + (GAP if place < panels - 1 else 0), 1 - place / panels]


def _on(traces: list[go.Scatter], place: int) -> list[go.Scatter]:
    return [trace.update(yaxis=_axis("y", place)) for trace in traces]


def metric_name(name: str) -> str:
    """A metric as people write it."""
    return _(METRICS[name].title) if name in METRICS else name


def _line(series: pd.DataFrame, runs: pd.DataFrame, name: str, style: TaskStyle) -> list[go.Scatter]:
    traces = []
    for split, width, opacity in (("train", 1.2, 0.55), ("validation", BOLD, 1.0)):
        part = series[series["split"] == split]
        if part.empty:
            continue
        steps, values, index = by_run(part, "value")
        healthy = np.isin(index, well(runs)["run"])
        if split == "validation" and len(values) > 1:
            x, y = joined(steps, values)
            traces.append(background(x, y, faded(style.color, 0.28), name))
        middle = mean(values[healthy]) if healthy.any() else mean(values)
        split_name = _("validation") if split == "validation" else _("train")
        traces.append(
            go.Scatter(
                x=steps,
                y=middle,
                mode="lines+markers" if len(steps) == 1 else "lines",
                name=escape_plotly(name),
                legendgroup=name,
                showlegend=split == "validation",
                line={"color": faded(style.color, opacity), "width": width, "dash": style.dash},
                marker={"symbol": style.marker, "size": 8},
                hovertemplate=f"{escape_plotly(name)}, {split_name}<br>%{{x}}: %{{y:.4f}}<extra></extra>",
            )
        )
    return traces


def _key(name: str, width: float) -> go.Scatter:
    return go.Scatter(x=[None], y=[None], mode="lines", name=name, line={"color": NEUTRAL, "width": width}, hoverinfo="skip")


def _stops(table: pd.DataFrame, runs: pd.DataFrame) -> list[go.Scatter]:
    """A cross where a run stopped being finite."""
    lost = runs[runs["status"] == "diverged"]
    if lost.empty:
        return []
    finite = table[np.isfinite(table["value"]) & (table["split"] == "validation") & table["run"].isin(lost["run"])]
    last = finite.sort_values("step").groupby("run")["value"].last()
    known = lost[lost["run"].isin(last.index)]
    note = _("seed {seed} diverged at step {step}")
    seeds = [note.format(seed=a, step=b) for a, b in zip(known["seed"], known["diverged_step"], strict=True)]
    return [
        go.Scatter(
            x=known["diverged_step"].to_numpy(dtype=float),
            y=last.loc[known["run"]].to_numpy(dtype=float),
            mode="markers",
            name=_("diverged"),
            marker={"symbol": "x", "size": 10, "color": METHOD},
            text=seeds,
            hovertemplate="%{text}<extra></extra>",
        )
    ]


def _limits(table: pd.DataFrame, runs: pd.DataFrame, metric: str) -> tuple[float, float] | None:
    """The range of the runs that are well: one that diverged must not squash the others."""
    if not (runs["status"] == "diverged").any():
        return None
    values = table[table["run"].isin(well(runs)["run"]) & (table["metric"] == metric)]["value"]
    values = values[np.isfinite(values)]
    if values.empty:
        return None
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low or abs(high) or 1.0)
    return low - margin, high + margin
