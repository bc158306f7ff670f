"""What training reports: records of dense arrays, and the layout that says what their axes mean."""

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mtl_core.spec.plan import Run
from mtl_core.suites.suite import Task

Kind = Literal["evaluation", "steps", "conflict", "status"]


@dataclass(frozen=True)
class Record:
    """A block of numbers about some of a study's runs. ``step`` is the last step that it tells of.

    ``arrays`` always has ``run`` ``(r,)`` int32, the runs' places in the study, and by kind, with T tasks, M metrics, L
    layers (the whole trunk, then each stage) and Q task pairs in ``itertools.combinations`` order. Numbers of a run are NaN
    once it has diverged:

    ============== =====================================================================================================
    ``evaluation`` ``train``, ``validation``, ``test`` (those that were read) ``(r, T, M)``; metric order is the task's own,
                   NaN beyond its end or where no label is
    ``steps``      ``steps`` ``(K,)``, ``losses`` and ``weights`` ``(K, r, T)``, ``update_norm`` and ``unexplained``
                   ``(K, r)``: batch losses (NaN for a task without a label in the batch), effective weights, norm of the
                   combined trunk gradient
    ``conflict``   ``steps`` ``(K,)``, ``cosine`` and ``magnitude_similarity`` ``(K, r, L, Q)``, ``norms`` ``(K, r, L, T)``
    ``status``     ``diverged_step`` and ``diverged_task`` ``(r,)`` int32, -1 for runs that are well; where only the
                   gradient of the weighted sum stopped being finite, the task is the sum's largest term
    ============== =====================================================================================================
    """

    kind: Kind
    step: int
    arrays: dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Layout:
    """What the axes of a study's records mean.

    Args:
        tasks: the tasks, in order.
        stages: the names of the trunk's stages; layer 0 of conflict records is ``all``, layer k is ``stages[k - 1]``.
        runs: the study's runs, by index.
        parameters: trainable numbers of one run's model.
        device: where it was trained.
    """

    tasks: tuple[Task, ...]
    stages: tuple[str, ...]
    runs: tuple[Run, ...]
    parameters: int
    device: str

    @property
    def layers(self) -> tuple[str, ...]:
        """The names along the layer axis."""
        return ("all", *self.stages)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The task pairs along the pair axis."""
        return list(combinations(range(len(self.tasks)), 2))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"runs": [run.to_dict() for run in self.runs]}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "Layout":
        """Back from JSON."""
        return cls(
            tasks=tuple(Task(**task | {"labels": tuple(task["labels"])}) for task in given["tasks"]),
            stages=tuple(given["stages"]),
            runs=tuple(Run.from_dict(run) for run in given["runs"]),
            parameters=given["parameters"],
            device=given["device"],
        )


def steps_of(record: Record) -> npt.NDArray[np.int32]:
    """The steps that a block tells of: its own ``steps`` axis, or its one step."""
    return record.arrays.get("steps", np.array([record.step], dtype=np.int32))
