"""Models against their promises."""

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import build
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.choice import Choice, choose
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
TASKS = (Task("digit", "classification", 10), Task("size", "regression"))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_model_keeps_its_promises(strategy: str, backbone: str) -> None:
    body = choose("backbone", BACKBONES, backbone)
    model = build(choose("strategy", STRATEGIES, strategy), body, TASKS, (1, 8, 8))
    kinds = [(parameter.task is not None) for parameter in model.parameters]
    assert kinds == sorted(kinds), "the trunk comes first"
    assert all((parameter.stage is None) != (parameter.task is None) for parameter in model.parameters)
    values = model.initialise(STREAMS)
    again = model.initialise(Streams.of([2]))
    assert all(torch.equal(values[name][2], again[name][0]) for name in values), "a seed fixes the first values"
    logits, size = model(values, torch.rand(3, 5, 1, 8, 8))
    assert (logits.shape, size.shape) == ((3, 5, 10), (3, 5, 1))
    x = torch.rand(3, 5, 1, 8, 8)
    together = model(values, x)[0]
    other = x.clone()
    other[:, 1:] += 1
    torch.testing.assert_close(model(values, other)[0][:, 0], together[:, 0], rtol=1e-4, atol=1e-5)  # examples stay independent


def test_a_head_starts_alike_whatever_tasks_are_beside_it() -> None:
    body = choose("backbone", BACKBONES, "mlp")
    both = build(Choice("hard"), body, TASKS, (4,)).initialise(STREAMS)
    alone = build(Choice("hard"), body, TASKS[1:], (4,)).initialise(STREAMS)
    assert torch.equal(both["head.1.0.weight"], alone["head.0.0.weight"])


def test_an_image_too_small_to_halve_is_refused() -> None:
    body = choose("backbone", BACKBONES, {"name": "cnn", "depth": 4})
    with pytest.raises(SpecError, match="cannot be halved 4 times"):
        build(Choice("hard"), body, TASKS, (1, 8, 8))
