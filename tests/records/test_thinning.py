"""Which steps of a long study are kept in memory."""

from dataclasses import replace

import numpy as np
import pytest

from mtl_core.records import Examples, Layout, Record, steps_of, thinning, watched
from mtl_core.records.sharing import ModelLayout, Trace
from mtl_core.spec import Study, plan
from mtl_core.suites import load_suite
from mtl_core.suites.view import View

STUDY = Study(suite="vitals", seeds=2, weights=[], steps=40)
LAYOUT = Layout(load_suite("vitals").tasks, (ModelLayout("hard", stages=("layer 1",)),), plan(STUDY), "cpu")


def record(kind: str) -> Record:
    steps = np.arange(10, 20, dtype=np.int32)
    runs = np.arange(len(LAYOUT.runs), dtype=np.int32)
    return Record(kind, 19, {"run": runs, "steps": steps, "losses": np.random.default_rng(0).normal(size=(10, len(runs), 3))})


def test_a_small_study_is_kept_whole() -> None:
    assert thinning.strides(STUDY, LAYOUT) == {"steps": 1, "conflict": 1, "affinity": 1, "structure": 1, "answers": 1}
    assert thinning.thin(record("steps"), STUDY, LAYOUT).arrays["losses"].shape[0] == 10


def test_steps_are_picked_and_never_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "STEPS_KEPT", 10)
    whole = record("steps")
    kept = thinning.thin(whole, STUDY, LAYOUT)
    assert steps_of(kept).tolist() == [12, 16]
    assert np.array_equal(kept.arrays["losses"], whole.arrays["losses"][[2, 6]])
    assert np.array_equal(kept.arrays["run"], whole.arrays["run"])
    assert thinning.thin(record("conflict"), STUDY, LAYOUT).arrays["steps"].shape == (10,), "conflict has a stride of its own"


def test_many_runs_are_thinned_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "CELLS_KEPT", 100)
    found = thinning.strides(STUDY, LAYOUT)
    assert found["steps"] > 1
    assert found["conflict"] % STUDY.conflict_every == 0
    assert found["conflict"] > STUDY.conflict_every
    assert thinning.strides(replace(STUDY, steps=1), LAYOUT)["steps"] == 1


def test_affinities_are_thinned_by_what_equal_runs_record(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(STUDY, affinity_every=10, weights=[[0.5, 0.25, 0.25]])
    layout = replace(LAYOUT, runs=plan(asked))
    monkeypatch.setattr(thinning, "CELLS_KEPT", 4 * 2 * 9)  # four looks at two runs of three tasks
    assert thinning.strides(asked, layout)["affinity"] == 1
    monkeypatch.setattr(thinning, "CELLS_KEPT", 4 * 2 * 9 - 1)
    assert thinning.strides(asked, layout)["affinity"] == 20
    runs, steps = np.array([6, 7], dtype=np.int32), np.arange(0, 40, 10, dtype=np.int32)
    kept = thinning.thin(
        Record("affinity", 30, {"run": runs, "steps": steps, "affinity": np.ones((4, 2, 3, 3))}), asked, layout
    )
    assert steps_of(kept).tolist() == [0, 20]


def test_structure_is_kept_of_fewer_evaluations_and_always_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = Trace("usage.layer 1", ("task", "module"), (("a", "b", "c"), ("x", "y")))
    layout = replace(LAYOUT, models=(replace(LAYOUT.models[0], traces=(usage,)),))
    assert thinning.strides(STUDY, layout)["structure"] == 1
    monkeypatch.setattr(thinning, "CELLS_KEPT", 6 * len(layout.runs) * 8)
    assert thinning.strides(STUDY, layout)["structure"] == 6, "21 evaluations, every other step, are three times too many"
    runs = np.arange(len(layout.runs), dtype=np.int32)
    table = np.random.default_rng(0).random((len(runs), 3, 2))
    kept = {
        step: len(thinning.thin(Record("structure", step, {"run": runs, "usage.layer 1": table}), STUDY, layout).arrays["run"])
        for step in range(0, 41, 2)
    }
    assert [step for step, count in kept.items() if count] == [0, 6, 12, 18, 24, 30, 36, 40]
    assert set(kept.values()) == {0, len(runs)}


def test_answers_are_kept_of_fewer_evaluations_and_always_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = Examples(((View(),),) * 2, ((0.0, 1.0, 2.0),) * 2, (1.0, 1.0, 1.0))
    layout, runs = replace(LAYOUT, examples=examples), np.array(watched(LAYOUT.runs), dtype=np.int32)
    monkeypatch.setattr(thinning, "CELLS_KEPT", 2 * len(runs) * 3 * 2 * 5)
    said = np.zeros((len(runs), 3, 2), dtype=np.float32)
    kept = {
        step: len(thinning.thin(Record("answers", step, {"run": runs, "answer": said}), STUDY, layout).arrays["answer"])
        for step in range(0, 41, 2)
    }
    assert [step for step, count in kept.items() if count] == [0, 10, 20, 30, 40]


def test_a_record_of_one_step_tells_of_that_step() -> None:
    assert steps_of(Record("evaluation", 7, {"run": np.array([0], dtype=np.int32)})).tolist() == [7]
