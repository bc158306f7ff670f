"""What folds promise: a fold's run is a study's that has just its rows, whatever else is trained beside it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from mtl_core.errors import DataError
from mtl_core.spec import SUITES, Study
from mtl_core.spec.plan import inner_runs, plan
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.arrays import make_split
from mtl_core.suites.folds import Folded
from mtl_core.suites.suite import Task
from mtl_core.training.built import loaded
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.evaluation import evaluate
from mtl_core.training.jackknife import chance, left_out
from mtl_core.training.trainer import Trainer

CPU = torch.device("cpu")
STEPS = 5
ASKED: dict[str, dict[str, Any]] = {
    "digits_pair": {},
    "vitals": {"methods": ["equal", "cagrad"], "class_weights": "balanced"},
    "mixed_heads": {"seeds": [1], "class_weights": "balanced"},
    "domains": {"batch_size": 16},
}


@pytest.mark.parametrize("suite", ASKED)
def test_a_run_of_a_fold_is_that_of_a_study_with_just_its_rows(suite: str) -> None:
    study = Study(suite=suite, folds=3, nested=True, steps=STEPS, weights=[], **{"seeds": 2} | ASKED[suite])
    _, data, models = loaded(study, CPU, ["hard"])
    assert data.folds is not None
    model, every = models["hard"].model, (*plan(study), *inner_runs(study))
    method = study.label(study.methods[-1])
    # Of every fold the tasks alone and one method, beside what leaves two folds out; of uneven folds, from any place.
    runs = tuple(run for run in every if run.seed == 1 and (run.role == "baseline" or run.label == method))
    runs = tuple(run for run in runs if run.method == runs[-1].method)
    among = Cohort(study, model, data, runs)
    for step in range(STEPS):
        among.step(step)
    told = {name: evaluate(among, data, name, 100) for name in ("train", "validation", "besides", "test")}
    parts = left_out(model, data, among.parameters, 100, among.part)
    looked = [
        place for place, run in enumerate(runs) if run.role == "method" or (run.fold, run.weights) == (1, runs[0].weights)
    ]
    for place in looked[-4:]:
        run = runs[place]
        assert run.fold is not None
        own = data.folds.folded.suite_of(run.fold, run.besides)
        alone_data = Data.of(own, CPU, study.class_weights)
        alone = Cohort(study, model, alone_data, (replace(run, fold=None, besides=None),))
        for step in range(STEPS):
            alone.step(step)
        assert torch.allclose(among.parameters[place], alone.parameters[0], rtol=0, atol=2e-5)
        for split in ("train", "validation", "test"):
            there = evaluate(alone, alone_data, split, 100)[0]
            torch.testing.assert_close(told[split][place], there, rtol=2e-3, atol=2e-4, equal_nan=True)
        torch.testing.assert_close(
            parts[place], left_out(model, alone_data, alone.parameters, 100)[0], rtol=2e-3, atol=2e-4, equal_nan=True
        )
        level = chance(data, data.folds.folded.part_of(run.fold, run.besides))
        torch.testing.assert_close(level, chance(alone_data), rtol=1e-4, atol=1e-5, equal_nan=True)
        if run.besides is not None:  # what is told of the other fold is what a run validated on that one would say
            other = Data.of(data.folds.folded.suite_of(run.besides, run.fold), CPU)
            there = evaluate(alone, other, "validation", 100)[0]
            torch.testing.assert_close(told["besides"][place], there, rtol=2e-3, atol=2e-4, equal_nan=True)


@pytest.mark.parametrize("suite", ["digits_pair", "vitals", "mixed_heads", "phrases", "digits_scarce"])
def test_folds_part_the_pool_and_leave_the_test_split_alone(suite: str) -> None:
    whole = load_suite(suite)
    folded = Folded.of(whole, 4, nested=True)
    assert len(folded.pool) == len(whole.train) + len(whole.validation)
    assert np.ptp(np.bincount(folded.fold)) <= 1
    for part in range(len(folded.parts)):
        held = np.concatenate([folded.held(fold) for fold in folded.parts[part]])
        assert np.array_equal(np.sort(np.concatenate([folded.training(part), held])), np.arange(len(folded.pool)))
    own = folded.suite_of(2, 0)
    assert len(own.train) + len(folded.held(0)) + len(folded.held(2)) == len(folded.pool)
    assert len(own.test) == len(whole.test)
    assert np.array_equal(own.test.observed, whole.test.observed)
    for task, (here, there) in enumerate(zip(own.test.targets, whole.test.targets, strict=True)):
        if whole.tasks[task].kind != "regression":
            assert np.array_equal(here, there)
    classes = next((p for p, task in enumerate(whole.tasks) if task.kind == "classification"), None)
    if classes is not None:  # every fold has its share of the rarest class of the first such task
        known = folded.pool.observed[:, classes]
        counts = [np.bincount(folded.pool.targets[classes][known & (folded.fold == f)], minlength=2) for f in range(4)]
        assert np.ptp(counts, axis=0).max() <= 2


def test_numbers_are_standardised_on_what_a_fold_trains_on_and_units_follow() -> None:
    whole = load_suite("vitals")
    folded = Folded.of(whole, 3)
    own = folded.suite_of(1)
    assert own.train.inputs.mean(0) == pytest.approx(0, abs=1e-5)
    assert own.train.inputs.std(0) == pytest.approx(1, abs=1e-5)
    assert abs(own.validation.inputs.mean(0)).max() > 1e-3
    for place, unit in enumerate(own.units):
        assert own.train.targets[place].std() == pytest.approx(1, abs=1e-5)
        here = own.test.targets[place] * unit[1] + unit[0]
        there = whole.test.targets[place] * whole.units[place][1] + whole.units[place][0]
        assert here == pytest.approx(there, rel=1e-4)
    for field, before in zip(own.fields, whole.fields, strict=True):
        values = [f.centre + f.scale * suite.test.inputs[:, f.place] for f, suite in ((field, own), (before, whole))]
        assert values[0] == pytest.approx(values[1], rel=1e-3, abs=1e-3)
    # Shades from 0 to 1 were never standardised, and stay.
    assert Folded.of(load_suite("digits_pair"), 3).inputs_scale(0) is None


def _small(groups: bool = False, ordered: bool = False, labels: int = 40) -> Suite:
    rng = np.random.default_rng(0)
    tasks = (Task("a", "regression"), Task("b", "classification", 2))

    def split(rows: int) -> Any:
        observed = np.ones((rows, 2), dtype=bool)
        observed[labels:, 1] = False
        inputs = rng.normal(size=(rows, 3))
        return make_split(inputs, [inputs[:, 0], (inputs[:, 1] > 0).astype(np.int64)], observed)

    suite = Suite("csv", tasks, split(40), split(20), split(20), ordered=ordered)
    both = (np.arange(40) // 5, np.arange(20) // 10 + 8)
    return replace(suite, groups=both) if groups else suite


def test_groups_stay_together_and_time_is_cut_into_stretches() -> None:
    grouped = Folded.of(_small(groups=True), 4)
    together = np.concatenate([np.arange(40) // 5, np.arange(20) // 10 + 8])
    assert all(len(set(grouped.fold[together == group].tolist())) == 1 for group in range(10))
    assert np.bincount(grouped.fold).tolist() == [15, 15, 15, 15]
    assert (np.diff(Folded.of(_small(ordered=True), 4).fold) >= 0).all()
    with pytest.raises(DataError, match="a group for every fold, found 10 groups for 11 folds"):
        Folded.of(_small(groups=True), 11)


def test_labels_that_a_fold_lacks_are_told_before_training() -> None:
    scarce = Folded.of(_small(labels=6), 3)
    assert scarce.scarce == (("b", 4),)
    with pytest.raises(DataError, match="labels of every task, found none of task 'b' in fold"):
        Folded.of(_small(labels=1, ordered=True), 3)


def test_a_study_with_folds_resumes_bit_by_bit_and_tells_its_folds() -> None:
    study = Study(
        suite="vitals", folds=3, nested=True, seeds=1, steps=6, weights=[], methods=["equal", "pcgrad"], batch_size=16
    )

    def rest(trainer: Trainer) -> list[Any]:
        records = []
        while not trainer.finished:
            records += trainer.advance()
        return records + trainer.flush()

    whole = Trainer(study)
    half = Trainer(study)
    for _ in range(3):
        half.advance()
    half.flush()
    one, other = rest(whole), rest(Trainer(study, half.checkpoint()))
    for kind in ("evaluation", "jackknife", "inner"):
        last, again = ([r for r in records if r.kind == kind][-2:] for records in (one, other))
        for a, b in zip(last, again, strict=True):
            assert all(np.array_equal(a.arrays[name], b.arrays[name], equal_nan=True) for name in a.arrays)
    assert {run.fold for run in whole.layout.runs} == {0, 1, 2}
    assert {(run.besides, run.fold) for run in whole.layout.inner} == {(0, 1), (0, 2), (1, 2)}
    told = {int(run) for record in one if record.kind != "inner" for run in record.arrays["run"]}
    assert told == {run.index for run in whole.layout.runs}
    assert {int(run) for r in one if r.kind == "inner" for run in r.arrays["run"]} == {run.index for run in whole.layout.inner}


def test_every_suite_that_is_generated_can_be_cut() -> None:
    for name, entry in SUITES.items():
        if not entry.files and name != "csv" and not entry.usual and not entry.per_task:
            assert Folded.of(load_suite(name), 2).suite_of(1).train.inputs.dtype in (np.float32, np.int64)
