"""Lines over steps: how each is drawn, and its name at its end in place of a legend where there are few."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.figures.frame import Floats, escape_plotly
from dashboard.figures.palette import COLORS, METHOD_COLORS, TaskStyle, method_style, task_styles

FEW = 4
"""More lines than this have a legend."""

LONGEST = 18
"""Letters of a name; there is no room at the side for longer ones."""

LETTER, LINE = 7.0, 18.0
"""Pixels of a letter's width and of a line of words."""

FRAME = 80.0
"""Pixels of a figure's height that are not plot, about."""


@dataclass(frozen=True)
class End:
    """The end of a line.

    Args:
        name: what stands there.
        color: of the words, the line's own.
        steps, values: ``(S,)`` the line.
    """

    name: str
    color: str
    steps: Floats
    values: Floats


def styles_of(runs: pd.DataFrame) -> dict[str, TaskStyle]:
    """The look of every label of a result that is a method's, by its table ``runs``: the method's own, by its name."""
    found: dict[str, TaskStyle] = {}
    before: dict[tuple[str, str], int] = {}
    for row in runs[runs["role"] == "method"].drop_duplicates("label").to_dict("records"):
        key = (str(row["strategy"]), str(row["method"]))
        found[str(row["label"])] = method_style(key[1], before.get(key, 0))
        before[key] = before.get(key, 0) + 1
    return found


def colors_of(runs: pd.DataFrame) -> dict[str, str]:
    """The colour of every label's lines: a method's own, as long as no label before it has that; weightings and tasks alone
    have what is left. Tasks are told apart by their dashes there, so their colours are free too."""
    styles = styles_of(runs)
    others = [label for label in dict.fromkeys(runs["label"].astype(str)) if label not in styles]
    found: dict[str, str] = {}
    for place, label in enumerate((*styles, *others)):
        wanted = (styles[label].color, *METHOD_COLORS, *COLORS) if label in styles else (*COLORS, *METHOD_COLORS)
        free = (color for color in wanted if color not in found.values())
        found[label] = next(free, wanted[place % len(wanted)])
    return found


@dataclass(frozen=True)
class Line:
    """What a line of a task under a label is called and how it is drawn."""

    label: str
    task: str
    name: str
    style: TaskStyle


def lines(runs: pd.DataFrame, tasks: Sequence[str], labels: Sequence[str], shown: Sequence[str]) -> list[Line]:
    """Every line of a figure over steps: of one label in its task's colour and dash; of several, which lie over each other, in
    its label's colour and its task's dash.

    Args:
        runs: ``runs`` of a result; all of its labels decide the colours.
        tasks: all of the study's tasks, in order.
        labels: whose lines.
        shown: the tasks to draw.
    """
    styles = task_styles(tasks)
    if len(labels) == 1:
        return [Line(labels[0], task, task, styles[task]) for task in shown]
    colors = colors_of(runs)
    return [
        Line(label, task, label if len(shown) == 1 else f"{label} · {task}", replace(styles[task], color=colors[label]))
        for label in labels
        for task in shown
    ]


def named(ends: Sequence[End], height: int, limits: tuple[float, float] | None = None) -> dict[str, Any]:
    """What a figure's layout has for lines to be named where they end: annotations that lie apart, room for them, no legend.

    Args:
        ends: the lines; those without a number have no name; of more than ``FEW``, or long names, nothing comes.
        height: of the figure, in pixels.
        limits: what the y axis shows, where that is fixed.
    """
    known = [end for end in ends if np.isfinite(end.values).any()]
    if not known or len(known) > FEW or max(len(end.name) for end in known) > LONGEST:
        return {}
    last = [np.flatnonzero(np.isfinite(end.values))[-1] for end in known]
    at = np.array([end.values[place] for end, place in zip(known, last, strict=True)])
    values = np.concatenate([end.values[np.isfinite(end.values)] for end in known])
    low, high = limits or (float(values.min()), float(values.max()))
    places = apart(at, LINE * ((high - low) or 1.0) / max(height - FRAME, LINE))
    style = {"showarrow": False, "xanchor": "left", "yanchor": "middle", "xshift": 5}
    notes = [
        style
        | {"x": float(end.steps[step]), "y": float(y), "text": escape_plotly(end.name)}
        | {"font": {"size": 12, "color": end.color}}
        for end, step, y in zip(known, last, places, strict=True)
    ]
    room = 14 + LETTER * max(len(end.name) for end in known)
    return {"annotations": notes, "showlegend": False, "margin": {"l": 8, "r": room, "t": 12, "b": 8}}


def apart(places: Floats, least: float) -> Floats:
    """Places moved as little as it takes to have at least so much between each two; their order stays.

    >>> apart(np.array([1.0, 1.0, 5.0]), 1.0).tolist()
    [0.5, 1.5, 5.0]
    """
    order = np.argsort(places, kind="stable")
    groups: list[tuple[float, int]] = []  # the middle of each bunch, and how many are in it
    for place in places[order]:
        groups.append((float(place), 1))
        while len(groups) > 1:
            (before, many), (after, few) = groups[-2:]
            if after - before >= least * (many + few) / 2:
                break
            groups[-2:] = [((before * many + after * few) / (many + few), many + few)]
    found = np.concatenate([middle + least * (np.arange(count) - (count - 1) / 2) for middle, count in groups])
    result = np.empty(len(places))
    result[order] = found
    return result
