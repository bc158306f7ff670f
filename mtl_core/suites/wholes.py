"""Answers that are more than one class or one number, whole and in few bytes: what is kept of them while a study trains."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.map_replies import grey, turned
from mtl_core.suites.replies import Asked, Reply, reply, truth
from mtl_core.suites.suite import UNLABELLED, Task

MOST = 4096
"""Numbers of an answer, at most: a larger one is not kept."""

NOWHERE = 255
"""A pixel without a label, and a wall of a maze."""

Array = npt.NDArray[Any]


def whole(asked: Asked, output: Array) -> Array:
    """The answer in a head's output for one example.

    Args:
        asked: what the task was asked of.
        output: ``(...)``, as the task's kind has it.

    Returns:
        Of several numbers ``(k,)`` float32 in their own units; of labels ``(C,)`` uint8, 1 for those given; ``(S,)`` tags; of a
        span ``(2,)`` int16, the places of its first and last word among the text's, -1 for none; ``(H, W)`` uint8 classes,
        moves or greys, ``(3, H, W)`` colours of directions, as pictures show them; ``(4,)`` float32 sides of a box.
    """
    match asked.task.kind:
        case "multilabel":
            return (output > 0).astype(np.uint8)
        case "tagging":
            return _ids(asked.task, output.argmax(axis=1))
        case "span":
            marks = reply(asked, output).marks
            return np.array((marks[0].first, marks[0].last) if marks else (-1, -1), dtype=np.int16)
        case "segmentation":
            return _ids(asked.task, output.argmax(axis=0))
        case "policy":
            walls = False if asked.example is None else asked.example[0] > 0
            return np.where(walls, NOWHERE, output.argmax(axis=0)).astype(np.uint8)
        case "depth":
            output = output.squeeze(0)
    return _values(asked, output)


def true(asked: Asked, target: Array) -> Array:
    """The same of what is true, of one example's target; of a policy nothing ``(0,)``, for many ways may be as good."""
    match asked.task.kind:
        case "multilabel":
            return (target > 0.5).astype(np.uint8)
        case "tagging":
            return _ids(asked.task, np.maximum(target, 0))
        case "span":
            first, last = int(target[0]) - asked.before, int(target[1]) - asked.before
            return np.array((first, last) if target[1] > 0 else (-1, -1), dtype=np.int16)
        case "segmentation":
            return _ids(asked.task, np.where(target == UNLABELLED, NOWHERE, target))
        case "policy":
            return np.zeros(0, dtype=np.uint8)
    return _values(asked, target)


def told(asked: Asked, kept: Array) -> Reply:
    """What ``whole`` or ``true`` gave, as a person is told it; of pictures that are nothing else only in words.

    Args:
        asked: what the task was asked of; of its unit the deviation alone is read, which says how many decimals matter.
        kept: ``(...)``.
    """
    task = asked.task
    match task.kind:
        case "regression":
            spread = asked.unit[1]
            return truth(Asked(task, (0.0, spread)), kept / spread)
        case "span":
            return truth(asked, kept + asked.before if kept[1] >= 0 else np.zeros(2, dtype=np.int64))
        case "segmentation":
            return truth(asked, np.where(kept == NOWHERE, UNLABELLED, kept.astype(np.int64)))
        case "depth" | "normals" | "policy":
            return Reply(task.name, task.kind, "")
    return truth(asked, kept)


def _ids(task: Task, places: Array) -> Array:
    return np.asarray(places.astype(np.uint8 if task.classes < NOWHERE else np.int16))


def _values(asked: Asked, values: Array) -> Array:
    match asked.task.kind:
        case "depth":
            return np.rint(grey(values)).astype(np.uint8)
        case "normals":
            return np.rint(turned(values)).astype(np.uint8)
        case "regression":
            centre, scale = asked.unit
            values = centre + scale * values
    return np.asarray(values, dtype=np.float32)
