"""Studies made up by hand: a layout and records whose numbers are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Choice, Run
from mtl_core.suites.suite import Task

LEFT = Task("left", "classification", 10, measured=("accuracy", "macro_f1"))
RIGHT = Task("right", "regression")


@dataclass
class Invented:
    """A layout, and ways to write records about it."""

    layout: Layout

    @property
    def count(self) -> int:
        return len(self.layout.runs)

    def runs(self, label: str) -> list[int]:
        return [run.index for run in self.layout.runs if run.label == label]

    def evaluation(self, step: int, runs: Sequence[int] | None = None, **splits: Any) -> Record:
        """Splits are anything that broadcasts to (r, T, M)."""
        run = np.array(range(self.count) if runs is None else runs, dtype=np.int32)
        shape = (len(run), len(self.layout.tasks), 3)
        arrays = {name: np.array(np.broadcast_to(values, shape), dtype=np.float32) for name, values in splits.items()}
        return Record("evaluation", step, {"run": run} | arrays)

    def steps(self, steps: Sequence[int], generator: np.random.Generator) -> Record:
        shape = (len(steps), self.count, len(self.layout.tasks))
        return Record(
            "steps",
            steps[-1],
            {
                "run": np.arange(self.count, dtype=np.int32),
                "steps": np.array(steps, dtype=np.int32),
                "losses": generator.random(shape, dtype=np.float32),
                "weights": generator.random(shape, dtype=np.float32),
                "update_norm": generator.random(shape[:2], dtype=np.float32),
                "unexplained": np.zeros(shape[:2], dtype=np.float32),
            },
        )

    def conflict(self, steps: Sequence[int], generator: np.random.Generator) -> Record:
        shape = (len(steps), self.count, len(self.layout.layers))
        pairs, tasks = len(self.layout.pairs), len(self.layout.tasks)
        return Record(
            "conflict",
            steps[-1],
            {
                "run": np.arange(self.count, dtype=np.int32),
                "steps": np.array(steps, dtype=np.int32),
                "cosine": generator.uniform(-1, 1, (*shape, pairs)).astype(np.float32),
                "magnitude_similarity": generator.random((*shape, pairs), dtype=np.float32),
                "norms": generator.random((*shape, tasks), dtype=np.float32),
            },
        )

    def status(self, step: int, diverged: dict[int, tuple[int, int]]) -> Record:
        at, task = np.full((2, self.count), -1, dtype=np.int32)
        for run, (when, which) in diverged.items():
            at[run], task[run] = when, which
        return Record(
            "status", step, {"run": np.arange(self.count, dtype=np.int32), "diverged_step": at, "diverged_task": task}
        )


def invent(
    seeds: int = 3,
    points: Sequence[tuple[float, ...]] = ((0.5, 0.5),),
    methods: Sequence[str] = ("pcgrad",),
    tasks: tuple[Task, ...] = (LEFT, RIGHT),
    stages: tuple[str, ...] = ("layer1",),
) -> Invented:
    count = len(tasks)
    corners = [tuple(float(t == k) for k in range(count)) for t in range(count)]
    questions: list[tuple[Any, str, str, tuple[float, ...] | None]] = [
        ("baseline", f"{task.name} alone", "fixed", corner) for task, corner in zip(tasks, corners, strict=True)
    ]
    questions += [("method", name, name, None) for name in methods]
    questions += [("fixed", " / ".join(map(str, point)), "fixed", point) for point in points]
    listed = [(question, seed) for question in questions for seed in range(seeds)]
    runs = tuple(
        Run(index, role, label, Choice(method), weights, seed, 0.003)
        for index, ((role, label, method, weights), seed) in enumerate(listed)
    )
    return Invented(Layout(tasks, (ModelLayout("hard", stages=stages, parameters=1234),), runs, "cpu"))


@pytest.fixture(scope="session")
def invented() -> Callable[..., Invented]:
    """``invented(seeds=, points=, methods=, tasks=, stages=)``."""
    return invent
