"""Stacked layers against PyTorch's own modules, and models against their promises."""

import pytest
import torch
from torch import nn

from mtl_core.errors import SpecError
from mtl_core.models.build import build
from mtl_core.models.layers import Convolution, Layer, Linear, Normalisation, Readout
from mtl_core.models.mapped import Mapped
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Choice, choose
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
TASKS = (Task("digit", "classification", 10), Task("size", "regression"))


def module_of(layer: Layer, values: dict[str, torch.Tensor], run: int) -> nn.Module:
    match layer:
        case Linear() | Readout():
            module: nn.Module = nn.Linear(layer.inputs, layer.outputs)
            weight = values["weight"][run]
            state = {"weight": weight.T if isinstance(layer, Linear) else weight, "bias": values["bias"][run]}
        case Convolution():
            module = nn.Conv2d(layer.channels, layer.filters, 3, padding=1)
            state = {name: value[run] for name, value in values.items()}
        case _:
            module = nn.GroupNorm(1, layer.features)
            state = {"weight": values["scale"][run], "bias": values["shift"][run]}
    module.load_state_dict(state)
    return module


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Linear(4, 6), (4,)),
        (Readout(4, 6), (4,)),
        (Convolution(2, 3), (2, 5, 5)),
        (Normalisation(4), (4,)),
        (Normalisation(2), (2, 5, 5)),
    ],
)
def test_each_run_is_computed_like_an_ordinary_module(layer: Layer, shape: tuple[int, ...]) -> None:
    x = torch.randn(3, 7, *shape, generator=torch.Generator().manual_seed(0))
    values = layer.initialise(STREAMS)
    assert {name: tuple(value.shape[1:]) for name, value in values.items()} == layer.shapes
    together = layer(values, x)
    for run in range(3):
        torch.testing.assert_close(together[run], module_of(layer, values, run)(x[run]), rtol=1e-5, atol=1e-6)


def test_any_module_can_be_a_layer() -> None:
    layer = Mapped(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6)))
    values = layer.initialise(STREAMS)
    x = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(0))
    together = layer(values, x)
    for run in range(3):
        alone = torch.func.functional_call(layer.module, {name: value[run] for name, value in values.items()}, (x[run],))
        torch.testing.assert_close(together[run], alone, rtol=1e-5, atol=1e-6)
    assert not torch.equal(values["0.weight"][0], values["0.weight"][1])


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
