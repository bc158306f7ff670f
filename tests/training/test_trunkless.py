"""A model whose tasks share nothing: methods have nothing to weigh, and every task learns all the same."""

from collections.abc import Mapping

import pytest
import torch

from mtl_core.models.model import EVALUATION, Outputs, Parameter, Pass
from mtl_core.random import Streams
from mtl_core.spec.choice import Choice
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.suites.suite import Task
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.gradients import gramians
from mtl_core.training.parameters import Slices

TASKS = (Task("a", "classification", 3), Task("b", "regression"))
STUDY = Study(steps=100, batch_size=16, weights=[], conflict_every=3, learning_rate=1e-2)


MILD = {"pbi": {"theta": 0.5}, "path": {"way": "alternating"}}
"""With its usual options PBI unlearns a task that is ahead of its proportion, and a path has tasks wait until its last row."""


class Apart:
    """A linear model a task."""

    parameters = tuple(
        Parameter(f"{task}.{name}", shape, (task,), head=True)
        for task, outputs in enumerate((3, 1))
        for name, shape in (("weight", (4, outputs)), ("bias", (outputs,)))
    )

    def initialise(self, streams: Streams) -> dict[str, torch.Tensor]:
        return {p.name: streams.at(place).uniform(*p.shape) - 0.5 for place, p in enumerate(self.parameters)}

    def __call__(self, parameters: Mapping[str, torch.Tensor], x: torch.Tensor, at: Pass = EVALUATION) -> Outputs:
        return Outputs(tuple(x @ parameters[f"{task}.weight"] + parameters[f"{task}.bias"].unsqueeze(1) for task in range(2)))

    def settle(self, parameters: Mapping[str, torch.Tensor], rate: torch.Tensor) -> None: ...

    turns = ()


def data() -> Data:
    inputs = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    split = DeviceSplit(inputs, (inputs[:, :3].argmax(1), inputs @ torch.tensor([1.0, -2, 0, 1])), (None, None))
    return Data(TASKS, split, split, split)


def cohort(*methods: str) -> Cohort:
    runs = []
    for method in methods:
        entry = METHODS[method]
        weights = (0.5, 0.5) if method in ("equal", "fixed") else None
        options = Choice(method, tuple(entry.check(MILD.get(method, {})).items()))
        runs += [Run(len(runs) + seed, "method", method, options, weights, seed, 1e-2) for seed in range(2)]
    return Cohort(STUDY, Apart(), data(), tuple(runs))


def test_slices_of_tasks_that_share_nothing() -> None:
    slices = Slices.of(Apart())
    assert (slices.trunk, slices.stages, slices.total) == (0, (), 20)
    assert slices.owner.tolist() == [0] * 15 + [1] * 5


def test_the_gramian_of_no_trunk_is_one_zero_table() -> None:
    assert torch.equal(gramians(torch.empty(2, 3, 0), ()), torch.zeros(2, 1, 3, 3))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_lets_every_task_learn(method: str) -> None:
    subject = cohort(method)
    first = subject.step(0)
    assert first.gramians is not None
    assert first.gramians.shape == (2, 1, 2, 2)
    reports = [first, *(subject.step(step) for step in range(1, 60))]
    assert subject.alive.all()
    assert subject.parameters.isfinite().all()
    assert reports[-1].weights.isfinite().all()
    began, ended = (torch.stack([report.losses for report in some]).mean(0) for some in (reports[:10], reports[-10:]))
    better = reports[-1].losses < first.losses if method != "path" else ended < began  # in turns a task has half of the steps
    assert better.all()


@pytest.mark.parametrize("methods", [("equal", "uw"), ("pcgrad", "mgda", "nash_mtl", "cagrad", "db_mtl")])
def test_runs_go_on_from_a_checkpoint(methods: tuple[str, ...]) -> None:
    subject = cohort(*methods)
    for step in range(5):
        subject.step(step)
    other = cohort(*methods)
    other.restore({name: value.clone() for name, value in subject.state().items()})
    for step in range(5, 10):
        subject.step(step)
        other.step(step)
    assert torch.equal(subject.parameters, other.parameters)
