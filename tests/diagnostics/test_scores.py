from collections.abc import Callable
from typing import Any

import numpy as np

from mtl_core.diagnostics.scores import headlines, scores, signs


def test_the_last_evaluation_counts_even_if_an_earlier_one_was_better(invented: Callable[..., Any]) -> None:
    study = invented()
    found = scores(
        study.layout, [study.evaluation(5, validation=0.1, test=0.9), study.evaluation(10, validation=0.2, test=0.8)]
    )
    assert (found.step == 10).all()
    alone = [run.role == "baseline" for run in study.layout.runs]
    assert np.allclose(found.test[~np.array(alone)], 0.8)
    assert np.isfinite(found.test[alone]).any(axis=2).sum() == sum(alone), "a baseline's other task is not measured"


def test_a_later_evaluation_without_test_leaves_no_test_value(invented: Callable[..., Any]) -> None:
    study = invented()
    found = scores(study.layout, [study.evaluation(5, validation=0.1, test=0.9), study.evaluation(10, validation=0.2)])
    assert np.isnan(found.test).all()


def test_best_is_chosen_by_validation_loss_and_never_by_test(invented: Callable[..., Any]) -> None:
    study = invented()
    loss = np.array([1.0, 0.5, 0.5, 0.7])
    records = [
        study.evaluation(step, validation=[value, 0, 0], test=[9, number, 0])
        for number, (step, value) in enumerate(zip([0, 5, 10, 15], loss, strict=True))
    ]
    found = scores(study.layout, records, test_at="best")
    assert (found.step == 5).all()
    assert (found.last == 15).all()
    assert (found.test[:, :, 1][np.isfinite(found.test[:, :, 1])] == 1).all()


def test_best_of_a_baseline_looks_at_its_own_task(invented: Callable[..., Any]) -> None:
    study = invented()
    # The left task is best at step 5, the right task at step 10, where the sum of both is lowest.
    records = [study.evaluation(5, validation=[[0.1] * 3, [9] * 3]), study.evaluation(10, validation=[[0.2] * 3, [1] * 3])]
    step = scores(study.layout, records, test_at="best").step
    assert set(step[study.runs("left alone")]) == {5}
    assert set(step[study.runs("right alone")]) == {10}
    assert set(step[study.runs("pcgrad")]) == {10}


def test_a_task_without_validation_labels_is_left_out_of_the_choice(invented: Callable[..., Any]) -> None:
    study = invented()
    nothing = [np.nan] * 3
    records = [study.evaluation(step, validation=[[loss] * 3, nothing]) for step, loss in ((5, 0.3), (10, 0.2), (15, 0.4))]
    step = scores(study.layout, records, test_at="best").step
    assert set(step[study.runs("pcgrad")]) == {10}
    # A run that nothing can be chosen by keeps its first evaluation.
    assert set(step[study.runs("right alone")]) == {5}


def test_diverged_runs_have_no_values(invented: Callable[..., Any]) -> None:
    study = invented()
    found = scores(study.layout, [study.evaluation(5, validation=1, test=1), study.status(5, {2: (4, 0)})])
    assert np.isnan(found.test[2]).all()
    assert np.isfinite(np.delete(found.test, 2, axis=0)).any(axis=(1, 2)).all()
    assert np.flatnonzero(found.diverged).tolist() == [2]


def test_runs_of_a_later_wave_have_no_evaluation_yet(invented: Callable[..., Any]) -> None:
    study = invented()
    found = scores(study.layout, [study.evaluation(5, [0, 1], validation=1, test=1)])
    assert found.step.tolist() == [5, 5] + [-1] * (study.count - 2)
    assert np.isnan(found.test[2:]).all()


def test_lower_is_better_is_known(invented: Callable[..., Any]) -> None:
    layout = invented().layout
    assert signs(layout).tolist() == [[-1, 1, 1], [-1, 1, -1]]
    assert headlines(layout).tolist() == [1, 1]
