"""One picture for every sharing strategy: tasks side by side, stages from the input up, and what flows where.

Each stage has a lane of boxes, its modules, and above it a lane of marks, what each task then has of the stage. Ribbons are
as wide as what flows, and the band between two marks is as wide as what these tasks share. Playing and scrubbing over
training happen in the browser: the figure carries its frames.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, shortened, thin
from dashboard.figures.palette import NEUTRAL, faded, task_style
from dashboard.figures.player import PLAYER, player
from dashboard.figures.sharing_places import BOX, MARK, STREAM, Places, filled, outline, places_of
from dashboard.words import _
from mtl_core.diagnostics.sharing import SKIPPED, Shared

FRAMES = 60
"""The most steps that can be scrubbed to, of few tasks."""

_BEND = np.linspace(0, 1, 7)
"""Along a ribbon, the points that draw its bend."""

FAINT = 0.004
"""What flows less than this is not drawn."""

WORDS = 8
"""The most tasks or modules that fit with words in one row."""


def sharing(found: Shared, strategy: str, ends: Sequence[int] = (), *, still: bool = False) -> go.Figure:
    """What tasks share in a strategy's model, over the recorded steps.

    Args:
        found: from ``mtl_core.diagnostics.sharing``.
        strategy: its name.
        ends: the steps at which a phase of the study ends, in order; the slider says in which one a step lies.
        still: whether to draw the last step alone, without a slider.
    """
    if not found.rows:
        return empty(_("This study was trained by an older version, which recorded no structure."))
    places = places_of(found)
    last = len(found.steps) - 1
    moving = _moving(found, places, last)
    names = [shortened(found.tasks[task], 18 if len(found.tasks) <= 5 else 8) for task in found.order]
    height = 150 + 110 * len(found.rows)
    # Each of many tasks may read a module of each other: frames cost as the square of their number.
    most = max(2, round(FRAMES * min(1.0, WORDS / len(found.tasks)) ** 2))
    chosen = [] if still or last == 0 else thin(len(found.steps), most).tolist()
    mean = found.mean[-1]
    told = "; ".join(f"{row.name}: {value:.2f}" for row, value in zip(found.rows, mean, strict=True))
    alt = _("What {count} tasks share in {strategy} at step {step}, from 0 to 1 by stage: {told}.")
    made = figure(
        moving,
        alt.format(count=len(found.tasks), strategy=strategy, step=int(found.steps[-1]), told=told),
        height + (PLAYER if chosen else 0),
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        showlegend=False,
        shapes=_boxes(found, places) + _heads(found),
        annotations=_words(found, places, names),
        xaxis={"visible": False, "range": [-0.55, len(names) - 0.45], "fixedrange": True},
        yaxis={
            "range": [-0.45, len(found.rows) + 0.32],
            "tickvals": [-0.28, *(place + BOX / 2 for place in range(len(found.rows))), len(found.rows) + 0.13],
            "ticktext": [_("input"), *(escape_plotly(row.name, 18) for row in found.rows), _("heads")],
            "showgrid": False,
            "fixedrange": True,
        },
        **(
            player(
                [str(found.steps[at]) for at in chosen],
                _slider_words(found.steps[chosen], ends),
                duration=160,
                redraw=True,
                below=18 / height,
            )
            if chosen
            else {}
        ),
    )
    numbers = list(range(len(moving)))
    made.frames = [
        {"name": str(found.steps[at]), "traces": numbers, "data": [_changing(trace) for trace in _moving(found, places, at)]}
        for at in chosen
    ]
    return made


def _slider_words(steps: Floats, ends: Sequence[int]) -> list[str]:
    """What the slider says of each step: in a study with phases also the phase that made what is seen."""
    if not ends:
        return [str(step) for step in steps]
    words, phase = _("{step} · phase {place} of {count}"), np.searchsorted(ends, steps) + 1
    return [words.format(step=step, place=place, count=len(ends) + 1) for step, place in zip(steps, phase, strict=True)]


def _changing(trace: dict[str, Any]) -> dict[str, Any]:
    """What of a trace differs between steps."""
    return {"type": trace["type"]} | {name: trace[name] for name in ("x", "y", "text", "hovertext") if name in trace}


def _moving(found: Shared, places: Places, at: int) -> list[dict[str, Any]]:
    """Everything that has a step: the same traces, in the same order, at every step."""
    traces = [_filled(_between(found, places, at), faded(NEUTRAL, 0.22))]
    for task in range(len(found.tasks)):
        color = task_style(task).color
        traces.append(_filled(_ribbons(found, places, at, task), faded(color, 0.42)))
        traces.append(_filled(_own(found, places, at, task), faded(color, 0.55)))
    traces.append(_filled(_bands(found, places, at), faded(NEUTRAL, 0.6)))
    return [*traces, _marks(found, places, at), _numbers(found, places, at)]


def _filled(shapes: list[Floats], color: str) -> dict[str, Any]:
    """Polygons ``(n, corners, 2)`` of one colour as one trace."""
    closed = [np.concatenate([shape, shape[:1], [[np.nan, np.nan]]]) for shape in shapes]
    points = np.round(np.concatenate(closed), 3) if closed else np.full((1, 2), np.nan)
    known = [[None if np.isnan(value) else float(value) for value in column] for column in points.T]
    style = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "fillcolor": color, "hoverinfo": "skip"}
    return {"type": "scatter", "x": known[0], "y": known[1], **style}


def _between(found: Shared, places: Places, at: int) -> list[Floats]:
    """What modules read of those below, as wide as all tasks' use of it."""
    shapes: list[Floats] = []
    for row in range(1, len(found.rows)):
        ranks = [places.rank(each) for each in (row, row - 1)]
        flow = STREAM * np.nan_to_num(found.usage[row][at].sum(0)[:, None] * found.reads[row - 1][at])  # (n, n_below)
        above, below = places.boxes[row], places.boxes[row - 1]
        tops, bottoms = _stacked(flow.T, below, ranks[0]), _stacked(flow, above, ranks[1])
        shapes += [
            _ribbon(tops[j, k], row - 1 + BOX, bottoms[k, j], float(row))
            for k in range(len(above))
            for j in range(len(below))
            if flow[k, j] > FAINT
        ]
    return shapes


def _stacked(flow: Floats, boxes: Floats, rank: Sequence[int]) -> Floats:
    """``(n, m, 2)`` left and right ends of m streams side by side in the middle of each of n boxes ``(n, 2)``.

    ``rank``: the streams from left to right, so that none crosses another needlessly.
    """
    back = np.argsort(rank)
    flow = flow[:, list(rank)]
    width = boxes[:, 1] - boxes[:, 0]
    total = flow.sum(1)
    scale = np.minimum(1, width / np.maximum(total, 1e-9))
    right = np.cumsum(flow * scale[:, None], axis=1) + (boxes.mean(1) - total * scale / 2)[:, None]
    return np.stack([right - flow * scale[:, None], right], axis=2)[:, back]


def _ribbon(start: Floats, low: float, end: Floats, high: float) -> Floats:
    """A band from ``start`` (left, right) at height ``low`` to ``end`` at ``high``. It leaves and arrives upright, so that its
    width, which is measured sideways, is seen at its ends however far it goes to the side."""
    if np.allclose(start, end):
        return np.array([[start[0], low], [start[1], low], [end[1], high], [end[0], high]])
    bent = _BEND**2 * (3 - 2 * _BEND)
    heights = low + (high - low) * _BEND
    left, right = (start[side] + (end[side] - start[side]) * bent for side in (0, 1))
    return np.concatenate([np.column_stack([right, heights]), np.column_stack([left, heights])[::-1]])


def _ribbons(found: Shared, places: Places, at: int, task: int) -> list[Floats]:
    """From the boxes to a task's marks, as wide as the task's use of them; and from the last mark to its head."""
    shapes: list[Floats] = []
    middle = places.columns[task]
    for row, boxes in enumerate(places.boxes):
        used = STREAM * np.nan_to_num(found.usage[row][at])  # (T, n)
        starts = _stacked(used.T, boxes, found.order)
        ends = _stacked(used[task][None], np.array([[middle - STREAM / 2, middle + STREAM / 2]]), places.rank(row))[0]
        for module in range(len(boxes)):
            if used[task, module] <= FAINT:
                continue
            start = starts[module, task]
            if places.across[row]:  # a box across columns gives each task its own place
                start = np.array([middle - STREAM / 2, middle + STREAM / 2])
            shapes.append(_ribbon(start, row + BOX, ends[module], row + MARK))
    top = len(found.rows) - 1 + MARK
    side = np.array([middle - STREAM / 2, middle + STREAM / 2])
    return [*shapes, _ribbon(side, top, side, len(found.rows))]


def _own(found: Shared, places: Places, at: int, task: int) -> list[Floats]:
    """What is private to a task, in its colour: as much of a box's height, or of its own part of a box across columns."""
    shapes = []
    for row, boxes in enumerate(places.boxes):
        used = np.nan_to_num(found.usage[row][at])
        others = np.delete(used, task, axis=0).max(axis=0) if len(used) > 1 else np.zeros(used.shape[1])
        alone = np.maximum(0, used[task] - others)
        for module, box in enumerate(boxes):
            if alone[module] > FAINT and found.rows[row].modules[module] != SKIPPED:
                shapes.append(filled(box, float(row), min(1.0, float(alone[module]))))
    return shapes


def _bands(found: Shared, places: Places, at: int) -> list[Floats]:
    """Between neighbouring marks, as wide as what the two tasks share."""
    shapes = []
    for row in range(len(found.rows)):
        for left, right in zip(found.order, found.order[1:], strict=False):
            half = 0.09 * float(np.nan_to_num(found.shared[at, row, left, right]))
            if half > FAINT / 2:
                ends = np.array([places.columns[left], places.columns[right]])
                shapes.append(_ribbon(ends, row + MARK - half, ends, row + MARK + half))
    return shapes


def _marks(found: Shared, places: Places, at: int) -> dict[str, Any]:
    """One mark a task and stage, with all of its numbers where it is pointed at."""
    x, y, colors, symbols, hover = [], [], [], [], []
    together, apart = _("shared with"), _("its own")
    for row, stage in enumerate(found.rows):
        for task, name in enumerate(found.tasks):
            style = task_style(task)
            shares = [
                f"{together} {escape_plotly(other)}: {found.shared[at, row, task, place]:.2f}"
                for place, other in enumerate(found.tasks)
                if place != task
            ]
            head = f"<b>{escape_plotly(name)}</b> · {escape_plotly(stage.name)}"
            alone = f"{apart}: {found.private[at, row, task]:.2f}"
            x.append(places.columns[task])
            y.append(row + MARK)
            colors.append(style.color)
            symbols.append(style.marker)
            hover.append("<br>".join([head, alone, *shares]))
    marker = {"size": 13, "color": colors, "symbol": symbols, "line": {"width": 1, "color": "#FFFFFF"}}
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker, "hovertext": hover, "hoverinfo": "text"}


def _numbers(found: Shared, places: Places, at: int) -> dict[str, Any]:
    """What neighbours share, in numbers beside the bands."""
    x, y, text = [], [], []
    for row in range(len(found.rows)) if len(found.tasks) <= WORDS else ():
        for left, right in zip(found.order, found.order[1:], strict=False):
            value = found.shared[at, row, left, right]
            x.append((places.columns[left] + places.columns[right]) / 2)
            y.append(row + MARK + 0.15)
            text.append(f"{value:.2f}" if np.isfinite(value) else "")
    return {"type": "scatter", "mode": "text", "x": x, "y": y, "text": text, "hoverinfo": "skip", "textfont": {"size": 12}}


def _boxes(found: Shared, places: Places) -> list[dict[str, Any]]:
    shapes = [outline(np.array([-0.4, len(found.tasks) - 0.6]), -0.36, 0.16, fill=faded(NEUTRAL, 0.12))]
    for row, boxes in enumerate(places.boxes):
        for module, box in zip(found.rows[row].modules, boxes, strict=True):
            passed = module == SKIPPED
            shapes.append(outline(box, float(row), BOX, fill=faded(NEUTRAL, 0.06 if passed else 0.24), dashed=passed))
    return shapes


def _heads(found: Shared) -> list[dict[str, Any]]:
    top = float(len(found.rows))
    return [
        outline(
            np.array([column - 0.4, column + 0.4]), top, BOX, fill=faded(task_style(task).color, 0.3), line=task_style(task)
        )
        for column, task in enumerate(found.order)
    ]


def _words(found: Shared, places: Places, names: Sequence[str]) -> list[dict[str, Any]]:
    """What modules and heads are called, where there is room."""
    room = {"showarrow": False, "font": {"size": 12 if len(names) <= 5 else 10}}
    words = [room | {"x": column, "y": len(found.rows) + BOX / 2, "text": name} for column, name in enumerate(names)]
    words = words if len(names) <= 2 * WORDS else []
    for row, boxes in enumerate(places.boxes):
        if len(boxes) > WORDS:
            continue
        words += [
            room | {"x": float(box.mean()), "y": row + BOX / 2, "text": shortened(module, 12 if len(boxes) < 6 else 8)}
            for module, box in zip(found.rows[row].modules, boxes, strict=True)
        ]
    return words
