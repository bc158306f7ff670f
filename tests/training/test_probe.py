"""Looks beyond a batch: right, independent, and paid for only by runs that ask."""

import pytest
import torch

from mtl_core.models.build import Sizes, build
from mtl_core.random import Purpose
from mtl_core.spec.choice import Choice
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.training import cohort as cohorts
from mtl_core.training.batches import Batches
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.forward import batch_losses, table
from mtl_core.training.probe import Probe, StepPoint

CPU = torch.device("cpu")
STUDY = Study(suite="digits_pair", steps=100, weights=[], seeds=1, batch_size=16)
DATA = Data.of(load_suite(STUDY.suite, STUDY.tasks), CPU)
MODEL = build(STUDY.strategies[0], STUDY.backbone, Sizes(DATA.tasks, DATA.shape))


def cohort(*methods: str) -> Cohort:
    runs = tuple(
        Run(i, "method", name, Choice(name, tuple(METHODS[name].check({}).items())), None, seed, 0.01)
        for i, (name, seed) in enumerate((name, seed) for name in methods for seed in (3, 4))
    )
    return Cohort(STUDY, MODEL, DATA, runs)


def probe_of(subject: Cohort) -> Probe:
    (probe,) = subject.balance.probes.values()
    return probe


def test_revisited_losses_are_those_of_the_last_batch_at_the_present_parameters() -> None:
    subject = cohort("famo")
    before = subject.step(0).losses
    probe = probe_of(subject).at(1, StepPoint(subject.parameters, subject.rates, subject.parameters, None))
    expected, *_ = batch_losses(MODEL, DATA, subject.views, Batches([3, 4], len(DATA.train), 16, CPU).at(0))
    torch.testing.assert_close(probe.revisited(), table(expected))
    assert not torch.allclose(table(expected), before)


def test_a_trial_step_is_a_plain_gradient_step_and_leaves_no_trace() -> None:
    subject = cohort("moml")
    rows = Batches([3, 4], len(DATA.train), 16, CPU).at(0)
    kept = subject.parameters.clone()
    losses, *_ = batch_losses(MODEL, DATA, subject.views, rows)
    weights = torch.tensor([[0.3, 0.7], [0.9, 0.1]])
    jacobian = subject._gradients.per_task(losses)
    own = subject._gradients.flat.clone()
    probe = probe_of(subject).at(0, StepPoint(subject.parameters, subject.rates, own, jacobian))
    found = probe.losses(weights)
    losses, *_ = batch_losses(MODEL, DATA, subject.views, rows)
    (loss,) = torch.autograd.grad((torch.stack(losses, dim=1) * weights).sum(), [subject.views["trunk.0.1.weight"]])
    whole = subject._gradients.weighted(batch_losses(MODEL, DATA, subject.views, rows)[0], weights)
    assert torch.equal(subject.parameters, kept)
    subject.parameters.sub_(0.01 * whole)
    torch.testing.assert_close(found, table(batch_losses(MODEL, DATA, subject.views, rows)[0]))
    assert loss.isfinite().all()


def test_second_batches_are_other_examples_and_depend_on_the_seed_alone() -> None:
    first, second = Batches([3, 4], 100, 16, CPU), Batches([3, 4], 100, 16, CPU, Purpose.SECOND_BATCH)
    assert not torch.equal(first.at(0), second.at(0))
    assert torch.equal(second.at(5)[1], Batches([4], 100, 16, CPU, Purpose.SECOND_BATCH).at(5)[0])
    subject = cohort("modo")
    probe = probe_of(subject).at(2, StepPoint(subject.parameters, subject.rates, subject.parameters, None))
    expected = cohort("modo")
    rows = Batches([3, 4], len(DATA.train), 16, CPU, Purpose.SECOND_BATCH).at(2)
    jacobian = expected._gradients.per_task(batch_losses(MODEL, DATA, expected.views, rows)[0])
    torch.testing.assert_close(probe.gradients(), jacobian)


def test_only_runs_that_ask_get_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[int]] = []
    honest = Probe
    monkeypatch.setattr(cohorts, "Probe", lambda *args: made.append([run.seed for run in args[3]]) or honest(*args))
    subject = cohort("pcgrad", "graddrop", "cr_mogm", "uw", "moco")
    subject.step(0)
    assert made == []
    cohort("pcgrad", "modo", "uw", "famo")
    assert made == [[3, 4], [3, 4]]
