"""What a suite is: examples, tasks over them, and splits, as NumPy arrays."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mtl_core.errors import shown, unknown_name
from mtl_core.spec.kinds import KINDS, LOSS, METRICS

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Task:
    """One thing to predict.

    Args:
        name: unique within the suite.
        kind: a name of ``KINDS``, such as ``classification`` (softmax cross-entropy on class ids) or ``regression`` (mean
            squared error on targets that were standardised on the train split).
        classes: number of classes, where targets are class ids; else 1.
        help: what the task asks, in words a student understands.
        labels: the class names, where they mean something.
        measured: the metrics besides the loss, in the order of the records; empty for all that the kind has today. A stored
            task says what its records hold.
        judged_by: the metric that stands for the task; empty for the kind's first.
        positive: the class that average precision looks for, of two.

    Raises:
        SpecError: a kind that there is not, or a metric that is not measured.
    """

    name: str
    kind: str
    classes: int = 1
    help: str = ""
    labels: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    judged_by: str = ""
    positive: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name(f"kind of task {shown(self.name)}", self.kind, KINDS)
        if not self.measured:
            names = tuple(metric.name for metric in KINDS[self.kind].measured(self.classes))
            object.__setattr__(self, "measured", names)  # the one moment at which a frozen dataclass writes its fields
        if self.judged_by and self.judged_by not in (known := [name for name in self.metrics if not METRICS[name].aside]):
            raise unknown_name(f"headline of task {shown(self.name)}", self.judged_by, known)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured: the loss first, then the metrics in the order of the records."""
        return (LOSS.name, *self.measured)

    @property
    def headline(self) -> str:
        """The one metric that stands for the task, such as accuracy or R2."""
        return self.judged_by or self.measured[0]

    @property
    def chance(self) -> float:
        """The loss of knowing nothing: of guessing uniformly, or of answering the mean."""
        return KINDS[self.kind].chance(self.classes)


@dataclass(frozen=True)
class Split:
    """Examples with their targets.

    Args:
        inputs: ``(N, D)`` vectors or ``(N, channels, height, width)`` images, float32, standardised or in [0, 1]; where every
            task has examples of its own, ``(N, T, ...)``, see ``Suite``.
        targets: one array a task, in task order: ``(N,)`` int64 class ids or float32 values; what stands where the label is
            missing is 0 and never read.
        observed: ``(N, T)`` bool, False where a label is missing.
    """

    inputs: npt.NDArray[np.float32]
    targets: tuple[npt.NDArray[Any], ...]
    observed: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Suite:
    """A loaded suite: its tasks and its examples.

    Args:
        name: the key in ``SUITES``.
        tasks: what there is to predict; targets and masks of every split are in this order.
        train: what is learned from, and what scaling and encoding were fitted on.
        validation: what anything is chosen by.
        test: what results are told of.
        notes: what a person should know of the data, such as columns that were left out; a sentence each.
        rows: of a table, for each split the places of its rows in the file, from 0 below the headings; else empty.
        per_task: whether every task has examples of its own. The inputs of every split are ``(N, T, ...)`` then: row n holds
            one example for each task, and ``targets[t][n]`` belongs to ``inputs[n, t]``. The examples of a row are unrelated;
            they stand together only so that a batch of rows is one for every task.
    """

    name: str
    tasks: tuple[Task, ...]
    train: Split
    validation: Split
    test: Split
    notes: tuple[str, ...] = field(default=())
    rows: tuple[npt.NDArray[np.int64], ...] = field(default=())
    per_task: bool = False


class SuiteSource(Protocol):
    """What ``SuiteEntry.target`` names: an object (a module-level instance or a class with static methods) that can say its
    tasks without loading the data, and load them. Options arrive as keywords in canonical form. Sources inherit from it."""

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with everything that depends on outside data decided, such as the content hash of a file, so that the
        same options always mean the same data. Called once when a study is made; most sources have nothing to decide."""
        return options

    def names(self, **options: Any) -> tuple[str, ...]:
        """The task names, in order; for settled options this reads no file, so that an old study can be shown when its
        file is gone."""
        return tuple(task.name for task in self.tasks(**options))

    def train_rows(self, **_options: Any) -> int | None:
        """How many examples are for training; for settled options this reads no file. None where it is not known."""
        return None

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """The tasks, in order; cheap, no torch and no scikit-learn import."""
        ...

    def load(self, **options: Any) -> Suite:
        """The data, all tasks; deterministic."""
        ...
