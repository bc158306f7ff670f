"""The table of answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.answers import answers, said
from mtl_core.diagnostics.result import Result
from mtl_core.records import Examples, Layout, Record
from mtl_core.spec import Study
from mtl_core.suites.suite import Task
from mtl_core.suites.view import View


def record(step: int, runs: list[int], left: list[float], right: list[float]) -> Record:
    """The same answers of every run to two examples."""
    said = np.broadcast_to(np.array([left, right], dtype=np.float32), (len(runs), 2, 2)).copy()
    sure = np.stack([np.full((len(runs), 2), 0.5), np.full((len(runs), 2), np.nan)], axis=1).astype(np.float32)
    return Record("answers", step, {"run": np.array(runs, dtype=np.int32), "answer": said, "certainty": sure})


@pytest.fixture
def layout(invented: Callable[..., Any]) -> Layout:
    examples = Examples(((View(),), (View(),)), ((3.0, 10.0), (7.0, None)), (1.0, 4.0))
    return replace(invented().layout, examples=examples)


def test_right_is_the_class_or_a_value_within_half_a_deviation(layout: Layout) -> None:
    table = answers(layout, [record(5, [0], [3, 6], [12.0, 1.0])])
    found = {(row.task, row.example): row.right for row in table.itertuples()}
    assert found[("left", 1)]
    assert not found[("left", 2)]
    assert found[("right", 1)], "2 off where 4 is the deviation"
    assert table.query("task == 'right' and example == 2")["right"].isna().all(), "its truth is not known"
    off = answers(layout, [record(5, [0], [3, 6], [12.1, 1.0])])
    assert off.query("task == 'right' and example == 1")["right"].tolist() == [False]


def test_the_newest_answers_of_each_run(layout: Layout) -> None:
    records = [record(0, [0, 3], [1, 1], [0, 0]), record(5, [0], [2, 2], [0, 0]), record(5, [3], [4, 4], [0, 0])]
    records.append(record(9, [3], [5, 5], [0, 0]))
    table = answers(layout, records, last=True)
    assert table.groupby("run")["step"].unique().map(list).to_dict() == {0: [5], 3: [9]}
    assert len(answers(layout, records)) == 2 * len(answers(layout, records[:2])) - 4
    assert set(answers(layout, records, [3])["run"]) == {3}


def test_a_task_that_is_not_trained_has_no_row(layout: Layout) -> None:
    alone = record(5, [0], [3, 6], [np.nan, np.nan])
    assert set(answers(layout, [alone])["task"]) == {"left"}


def test_a_study_of_an_older_version_has_an_empty_table(invented: Callable[..., Any]) -> None:
    result = Result(Study(), invented().layout)
    assert result.answers.empty
    assert list(result.answers.columns) == [
        *("run", "label", "step", "example", "task", "truth", "answer", "certainty", "right", "strategy")
    ]


def test_answers_in_words() -> None:
    assert said(Task("t", "classification", 2, labels=("no", "yes")), 1.0, 1.0) == "yes"
    assert said(Task("t", "classification", 12), 11.0, 1.0) == "11"
    assert said(Task("t", "regression"), 24.3456, 4.0) == "24.3"
