"""What the axes of a study's records mean."""

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from mtl_core.records.examples import Examples
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec.plan import Run
from mtl_core.suites.suite import Task


@dataclass(frozen=True)
class Layout:
    """What the axes of a study's records mean.

    Args:
        tasks: the tasks, in order.
        models: the model of each sharing strategy; a run's ``strategy`` names its own.
        runs: the study's runs, by index.
        device: where it was trained.
        examples: those that records of answers tell of; None in studies of versions that watched none.
        relations: how strongly the train labels of every two tasks go together; empty in studies of versions that did not say.
        scarce: with folds the tasks of which a fold has few labels, and how few.
        inner: the runs that nested choices are made by, whose places follow those of ``runs``; none in most studies.
    """

    tasks: tuple[Task, ...]
    models: tuple[ModelLayout, ...]
    runs: tuple[Run, ...]
    device: str
    examples: Examples | None = None
    relations: tuple[tuple[float | None, ...], ...] = ()
    inner: tuple[Run, ...] = ()
    scarce: tuple[tuple[str, int], ...] = ()

    @property
    def shared(self) -> float:
        """What two folds' runs have in common, for intervals: how many examples a fold has for each that its runs train on, as
        ``intervals.interval`` wants it; 0 without folds, where runs differ in their seed alone."""
        folds = len({run.fold for run in self.runs if run.fold is not None})
        return 1 / (folds - 1) if folds > 1 else 0.0

    def model(self, strategy: str) -> ModelLayout:
        """The model of the runs that say this strategy."""
        return next(model for model in self.models if model.strategy == strategy)

    def model_of(self, run: int) -> ModelLayout:
        """The model of a run, by its place."""
        return self.model(self.runs[run].strategy)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layer names of all models: the whole trunk first, then every stage's name once."""
        return tuple(dict.fromkeys(("all", *(stage for model in self.models for stage in model.stages))))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The task pairs along the pair axis."""
        return list(combinations(range(len(self.tasks)), 2))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        plain: dict[str, Any] = {
            "tasks": [_said(task) for task in self.tasks],
            "models": [model.to_dict() for model in self.models],
            "runs": [run.to_dict() for run in self.runs],
            "device": self.device,
        }
        plain |= {} if self.examples is None else {"examples": asdict(self.examples)}
        plain |= {"relations": [list(row) for row in self.relations]} if self.relations else {}
        plain |= {"scarce": [[name, count] for name, count in self.scarce]} if self.scarce else {}
        return plain | ({"inner": [run.to_dict() for run in self.inner]} if self.inner else {})

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "Layout":
        """Back from JSON."""
        if "models" in given:
            models = tuple(ModelLayout.from_dict(model) for model in given["models"])
        else:  # of a version that shared in one way alone
            models = (ModelLayout("hard", stages=tuple(given["stages"]), parameters=given["parameters"]),)
        return cls(
            tasks=tuple(_task(task) for task in given["tasks"]),
            models=models,
            runs=tuple(Run.from_dict(run) for run in given["runs"]),
            device=given["device"],
            examples=Examples.from_dict(given["examples"]) if "examples" in given else None,
            relations=tuple(tuple(row) for row in given.get("relations", ())),
            scarce=tuple((name, count) for name, count in given.get("scarce", ())),
            inner=tuple(Run.from_dict(run) for run in given.get("inner", ())),
        )


_EARLIER: dict[str, tuple[str, ...]] = {"classification": ("accuracy", "macro_f1"), "regression": ("r2", "mae")}
"""What was measured by versions that did not say."""


def _earlier(kind: str) -> dict[str, Any]:
    """What a stored task means that does not say it."""
    later = {"judged_by": "", "positive": 1, "outputs": 1, "at_chance": None, "loss_scale": 1.0, "spread": 1.0}
    return {"measured": _EARLIER.get(kind, ())} | later


def _task(given: dict[str, Any]) -> Task:
    said = _earlier(given["kind"]) | given
    return Task(**said | {name: tuple(said[name]) for name in ("labels", "measured")})


def _said(task: Task) -> dict[str, Any]:
    silent = _earlier(task.kind)
    return {name: value for name, value in asdict(task).items() if name not in silent or silent[name] != value}
