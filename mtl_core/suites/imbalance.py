"""What the train labels say of a task: which class is rare, and what then stands for it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import unknown_name
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Suite, Task

RARE = 0.2
"""A class with a smaller share of the train labels than this makes accuracy a poor measure of a two-class task."""


def judged(suite: Suite, headline: Mapping[str, str]) -> Suite:
    """The suite with what stands for each task decided: the metric asked for, average precision for a two-class task of which
    one class has less than ``RARE`` of the train labels, and otherwise the first metric of its kind.

    A rare class is the one that average precision looks for; without one it is the second.

    Args:
        suite: a loaded one.
        headline: metric by task name; others are decided here.

    Raises:
        SpecError: no such task, or one that is not measured so.
    """
    known = [task.name for task in suite.tasks]
    for name in headline:
        if name not in known:
            raise unknown_name("headline's task", name, known)
    tasks, notes = [], list(suite.notes)
    for place, given in enumerate(suite.tasks):
        task, share = _looking(given, suite.train.targets[place][suite.train.observed[:, place]])
        if task.name in headline:
            task = replace(task, judged_by=headline[task.name])
        elif share < RARE:
            task = replace(task, judged_by="average_precision")
            name = task.labels[task.positive] if task.labels else f"class {task.positive}"
            notes.append(f"{task.name}: {share:.1%} of the train labels are {name}, so average precision stands for the task.")
        tasks.append(task)
    # Loaded suites are kept and shared: one that the labels say nothing new of stays the same object.
    return suite if tuple(tasks) == suite.tasks else replace(suite, tasks=tuple(tasks), notes=tuple(notes))


def _looking(task: Task, labels: npt.NDArray[Any]) -> tuple[Task, float]:
    """The task with the class that is looked for, and the share of the rarer one; 1/2 where there are not two, or no labels."""
    if KINDS[task.kind].targets != "classes" or task.classes != 2 or not len(labels):
        return task, 0.5
    counts = np.bincount(labels, minlength=2)
    share = float(counts.min() / counts.sum())
    return replace(task, positive=0 if share < RARE and counts[0] < counts[1] else 1), share
