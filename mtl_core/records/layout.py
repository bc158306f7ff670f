"""What the axes of a study's records mean."""

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from mtl_core.spec.plan import Run
from mtl_core.suites.suite import Task


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
        return asdict(self) | {"tasks": [_said(task) for task in self.tasks], "runs": [run.to_dict() for run in self.runs]}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "Layout":
        """Back from JSON."""
        return cls(
            tasks=tuple(_task(task) for task in given["tasks"]),
            stages=tuple(given["stages"]),
            runs=tuple(Run.from_dict(run) for run in given["runs"]),
            parameters=given["parameters"],
            device=given["device"],
        )


_EARLIER: dict[str, tuple[str, ...]] = {"classification": ("accuracy", "macro_f1"), "regression": ("r2", "mae")}
"""What was measured by versions that did not say."""


def _earlier(kind: str) -> dict[str, Any]:
    """What a stored task means that does not say it."""
    return {"measured": _EARLIER.get(kind, ()), "judged_by": "", "positive": 1}


def _task(given: dict[str, Any]) -> Task:
    said = _earlier(given["kind"]) | given
    return Task(**said | {name: tuple(said[name]) for name in ("labels", "measured")})


def _said(task: Task) -> dict[str, Any]:
    silent = _earlier(task.kind)
    return {name: value for name, value in asdict(task).items() if name not in silent or silent[name] != value}
