"""How much memory a run is thought to need, against what passes keep."""

from functools import cache
from math import prod
from typing import Any

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites import load_suite
from mtl_core.training.data import Data
from mtl_core.training.memory import numbers_of_an_example
from mtl_core.training.parameters import leaves_after_turns

BATCH = 32
PAIRS = [(name, body) for name, entry in STRATEGIES.items() for body in ("mlp", "cnn") if body == "mlp" or not entry.per_task]
PREFERRED = [name for name, entry in STRATEGIES.items() if entry.preferred]


@cache
def read(suite: str) -> Data:
    return Data.of(load_suite(suite), torch.device("cpu"))


def built(strategy: str, backbone: str, data: Data, denoises: bool = False, **options: Any) -> Model:
    body = choose("backbone", BACKBONES, {"name": backbone, "width": 8})
    sizes = Sizes(data.tasks, data.shape, 100, data.per_task, denoises)
    try:
        return build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, sizes)
    except SpecError as refusal:
        pytest.skip(str(refusal))


def kept_in_an_evaluation(model: Model, data: Data, examples: int) -> int:
    sizes: list[int] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(leaves_after_turns(model), data.arranged(data.train.inputs[None, :examples]))
    return sum(sizes)


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_a_training_pass_keeps_what_an_evaluation_does_but_for_preferences(strategy: str, backbone: str) -> None:
    data = read("domains" if STRATEGIES[strategy].per_task else "sprites")
    model = built(strategy, backbone, data)
    usual = kept_in_an_evaluation(model, data, 2) - kept_in_an_evaluation(model, data, 1)
    numbers = numbers_of_an_example(model, data, BATCH)
    if strategy in PREFERRED:
        assert numbers > usual
    else:
        assert numbers == pytest.approx(usual, rel=0.01), "what is drawn for a step is little"


@pytest.mark.parametrize("backbone", ["mlp", "transformer"])
@pytest.mark.parametrize("strategy", PREFERRED)
def test_every_preference_of_a_batch_needs_weights_of_its_own(strategy: str, backbone: str) -> None:
    data = read("sprites")
    models = {count: built(strategy, backbone, data, preferences=count) for count in (1, 4, 16)}
    numbers = {count: numbers_of_an_example(model, data, BATCH) for count, model in models.items()}
    trunk = sum(p.size for p in built("hard", backbone, data).parameters if p.trunk)
    for few, many in ((1, 4), (4, 16)):
        more = (numbers[many] - numbers[few]) * (BATCH - 1)
        # Some weights are only added to what passes, and need not be kept; what makes them is.
        assert 0.6 * (many - few) * trunk < more < 1.3 * (many - few) * trunk
    assert numbers_of_an_example(models[16], data, 31) == pytest.approx(numbers[1], rel=0.01), "a prime batch is not cut"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_restoring_inputs_keeps_them(strategy: str) -> None:
    data = read("domains" if STRATEGIES[strategy].per_task else "sprites")
    usual, restoring = (built(strategy, "mlp", data, denoises) for denoises in (False, True))
    more = numbers_of_an_example(restoring, data, BATCH) - numbers_of_an_example(usual, data, BATCH)
    assert more >= prod(data.shape)
