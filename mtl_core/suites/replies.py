"""What a network answers, and what is true, as a person is told it: from a task's output or target for one example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.map_replies import Picture, box, classes, depths, directions, ways
from mtl_core.suites.suite import Task
from mtl_core.suites.view import in_words

LONGEST = 12
"""Words of an answer in a text, at most; as ``mtl_core.kinds.span`` has it."""

LISTED = 6
"""The most classes or labels that are told with their probabilities."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Mark:
    """Words of a text that belong together.

    Args:
        first, last: their places among the text's words.
        label: what they are; empty for an answer.
        probability: of all of it; None for what is true.
    """

    first: int
    last: int
    label: str
    probability: float | None = None


@dataclass(frozen=True)
class Reply:
    """An answer.

    Args:
        task, kind: whose it is.
        words: the answer in words.
        probability: of it; None where it has none, such as a number.
        choices: classes or labels with their probabilities, the likeliest first.
        marks: words of the text, of tags and answers in it.
        values: numbers, in their own units.
        picture: of an answer for every pixel, as ``View.picture`` has it.
        grid: of moves from every cell, a row of arrows each.
    """

    task: str
    kind: str
    words: str
    probability: float | None = None
    choices: tuple[tuple[str, float], ...] = ()
    marks: tuple[Mark, ...] = ()
    values: tuple[float, ...] = ()
    picture: Picture = ()
    grid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What a task was asked of.

    Args:
        task: the task.
        unit: the mean and the standard deviation that its values were standardised by.
        words: of a text the words.
        before: how many positions stand before them.
        example: ``(...)`` the input itself.
    """

    task: Task
    unit: tuple[float, float] = (0.0, 1.0)
    words: Sequence[str] = ()
    before: int = 0
    example: Array | None = None


def reply(asked: Asked, output: Array) -> Reply:
    """The answer in a head's output for one example.

    Args:
        asked: what the task was asked of.
        output: ``(...)``, as the task's kind has it.
    """
    task, output = asked.task, np.asarray(output, dtype=np.float64)
    match task.kind:
        case "classification":
            chances = _softmax(output)
            best = int(output.argmax())
            return _told(asked, _label(task, best), float(chances[best]), choices=_listed(task, chances))
        case "regression":
            return _numbers(asked, output)
        case "multilabel":
            chances = 1 / (1 + np.exp(-output))
            return _labels(asked, chances, float(np.maximum(chances, 1 - chances).prod()))
        case "tagging":
            chances = _softmax(output[asked.before : asked.before + len(asked.words)])
            tags = chances.argmax(axis=1)
            return _marked(asked, _entities(task, tags, chances.max(axis=1)))
        case "span":
            return _span(asked, output)
        case "segmentation":
            return _classes(asked, output.argmax(axis=0))
        case "policy":
            walls = None if asked.example is None else asked.example[0]
            return _told(asked, "", grid=ways(output.argmax(axis=0), task.labels, walls))
    return _map(asked, output.squeeze(0) if task.kind == "depth" else output)


def truth(asked: Asked, target: Array) -> Reply:
    """What is true, of one example's target; arguments as for ``reply``."""
    task = asked.task
    match task.kind:
        case "classification":
            return _told(asked, _label(task, int(target)))
        case "regression":
            return _numbers(asked, np.asarray(target, dtype=np.float64))
        case "multilabel":
            return _labels(asked, np.asarray(target, dtype=np.float64), None)
        case "tagging":
            tags = np.maximum(target[asked.before : asked.before + len(asked.words)], 0)
            return _marked(asked, _entities(task, tags, None))
        case "span":
            first, last = int(target[0]), int(target[1])
            found = [Mark(first - asked.before, last - asked.before, "")] if last > 0 else []
            return _marked(asked, found)
        case "segmentation":
            return _classes(asked, target)
        case "policy":  # many ways may be as good, so none is called the true one
            return _told(asked, "")
    return _map(asked, target)


def _told(asked: Asked, words: str, probability: float | None = None, **more: Any) -> Reply:
    return Reply(asked.task.name, asked.task.kind, words, probability, **more)


def _classes(asked: Asked, ids: Array) -> Reply:
    picture, words = classes(ids, asked.task.labels)
    return _told(asked, words, picture=picture)


def _map(asked: Asked, values: Array) -> Reply:
    match asked.task.kind:
        case "depth":
            return _told(asked, "", picture=depths(values))
        case "normals":
            return _told(asked, "", picture=directions(values))
        case "box":
            return _told(asked, box(values), values=tuple(float(value) for value in values))
    return _told(asked, f"numbers of shape {values.shape}")


def _label(task: Task, place: int) -> str:
    return task.labels[place] if task.labels else str(place)


def _listed(task: Task, chances: Array) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-chances, kind="stable")[:LISTED].tolist()
    return tuple((_label(task, place), float(chances[place])) for place in order)


def _softmax(output: Array) -> Array:
    raised = np.exp(output - output.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _numbers(asked: Asked, output: Array) -> Reply:
    centre, scale = asked.unit
    values = tuple(float(centre + scale * value) for value in output.reshape(-1))
    return _told(asked, "; ".join(in_words(value, scale) for value in values), values=values)


def _labels(asked: Asked, chances: Array, probability: float | None) -> Reply:
    given = [place for place in np.argsort(-chances, kind="stable").tolist() if chances[place] > 0.5]
    words = ", ".join(_label(asked.task, place) for place in given) or "none"
    listed = _listed(asked.task, chances)
    return _told(asked, words, probability, choices=listed if probability is not None else listed[: len(given)])


def _entities(task: Task, tags: Array, chances: Array | None) -> list[Mark]:
    """The entities in tags, as conlleval reads them: an ``I-`` that does not go on with its type begins one."""
    found: list[Mark] = []
    for place, tag in enumerate(tags.tolist()):
        sign, _, kind = task.labels[tag].partition("-")
        if not kind:
            continue
        chance = None if chances is None else float(chances[place])
        before = found[-1] if found else None
        if sign == "I" and before is not None and before.last == place - 1 and before.label == kind:
            both = None if chance is None or before.probability is None else before.probability * chance
            found[-1] = Mark(before.first, place, kind, both)
        else:
            found.append(Mark(place, place, kind, chance))
    return found


def _span(asked: Asked, scores: Array) -> Reply:
    """The best span of at most ``LONGEST`` words, or none where that is at least as good; see ``mtl_core.kinds.span``."""
    start, end = scores.T
    chances = [_softmax(each) for each in (start, end)]
    best, found = -np.inf, (0, 0)
    for first in range(asked.before, asked.before + len(asked.words)):
        for last in range(first, min(first + LONGEST, asked.before + len(asked.words))):
            if start[first] + end[last] > best:
                best, found = start[first] + end[last], (first, last)
    if start[0] + end[0] >= best:
        return _marked(asked, [], float(chances[0][0] * chances[1][0]))
    chance = float(chances[0][found[0]] * chances[1][found[1]])
    return _marked(asked, [Mark(found[0] - asked.before, found[1] - asked.before, "", chance)], chance)


def _marked(asked: Asked, marks: Sequence[Mark], probability: float | None = None) -> Reply:
    parts = []
    for mark in marks:
        said = " ".join(asked.words[mark.first : mark.last + 1])
        parts.append(f"{mark.label}: {said}" if mark.label else said)
    return _told(asked, ", ".join(parts) or "none", probability, marks=tuple(marks))
