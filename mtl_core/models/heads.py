"""The heads: one small stage a task, by task kind."""

from mtl_core.layers.layers import Linear, Readout
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task


def head(task: Task, features: int) -> Stage:
    """The head of a task: logits ``(R, B, classes)`` of a classification, ``(R, B, 1)`` values of a regression."""
    layer = Readout(features, task.classes) if task.kind == "classification" else Linear(features, 1)
    return Stage(task.name, (layer,))
