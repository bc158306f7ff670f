"""What a cohort promises: every run is its own, a corner is a single-task loop, divergence stays where it is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mtl_core.models.build import build
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.spec.choice import Choice
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.training import gradients
from mtl_core.training.batches import Batches
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.trainer import Trainer

CPU = torch.device("cpu")
STUDY = Study(suite="digits_pair", steps=1000, weights=[], seeds=1)


def cohort(runs: Sequence[Run], study: Study = STUDY) -> Cohort:
    data = Data.of(load_suite(study.suite, study.tasks), CPU)
    return Cohort(study, build(study.strategy, study.backbone, data.tasks, data.shape), data, tuple(runs))


def run(method: str = "fixed", weights: tuple[float, ...] | None = None, seed: int = 0, **changes: object) -> Run:
    entry = METHODS.get(method)
    choice = Choice(method, tuple(entry.check({}).items()) if entry else ())
    return replace(Run(0, "method", method, choice, weights, seed, 3e-3), **changes)


def steps(subject: Cohort, count: int) -> Cohort:
    for step in range(count):
        subject.step(step)
    return subject


def test_a_run_does_not_depend_on_its_cohort() -> None:
    others = [run("fixed", (share, 1 - share), seed) for seed in range(1, 8) for share in np.linspace(0, 1, 9).tolist()]
    mine = run("fixed", (0.25, 0.75), 0)
    alone, among = steps(cohort([mine]), 50), steps(cohort([*others[:31], mine, *others[31:]]), 50)
    torch.testing.assert_close(alone.parameters[0], among.parameters[31], rtol=0, atol=1e-5)


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].signals != "losses"])
def test_a_run_with_task_gradients_does_not_depend_on_its_cohort(method: str) -> None:
    mine = run(method, None, 0)
    alone, among = steps(cohort([mine]), 50), steps(cohort([run(method, None, 5), run(method, None, 6), mine]), 50)
    torch.testing.assert_close(alone.parameters[0], among.parameters[2], rtol=0, atol=1e-5)


def test_a_corner_is_a_single_task_loop() -> None:
    """Against a loop that shares nothing with the engine but first values and batch order."""
    subject = cohort([run("fixed", (1.0, 0.0), 3)])
    w1, b1, w2, b2, head, bias = (
        subject.views[name][0].detach().clone().requires_grad_()
        for name in (
            "trunk.0.1.weight",
            "trunk.0.1.bias",
            "trunk.1.0.weight",
            "trunk.1.0.bias",
            "head.0.0.weight",
            "head.0.0.bias",
        )
    )
    parameters = [w1, b1, w2, b2, head, bias]
    suite = load_suite("digits_pair")
    inputs, targets = torch.tensor(suite.train.inputs).flatten(1), torch.tensor(suite.train.targets[0])
    batches = Batches([3], len(inputs), 64, CPU)
    optimizer = torch.optim.Adam(parameters, lr=3e-3)
    for step in range(50):
        rows = batches.at(step)[0]
        hidden = torch.relu(torch.relu(inputs[rows] @ w1 + b1) @ w2 + b2)
        optimizer.zero_grad()
        F.cross_entropy(hidden @ head.T + bias, targets[rows]).backward()
        optimizer.step()
    steps(subject, 50)
    torch.testing.assert_close(
        subject.parameters[0, : sum(p.numel() for p in parameters)], torch.cat([p.detach().flatten() for p in parameters]),
        rtol=0, atol=1e-5,
    )  # fmt: skip


def test_the_other_head_of_a_corner_never_moves() -> None:
    subject = cohort([run("fixed", (1.0, 0.0))])
    before = subject.views["head.1.0.weight"].detach().clone()
    assert torch.equal(steps(subject, 5).views["head.1.0.weight"], before)


def test_every_method_moves_the_trunk_and_differs_from_the_others() -> None:
    trunks = {}
    for name in METHODS:
        subject = cohort([run(name, (0.5, 0.5) if name in ("equal", "fixed") else None)])
        before = subject.views["trunk.0.1.weight"].detach().clone()
        after = steps(subject, 30).views["trunk.0.1.weight"].detach().clone()
        assert not torch.equal(before, after), name
        assert after.isfinite().all(), name
        trunks[name] = after
    trunks.pop("fixed", None)  # at equal weights it is `equal`
    names = list(trunks)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            assert not torch.allclose(trunks[one], trunks[other], atol=1e-7), (one, other)


def test_divergence_is_recorded_and_stays_in_its_run() -> None:
    study = Study(suite="digits_pair", steps=1000, weights=[], seeds=1, optimizer="sgd")
    calm = run("fixed", (0.5, 0.5), 1, learning_rate=1e-2)
    wild = run("fixed", (0.5, 0.5), 1, learning_rate=1e25)
    both, alone = steps(cohort([wild, calm], study), 30), steps(cohort([calm], study), 30)
    assert both.alive.tolist() == [False, True]
    step = int(both.diverged_step[0])
    assert 0 < step < 30
    assert both.diverged_task.tolist()[0] in (0, 1)
    assert both.diverged_step.tolist()[1] == -1
    torch.testing.assert_close(both.parameters[1], alone.parameters[0], rtol=0, atol=1e-5)
    frozen = both.parameters[0].clone()
    both.step(30)
    assert torch.equal(frozen, both.parameters[0])


@pytest.mark.parametrize("corner", [0, 1])
@pytest.mark.parametrize("beside", [[], ["pcgrad"]], ids=["losses alone", "gradients at hand"])
@pytest.mark.parametrize("rate", [1e10, 1e25, 1e35])
def test_a_task_of_weight_zero_is_not_blamed(corner: int, beside: list[str], rate: float) -> None:
    study = Study(suite="digits_pair", steps=1000, weights=[], seeds=1, optimizer="sgd")
    alone = run("fixed", (1.0, 0.0) if corner == 0 else (0.0, 1.0), learning_rate=rate)
    subject = steps(cohort([alone, *(run(name, None, 1) for name in beside)], study), 60)
    assert subject.alive.tolist()[0] is False
    assert subject.diverged_task.tolist()[0] == corner


def test_asking_every_number_whether_it_is_finite_changes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What devices do on which a sum is not free to read."""
    study = Study(suite="digits_pair", steps=1000, weights=[], seeds=1, optimizer="sgd")
    runs = [run("pcgrad", None, 0, learning_rate=1e-2), run("graddrop", None, 1), run("uw", None, 2, learning_rate=1e25)]
    quick = cohort(runs, study)
    reports = [quick.step(step) for step in range(20)]
    monkeypatch.setattr(Cohort, "_finite", lambda _self, values: values.isfinite())
    thorough = cohort(runs, study)
    for step, report in enumerate(reports):
        for one, other in zip(vars(thorough.step(step)).values(), vars(report).values(), strict=True):
            assert (one is None and other is None) or torch.equal(one.nan_to_num(-7), other.nan_to_num(-7)), step
    for name, value in thorough.state().items():
        assert torch.equal(value.nan_to_num(-7), quick.state()[name].nan_to_num(-7)), name
    assert quick.alive.tolist() == [True, True, False]


@pytest.mark.parametrize("method", ["pcgrad", "mgda", "nash_mtl", "graddrop"])
def test_divergence_of_a_method_run_stays_in_its_run(method: str) -> None:
    study = Study(suite="digits_pair", steps=1000, weights=[], seeds=1, optimizer="sgd")
    both = steps(cohort([run(method, learning_rate=1e25), run(method, learning_rate=1e-3)], study), 20)
    assert both.alive.tolist() == [False, True]
    assert both.parameters[1].isfinite().all()


def test_clipping_bounds_each_run_by_itself() -> None:
    study = Study(suite="digits_pair", steps=10, weights=[], seeds=1, optimizer={"name": "sgd", "momentum": 0}, clip=1e-3)
    subject = cohort([run("fixed", (0.5, 0.5), learning_rate=1.0), run("fixed", (0.5, 0.5), learning_rate=0.1)], study)
    before = subject.parameters.clone()
    subject.step(0)
    moved = torch.linalg.vector_norm(subject.parameters - before, dim=1)
    torch.testing.assert_close(moved, torch.tensor([1e-3, 1e-4]), rtol=1e-3, atol=0)


def test_losses_alone_cost_one_backward_pass_between_conflict_records(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    honest = torch.autograd.grad
    monkeypatch.setattr(gradients.torch.autograd, "grad", lambda *args, **kwargs: passes.append(1) or honest(*args, **kwargs))
    subject, counts = cohort([run("uw"), run("fixed", (0.5, 0.5))]), []
    for step in range(6):
        passes.clear()
        subject.step(step)
        counts.append(len(passes))
    assert counts == [2, 1, 1, 1, 1, 2]


def test_missing_labels_leave_their_task_alone() -> None:
    study = Study(suite="digits_scarce", steps=50, weights=[], seeds=1, batch_size=2)
    subject = cohort([run("fixed", (1.0, 0, 0, 0)), run("pcgrad")][:1], study)
    rows = [subject.step(step) for step in range(12)]
    idle = [report for report in rows if report.losses[0, 0].isnan()]
    assert idle, "with 60 labels in a thousand most batches of two have none"
    assert all(float(report.update_norm[0]) == 0 for report in idle)


def test_the_largest_term_is_blamed_where_only_the_sum_is_known() -> None:
    study = Study(suite="vitals", steps=50, weights=[], seeds=1, conflict_every=50)
    subject = cohort([run("fixed", (0.0, 1.0, 0.0))], study)
    subject.step(0)
    subject.parameters.mul_(3e4)  # losses are finite, their gradients' norm is not
    subject.step(1)
    assert subject.diverged_step.tolist() == [1]
    assert subject.diverged_task.tolist() == [1]


def test_the_global_generator_is_never_touched() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    trainer = Trainer(Study(steps=3, seeds=2, weights=3, methods=["equal", "pcgrad", "graddrop"]))
    while not trainer.finished:
        trainer.advance()
    assert torch.equal(before, torch.get_rng_state())
