"""Studies, layouts and records for tests of the store."""

from typing import Any

import numpy as np
import pytest

from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task


class Example:
    """Things to put into a store."""

    def study(self, number: int = 0, **given: Any) -> Study:
        return Study(**({"steps": 20 + number, "weights": [], "seeds": 1} | given))

    def layout(self, study: Study) -> Layout:
        tasks = tuple(Task(name, "classification", 10, "which digit?", ("a", "b")) for name in study.tasks)
        return Layout(tasks, (ModelLayout("hard", stages=("stage 1", "stage 2"), parameters=123),), plan(study), "cpu")

    def record(self, step: int, kind: Any = "evaluation") -> Record:
        values = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 2, 3) + step
        values[0, 0, 0] = np.nan
        values[1, 1, 1] = np.inf
        return Record(kind, step, {"run": np.arange(2, dtype=np.int32), "train": values})


@pytest.fixture
def example() -> Example:
    return Example()
