"""A run that has been trained, in hand: it answers what a person gives, all tasks or some."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.errors import SpecError, StoreError, shown, some_of, unknown_name
from mtl_core.models.model import EVALUATION, Model
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.suites import Suite
from mtl_core.suites.intake import Taken
from mtl_core.suites.replies import Asked, Reply, reply
from mtl_core.suites.suite import Task
from mtl_core.training.built import models, sizes_of
from mtl_core.training.data import in_full
from mtl_core.training.parameters import leaves

TIMES = 5
"""Passes of which the median is told as the latency, after one for warmth."""


@dataclass(frozen=True)
class Answered:
    """What a run answers.

    Args:
        replies: by task, in the suite's order; of those that were asked and that the run has learned.
        seconds: from the input to the answers of all of them, the median of a few times.
    """

    replies: dict[str, Reply]
    seconds: float


@dataclass(frozen=True)
class Trained:
    """A run.

    Args:
        run: which it is.
        suite: what it was trained on.
        model: its model.
        views: its parameters by name, ``(1, ...)`` each.
    """

    run: Run
    suite: Suite
    model: Model
    views: dict[str, Tensor]

    @classmethod
    def of(cls, study: Study, suite: Suite, run: Run, parameters: npt.NDArray[np.float32]) -> "Trained":
        """From what was kept of it.

        Args:
            study: whose run it is.
            suite: loaded, with the study's tasks.
            run: which.
            parameters: ``(P,)``.

        Raises:
            StoreError: they are those of another model, as after an update that changed it.
        """
        model = models(study, sizes_of(study, suite), [run.strategy])[run.strategy].model
        wanted = sum(parameter.size for parameter in model.parameters)
        if parameters.shape != (wanted,):
            raise StoreError(
                f"the model has {wanted:,} parameters, found {parameters.size:,}: another version made it; train it again."
            )
        return cls(run, suite, model, leaves(model, torch.from_numpy(parameters.copy())[None]))

    @property
    def learned(self) -> tuple[int, ...]:
        """The places of the tasks that it was trained on."""
        return tuple(place for place, trained in enumerate(self.run.trains(len(self.suite.tasks))) if trained)

    def answer(self, taken: Taken, tasks: Sequence[str] | None = None) -> Answered:
        """The answers to what a person gave.

        Args:
            taken: what it is.
            tasks: the names of the tasks that are asked, whose heads alone are run; None for all. Those that the run has not
                learned, or that what was given does not ask, are left out.

        Raises:
            SpecError: there is no such task, or none of them is left.
        """
        known = [task.name for task in self.suite.tasks]
        for name in tasks or ():
            if name not in known:
                raise unknown_name(f"task of {self.suite.name}", name, known)
        wanted = [
            place
            for place in self.learned
            if taken.rows[place] is not None and (tasks is None or known[place] in tasks)
        ]  # fmt: skip
        if not wanted:
            raise SpecError(
                f"a task must be asked that {shown(self.run.label)} has learned, which is "
                f"{some_of([known[place] for place in self.learned])}, and that suits what is given, found "
                f"{some_of(tasks or known)}; ask another task or run."
            )
        outputs: dict[int, npt.NDArray[np.float64]] = {}
        seconds = 0.0
        for row in sorted({row for row in taken.rows if row is not None}):
            places = tuple(place for place in wanted if taken.rows[place] == row)
            if places:
                found, took = self._passed(taken.inputs[row : row + 1], places)
                outputs |= found
                seconds += took
        replies = {known[place]: reply(asked_of(self.suite, taken, place), outputs[place]) for place in wanted}
        return Answered(replies, seconds)

    def _passed(
        self, inputs: npt.NDArray[np.generic], places: tuple[int, ...]
    ) -> tuple[dict[int, npt.NDArray[np.float64]], float]:
        """The outputs of some tasks for one input, and how many seconds that takes."""
        x = in_full(torch.from_numpy(inputs.copy()))[None]
        x = x.transpose(1, 2) if self.suite.per_task else x
        at, taken = replace(EVALUATION, only=places), []
        with torch.no_grad():
            for _ in range(TIMES + 1):
                started = time.perf_counter()
                outputs = self.model(self.views, x, at).tasks
                taken.append(time.perf_counter() - started)
        return {place: output[0, 0].double().numpy() for place, output in zip(places, outputs, strict=True)}, median(taken[1:])


def asked_of(suite: Suite, taken: Taken, place: int) -> Asked:
    """What a task, by its place, is asked of."""
    task: Task = suite.tasks[place]
    row = taken.rows[place]
    before = taken.before[row] if taken.before and row is not None else 0
    words = [taken.text[start:end] for start, end in taken.words]
    example = None if row is None or suite.per_task else taken.inputs[row]
    return Asked(task, suite.units[place] if suite.units else (0.0, 1.0), words, before, example)
