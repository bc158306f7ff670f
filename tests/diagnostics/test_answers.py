"""A model that always answers the same."""

from collections.abc import Callable
from typing import Any

import numpy as np

import mtl_core as mtl
from mtl_core.diagnostics.answers import always_the_same
from mtl_core.diagnostics.remarks import ALWAYS, remarks
from mtl_core.diagnostics.scores import scores
from mtl_core.suites.suite import Task


def test_a_sentence_a_label_and_task(invented: Callable[..., Any]) -> None:
    measured = ("accuracy", "commonest_answer")
    study = invented(seeds=3, tasks=(Task("left", "classification", 2, measured=measured), Task("right", "regression")))
    share = np.full((study.count, 2, 3), 0.5)
    share[study.runs("pcgrad")[:2], 0, 2] = 1
    share[study.runs("pcgrad")[2], 0, 2] = np.nan
    share[:, 1] = 1
    record = study.evaluation(1, validation=0.5, test=share)
    table = always_the_same(study.layout, scores(study.layout, [record]))
    assert table.to_dict("records") == [{"label": "pcgrad", "task": "left", "n": 2, "seeds": 2}]


def test_older_studies_have_nothing_to_say(invented: Callable[..., Any]) -> None:
    study = invented()
    table = always_the_same(study.layout, scores(study.layout, [study.evaluation(1, validation=1, test=1)]))
    assert table.empty
    assert list(table) == ["label", "task", "n", "seeds"]


def test_a_task_whose_answers_are_all_one_class_is_remarked() -> None:
    study = mtl.Study(suite="digits_scarce", seeds=2, steps=1, weights=[], learning_rate=1e-6)
    result = mtl.run(study)
    share = result.curves[result.curves["metric"] == "commonest_answer"]
    test = share[share["split"] == "test"].groupby(["run", "task"], observed=True)["value"].last()
    expected = {str(task) for _, task in test[test == 1].index}
    said = [remark for remark in remarks(result, result.compared()) if remark.template == ALWAYS]
    assert {remark.values["task"] for remark in said} == expected
    assert set(result.always_the_same["task"]) == expected
