"""Forgetting and forward transfer, from made curves with known answers and from a real study."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.diagnostics.forgetting import forgetting, score_matrix
from mtl_core.records import Layout, ModelLayout
from mtl_core.spec import plan
from mtl_core.suites import load_suite

PHASES = [{"steps": 10, "tasks": ["progression"]}, {"steps": 10, "tasks": ["bmi"]}, {"steps": 10}]
STUDY = mtl.Study(suite="vitals", seeds=2, weights=0, steps=30, phases=[*PHASES[:2], {"steps": 10, "tasks": ["bmi", "bp"]}])
DIGITS = {"suite": "digits_pair", "seeds": 5, "weights": 0, "steps": 160, "evaluate_every": 80, "conflict_every": 80}
LAYOUT = Layout(load_suite("vitals").tasks, (ModelLayout("hard"),), plan(STUDY), "cpu")


def made(values: dict[str, list[float]]) -> pd.DataFrame:
    """Validation R² of both seeds of the study's runs at the phases' ends; the second seed is 0.1 better throughout."""
    runs = [run for run in LAYOUT.runs if run.role == "method"]
    return pd.DataFrame(
        [
            {
                "run": run.index,
                "step": step,
                "task": task,
                "split": "validation",
                "metric": "r2",
                "value": value + 0.1 * run.seed,
            }
            for run in runs
            for task, series in values.items()
            for step, value in zip((0, 10, 20, 30), series, strict=True)
        ]
    )


def test_what_phases_give_and_take() -> None:
    curves = made({"progression": [0, 0.4, 0.3, 0.1], "bmi": [-0.1, 0.05, 0.5, 0.6], "bp": [0, 0, 0.2, 0.3]})
    table = forgetting(LAYOUT, curves, STUDY).set_index("task")
    assert table["forgotten"].to_dict() == pytest.approx({"progression": 0.3, "bmi": np.nan, "bp": np.nan}, nan_ok=True)
    assert table["forward"].to_dict() == pytest.approx({"progression": np.nan, "bmi": 0.15, "bp": 0.2}, nan_ok=True)
    assert (table.loc["bmi", "first_phase"], table.loc["bmi", "last_phase"]) == (2, 3)
    assert table.loc["progression", "learned"] == pytest.approx(0.45), "the mean over two seeds, one 0.1 better"


def test_without_phases_nothing_waits_and_nothing_is_forgotten() -> None:
    plain = replace(STUDY, phases=())
    assert forgetting(LAYOUT, made({"bmi": [0, 0, 0, 0]}), plain).empty
    assert score_matrix(LAYOUT, made({"bmi": [0, 0, 0, 0]}), plain).empty


def test_backward_transfer_is_what_came_after_the_first_part_and_the_matrix_has_every_part() -> None:
    curves = made({"progression": [0, 0.4, 0.3, 0.1], "bmi": [-0.1, 0.05, 0.5, 0.6], "bp": [0, 0, 0.2, np.nan]})
    table = forgetting(LAYOUT, curves, STUDY).set_index("task")
    assert table["backward"].to_dict() == pytest.approx({"progression": -0.3, "bmi": 0.1})
    assert table.loc["bmi", "backward_low"] == pytest.approx(0.1), "seeds that differ all the time are paired with themselves"
    matrix = score_matrix(LAYOUT, curves, STUDY)
    assert len(matrix) == 11, "nothing is known of blood pressure at the end"
    cell = matrix[(matrix["task"] == "bmi") & (matrix["phase"] == 2)].iloc[0]
    assert (cell["step"], cell["learned"], cell["n"], cell["value"]) == (20, True, 2, pytest.approx(0.55))
    assert matrix[matrix["task"] == "progression"]["learned"].tolist() == [False, True, False, False]


def test_one_after_another_forgets_and_in_turns_does_not() -> None:
    paths = [{"name": "path", "way": way} for way in ("sequential", "joining", "alternating")]
    study = mtl.Study(**DIGITS, methods=["equal", *paths])
    result = mtl.run(study)
    table, matrix = result.forgetting.set_index(["label", "task"]), result.score_matrix
    alone, joined = table.loc["path(way=sequential)"], table.loc["path"]
    assert set(table.index.get_level_values("label")) == {"path(way=sequential)", "path"}
    assert alone.loc["left", "forgotten_low"] > 0
    assert alone.loc["left", "backward_high"] < 0
    assert np.isnan(alone.loc["right", "forgotten"])
    assert joined.loc["left", "backward_low"] > alone.loc["left", "backward_high"], "what is learned on is not forgotten"
    end = matrix[matrix["phase"] == 2].set_index(["label", "task"])["value"].unstack()
    assert end.loc[["equal", "path(way=alternating)"], "left"].min() > end.loc["path(way=sequential)", "left"] + 0.1
    assert set(matrix["label"]) == {"equal", "path", "path(way=sequential)", "path(way=alternating)"}
    assert set(matrix["step"]) == {0, 80, 160}


def test_a_real_task_is_forgotten_when_others_go_on() -> None:
    phases = [{"steps": 80, "tasks": ["left"]}, {"steps": 80, "tasks": ["right"]}]
    table = mtl.run(mtl.Study(**DIGITS, phases=phases)).forgetting.set_index("task")
    assert table.loc["left", "forgotten_low"] > 0
    assert np.isnan(table.loc["right", "forgotten"])
