"""Balanced classes: weights in the training loss alone."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtl_core.models.model import Outputs
from mtl_core.random import Streams
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.suites.suite import Task
from mtl_core.training.data import Data, DeviceSplit, balanced
from mtl_core.training.forward import batch_losses
from mtl_core.training.trainer import Trainer

CPU = torch.device("cpu")


def split(mask: torch.Tensor | None) -> DeviceSplit:
    rare = (torch.arange(40) < 4).long()
    return DeviceSplit(torch.randn(40, 2, generator=torch.Generator().manual_seed(0)), (rare, torch.randn(40)), (mask, None))


TASKS = (Task("rare", "classification", 3), Task("size", "regression"))


@pytest.mark.parametrize("masked", [False, True])
def test_every_class_counts_the_same_and_the_mean_is_one(masked: bool) -> None:
    mask = torch.arange(40) % 3 > 0 if masked else None
    data = split(mask)
    weights, nothing = balanced(TASKS, data)
    assert nothing is None
    assert weights is not None
    kept = torch.ones(40, dtype=torch.bool) if mask is None else mask
    target = data.targets[0]
    assert float(weights[kept].mean()) == pytest.approx(1)
    sums = [float(weights[kept & (target == value)].sum()) for value in (0, 1)]
    assert sums[0] == pytest.approx(sums[1]), "the third class has no label, and takes no share"


def test_the_training_loss_is_weighted_cross_entropy() -> None:
    data = split(None)
    whole = Data(TASKS, data, data, data, balanced(TASKS, data))
    logits = torch.randn(3, 2, generator=torch.Generator().manual_seed(1))

    class Linear:
        def __call__(self, _: object, x: torch.Tensor, __: object) -> Outputs:
            return Outputs((x @ logits.T, x[..., :1]))

    rows = Streams.of([0]).at(0).normal(1).long() * 0 + torch.arange(40)[None]
    weighted, *_ = batch_losses(Linear(), whole, {}, rows)  # type: ignore[arg-type]
    plain, *_ = batch_losses(Linear(), Data(TASKS, data, data, data), {}, rows)  # type: ignore[arg-type]
    count = torch.tensor([36.0, 4.0, torch.inf])
    expected = functional.cross_entropy(data.inputs @ logits.T, data.targets[0], weight=40 / (2 * count), reduction="none")
    assert float(weighted[0]) == pytest.approx(float(expected.mean()), rel=1e-5)
    assert float(weighted[0]) != pytest.approx(float(plain[0]), rel=1e-3)
    assert torch.equal(weighted[1], plain[1])


def test_evaluations_are_not_weighted() -> None:
    plain, weighted = (
        Trainer(Study(suite="digits_scarce", weights=[], seeds=1, steps=4, class_weights=choice), device="cpu")
        for choice in ("none", "balanced")
    )
    first, second = (trainer.advance()[0].arrays for trainer in (plain, weighted))  # before the first update
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])
    assert plain._data.weights == ()
    assert load_suite("digits_scarce").tasks == plain._data.tasks
