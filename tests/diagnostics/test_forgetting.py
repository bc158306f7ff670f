"""Forgetting and forward transfer, from made curves with known answers and from a real study."""

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.diagnostics.forgetting import forgetting
from mtl_core.records import Layout, ModelLayout
from mtl_core.spec import plan
from mtl_core.suites import load_suite

PHASES = [{"steps": 10, "tasks": ["progression"]}, {"steps": 10, "tasks": ["bmi"]}, {"steps": 10}]
STUDY = mtl.Study(suite="vitals", seeds=2, weights=0, steps=30, phases=[*PHASES[:2], {"steps": 10, "tasks": ["bmi", "bp"]}])
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
    table = forgetting(LAYOUT, curves, STUDY.phases, 30).set_index("task")
    assert table["forgotten"].to_dict() == pytest.approx({"progression": 0.3, "bmi": np.nan, "bp": np.nan}, nan_ok=True)
    assert table["forward"].to_dict() == pytest.approx({"progression": np.nan, "bmi": 0.15, "bp": 0.2}, nan_ok=True)
    assert (table.loc["bmi", "first_phase"], table.loc["bmi", "last_phase"]) == (2, 3)
    assert table.loc["progression", "learned"] == pytest.approx(0.45), "the mean over two seeds, one 0.1 better"


def test_without_phases_nothing_waits_and_nothing_is_forgotten() -> None:
    assert forgetting(LAYOUT, made({"bmi": [0, 0, 0, 0]}), (), 30).empty


def test_a_real_task_is_forgotten_when_others_go_on() -> None:
    phases = [{"steps": 80, "tasks": ["left"]}, {"steps": 80, "tasks": ["right"]}]
    study = mtl.Study(suite="digits_pair", seeds=5, weights=0, steps=160, phases=phases)
    table = mtl.run(study).forgetting.set_index("task")
    print(table.T)
    assert table.loc["left", "forgotten_low"] > 0
    assert np.isnan(table.loc["right", "forgotten"])
