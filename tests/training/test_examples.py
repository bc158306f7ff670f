"""The examples that are watched while a study trains, and what runs say of them."""

from typing import Any

import numpy as np
import pytest
import torch

from mtl_core.diagnostics.answers import wholes
from mtl_core.diagnostics.result import Result
from mtl_core.records import Record, watched
from mtl_core.spec.plan import plan
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.training.examples import Watch, chosen
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


TWO_STEPS: dict[str, Any] = {"methods": ["equal"], "weights": 0, "seeds": 1, "steps": 2, "batch_size": 8, "evaluate_every": 1}
NUMBERS = Study(suite="mixed_heads", backbone={"name": "mlp", "width": 8}, **TWO_STEPS | {"methods": ["equal", "pcgrad"]})


def test_answers_of_many_parts_are_kept_whole_of_those_who_are_shown() -> None:
    trainer = Trainer(NUMBERS)
    records = finish(trainer)
    kept = [record for record in records if record.kind == "wholes"]
    label = {run.index: run.label for run in trainer.layout.runs}
    told = [(r.step, label[int(r.arrays["run"][0])], sorted({*r.arrays} - {"run"})) for r in kept]
    assert sorted(told) == [(step, name, ["numbers"]) for step in (0, 1, 2) for name in ("equal", "numbers alone")]
    assert sum(array.nbytes for record in kept for array in record.arrays.values()) == 6 * (4 * 5 * 6 + 4)
    suite, examples = load_suite(NUMBERS.suite), trainer.layout.examples
    rows = chosen(suite)
    (cohort,) = [c for c in trainer._cohorts if any(run.label == "equal" for run in c.runs)]
    place = next(place for place, run in enumerate(cohort.runs) if run.label == "equal")
    outputs = cohort.predict(torch.from_numpy(suite.validation.inputs[rows]))
    centre, scale = suite.units[1] if suite.units else (0.0, 1.0)
    run = cohort.runs[place].index
    np.testing.assert_allclose(wholes(records, [run])[run]["numbers"], centre + scale * outputs[1][place].numpy(), rtol=1e-5)
    assert examples.wholes[0] is None
    np.testing.assert_allclose(examples.wholes[1].array, centre + scale * suite.validation.targets[1][rows], rtol=1e-5)


def test_examples_of_texts_are_of_every_source_and_say_what_is_true() -> None:
    backbone = {"name": "transformer", "width": 8, "depth": 1, "heads": 2}
    study = Study(suite={"name": "phrases", "hidden": 0}, backbone=backbone, **TWO_STEPS)
    suite = load_suite(study.suite)
    watch = Watch.of(suite, study, plan(study), torch.device("cpu"))
    rows = chosen(suite)
    assert (suite.validation.observed[rows].sum(axis=0) >= 2).all()
    assert watch.examples.wholes[0] is None
    slots, question = (packed.array for packed in watch.examples.wholes[1:])
    assert slots.tolist() == np.maximum(suite.validation.targets[1][rows], 0).tolist()
    for row, (first, last), asked in zip(rows, question, watch.asked[2], strict=True):
        start, end = suite.validation.targets[2][row][:2].tolist()
        wanted = [suite.words[number] for number in suite.validation.inputs[row, start : end + 1]] if end else []
        assert ([*asked.words[first : last + 1]] if last >= 0 else []) == wanted
    assert watch.wholes == {run.index for run in plan(study)}


def test_however_often_is_evaluated_they_are_kept_some_fifty_times() -> None:
    study = Study(**NUMBERS.to_dict() | {"steps": 1001, "evaluate_every": 2})
    watch = Watch.of(load_suite(study.suite), study, plan(study), torch.device("cpu"))
    kept = [step for step in [*range(0, 1001, 2), 1001] if watch.keeps(step)]
    assert 45 <= len(kept) <= 52
    assert kept[-1] == 1001
    alone = Study(**SMALL)
    assert not Watch.of(load_suite(alone.suite), alone, plan(alone), torch.device("cpu")).keeps(0), "one class needs no more"


def test_what_is_kept_whole_after_a_resume_is_the_same() -> None:
    def kept(records: list[Record]) -> list[tuple[int, dict[str, bytes]]]:
        told = [(r.step, {name: array.tobytes() for name, array in r.arrays.items()}) for r in records if r.kind == "wholes"]
        return sorted(told, key=str)

    first = Trainer(NUMBERS)
    records = first.advance() + first.flush()
    assert kept(records + finish(Trainer(NUMBERS, first.checkpoint()))) == kept(finish(Trainer(NUMBERS)))


def test_a_run_that_diverged_keeps_nothing_more() -> None:
    trainer = Trainer(Study(**NUMBERS.to_dict() | {"optimizer": "sgd"}))
    trainer.set_learning_rate(1e30)
    records = finish(trainer)
    runs = [run.index for run in trainer.layout.runs if run.label == "equal"][:1]
    assert wholes(records, runs) == {runs[0]: {}}
