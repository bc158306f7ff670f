"""A model that always answers the same."""

from collections.abc import Callable
from typing import Any

import numpy as np

import mtl_core as mtl
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.constant import always_the_same
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
    result = Result(mtl.Study(), study.layout, [record], "finished")
    assert "pcgrad: every answer to left is the same class in 2 of 2 runs." in result.notes


def test_older_studies_have_nothing_to_say(invented: Callable[..., Any]) -> None:
    study = invented()
    table = always_the_same(study.layout, scores(study.layout, [study.evaluation(1, validation=1, test=1)]))
    assert table.empty
    assert list(table) == ["label", "task", "n", "seeds"]


def test_many_labels_share_a_sentence(invented: Callable[..., Any]) -> None:
    study = invented(seeds=1, tasks=(Task("left", "classification", 2, measured=("accuracy", "commonest_answer")),
                                     Task("right", "regression")), points=[(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)])  # fmt: skip
    result = Result(mtl.Study(), study.layout, [study.evaluation(1, validation=0.5, test=1)], "finished")
    said = [note for note in result.notes if "same class" in note]
    assert len(said) == 1
    assert said[0].startswith("left: every answer is the same class in runs of ")
