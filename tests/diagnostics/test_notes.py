"""A model that always answers the same."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mtl_core.diagnostics import Result
from mtl_core.diagnostics.notes import always_the_same, sentences
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
    assert sentences(table) == ["pcgrad: every answer to left is the same class in 2 of 2 runs."]


def test_older_studies_have_nothing_to_say(invented: Callable[..., Any]) -> None:
    study = invented()
    table = always_the_same(study.layout, scores(study.layout, [study.evaluation(1, validation=1, test=1)]))
    assert table.empty
    assert list(table) == ["label", "task", "n", "seeds"]


def test_an_untrained_rare_class_is_noted() -> None:
    import mtl_core as mtl

    result = mtl.run(mtl.Study(suite="digits_pair", seeds=1, steps=1, weights=[], learning_rate=1e-6))
    assert isinstance(result, Result)
    assert all("every answer to" in note for note in result.notes)
