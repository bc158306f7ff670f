import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from mtl_core.diagnostics import TABLES, Result
from mtl_core.errors import SpecError
from mtl_core.records import Layout
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "classification", 10, measured=("accuracy", "macro_f1")) for name in ("left", "right"))


@pytest.fixture
def study() -> Study:
    return Study(seeds=2, weights=3, steps=10)


@pytest.fixture
def result(study: Study) -> Result:
    return Result(study, Layout(TASKS, (ModelLayout("hard", stages=("layer1", "layer2"), parameters=100),), plan(study), "cpu"))


def test_a_study_without_records_has_every_table(result: Result) -> None:
    for name, table in result.to_tables().items():
        assert name in TABLES
        assert isinstance(table, pd.DataFrame)
        assert (len(table) > 0) == (name in ("runs", "front", "sharing")), "what a study consists of is known before"
    for name in ("updates", "conflict_share", "norms", "pairs", "summary", "tradeoff_means"):
        assert getattr(result, name).empty
    assert result.best_fixed is None
    assert json.dumps(result.to_dict(), allow_nan=False)


def test_extending_leaves_the_first_result_as_it_was(result: Result, invented: Callable[..., Any]) -> None:
    author = type(invented())(result.layout)
    longer = result.extended([author.evaluation(10, validation=0.5, test=0.5)], state="finished")
    assert result.tradeoff.empty
    assert len(longer.tradeoff) == len(longer.runs) == 6
    assert longer.runs["status"].eq("finished").all()
    assert longer.best_fixed is not None
    assert longer.best_fixed.label == "equal"
    assert "finished" in repr(longer)


def test_extending_costs_nothing_until_a_table_is_looked_at(result: Result, invented: Callable[..., Any]) -> None:
    author = type(invented())(result.layout)
    for step in range(500):
        result = result.extended([author.evaluation(step, validation=0.5)])
        assert not {"runs", "curves", "scores", "transfer", "tradeoff"} & set(vars(result))
    labels = [run.role == "baseline" for run in result.layout.runs]
    assert len(result.curves) == 500 * 3 * (sum(labels) + 2 * (len(labels) - sum(labels)))
    assert result.curves is result.curves


def test_the_tables_of_a_label_hold_its_runs_alone(result: Result, invented: Callable[..., Any]) -> None:
    author = type(invented())(result.layout)
    found = result.extended([author.evaluation(step, validation=0.5) for step in (0, 5)])
    wanted = found.runs.loc[found.runs["label"] == "equal", "run"]
    part = found.of("equal").curves
    whole = found.curves
    expected = whole[whole["run"].isin(wanted)].reset_index(drop=True)
    assert 0 < len(part) < len(whole)
    pd.testing.assert_frame_equal(part, expected)
    assert "curves" in vars(found)
    assert list(found.of("left alone").weights.columns) == ["run", "step", "task", "weight", "strategy"]
    with pytest.raises(SpecError, match="did you mean 'equal'"):
        found.of("equl")


def test_a_label_is_worked_out_without_the_others(result: Result, invented: Callable[..., Any]) -> None:
    found = result.extended([type(invented())(result.layout).evaluation(5, validation=0.5)])
    assert len(found.of("equal").curves)
    assert "curves" not in vars(found)


def test_json_has_null_for_what_is_not_known(result: Result, invented: Callable[..., Any]) -> None:
    author = type(invented())(result.layout)
    found = result.extended([author.evaluation(10, [0, 2, 4], validation=0.5, test=0.25)]).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["id"] == result.study.id
    assert found["runs"][0]["diverged_step"] is None
    assert [row["n"] for row in found["transfer"]] == [1] * 4
    assert found["transfer"][0]["low"] is None
    assert found["tradeoff"][0] == {
        **{"run": 0, "label": "left alone", "left": 0.25, "right": None, "on_front": False, "role": "baseline", "seed": 0},
        **{"weight_left": 1.0, "weight_right": 0.0, "strategy": "hard"},
    }
