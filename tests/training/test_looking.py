"""Looking at one update, and taking it: the look changes nothing and is what then happens."""

import numpy as np
import pytest
import torch

from mtl_core.diagnostics.result import Result
from mtl_core.errors import SpecError
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.training.held import held
from mtl_core.training.looking import look
from mtl_core.training.trainer import Trainer

# Of every way in which a method is made: by losses, by a Gramian, by gradients themselves, with a look ahead, with memory.
METHODS = ["equal", "pcgrad", "graddrop", "famo", "forum", "nash_mtl", "db_mtl", "uw"]
STUDY = Study(steps=30, seeds=2, weights=[[0.3, 0.7]], methods=METHODS, batch_size=16, evaluate_every=10)


@pytest.fixture(scope="module")
def paused() -> bytes:
    trainer = Trainer(STUDY)
    for _ in range(7):
        trainer.advance()
    return trainer.checkpoint()


def standing(trainer: Trainer) -> dict[int, torch.Tensor]:
    rows = [(run.index, row) for c in trainer._cohorts for run, row in zip(c.runs, c.parameters, strict=True)]
    return {index: row.clone() for index, row in rows}


def run_of(label: str, seed: int = 1) -> Run:
    return next(run for run in Trainer(STUDY).layout.runs if run.label == label and run.seed == seed)


@pytest.mark.parametrize("label", [*METHODS, "0.3 / 0.7"])
def test_a_look_at_the_methods_step_is_the_step_that_then_comes(paused: bytes, label: str) -> None:
    index = run_of(label).index
    taken, seen = Trainer(STUDY, paused), held(STUDY, paused, index)
    before = standing(taken)[index]
    torch.testing.assert_close(seen.cohort.parameters[0], before, rtol=0, atol=0)
    found = look(seen, 2)
    taken.advance()
    taken.advance()
    after = standing(taken)[index]
    torch.testing.assert_close(seen.cohort.parameters[0], after, rtol=1e-4, atol=2e-6)
    assert found.updates == 2
    reported = {int(run): row for r in taken.flush() if r.kind == "steps"
                for run, row in zip(r.arrays["run"], r.arrays["weights"][0], strict=True)}  # fmt: skip
    assert found.along == found.weights == pytest.approx(reported[index].tolist(), rel=1e-3)


@pytest.mark.parametrize("label", ["equal", "pcgrad", "graddrop"])
def test_a_look_at_one_tasks_step_is_the_step_that_is_taken_with_it(paused: bytes, label: str) -> None:
    index = run_of(label).index
    taken, seen = Trainer(STUDY, paused), held(STUDY, paused, index)
    found = look(seen, 3, [1.0, 0.0])
    taken.step_along([1.0, 0.0], 3, label)
    others, usual = Trainer(STUDY, paused), standing(taken)
    for _ in range(3):
        taken.advance()
        others.advance()
    torch.testing.assert_close(seen.cohort.parameters[0], standing(taken)[index], rtol=1e-4, atol=2e-6)
    assert found.along == [1.0, 0.0]
    assert found.weights != [1.0, 0.0], "what the method would have made of it is told beside"
    for run, row in standing(others).items():
        alike = torch.equal(row, standing(taken)[run])
        assert alike == (Trainer(STUDY).layout.runs[run].label != label), "no other run hears of it"
    assert len(usual) == len(standing(taken))


def test_first_order_is_the_slope_of_the_real_losses(paused: bytes) -> None:
    trainer = Trainer(STUDY, paused)
    trainer.set_learning_rate(1e-5)
    found = look(held(STUDY, trainer.checkpoint(), run_of("equal").index))
    before, promised, after = (np.array(each) for each in (found.before, found.promised, found.after))
    assert np.abs(promised - before).max() > 1e-5
    np.testing.assert_allclose(after - before, promised - before, rtol=0.05, atol=2e-6)
    far = look(held(STUDY, paused, run_of("equal").index), 10)
    assert np.abs(np.array(far.after) - np.array(far.promised)).max() > 1e-3, "far away first order no longer holds"


def test_plain_descent_moves_by_the_rate_times_what_is_combined() -> None:
    study = Study(steps=9, seeds=1, weights=[], methods=["pcgrad"], batch_size=16, evaluate_every=9,
                  optimizer={"name": "sgd", "momentum": 0.0}, learning_rate=0.01)  # fmt: skip
    trainer = Trainer(study)
    trainer.advance()
    index = next(run.index for run in trainer.layout.runs if run.label == "pcgrad")
    found = look(held(study, trainer.checkpoint(), index))
    gramian = np.array(found.gramian)
    np.testing.assert_allclose(found.moved, -0.01 * gramian @ found.weights, rtol=1e-4)
    np.testing.assert_allclose(found.length, 0.01 * np.sqrt(found.weights @ gramian @ found.weights), rtol=1e-4)


def test_what_cannot_be_looked_at_is_said(paused: bytes) -> None:
    alone = Study(steps=4, seeds=1, weights=[], methods=["equal"], strategies=["single_task"], batch_size=16)
    trainer = Trainer(alone)
    trainer.advance()
    index = next(run.index for run in trainer.layout.runs if run.role == "method")
    with pytest.raises(SpecError, match="share parameters"):
        look(held(alone, trainer.checkpoint(), index))
    with pytest.raises(SpecError, match="had its turn, or is still to come"):
        held(STUDY, paused, 10_000)
    ended = Trainer(STUDY, paused)
    with pytest.raises(SpecError, match="no run that trains now as 'left alone'"):
        ended.step_along([0.0, 1.0], 1, "left alone")
    with pytest.raises(SpecError, match="steps left"):
        ended.step_along([0.5, 0.5], 1, after=23)


def test_a_step_taken_by_hand_is_told_and_outlives_a_resume(paused: bytes) -> None:
    trainer = Trainer(STUDY, paused)
    trainer.step_along([0.0, 1.0], 4, "pcgrad", after=1)
    records = [*trainer.advance(), *trainer.advance(), *trainer.advance(), *trainer.flush()]
    again = Trainer(STUDY, trainer.checkpoint())
    for each in (trainer, again):
        while each.step < 14:
            records += each.advance() if each is trainer else []
            if each is again:
                each.advance()
    for run, row in standing(trainer).items():
        assert torch.equal(row, standing(again)[run])
    result = Result(STUDY, trainer.layout, [*records, *trainer.flush()])
    changes = result.of("pcgrad").changes
    assert changes[["step", "updates", "along_left", "along_right"]].to_numpy().tolist() == [[8, 4, 0, 1]] * 2
    assert changes[["learning_rate", "weight_left"]].isna().all(axis=None)
    weights = result.of("pcgrad").weights
    steps = weights[(weights["task"] == "left") & (weights["weight"] == 0)]["step"]
    assert sorted(set(steps)) == [8, 9, 10, 11]
