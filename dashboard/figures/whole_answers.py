"""Answers that are more than a class or a number, small enough for a table's cell: marked text, a picture, a box, arrows."""

import base64
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.figures.marked import none_of, pieces
from dashboard.figures.palette import task_style
from dashboard.words import _
from mtl_core.diagnostics.answers import NEAR
from mtl_core.records import Layout
from mtl_core.suites.map_replies import COLOURS, ways
from mtl_core.suites.replies import Asked, Reply
from mtl_core.suites.text import asks_before
from mtl_core.suites.wholes import NOWHERE, told

Cell = dict[str, Any]
"""``words``, ``right`` and ``title`` as of any answer, and one of what is drawn in place of the words: ``pieces`` of a text, a
``map``, a ``box`` on the example's picture, the lines of a ``grid``."""

TEXTS = ("tagging", "span")
"""Kinds that are asked of a text; of another source's row they are not asked at all."""

Array = npt.NDArray[Any]


def cell(layout: Layout, place: int, example: int, kept: Array, truth: Array | None) -> Cell:
    """An answer, or what is true.

    Args:
        layout: the study's, with examples.
        place: the task's.
        example: which, from 0 on.
        kept: as ``mtl_core.suites.wholes`` has it.
        truth: what is true, in the same way; None where that is not known, or is what ``kept`` is.
    """
    task, asked = layout.tasks[place], _asked(layout, place, example)
    reply = told(asked, kept) if kept.size else Reply(task.name, task.kind, "")
    words = none_of(task.kind) if reply.words == "none" else reply.words or _("a picture")
    found: Cell = {"words": words, "right": None, "title": words}
    if truth is not None and truth.size:
        found["right"] = _right(asked, kept, truth)
    match task.kind:
        case "tagging":
            ends = [end - 1 for end in accumulate(len(word) + 1 for word in asked.words)]
            spans = [(end - len(word), end) for word, end in zip(asked.words, ends, strict=True)]
            marks = [(mark.first, mark.last, mark.label, None) for mark in reply.marks]
            found["pieces"] = pieces(" ".join(asked.words), spans, marks, task.labels, task_style(place).color)
        case "segmentation" | "depth" | "normals":
            colours = COLOURS if task.kind == "segmentation" else ()
            found["map"] = {"size": kept.shape[-2:], "bytes": base64.b64encode(kept.tobytes()).decode(), "colours": colours}
        case "box":
            found["box"] = [round(float(side), 4) for side in np.clip(kept, 0, 1)]
        case "policy":
            walls = kept == NOWHERE
            found["grid"] = ways(np.where(walls, 0, kept), task.labels, walls) if kept.size else []
            found |= {"words": "", "title": ""} if kept.size else {"words": "–", "title": _("Many ways may be as good.")}
    return found


def _asked(layout: Layout, place: int, example: int) -> Asked:
    assert layout.examples is not None  # noqa: S101 - whoever draws them has looked
    view, task = layout.examples.view(example, place), layout.tasks[place]
    read = view.row[0][1].split(" ") if view.row and task.kind in TEXTS else []
    before = asks_before(read) if read else 0
    return Asked(task, (0.0, layout.examples.spreads[place]), read[before:], before)


def _right(asked: Asked, kept: Array, truth: Array) -> bool | None:
    """Whether an answer is what is true, or all its numbers are near; None of maps and boxes, which are more or less right."""
    match asked.task.kind:
        case "multilabel" | "tagging" | "span":
            given, wanted = told(asked, kept), told(asked, truth)
            return (given.words, given.marks) == (wanted.words, wanted.marks)
        case "regression":
            return bool((np.abs(kept - truth) <= NEAR * asked.unit[1]).all())
    return None
