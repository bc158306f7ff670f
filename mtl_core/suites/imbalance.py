"""What the train labels say of a task: which class is rare, and what then stands for it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mtl_core.errors import unknown_name
from mtl_core.suites.suite import Suite, Task

RARE = 0.2
"""A class with a smaller share of the train labels than this makes accuracy a poor measure of a two-class task."""


def judged(suite: Suite, headline: Mapping[str, str]) -> Suite:
    """The suite with what stands for each task decided: the metric asked for, average precision for a two-class task whose
    rarer class has less than ``RARE`` of the train labels, and otherwise the first metric of its kind.

    The rarer class is the one that average precision looks for; of two alike, the second.

    Args:
        suite: a loaded one.
        headline: metric by task name; others are decided here.

    Raises:
        SpecError: no such task, or one that is not measured so.
    """
    for name in headline:
        if name not in (known := [task.name for task in suite.tasks]):
            raise unknown_name("headline's task", name, known)
    tasks, notes = [], list(suite.notes)
    for place, task in enumerate(suite.tasks):
        if task.kind == "classification" and task.classes == 2:
            labels = suite.train.targets[place][suite.train.observed[:, place]]
            share = float(np.mean(labels)) if len(labels) else 0.5
            task = replace(task, positive=0 if share > 0.5 else 1)
            share = min(share, 1 - share)
            if share < RARE and task.name not in headline:
                task = replace(task, judged_by="average_precision")
                notes.append(_note(task, share))
        if task.name in headline:
            task = replace(task, judged_by=headline[task.name])
        tasks.append(task)
    # Loaded suites are kept and shared: one that the labels say nothing new of stays the same object.
    return suite if tuple(tasks) == suite.tasks else replace(suite, tasks=tuple(tasks), notes=tuple(notes))


def _note(task: Task, share: float) -> str:
    name = task.labels[task.positive] if task.labels else f"class {task.positive}"
    return f"{task.name}: {share:.1%} of the train labels are {name}, so average precision stands for the task."
