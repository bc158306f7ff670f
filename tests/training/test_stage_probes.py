"""Probes are ridge regression, and read what is there."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge as Theirs
from sklearn.linear_model import RidgeCV

from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Task
from mtl_core.training.stage_probes import MEASURES, Reader, Ridge

TRIED = [10.0**power for power in range(-3, 5)]


@pytest.mark.parametrize("width", [5, 60])
def test_a_fit_is_scikit_learns(width: int) -> None:
    draw = np.random.default_rng(width)
    x = draw.normal(size=(40, width)) * draw.uniform(0.1, 3, width) + 2
    x[:, 3] = x[:, 1]  # a feature twice
    y = x[:, :3] @ draw.normal(size=(3, 2)) + draw.normal(size=(40, 2)) - 1
    ours = Ridge(torch.from_numpy(x))
    for penalty in TRIED:
        w, b, taken = ours.fit(torch.from_numpy(y), [penalty])
        theirs = Theirs(alpha=penalty).fit(x, y)
        assert taken == penalty
        np.testing.assert_allclose(w.numpy().T, theirs.coef_, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(b.numpy(), theirs.intercept_, rtol=1e-6, atol=1e-7)
    assert ours.fit(torch.from_numpy(y), TRIED)[2] == RidgeCV(alphas=TRIED).fit(x, y).alpha_


def _read(task: Task, targets: torch.Tensor, x: torch.Tensor, known: torch.Tensor | None = None) -> tuple[float, float]:
    half = len(x) // 2
    mask = (None, None) if known is None else (known[:half], known[half:])
    found = Reader(x[:half], x[half:]).probe(task, (targets[:half], mask[0]), (targets[half:], mask[1]))
    assert found is not None
    return found.score, found.chance


def test_what_is_there_is_read_and_nothing_else() -> None:
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(600, 8, generator=draw)
    x = torch.cat([x, torch.ones(600, 1)], dim=1)  # and a feature that says nothing
    noise = torch.randn(600, generator=draw)
    value, classes = Task("v", "regression"), Task("c", "classification", 3)
    several, two = Task("s", "multilabel", 2), Task("t", "regression", outputs=2)
    assert _read(value, x[:, 0] - 2 * x[:, 1] + 3, x)[0] > 0.999
    score, chance = _read(value, noise, x)
    assert abs(score) < 0.05
    assert abs(chance) < 0.01
    score, chance = _read(classes, x[:, :3].argmax(1), x)
    assert score > 0.9
    assert 0.25 < chance < 0.45
    assert _read(several, (x[:, :2] > 0).float(), x)[0] > 0.9
    assert _read(two, x[:, 2:4], x)[0] > 0.999
    assert _read(classes, x[:, :3].argmax(1), noise[:, None])[0] == pytest.approx(chance, abs=0.07)


def test_labels_that_are_missing_are_not_read() -> None:
    draw = torch.Generator().manual_seed(2)
    x = torch.randn(200, 4, generator=draw)
    known = torch.arange(200) % 3 > 0
    wrong = torch.where(known, x[:, 0], 1e6)
    assert _read(Task("v", "regression"), wrong, x, known)[0] > 0.999
    nobody = torch.zeros(100, dtype=torch.bool)
    assert Reader(x[:100], x[100:]).probe(Task("v", "regression"), (wrong[:100], nobody), (wrong[100:], nobody)) is None
    same = torch.zeros(100)
    assert Reader(x[:100], x[100:]).probe(Task("v", "regression"), (same, None), (same, None)) is None


def test_measures_are_the_kinds_first() -> None:
    assert all(KINDS[kind].metrics[0].name == measure for kind, measure in MEASURES.items())
