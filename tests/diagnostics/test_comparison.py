"""References, moments, learning rates, and percentages of nothing, on studies that were really trained."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.diagnostics.remarks import CHANCE, LOOKS, OVERFITS, RATE, moments, remarks
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.errors import SpecError
from mtl_core.training.trainer import Trainer


@pytest.fixture(scope="module")
def swept() -> mtl.Result:
    """Three learning rates, methods and baselines at each."""
    return mtl.run(
        mtl.Study(methods=["equal", "pcgrad"], weights=[[0.3, 0.7]], seeds=3, steps=100, learning_rates=[1e-2, 1e-3])
    )


def _value(result: mtl.Result, label: str, seed: int, task: str) -> float:
    points = result.tradeoff
    return float(points[(points["label"] == label) & (points["seed"] == seed)][task].iloc[0])


def test_each_rate_is_compared_with_baselines_at_that_rate(swept: mtl.Result) -> None:
    table = swept.transfer
    assert (table["learning_rate"] == table["baseline_rate"]).all()
    assert table["learning_rate"].nunique() == 3
    pairs = swept.pairs[(swept.pairs["label"] == "equal(learning_rate=0.01)") & (swept.pairs["metric"] == "accuracy")]
    for row in pairs.itertuples():
        assert row.baseline == _value(swept, f"{row.task} alone(learning_rate=0.01)", row.seed, row.task)


def test_a_label_is_the_reference_of_its_own_rate(swept: mtl.Result) -> None:
    comparison = swept.against("equal")
    assert not comparison.transfer["label"].str.startswith("equal").any()
    pairs = comparison.pairs[(comparison.pairs["metric"] == "accuracy")]
    for label, reference in (("pcgrad", "equal"), ("pcgrad(learning_rate=0.001)", "equal(learning_rate=0.001)")):
        for row in pairs[pairs["label"] == label].itertuples():
            assert row.baseline == _value(swept, reference, row.seed, row.task)
    with pytest.raises(SpecError, match="did you mean 'equal'"):
        swept.against("equl")


def test_the_best_fixed_weights_are_a_reference(swept: mtl.Result) -> None:
    comparison = swept.against("best fixed")
    best = swept.best_fixed
    assert best is not None
    family = best.label.partition("(")[0]
    assert not comparison.transfer["label"].str.startswith(family).any()
    row = comparison.pairs.iloc[0]
    assert row["label"] == "pcgrad"
    assert row["baseline"] == _value(swept, family, row["seed"], row["task"]), "at the rate of what is compared"


def test_without_a_fixed_weighting_there_is_no_best_one() -> None:
    result = mtl.run(mtl.Study(methods=["cagrad"], weights=[], seeds=2, steps=10))
    assert result.best_fixed is None
    assert result.against("best fixed").transfer.empty
    assert len(result.transfer)


def test_a_study_that_is_stopped_where_it_was_evaluated_keeps_its_best_step() -> None:
    study = mtl.Study(suite="vitals", methods=["equal"], weights=[], seeds=2, steps=200, evaluate_every=20)
    trainer = Trainer(study)
    records = [record for _ in range(160) for record in trainer.advance()]
    stopped = mtl.Result(study, trainer.layout, [*records, *trainer.conclude()], "stopped")
    assert (stopped.scores.step < 160).all(), "it has overfitted by then"
    trained = np.array([[w > 0 for w in run.weights or (1, 1, 1)] for run in stopped.layout.runs])
    for split in (stopped.scores.validation, stopped.scores.test):
        assert (np.isfinite(split[:, :, 0]) == trained).all()
    assert (stopped.compared(at="end").scores.step == 160).all()
    assert stopped.best_fixed is not None


def test_both_sides_at_their_best_rates(swept: mtl.Result) -> None:
    comparison = swept.compared(rates="best")
    assert list(comparison.summary["label"]) == ["equal", "pcgrad", "0.3 / 0.7"], "families, not labels"
    rows = headline_rows(swept.layout, comparison.transfer)
    validation = swept.curves[(swept.curves["split"] == "validation") & (swept.curves["metric"] == "accuracy")]
    runs = swept.runs.set_index("run")
    for task in ("left", "right"):
        alone = runs[(runs["role"] == "baseline") & (runs[f"weight_{task}"] == 1)]
        judged = pd.Series(swept.scores.step, name="step")
        mine = validation[validation["task"] == task].set_index(["run", "step"])["value"]
        means = {rate: np.mean([mine[run, judged[run]] for run in part.index]) for rate, part in alone.groupby("learning_rate")}
        assert (rows[rows["task"] == task]["baseline_rate"] == max(means, key=means.__getitem__)).all()
    assert {str(remark) for remark in remarks(swept, comparison) if remark.template == RATE}


def test_the_best_step_and_the_end_are_both_read(swept: mtl.Result) -> None:
    assert moments(swept) == ("best", "end")
    end, best = swept.compared(at="end"), swept.compared(at="best")
    assert (end.scores.step == 100).all()
    assert (best.scores.step <= 100).all()
    assert swept.transfer.equals(best.transfer), "the best step is what is shown first"
    for comparison in (end, best):
        parts = comparison.scores.parts
        assert parts.shape[-1] == 20
        # Each example lies in one part, so the mean without each part is the mean of all.
        accuracy = comparison.scores.test[:, :, 1]
        assert np.nanmax(np.abs(parts[:, :, 1].mean(axis=-1) - accuracy)) < 1e-6


def test_what_is_on_a_page_is_a_family(swept: mtl.Result) -> None:
    table, summary = swept.compared().among(["equal", "pcgrad"])
    assert set(table["label"]) == set(summary["label"]) == {"equal", "pcgrad"}
    heads = headline_rows(swept.layout, table)
    assert heads["p_holm"].max() <= min(1, 4 * heads["p"].max())
    assert (heads["p_holm"] >= heads["p"]).all()


def _table(folder: Path, frame: pd.DataFrame, targets: list[str], **study: object) -> mtl.Result:
    path = folder / "table.csv"
    frame.to_csv(path, index=False)
    asked = {"methods": ["equal"], "weights": [], "steps": 60, "batch_size": 16} | study
    return mtl.run(mtl.Study(suite={"name": "csv", "path": str(path), "targets": targets}, **asked))


def test_of_a_target_of_noise_there_is_no_percentage(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(300, 3))
    frame = pd.DataFrame(inputs.round(3), columns=["a", "b", "c"])
    frame["signal"] = (inputs @ [1, -1, 0.5] + 0.1 * generator.normal(size=300)).round(3)
    frame["noise"] = generator.normal(size=300).round(3)
    result = _table(tmp_path, frame, ["signal", "noise"], seeds=4)
    rows = headline_rows(result.layout, result.transfer).set_index("task")
    assert np.isnan(rows.loc["noise", "delta_percent"])
    assert rows.loc["noise", "no_percent"] == "chance"
    assert np.isfinite(rows.loc["signal", "delta_percent"])
    assert result.summary["delta_m"].isna().all()
    assert result.summary["without"].tolist() == ["noise"]
    assert result.summary["index"].notna().all(), "the index of the other task remains"
    assert [r.values["task"] for r in remarks(result, result.compared()) if r.template == CHANCE] == ["noise"]


def test_seeds_that_agree_on_fifteen_examples_give_no_firm_verdict(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(100, 3)).round(3), columns=["a", "b", "c"])
    frame["y"], frame["z"] = (frame["a"] > 0).astype(int), (frame["b"] > 0).astype(int)
    result = _table(tmp_path, frame, ["y", "z"], seeds=3, steps=200)
    rows = headline_rows(result.layout, result.transfer)
    same = rows[(rows["difference"] != 0)]
    assert len(same)
    assert ((rows["high"] - rows["low"] > 0) | (rows["difference"] == 0)).all()
    assert (same.loc[(same["difference"].abs() * 15).round() <= 1, "verdict"] == "unclear").all()


def test_a_task_that_overfits_alone_is_said() -> None:
    result = mtl.run(mtl.Study(suite="vitals", methods=["equal"], weights=[], seeds=5))
    found = result.overfitting.set_index("task")
    assert set(found.index) == {"progression", "bmi", "bp"}
    assert found["step"].between(15, 120).all()
    assert (found["rise_percent"] > 5).all()
    said = [remark for remark in remarks(result, result.compared()) if remark.template == OVERFITS]
    assert len(said) == 1
    assert f"bp (step {found.loc['bp', 'step']}, +{found.loc['bp', 'rise_percent']:.0f} %)" in str(said[0])


def test_earlier_looks_are_said_and_widen_intervals() -> None:
    study = mtl.Study(methods=["equal"], weights=[], seeds=4, steps=20)
    first = mtl.run(study)
    second = mtl.run(mtl.Study(methods=["equal"], weights=[], seeds=4, steps=20, looks=[2]))
    assert second.study.id != study.id
    width = [(result.transfer["high"] - result.transfer["low"]).to_numpy() for result in (first, second)]
    assert (width[1] > width[0]).all()
    assert [str(r) for r in remarks(second, second.compared()) if r.template == LOOKS]
