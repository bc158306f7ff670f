"""The examples that are watched while a study trains, and what runs say of them."""

import numpy as np
import pytest
import torch

from mtl_core.diagnostics.result import Result
from mtl_core.records import Record, watched
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.training.examples import chosen
from mtl_core.training.trainer import Trainer

SMALL = {"steps": 12, "seeds": 2, "batch_size": 16, "evaluate_every": 4, "backbone": {"name": "mlp", "width": 8}}
STUDY = Study(weights=3, methods=["equal", "pcgrad"], **SMALL)


def finish(trainer: Trainer) -> list[Record]:
    records = []
    while not trainer.finished:
        records += trainer.advance()
    return records


def told(records: list[Record]) -> dict[tuple[int, int], bytes]:
    return {
        (record.step, int(run)): record.arrays["answer"][place].tobytes() + record.arrays["certainty"][place].tobytes()
        for record in records
        if record.kind == "answers"
        for place, run in enumerate(record.arrays["run"])
    }


def test_every_watched_run_answers_at_every_evaluation() -> None:
    trainer = Trainer(STUDY)
    runs = watched(trainer.layout.runs)
    assert [trainer.layout.runs[run].label for run in runs] == ["left alone", "right alone", "equal", "pcgrad"]
    assert set(told(finish(trainer))) == {(step, run) for step in (0, 4, 8, 12) for run in runs}


def test_answers_are_what_the_model_says_of_validation_examples() -> None:
    trainer = Trainer(STUDY)
    result = Result(STUDY, trainer.layout, finish(trainer), "finished")
    suite = load_suite(STUDY.suite)
    rows = chosen(suite)
    (cohort,) = [c for c in trainer._cohorts if any(run.label == "pcgrad" for run in c.runs)]
    place = next(place for place, run in enumerate(cohort.runs) if run.label == "pcgrad")
    outputs = cohort.predict(torch.from_numpy(suite.validation.inputs[rows]))
    table = result.answers.query("label == 'pcgrad' and step == 12")
    for task, output in zip(suite.tasks, outputs, strict=True):
        found = table[table["task"] == task.name].sort_values("example")
        expected = output[place].softmax(1)
        assert found["answer"].tolist() == expected.argmax(1).tolist()
        np.testing.assert_allclose(found["certainty"], expected.max(1).values, rtol=1e-5)
        target = suite.validation.targets[suite.tasks.index(task)][rows]
        assert found["truth"].tolist() == target.tolist()
        assert (found["right"] == (found["answer"] == found["truth"])).all()


@pytest.mark.parametrize("stop", [3, 4, 9])
def test_answers_after_a_resume_are_the_same_bit_by_bit(stop: int) -> None:
    first = Trainer(STUDY)
    records = [record for _ in range(stop) for record in first.advance()] + first.flush()
    assert told(records + finish(Trainer(STUDY, first.checkpoint()))) == told(finish(Trainer(STUDY)))


def test_watching_changes_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(records: list[Record]) -> list[np.ndarray]:
        return [record.arrays["end"] for record in records if record.kind == "jackknife"]

    beside = ends(finish(Trainer(STUDY)))
    monkeypatch.setattr("mtl_core.training.recorder.Recorder.answers", lambda *_: [])
    for one, other in zip(beside, ends(finish(Trainer(STUDY))), strict=True):
        np.testing.assert_array_equal(one, other)


def test_values_are_told_in_their_own_units() -> None:
    study = Study(suite="vitals", methods=["equal"], **SMALL | {"steps": 200, "evaluate_every": 200}, weights=0)
    trainer = Trainer(study)
    result = Result(study, trainer.layout, finish(trainer), "finished")
    table = result.answers
    pressure = table[(table["task"] == "bp") & (table["step"] == 200)]
    assert pressure["truth"].between(60, 140).all()
    assert pressure["answer"].between(60, 140).all()
    near = (pressure["answer"] - pressure["truth"]).abs() <= 0.5 * trainer.layout.examples.spreads[2]
    assert (pressure["right"] == near).all()
    assert pressure["right"].nunique() == 2
    assert pressure["certainty"].isna().all()


def test_where_tasks_have_examples_of_their_own_each_answers_its_own() -> None:
    study = Study(suite="domains", methods=["equal"], **SMALL, weights=0)
    trainer = Trainer(study)
    result = Result(study, trainer.layout, finish(trainer), "finished")
    suite, examples = load_suite(study.suite), trainer.layout.examples
    rows = chosen(suite)
    for task in range(6):
        assert examples.view(2, task) != examples.view(2, (task + 1) % 6)
        expected = suite.validation.targets[task][rows]
        assert [truth[task] for truth in examples.truths] == expected.tolist()
    assert set(result.answers.query("label == 'equal' and step == 12")["task"]) == set(study.tasks)


def test_a_run_that_diverged_answers_no_more() -> None:
    study = Study(suite="vitals", methods=["equal"], optimizer="sgd", weights=0, **SMALL)
    trainer = Trainer(study)
    trainer.set_learning_rate(1e30)
    result = Result(study, trainer.layout, finish(trainer), "finished")
    assert (result.runs["status"] == "diverged").all()
    assert set(result.answers["step"]) == {0}


def test_rare_classes_are_among_the_examples() -> None:
    for name in ("digits_pair", "digits_scarce", "sprites"):
        suite = load_suite(name)
        rows = chosen(suite)
        assert len(set(rows.tolist())) == 6
        assert suite.validation.observed[rows].all()
        for place, task in enumerate(suite.tasks):
            if task.kind == "classification":
                assert len(set(suite.validation.targets[place][rows].tolist())) >= min(task.classes, 6)
