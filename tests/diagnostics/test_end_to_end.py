"""The tables of small studies that were really trained."""

from dataclasses import replace

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.training.trainer import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(scope="module")
def result() -> mtl.Result:
    return mtl.run(mtl.Study(methods=["equal", "pcgrad"], weights=3, seeds=2, steps=12, conflict_every=4))


def test_a_finished_study_fills_every_table(result: mtl.Result) -> None:
    study = result.study
    assert result.runs["status"].eq("finished").all()
    assert list(result.runs["label"].unique()) == ["left alone", "right alone", "equal", "pcgrad"]
    assert (result.runs["step"] == study.steps).all()
    batch = result.curves[result.curves["split"] == "batch"]
    assert sorted(batch["step"].unique()) == list(range(12))
    assert set(result.curves["split"]) == {"batch", "train", "validation", "test"}
    assert result.curves.loc[result.curves["split"] == "test", "step"].eq(study.steps).all()
    assert sorted(result.conflict["step"].unique()) == [0, 4, 8]
    assert set(result.conflict["layer"]) == {"all", *result.layout.models[0].stages}
    assert result.conflict["cosine"].between(-1.0001, 1.0001).all()
    assert result.conflict["magnitude_similarity"].between(0, 1.0001).all()
    assert len(result.transfer) == 2 * 2 * 3
    assert (result.transfer["n"] == 2).all()
    assert len(result.tradeoff) == 8
    assert result.tradeoff["on_front"].any()
    assert result.best_fixed is not None
    assert result.best_fixed.label == "equal"


def test_baselines_and_equal_weights_are_what_they_say(result: mtl.Result) -> None:
    weights = result.weights.merge(result.runs[["run", "label"]]).groupby(["label", "task"], observed=True)["weight"]
    expected = {("left alone", "left"): 1, ("right alone", "right"): 1, ("equal", "left"): 0.5, ("equal", "right"): 0.5}
    for place, weight in expected.items():
        assert (weights.min()[place], weights.max()[place]) == (weight, weight)
    assert set(weights.groups) - set(expected) == {("pcgrad", "left"), ("pcgrad", "right")}, "what is not trained has no row"


def test_what_a_baseline_does_not_train_is_in_no_table(result: mtl.Result) -> None:
    alone = set(result.runs.loc[result.runs["label"] == "left alone", "run"])
    for table in (result.curves, result.weights, result.norms):
        assert set(table.loc[table["run"].isin(alone), "task"].astype(str)) <= {"left"}
    assert not len(result.conflict[result.conflict["run"].isin(alone)])
    assert result.tradeoff.loc[result.tradeoff["run"].isin(alone), "right"].isna().all()


def test_the_value_compared_is_the_value_of_the_curve(result: mtl.Result) -> None:
    curves = result.curves
    mine = curves[(curves["split"] == "test") & (curves["task"] == "right") & (curves["metric"] == "accuracy")]
    values = mine.set_index("run")["value"]
    points = mtl.Result(replace(result.study, test_at="end"), result.layout, result.records).tradeoff.dropna(subset="right")
    assert np.allclose(points["right"], values.loc[points["run"]])
    best = np.flatnonzero(result.scores.step == result.study.steps)
    assert np.allclose(result.scores.test[best], result.compared(at="end").scores.test[best], equal_nan=True)
    assert len(best)


def test_the_value_at_the_best_step_is_that_of_a_study_that_ends_there() -> None:
    result = mtl.run(mtl.Study(suite="vitals", methods=["equal"], weights=[], seeds=2, steps=120))
    run = next(run for run in result.layout.runs if run.label == "equal")
    step = int(result.scores.step[run.index])
    assert 0 < step < 120
    shorter = mtl.run(replace(result.study, steps=step, test_at="end"))
    same = next(other for other in shorter.layout.runs if (other.label, other.seed) == (run.label, run.seed))
    assert np.allclose(shorter.scores.test[same.index], result.scores.test[run.index], atol=1e-6)


def test_every_moment_of_a_running_study_has_sensible_tables() -> None:
    study = mtl.Study(methods=["equal"], weights=[], seeds=2, steps=6, evaluate_every=2)
    trainer = Trainer(study)
    result = mtl.Result(study, trainer.layout)
    lengths = []
    while not trainer.finished:
        result = result.extended([*trainer.advance(), *trainer.flush()])
        lengths.append(len(result.curves))
        done = trainer.finished
        assert result.runs["status"].eq("finished" if done else "running").all()
        assert (len(result.transfer) > 0) == (len(result.tradeoff) > 0) == done
    assert lengths == sorted(set(lengths))


def test_a_study_stopped_early_is_compared_where_it_stands() -> None:
    study = mtl.Study(methods=["equal"], weights=[], seeds=2, steps=50)
    trainer = Trainer(study)
    records = [record for _ in range(5) for record in trainer.advance()] + trainer.conclude()
    result = mtl.Result(study, trainer.layout, records, "stopped")
    assert result.runs["status"].eq("stopped").all()
    assert len(result.tradeoff) == 6
    assert (result.transfer["n"] == 2).all()


def test_at_best_reads_the_test_split_at_the_best_validation_loss() -> None:
    study = mtl.Study(suite="digits_scarce", methods=["equal"], seeds=2, steps=12, evaluate_every=3, test_at="best")
    result = mtl.run(study)
    loss = result.curves[(result.curves["split"] == "validation") & (result.curves["metric"] == "loss")]
    mean = (
        loss[loss["run"].isin(result.runs.loc[result.runs["label"] == "equal", "run"])].groupby(["run", "step"])["value"].mean()
    )
    best = mean.unstack().idxmin(axis=1)
    assert result.scores.step[best.index].tolist() == best.tolist()


def test_diverged_runs_are_told_and_left_out() -> None:
    result = mtl.run(mtl.Study(suite="vitals", weights=[], seeds=2, steps=60, learning_rate=10, optimizer="sgd"))
    lost = result.runs[result.runs["status"] == "diverged"]
    assert len(lost)
    assert lost["diverged_step"].between(0, 60).all()
    assert lost["diverged_task"].notna().all()
    assert not set(lost["run"]) & set(result.tradeoff["run"])
    paired = result.transfer["n"] + result.transfer["diverged"]
    assert (paired >= 2).all()
    assert result.to_dict()["runs"][int(lost["run"].iloc[0])]["status"] == "diverged"
