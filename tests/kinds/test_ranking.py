"""ROC-AUC and average precision from counts: scikit-learn's on the rounded scores, and near it on the scores themselves."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.metrics import average_precision_score, roc_auc_score

from mtl_core.kinds import ranking
from mtl_core.kinds.meter import Meter
from mtl_core.suites.suite import Task

CPU = torch.device("cpu")


def rounded(odds: torch.Tensor) -> torch.Tensor:
    """The step that each score is counted in."""
    like = torch.zeros(odds.numel(), dtype=torch.float64)
    one_by_one = ranking.counted(ranking.empty(like), odds.reshape(-1, 1), torch.zeros(odds.numel(), 1, dtype=torch.long), None)
    return one_by_one[:, 0].argmax(1)


def drawn(seed: int, rows: int, spread: float, middle: float, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    odds = middle + spread * torch.randn(1, rows, generator=generator)
    target = (torch.rand(1, rows, generator=generator) < share).long()
    target[0, :2] = torch.tensor([0, 1])
    return odds + spread * target, target


@given(
    seed=some.integers(0, 10_000),
    rows=some.integers(2, 300),
    spread=some.sampled_from([1e-4, 0.01, 1.0, 5.0, 60.0]),
    middle=some.sampled_from([0.0, -4.0, 30.0]),
    share=some.sampled_from([0.02, 0.5, 0.9]),
)
@settings(max_examples=150, deadline=None)
def test_it_is_scikit_learns(seed: int, rows: int, spread: float, middle: float, share: float) -> None:
    odds, target = drawn(seed, rows, spread, middle, share)
    like = torch.zeros(1, dtype=torch.float64)
    counts = ranking.empty(like)
    for start in range(0, rows, 70):
        part = slice(start, start + 70)
        counts = ranking.counted(counts, odds[:, part], target[:, part], None)
    area, precision = (float(value) for value in ranking.ranked(counts, like))
    labels, steps, scores = target[0].numpy(), rounded(odds[0]).numpy(), odds[0].numpy()
    assert area == pytest.approx(roc_auc_score(labels, steps), abs=1e-6)
    assert precision == pytest.approx(average_precision_score(labels, steps), abs=1e-6)
    both = counts[0].double()
    tied = float((both[0] * both[1]).sum() / (both[0].sum() * both[1].sum()))
    assert abs(area - roc_auc_score(labels, scores)) <= tied / 2 + 1e-6


def test_scores_of_a_trained_model_are_near_the_exact_values() -> None:
    odds, target = drawn(0, 20_000, 2.0, -4.0, 0.03)
    meter = Meter(Task("t", "classification", 2), 1, CPU)
    meter.add(torch.stack([torch.zeros_like(odds), odds], 2), target)
    found = dict(zip(Task("t", "classification", 2).metrics, meter.result()[0].tolist(), strict=True))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(target[0], odds[0]), abs=1e-4)
    assert found["average_precision"] == pytest.approx(average_precision_score(target[0], odds[0]), abs=1e-3)


@pytest.mark.parametrize("positive", [0, 1])
def test_the_class_looked_for_is_the_tasks(positive: int) -> None:
    odds, target = drawn(1, 400, 1.0, 0.0, 0.2)
    task = Task("t", "classification", 2, positive=positive)
    meter = Meter(task, 1, CPU)
    meter.add(torch.stack([-odds / 2, odds / 2], 2), target)
    found = meter.result()[0, task.metrics.index("average_precision")]
    expected = average_precision_score(target[0] == positive, odds[0] if positive else -odds[0])
    assert float(found) == pytest.approx(expected, abs=2e-3)


def test_without_a_class_there_is_no_ranking() -> None:
    task = Task("t", "classification", 2)
    meter = Meter(task, 1, CPU)
    meter.add(torch.randn(1, 20, 2), torch.zeros(1, 20, dtype=torch.long))
    found = dict(zip(task.metrics, meter.result()[0].tolist(), strict=True))
    assert np.isnan(found["roc_auc"])
    assert np.isnan(found["average_precision"])
    assert not np.isnan(found["balanced_accuracy"])


def test_endless_and_undefined_scores_do_no_harm() -> None:
    odds = torch.tensor([[torch.inf, -torch.inf, 1e30, torch.nan]])
    target = torch.tensor([[1, 0, 1, 0]])
    like = torch.zeros(1, dtype=torch.float64)
    area, precision = ranking.ranked(ranking.counted(ranking.empty(like), odds, target, None), like)
    assert (float(area), float(precision)) == (1.0, 1.0)


def test_mean_average_precision_of_many_labels_is_scikit_learns_of_the_rounded_scores() -> None:
    runs, rows, labels = 3, 150, 62
    generator = torch.Generator().manual_seed(7)
    target = (torch.rand(1, rows, labels, generator=generator) < 0.04).float().expand(runs, -1, -1).clone()
    target[:, :, -1] = 0
    odds = 4 * torch.randn(runs, rows, labels, generator=generator) - 3 + 4 * target
    task = Task("t", "multilabel", labels)
    meter = Meter(task, runs, CPU)
    for start in range(0, rows, 40):
        meter.add(odds[:, start : start + 40], target[:, start : start + 40])
    found = meter.result()[:, task.metrics.index("mean_average_precision")]
    like, there = torch.zeros(runs * rows * labels, dtype=torch.float64), target[0].numpy().any(axis=0)
    one = torch.zeros(len(like), 1, dtype=torch.long)
    steps = ranking.counted(ranking.empty(like, steps=512), odds.reshape(-1, 1), one, None)[:, 0].argmax(1).view_as(odds)
    for run in range(runs):
        for scores, tolerance in ((steps[run], 1e-6), (odds[run], 5e-3)):
            exact = average_precision_score(target[run].numpy()[:, there], scores.numpy()[:, there], average="macro")
            assert float(found[run]) == pytest.approx(exact, abs=tolerance)
    assert meter.size < runs * 70_000, "as much for a thousand labels"
    assert Meter(Task("t", "multilabel", 500), 1, CPU).size < 70_000
