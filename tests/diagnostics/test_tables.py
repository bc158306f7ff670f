from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtl_core.diagnostics import tables
from mtl_core.diagnostics.runs import runs
from mtl_core.records import Layout, Record
from mtl_core.suites.suite import Task

COLUMNS = {
    "curves": ["run", "step", "split", "task", "metric", "value", "strategy"],
    "weights": ["run", "step", "task", "weight", "strategy"],
    "conflict": ["run", "step", "layer", "task_a", "task_b", "cosine", "magnitude_similarity", "strategy"],
    "norms": ["run", "step", "layer", "task", "norm", "strategy"],
    "runs": ["run", "role", "label", "method", "seed", "status", "diverged_step", "parameters"],
}
TIDY = [tables.curves, tables.weights, tables.conflict, tables.norms]


def _records(study: Any, generator: np.random.Generator) -> list[Record]:
    blocks = [[0, 1, 2], [3, 4]]
    found = [make(block, generator) for block in blocks for make in (study.steps, study.conflict)]
    shape = (study.count, len(study.layout.tasks), 3)
    splits = {name: generator.random(shape) for name in ("train", "validation", "test")}
    return [study.evaluation(0, train=splits["train"]), *found, study.evaluation(5, **splits), study.status(4, {})]


@pytest.mark.parametrize("table", TIDY, ids=lambda table: table.__name__)
def test_no_records_give_an_empty_table_of_the_same_types(table: Callable[..., Any], invented: Callable[..., Any]) -> None:
    study = invented()
    empty, full = table(study.layout, []), table(study.layout, _records(study, np.random.default_rng(0)))
    assert list(empty) == list(full) == COLUMNS[table.__name__]
    assert len(empty) == 0 < len(full)
    assert (empty.dtypes == full.dtypes).all()


def test_every_cell_of_every_block_is_one_row(invented: Callable[..., Any]) -> None:
    two = ("accuracy", "macro_f1")
    classes = [Task(name, "classification", count, measured=two) for name, count in (("a", 3), ("c", 2))]
    three = (classes[0], Task("b", "regression"), classes[1])
    study = invented(tasks=three, points=[(0.2, 0.3, 0.5)], stages=("one", "two"))
    records = _records(study, np.random.default_rng(1))
    layout, block = study.layout, records[3]
    curves = tables.curves(layout, records).set_index(["split", "step", "run", "task", "metric"])["value"]
    weights = tables.weights(layout, records).set_index(["step", "run", "task"])["weight"]
    conflict = tables.conflict(layout, records).set_index(["step", "run", "layer", "task_a", "task_b"])
    norms = tables.norms(layout, records).set_index(["step", "run", "layer", "task"])["norm"]
    for index in (curves.index, weights.index, conflict.index, norms.index):
        assert index.is_unique
    generator = np.random.default_rng(2)
    for _ in range(60):
        k, r, t = generator.integers(2), generator.integers(study.count), generator.integers(3)
        name, layer, pair = three[t].name, generator.integers(3), generator.integers(3)
        if r < 9:  # a baseline learns one task, and the others have no row
            assert (("batch", 3 + k, r, name, "loss") in curves.index) == (t == r // 3)
            continue
        a, b = layout.pairs[pair]
        assert curves["batch", 3 + k, r, name, "loss"] == block.arrays["losses"][k, r, t]
        assert weights[3 + k, r, name] == block.arrays["weights"][k, r, t]
        row = conflict.loc[3 + k, r, layout.layers[layer], three[a].name, three[b].name]
        assert row["cosine"] == records[4].arrays["cosine"][k, r, layer, pair]
        assert row["magnitude_similarity"] == records[4].arrays["magnitude_similarity"][k, r, layer, pair]
        assert norms[3 + k, r, layout.layers[layer], name] == records[4].arrays["norms"][k, r, layer, t]
        for m, metric in enumerate(three[t].metrics):
            assert curves["test", 5, r, name, metric] == records[5].arrays["test"][r, t, m]
    assert set(curves.index.get_level_values("split")) == {"batch", "train", "validation", "test"}
    assert len(curves) == ((study.count - 9) * 3 + 9) * (5 + 3 * 3 + 3)


def test_only_the_runs_and_splits_asked_for(invented: Callable[..., Any]) -> None:
    study = invented()
    records = _records(study, np.random.default_rng(3))
    for table in TIDY:
        whole, some = table(study.layout, records), table(study.layout, records, runs=[4, 1])
        expected = whole[whole["run"].isin([1, 4])].reset_index(drop=True)
        pd.testing.assert_frame_equal(some, expected)
    assert set(tables.curves(study.layout, records, splits=["validation"])["split"]) == {"validation"}


def test_cells_beyond_a_tasks_own_metrics_are_no_rows(invented: Callable[..., Any]) -> None:
    left = Task("left", "classification", 10, measured=("accuracy", "macro_f1"))
    study = invented(tasks=(left, Task("right", "regression", measured=("r2",))))
    curves = tables.curves(study.layout, [study.evaluation(1, test=[[[1, 2, 3], [4, 5, np.nan]]])])
    first = curves[curves["run"] == study.runs("pcgrad")[0]]
    assert list(zip(first["task"], first["metric"], first["value"], strict=True)) == [
        ("left", "loss", 1),
        ("left", "accuracy", 2),
        ("left", "macro_f1", 3),
        ("right", "loss", 4),
        ("right", "r2", 5),
    ]


def test_runs_say_how_each_fared(invented: Callable[..., Any]) -> None:
    study = invented(seeds=2)
    done, half = study.runs("left alone") + study.runs("right alone"), study.runs("pcgrad")
    records = [
        study.evaluation(10, done, train=0.5),
        study.evaluation(5, half, train=0.5),
        study.status(5, {half[0]: (3, 1)}),
    ]
    table = runs(study.layout, records, steps=10)
    assert list(table)[:8] == COLUMNS["runs"]
    by_label = table.groupby("label", observed=True)["status"].agg(list).to_dict()
    assert by_label == {
        "left alone": ["finished"] * 2,
        "right alone": ["finished"] * 2,
        "pcgrad": ["diverged", "running"],
        "0.5 / 0.5": ["running"] * 2,
    }
    assert table["diverged_step"].dropna().to_dict() == {half[0]: 3}
    assert table["diverged_task"].dropna().to_dict() == {half[0]: "right"}
    assert table["parameters"].eq(1234).all()
    assert list(table["weight_left"].iloc[[0, 2]]) == [1.0, 0.0]
    assert table["weight_left"].iloc[half].isna().all()
    stopped = runs(study.layout, records, steps=10, state="stopped")
    assert list(stopped["status"].value_counts().sort_index().items()) == [
        ("finished", 4),
        ("diverged", 1),
        ("running", 0),
        ("stopped", 3),
        ("pruned", 0),
    ]


def test_a_thousand_runs_have_a_row_for_every_observation(invented: Callable[..., Any]) -> None:
    study = invented(seeds=40, points=[(round(k / 22, 6), round(1 - k / 22, 6)) for k in range(1, 23)], methods=["pcgrad"])
    assert study.count == 1000
    generator = np.random.default_rng(4)
    records = [study.steps(range(start, start + 50), generator) for start in range(0, 300, 50)]
    records += [study.conflict(range(start, start + 50, 5), generator) for start in range(0, 300, 50)]
    records += [study.evaluation(step, train=0.5, validation=0.5) for step in range(0, 300, 15)]
    rows = sum(len(table(study.layout, records)) for table in TIDY) + len(runs(study.layout, records, 300))
    # 80 of the runs are baselines, which have neither conflict nor another task.
    assert rows == sum(920 * 2 * each + 80 * each for each in (300 + 20 * 6, 300, 60 * 2)) + 920 * 60 * 2 + 1000


def test_a_layout_survives_json(invented: Callable[..., Any]) -> None:
    layout = invented().layout
    assert Layout.from_dict(layout.to_dict()) == layout
