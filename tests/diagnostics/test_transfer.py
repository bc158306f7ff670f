from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from mtl_core.diagnostics.pairing import pair, pairs_table
from mtl_core.diagnostics.scores import scores
from mtl_core.diagnostics.transfer import summary, transfer
from mtl_core.suites.suite import Task

COLUMNS = ["label", "task", "metric", "n", "baseline", "value", "difference", "delta_percent", "low", "high", "verdict"]


def _tables(study: Any, test: np.ndarray, *more: Any) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    records = [study.evaluation(10, validation=0, test=test), *more]
    pairs = pair(study.layout, scores(study.layout, records))
    return transfer(study.layout, pairs), pairs_table(study.layout, pairs), summary(study.layout, pairs)


def test_columns_and_order(invented: Callable[..., Any]) -> None:
    study = invented()
    table, dots, _ = _tables(study, np.random.default_rng(0).random((study.count, 2, 3)))
    assert list(table)[: len(COLUMNS)] == COLUMNS
    rows = list(zip(table["label"], table["task"], table["metric"], strict=True))
    assert rows[:4] == [
        ("pcgrad", "left", "accuracy"),
        ("pcgrad", "left", "macro_f1"),
        ("pcgrad", "right", "r2"),
        ("pcgrad", "right", "mae"),
    ]
    assert [label for label, _, _ in rows[4:]] == ["0.5 / 0.5"] * 4
    assert len(dots) == 2 * 3 * 4


def test_transfer_is_the_textbook_paired_interval(invented: Callable[..., Any]) -> None:
    study = invented(seeds=6)
    test = np.random.default_rng(1).normal(2, 1, (study.count, 2, 3)).astype(np.float32)
    table, _, _ = _tables(study, test)
    for label, task, place, metric, m, sign in [
        ("pcgrad", "left", 0, "accuracy", 1, 1),
        ("pcgrad", "right", 1, "mae", 2, -1),
        ("0.5 / 0.5", "right", 1, "r2", 1, 1),
    ]:
        value = test[study.runs(label), place, m].astype(float)
        baseline = test[study.runs(f"{task} alone"), place, m].astype(float)
        gain = sign * (value - baseline)
        expected = stats.ttest_rel(sign * value, sign * baseline).confidence_interval(0.95)
        row = table[(table["label"] == label) & (table["task"] == task) & (table["metric"] == metric)].iloc[0]
        assert row["n"] == 6
        assert np.allclose([row["baseline"], row["value"]], [baseline.mean(), value.mean()])
        assert np.isclose(row["difference"], gain.mean())
        assert np.isclose(row["delta_percent"], 100 * gain.mean() / abs(baseline.mean()))
        assert np.allclose([row["low"], row["high"]], [expected.low, expected.high])


@pytest.mark.parametrize(("gain", "word"), [(0.1, "positive"), (-0.1, "negative"), (0.0, "unclear")])
def test_verdicts(gain: float, word: str, invented: Callable[..., Any]) -> None:
    study = invented(seeds=4)
    test = np.full((study.count, 2, 3), 0.5)
    noise = np.array([-0.01, 0.01, 0.02, -0.02])
    test[study.runs("pcgrad")] += (gain + noise)[:, None, None]
    table, _, total = _tables(study, test)
    found = table[table["label"] == "pcgrad"].set_index("metric")["verdict"]
    # A larger absolute error is worse, so the same change is the opposite verdict.
    opposite = {"positive": "negative", "negative": "positive", "unclear": "unclear"}
    assert found.to_dict() == {"accuracy": word, "macro_f1": word, "r2": word, "mae": opposite[word]}
    assert total.set_index("label")["verdict"]["pcgrad"] == word


def test_one_seed_gives_a_difference_but_no_interval(invented: Callable[..., Any]) -> None:
    study = invented(seeds=1)
    table, _, total = _tables(study, np.random.default_rng(2).random((study.count, 2, 3)))
    assert (table["n"] == 1).all()
    assert table["difference"].notna().all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert (table["verdict"] == "unclear").all()
    assert total["low"].isna().all()


def test_diverged_runs_and_runs_of_diverged_baselines_are_left_out(invented: Callable[..., Any]) -> None:
    study = invented(seeds=3)
    method, alone = study.runs("pcgrad"), study.runs("left alone")
    lost = study.status(10, {method[0]: (3, 0), alone[1]: (4, 0)})
    table, dots, total = _tables(study, np.random.default_rng(3).random((study.count, 2, 3)), lost)
    rows = table[table["label"] == "pcgrad"].set_index(["task", "metric"])
    assert rows["n"].to_dict() == {("left", "accuracy"): 1, ("left", "macro_f1"): 1, ("right", "r2"): 2, ("right", "mae"): 2}
    assert (rows["n"] + rows["diverged"] == 3).all()
    kept = dots[(dots["label"] == "pcgrad") & (dots["metric"] == "accuracy")]
    assert kept["seed"].tolist() == [2]
    assert total.set_index("label")["n"].to_dict() == {"pcgrad": 1, "0.5 / 0.5": 2}


def test_a_label_that_always_diverged_is_shown_without_numbers(invented: Callable[..., Any]) -> None:
    study = invented(seeds=2)
    lost = study.status(10, dict.fromkeys(study.runs("pcgrad"), (1, 0)))
    table, _, total = _tables(study, np.full((study.count, 2, 3), 0.5), lost)
    rows = table[table["label"] == "pcgrad"]
    assert len(rows) == 4
    assert (rows["n"] == 0).all()
    assert rows[["value", "difference", "low"]].isna().all(axis=None)
    assert total.set_index("label").loc["pcgrad", "verdict"] == "unclear"


def test_half_a_run_is_not_compared_with_a_whole_baseline(invented: Callable[..., Any]) -> None:
    study = invented(seeds=2)
    whole = study.runs("left alone") + study.runs("right alone")
    half = study.runs("pcgrad")
    records = [study.evaluation(10, whole, validation=1, test=1), study.evaluation(5, half, validation=1, test=1)]
    pairs = pair(study.layout, scores(study.layout, records))
    assert transfer(study.layout, pairs).empty
    caught_up = pair(study.layout, scores(study.layout, [*records, study.evaluation(10, half, validation=1, test=1)]))
    assert set(transfer(study.layout, caught_up)["label"]) == {"pcgrad"}


def test_nothing_tested_yet_gives_empty_tables_of_the_same_types(invented: Callable[..., Any]) -> None:
    study = invented()
    empty = pair(study.layout, scores(study.layout, [study.evaluation(0, validation=1)]))
    full = pair(study.layout, scores(study.layout, [study.evaluation(0, validation=1, test=1)]))
    for make in (transfer, pairs_table, summary):
        nothing, something = make(study.layout, empty), make(study.layout, full)
        assert nothing.empty
        assert len(something)
        assert (nothing.dtypes == something.dtypes).all()


def test_a_baseline_of_zero_has_no_percentage(invented: Callable[..., Any]) -> None:
    study = invented(seeds=2)
    test = np.zeros((study.count, 2, 3))
    test[study.runs("pcgrad")] = 0.5
    table, _, total = _tables(study, test)
    assert table["delta_percent"].isna().all()
    assert table["no_percent"].eq("zero").all()
    assert set(table.loc[table["label"] == "pcgrad", "verdict"]) == {"positive", "negative"}
    assert total["delta_m"].isna().all()
    assert total["without"].eq("left, right").all()


@settings(max_examples=25, deadline=None)
@given(seed=some.integers(0, 10_000), scale=some.floats(1e-3, 1e3))
def test_scale_changes_no_percentage_and_no_verdict(seed: int, scale: float, invented: Callable[..., Any]) -> None:
    study = invented(seeds=4)
    test = np.random.default_rng(seed).normal(1, 0.2, (study.count, 2, 3))
    one, _, first = _tables(study, test)
    two, _, second = _tables(study, test * scale)
    assert np.allclose(one["delta_percent"], two["delta_percent"], rtol=1e-3, atol=1e-3)
    assert np.allclose(one["difference"] * scale, two["difference"], rtol=1e-3, atol=1e-4 * scale)
    assert np.allclose(first["delta_m"], second["delta_m"], rtol=1e-3, atol=1e-3)


def test_delta_m_is_the_mean_of_the_headline_percentages(invented: Callable[..., Any]) -> None:
    study = invented(seeds=5)
    table, _, total = _tables(study, np.random.default_rng(5).normal(1, 0.2, (study.count, 2, 3)))
    heads = table[table["metric"].isin(["accuracy", "r2"])].groupby("label", observed=True)["delta_percent"].mean()
    assert np.allclose(total.set_index("label")["delta_m"], heads)


def test_one_example_more_is_no_verdict_of_a_task_nor_of_all(invented: Callable[..., Any]) -> None:
    """Of 400 test examples each seed gets one more right."""
    study = invented(seeds=5, tasks=(Task("left", "classification", 10), Task("right", "classification", 10)))
    test = np.full((study.count, 2, 3), 0.5)
    test[study.runs("pcgrad")] += 1 / 400
    test += np.arange(study.count)[:, None, None] * 1e-9  # so that seeds do not agree to the last digit
    pairs = pair(study.layout, scores(study.layout, [study.evaluation(10, validation=0, test=test)]))
    for examples, word in ((0, "positive"), (400, "unclear"), (4000, "positive")):
        counted = replace(pairs, examples=np.full(2, examples))
        table, total = transfer(study.layout, counted), summary(study.layout, counted)
        mine, whole = table[table["label"] == "pcgrad"], total[total["label"] == "pcgrad"]
        assert set(mine["verdict"]) == {word}, examples
        assert whole["verdict"].tolist() == [word], examples
        assert ((mine["p"] < 0.05) == (mine["verdict"] == "positive")).all()
        if word == "unclear":
            assert mine["more_seeds"].isna().all(), "no seed makes it more than one example"
