from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.scores import scores
from mtl_core.diagnostics.tradeoff import best_fixed, task_columns, tradeoff, tradeoff_means
from mtl_core.suites.suite import Task

POINTS = [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)]
PLACES = {"left alone": (0.9, 0.1), "right alone": (0.1, 0.9), "0.2 / 0.8": (0.5, 0.8), "0.5 / 0.5": (0.4, 0.7)} | {
    "0.8 / 0.2": (0.8, 0.5),
    "pcgrad": (0.7, 0.4),
}


def _test(study: Any, places: dict[str, tuple[float, float]], seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0, 0.01, (study.count, 2, 3))
    for label, place in places.items():
        values[study.runs(label)] += np.array(place)[:, None]
    return values


def test_the_front_is_of_label_means(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    found = scores(study.layout, [study.evaluation(9, validation=0, test=_test(study, PLACES))])
    table = tradeoff(study.layout, found)
    assert list(table)[:5] == ["run", "label", "left", "right", "on_front"]
    assert table["run"].tolist() == list(range(study.count))
    on_front = table.groupby("label", observed=True)["on_front"].agg(set).to_dict()
    assert on_front == {
        "left alone": {False},  # it is no answer to both tasks
        "right alone": {False},
        "0.2 / 0.8": {True},
        "0.5 / 0.5": {False},
        "0.8 / 0.2": {True},
        "pcgrad": {False},
    }
    assert table.loc[table["label"] == "0.2 / 0.8", "weight_right"].eq(0.8).all()
    means = tradeoff_means(study.layout, found)
    expected = table.groupby("label", observed=True)["left"].mean()
    left = means[means["task"] == "left"].set_index("label")
    assert np.allclose(left["mean"], expected[left.index])
    assert (left["low"] < left["mean"]).all()
    assert left.loc["pcgrad", "role"] == "method"
    assert np.isnan(left.loc["pcgrad", "weight"])
    assert left.loc["0.8 / 0.2", "weight"] == 0.8


def test_runs_without_a_test_value_are_left_out(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    lost = study.runs("0.2 / 0.8")
    records = [study.evaluation(9, validation=0, test=_test(study, PLACES)), study.status(9, {lost[0]: (2, 0)})]
    found = scores(study.layout, records)
    assert set(range(study.count)) - set(tradeoff(study.layout, found)["run"]) == {lost[0]}
    means = tradeoff_means(study.layout, found).set_index(["label", "task"])
    assert means.loc[("0.2 / 0.8", "left"), "n"] == 2


def test_nothing_tested_yet_gives_empty_tables_of_the_same_types(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    empty = scores(study.layout, [study.evaluation(0, validation=1)])
    full = scores(study.layout, [study.evaluation(0, validation=1, test=1)])
    for make in (tradeoff, tradeoff_means):
        assert make(study.layout, empty).empty
        assert (make(study.layout, empty).dtypes == make(study.layout, full).dtypes).all()
    assert best_fixed(study.layout, scores(study.layout, [])) is None


def test_the_best_fixed_weighting_is_chosen_on_validation(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    good_on_test = {"0.2 / 0.8": (9.0, 9.0), "pcgrad": (9.0, 9.0)}
    validation = _test(study, PLACES | {"0.5 / 0.5": (0.95, 0.95)})
    found = scores(study.layout, [study.evaluation(9, validation=validation, test=_test(study, PLACES | good_on_test))])
    best = best_fixed(study.layout, found)
    assert best is not None
    assert (best.label, best.weights) == ("0.5 / 0.5", (0.5, 0.5))
    assert best.delta_m == pytest.approx(100 * 0.05 / 0.9, abs=3)


def test_a_task_called_like_a_column_gets_a_column_of_its_own(invented: Callable[..., Any]) -> None:
    study = invented(tasks=(Task("label", "regression"), Task("right", "regression")), points=[])
    assert task_columns(study.layout) == ("label (task)", "right")
    table = tradeoff(study.layout, scores(study.layout, [study.evaluation(1, validation=0, test=0.5)]))
    assert table.columns.is_unique
    assert table["label (task)"].dropna().eq(0.5).all()
    assert table["label (task)"].notna().sum() == 6
