"""Metrics against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score

from mtl_core.suites.suite import Task
from mtl_core.training.metrics import measure

GENERATOR = torch.Generator().manual_seed(0)


def test_classification_as_scikit_learn_has_it() -> None:
    output = torch.randn(4, 50, 5, generator=GENERATOR)
    target = torch.randint(0, 4, (50,), generator=GENERATOR)  # class 4 never occurs as a label
    observed = torch.rand(50, generator=GENERATOR) < 0.7
    losses = torch.rand(4, 50, generator=GENERATOR)
    table = measure(Task("t", "classification", 5), output, target, losses, observed)
    for run in range(4):
        labels, guesses = target[observed], output[run].argmax(1)[observed]
        expected = [
            float(losses[run, observed].mean()),
            accuracy_score(labels, guesses),
            f1_score(labels, guesses, labels=np.union1d(labels, guesses), average="macro", zero_division=0),
        ]
        assert table[run].tolist() == pytest.approx(expected, abs=1e-6)


def test_regression_as_scikit_learn_has_it() -> None:
    output, target = torch.randn(3, 40, 1, generator=GENERATOR), torch.randn(40, generator=GENERATOR)
    observed = torch.arange(40) % 3 > 0
    losses = (output[..., 0] - target).square()
    table = measure(Task("t", "regression"), output, target, losses, observed)
    for run in range(3):
        truth, guess = target[observed], output[run, :, 0][observed]
        expected = [float(losses[run, observed].mean()), r2_score(truth, guess), mean_absolute_error(truth, guess)]
        assert table[run].tolist() == pytest.approx(expected, abs=1e-5)


def test_without_labels_or_variation_there_is_nothing_to_measure() -> None:
    nothing = torch.zeros(6, dtype=torch.bool)
    table = measure(Task("t", "regression"), torch.zeros(2, 6, 1), torch.zeros(6), torch.zeros(2, 6), nothing)
    assert table.isnan().all()
    flat = measure(Task("t", "regression"), torch.zeros(2, 6, 1), torch.ones(6), torch.ones(2, 6), ~nothing)
    assert flat[:, 1].isnan().all()
    assert flat[:, 2].tolist() == [1, 1]
