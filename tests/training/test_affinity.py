"""Inter-task affinity: the paper's number, taken beside training and never part of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mtl_core.diagnostics.affinity import affinity
from mtl_core.errors import SpecError
from mtl_core.records import Record, steps_of
from mtl_core.spec import Study, plan
from mtl_core.spec.plan import Run
from mtl_core.store.payload import decode, encode
from mtl_core.suites import load_suite
from mtl_core.training.batches import Batches
from mtl_core.training.built import models, sizes_of
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.trainer import Trainer

CPU = torch.device("cpu")
SMALL: dict[str, Any] = {
    "suite": "vitals", "weights": [], "seeds": 2, "steps": 12, "batch_size": 16, "affinity_every": 5, "learning_rate": 0.01,
    "backbone": {"name": "mlp", "width": 4, "depth": 1},
}  # fmt: skip
DATA = Data.of(load_suite("vitals"), CPU)


def study(**changed: Any) -> Study:
    return Study(**SMALL | changed)


def equal_cohort(asked: Study, data: Data = DATA) -> Cohort:
    runs: tuple[Run, ...] = tuple(run for run in plan(asked) if run.role != "baseline")
    built = models(asked, sizes_of(asked, load_suite(asked.suite)), [runs[0].strategy])
    return Cohort(asked, built[runs[0].strategy].model, data, runs)


def trained(asked: Study) -> tuple[Trainer, list[Record]]:
    trainer = Trainer(asked)
    records: list[Record] = []
    while not trainer.finished:
        records += trainer.advance()
    return trainer, records


def by_hand(weights: dict[str, Tensor], x: Tensor, targets: list[Tensor], rate: float) -> tuple[Tensor, Tensor]:
    """The definition, exactly and by first order, for one run of a network of one layer, in plain autograd."""

    def losses(trunk: list[Tensor]) -> list[Tensor]:
        h = torch.relu(x @ trunk[0] + trunk[1])
        heads = [(weights[f"head.{j}.0.weight"], weights[f"head.{j}.0.bias"]) for j in range(len(targets))]
        return [((h @ w + b).squeeze(1) - y).square().mean() for (w, b), y in zip(heads, targets, strict=True)]

    trunk = [weights["trunk.0.1.weight"].requires_grad_(), weights["trunk.0.1.bias"].requires_grad_()]
    before = losses(trunk)
    gradients = [torch.autograd.grad(loss, trunk, retain_graph=True) for loss in before]
    exact = torch.zeros(len(targets), len(targets), dtype=torch.float64)
    first = exact.clone()
    for i, gradient in enumerate(gradients):
        after = losses([value - rate * part for value, part in zip(trunk, gradient, strict=True)])
        for j, loss in enumerate(before):
            exact[i, j] = (1 - after[j] / loss).item()
            inner = sum((a * b).sum() for a, b in zip(gradient, gradients[j], strict=True))
            first[i, j] = (rate * inner / loss).item()
    return exact, first


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_it_is_the_papers_definition(schedule: str) -> None:
    asked = study(schedule=schedule)
    cohort = equal_cohort(asked)
    for step in range(6):
        weights = [{name: view[run].detach().double() for name, view in cohort.views.items()} for run in (0, 1)]
        report = cohort.step(step)
        assert (report.affinity is None) == (step % 5 > 0)
    rate = float(cohort._rate(5)[0])
    assert (rate < 0.0099) == (schedule == "cosine")
    rows = Batches([0, 1], len(DATA.train), 16, CPU).at(5)
    for run in (0, 1):
        x, targets = DATA.train.inputs[rows[run]].double(), [y[rows[run]].double() for y in DATA.train.targets]
        exact, _ = by_hand(weights[run], x, targets, rate)
        assert report.affinity is not None
        torch.testing.assert_close(report.affinity[run].double(), exact, rtol=1e-3, atol=1e-6)
        exact, first = by_hand(weights[run], x, targets, 1e-6)
        torch.testing.assert_close(first, exact, rtol=1e-3, atol=0)
    assert not torch.allclose(exact, exact.T, rtol=0.1), "directed"


def test_the_table_from_recorded_gradients_is_that_of_real_steps_where_they_are_small() -> None:
    trainer, records = trained(study(learning_rate=1e-3, optimizer="sgd"))
    real, cheap = (affinity(trainer.layout, records, kind) for kind in ("tag", "first_order"))
    assert real["value"].abs().min() > 5e-6
    np.testing.assert_allclose(cheap["value"], real["value"], rtol=0.03, atol=1e-6)
    assert cheap["seeds"].eq(2).all()


@pytest.mark.parametrize("strategy", ["hard", "mmoe", "adashare"])
def test_looking_changes_nothing(strategy: str) -> None:
    backbone = {"name": "mlp", "width": 4, "depth": 2}
    plain, seen = (trained(study(strategies=[strategy], backbone=backbone, affinity_every=each))[0] for each in (0, 5))
    assert any(len(cohort.looked_at) for cohort in seen._cohorts)
    for one, other in zip(plain._cohorts, seen._cohorts, strict=True):
        assert torch.equal(one.parameters, other.parameters)


def test_what_is_drawn_by_lot_is_drawn_alike_before_and_after() -> None:
    asked = study(strategies=["adashare"], learning_rate=1e-6, backbone={"name": "mlp", "width": 4, "depth": 2})
    report = equal_cohort(asked).step(0)
    assert report.affinity is not None
    assert report.affinity.abs().max() < 1e-4, "another draw would be another network"


def test_a_record_tells_of_equal_runs_alone_comes_back_from_bytes_and_a_resume_makes_it_again() -> None:
    asked = study(methods=["equal", "uw"], weights=[[0.5, 0.25, 0.25]], learning_rates=[0.1])
    trainer, records = trained(asked)
    (first, *_), found = ([r for r in records if r.kind == "affinity"] for _ in range(2))
    assert {int(run) for record in found for run in record.arrays["run"]} == {
        run.index for run in trainer.layout.runs if run.family == "equal"
    }
    assert [int(step) for record in found for step in steps_of(record)] == [0, 5, 10]
    assert first.arrays["affinity"].shape == (len(steps_of(first)), 4, 3, 3)
    again = decode("affinity", first.step, encode(first))
    assert all(np.array_equal(again.arrays[name], array) for name, array in first.arrays.items())
    halfway = Trainer(asked)
    while halfway.step < 7:
        halfway.advance()
    resumed, later = Trainer(asked, halfway.checkpoint()), []
    while not resumed.finished:
        later += resumed.advance()
    kept = [r.arrays["affinity"][-1] for r in (found[-1], [r for r in later if r.kind == "affinity"][-1])]
    assert np.array_equal(*kept)


def test_a_task_without_a_label_in_the_batch_neither_helps_nor_is_helped() -> None:
    none = torch.zeros(len(DATA.train), dtype=torch.bool)
    report = equal_cohort(study(), replace(DATA, train=replace(DATA.train, observed=(none, None, None)))).step(0)
    assert report.affinity is not None
    unknown = report.affinity.isnan()
    assert unknown[:, 0].all()
    assert unknown[:, :, 0].all()
    assert not unknown[:, 1:, 1:].any()


def test_a_run_that_diverged_says_nothing_and_its_neighbour_goes_on() -> None:
    cohort = equal_cohort(study())
    cohort.alive[0] = False
    report = cohort.step(0)
    assert report.affinity is not None
    assert report.affinity[0].isnan().all()
    assert report.affinity[1].isfinite().all()


def test_a_task_that_waits_is_left_out_and_what_a_phase_holds_still_does_not_step() -> None:
    asked = study(phases=[{"name": "tasks", "steps": 6, "tasks": ["progression", "bmi"]},
                          {"name": "tasks", "steps": 6, "train": "heads"}])  # fmt: skip
    cohort = equal_cohort(asked)
    reports = [cohort.step(step).affinity for step in range(11)]
    waits, still = reports[5], reports[10]
    assert waits is not None
    assert still is not None
    assert waits.isnan().sum() == 2 * 5
    assert (still == 0).all(), "without a step nothing changes"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"affinity_every": 7}, "multiple of conflict_every, 5.*found 7; choose 5"),
        ({"methods": ["uw"]}, "add the method 'equal'"),
        ({"affinity_every": -5}, "affinity_every"),
    ],
)
def test_what_would_have_no_effect_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        study(**changed)


def test_a_study_without_it_is_the_study_it_was() -> None:
    assert Study().id == Study(affinity_every=0).id != Study(affinity_every=10).id
