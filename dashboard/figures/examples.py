"""A few examples as a person sees them, with each task's question and two networks' answers, right and wrong marked."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.palette import task_style
from dashboard.figures.whole_answers import TEXTS, cell
from dashboard.words import _
from mtl_core.diagnostics.answers import said
from mtl_core.records import Examples, Layout
from mtl_core.suites.text import asks_before
from mtl_core.suites.view import View

WHO = ("alone", "together")
"""The two networks: one for a task alone, and one for all tasks."""

FIELDS = 4
"""The most values of a row that are shown, where all rows have the same."""

Wholes = Mapping[int, Mapping[str, npt.NDArray[Any]]]

NOTHING: dict[str, Any] = {"words": "…", "right": None, "title": ""}
"""An answer that has not come yet, or that a run which diverged gives no more."""

UNASKED: dict[str, Any] = {**NOTHING, "words": "–"}


def examples(layout: Layout, answers: pd.DataFrame, label: str, wholes: Wholes | None = None) -> go.Figure:
    """A table without marks, for ``dashboard.components.live_examples``: all is in ``layout.meta["examples"]``.

    Args:
        layout: the study's, with examples.
        answers: the newest ones, as ``mtl_core.diagnostics.answers`` has them.
        label: of the network for all tasks.
        wholes: the newest answers that are more than a class or a number, by run; as ``mtl_core.diagnostics.answers`` has them.
    """
    known = layout.examples
    assert known is not None  # noqa: S101 - whoever draws them has looked
    found = {
        (str(task), "together" if said_by == label else "alone", int(example) - 1): _answer(layout, str(task), *told)
        for said_by, task, example, *told in answers[["label", "task", "example", "answer", "certainty", "right"]].to_numpy()
        if said_by in (label, f"{task} alone")
    }
    texts = any(task.kind in TEXTS for task in layout.tasks)
    said_whole = {(name, layout.runs[run].label): kept for run, own in (wholes or {}).items() for name, kept in own.items()}
    tasks, places = [], [place for place, task in enumerate(layout.tasks) if task.single or has_whole(known, place)]
    for place in places:
        task = layout.tasks[place]
        truths = [truth[place] for truth in known.truths]
        told: dict[str, Any] = {
            "name": task.name,
            "question": _(task.help) if task.help else "",
            "color": task_style(place).color,
            "truths": ["–" if each is None else said(task, each, known.spreads[place]) for each in truths if task.single],
            "seen": [],
        }
        for who in WHO:
            told[who] = [found.get((task.name, who, example), NOTHING) for example in range(len(known))]
        if not task.single:
            labels = {"alone": f"{task.name} alone", "together": label}
            answered = {who: said_whole.get((task.name, labels[who])) for who in WHO}
            told |= _whole(layout, place, truths, answered)
        if texts:  # of rows of several sources, each of which is asked of its own tasks alone
            for who in WHO:
                told[who] = [UNASKED if truth is None else said for truth, said in zip(truths, told[who], strict=True)]
        tasks.append(told)
    words = {"true": _("true"), "alone": _("alone"), "together": _("together"), "right": _("right"), "wrong": _("wrong")}
    alts = [_in_words(example, tasks, words) for example in range(len(known))]
    table: dict[str, Any] = {"tasks": tasks, "seen": [], "fields": [], "words": words, "long": texts}
    views = [seen[0] for seen in known.views]
    if any(len(seen) > 1 for seen in known.views):
        for place, row in zip(places, tasks, strict=True):
            row["seen"] = _own(known, place)
    elif views and len({tuple(name for name, _value in view.row) for view in views}) == 1 and views[0].row:
        names = [name for name, _value in views[0].row[:FIELDS]]
        table["fields"] = [{"name": name, "values": [_field(name, dict(view.row)[name]) for view in views]} for name in names]
    else:
        table["seen"] = [_seen(view, alt) for view, alt in zip(views, alts, strict=True)]
    return go.Figure(layout={"template": {}, "meta": {"alt": " ".join(alts), "examples": table}})


def _field(name: str, words: str) -> str:
    """A value; of a text that is asked a question the two apart."""
    read = words.split(" ") if name == "text" else []
    before = asks_before(read) if read else 0
    return f"{' '.join(read[1 : before - 1]).rstrip(' ?')}? {' '.join(read[before:])}" if before else words


def has_whole(known: Examples, place: int) -> bool:
    """Whether the answers of a task, by its place, are kept whole."""
    return place < len(known.wholes) and known.wholes[place] is not None


def _whole(
    layout: Layout, place: int, truths: list[float | None], answered: dict[str, npt.NDArray[Any] | None]
) -> dict[str, Any]:
    """What is told of a task whose answers are more than a class or a number: ``cells`` of what is true, and by who answers."""
    known = layout.examples
    packed = None if known is None else known.wholes[place]
    assert packed is not None  # noqa: S101 - see ``has_whole``
    true = packed.array
    cells = [UNASKED if truth is None else cell(layout, place, n, true[n], None) for n, truth in enumerate(truths)]
    found: dict[str, Any] = {"cells": cells, "truths": [each["words"] for each in cells]}
    for who, kept in answered.items():
        found[who] = [
            NOTHING if kept is None else cell(layout, place, n, kept[n], None if truth is None else true[n])
            for n, truth in enumerate(truths)
        ]
    return found


def _own(known: Examples, task: int) -> list[dict[str, Any]]:
    return [_seen(known.view(example, task), _("Example {number}").format(number=example + 1)) for example in range(len(known))]


def _seen(view: View, alt: str) -> dict[str, Any]:
    return {"picture": view.picture, "row": view.row, "alt": alt}


def _answer(layout: Layout, name: str, answer: float, certainty: float, right: Any) -> dict[str, Any]:
    """An answer in words, whether it is right (None where that is not known), and how sure the network is."""
    assert layout.examples is not None  # noqa: S101 - see above
    place = next(place for place, task in enumerate(layout.tasks) if task.name == name)
    sure = "" if pd.isna(certainty) else _("{share:.0%} sure").format(share=certainty)
    words = said(layout.tasks[place], answer, layout.examples.spreads[place])
    return {"words": words, "right": None if pd.isna(right) else bool(right), "title": sure}


def _in_words(example: int, tasks: list[dict[str, Any]], words: dict[str, str]) -> str:
    """All that is said of an example."""
    parts = []
    for task in tasks:
        told = [f"{task['name']} {task['truths'][example]}"]
        for who in WHO:
            answer = task[who][example]
            mark = "" if answer["right"] is None else f" ({words['right' if answer['right'] else 'wrong']})"
            told.append(f"{words[who]} {answer['words']}{mark}")
        parts.append(", ".join(told))
    return _("Example {number}: {told}.").format(number=example + 1, told="; ".join(parts))
