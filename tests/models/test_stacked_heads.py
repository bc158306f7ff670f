"""Heads one upon the other: what passes through them, and what is refused."""

from typing import Any

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.stacked_heads import StackedHeads
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

TASKS = (Task("size", "regression"), Task("digit", "classification", 4), Task("shape", "classification", 3))


def _built(*, per_task: bool = False, **options: Any) -> StackedHeads:
    body = choose("backbone", BACKBONES, {"name": "mlp", "width": 12})
    strategy = choose("strategy", STRATEGIES, {"name": "stacked_heads"} | options)
    model = build(strategy, body, Sizes(TASKS, (5,), 10, per_task))
    assert isinstance(model, StackedHeads)
    return model


def test_a_later_answer_is_the_earlier_one_in_other_words() -> None:
    model, streams = _built(), Streams.of([3, 4])
    values = model.initialise(streams)
    size, digit, shape = model(values, torch.randn(2, 6, 5)).tasks
    features = size @ values["link.1.0.weight"]
    assert torch.allclose(digit, model.heads[1](values, features, "head.1."), atol=1e-6)
    differences = digit - digit[:, :1]
    assert torch.linalg.matrix_rank(differences, atol=1e-5).tolist() == [1, 1], "one number is all that a later head hears"
    features = digit @ values["link.2.0.weight"]
    assert torch.allclose(shape, model.heads[2](values, features, "head.2."), atol=1e-6)


def test_every_loss_trains_the_heads_below_it() -> None:
    users = {p.name: p.users for p in _built().parameters}
    assert users["head.0.0.weight"] == (0, 1, 2)
    assert users["head.1.0.weight"] == (1, 2)
    assert users["link.2.0.weight"] == (2,)


def test_the_order_is_that_which_is_named() -> None:
    model = _built(order=["digit"])
    users = {p.name: p.users for p in model.parameters}
    assert users["head.1.0.weight"] == (0, 1, 2), "digit stands first"
    assert users["head.0.0.weight"] == (0, 2)
    plain = dict(zip(model.names, model.flops_of, strict=True))
    assert plain["digit"] < plain["size"] < plain["shape"]
    with pytest.raises(SpecError, match=r"stacked_heads\.order"):
        _built(order=["colour"])


def test_tasks_with_inputs_of_their_own_are_refused() -> None:
    with pytest.raises(SpecError, match="inputs of their own"):
        _built(per_task=True)
