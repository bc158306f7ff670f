"""Stacked layers against PyTorch's own modules."""

import pytest
import torch
from torch import nn

from mtl_core.layers.layers import Convolution, Layer, Linear, MaxPool, Normalisation, Readout
from mtl_core.layers.mapped import Mapped
from mtl_core.random import Streams

STREAMS = Streams.of([0, 1, 2])


def module_of(layer: Layer, values: dict[str, torch.Tensor], run: int) -> nn.Module:
    match layer:
        case Linear() | Readout():
            module: nn.Module = nn.Linear(layer.inputs, layer.outputs)
            weight = values["weight"][run]
            state = {"weight": weight.T if isinstance(layer, Linear) else weight, "bias": values["bias"][run]}
        case Convolution():
            module = nn.Conv2d(layer.channels, layer.filters, layer.kernel, padding="same" if layer.padded else "valid")
            state = {name: value[run] for name, value in values.items()}
        case MaxPool():
            module, state = nn.MaxPool2d(2), {}
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
        (Convolution(2, 3, 4, padded=False), (2, 5, 7)),
        (Convolution(4, 3, 5, padded=False), (4, 5, 6)),
        (MaxPool(), (2, 5, 6)),
        (Normalisation(4), (4,)),
        (Normalisation(2), (2, 5, 5)),
    ],
)
def test_each_run_is_computed_like_an_ordinary_module(layer: Layer, shape: tuple[int, ...]) -> None:
    x = torch.randn(3, 7, *shape, generator=torch.Generator().manual_seed(0))
    values = layer.initialise(STREAMS)
    assert {name: tuple(value.shape[1:]) for name, value in values.items()} == layer.shapes
    together = layer(values, x)
    assert tuple(together.shape[2:]) == layer.shape_out(shape)
    for run in range(3):
        torch.testing.assert_close(together[run], module_of(layer, values, run)(x[run]), rtol=1e-5, atol=1e-6)


def test_a_linear_layer_gives_its_product_itself() -> None:
    """Stages rectify it in place, which costs a view copies of all of it in backward: a third of a step."""
    layer, x = Linear(4, 6), torch.randn(3, 7, 4)
    assert layer({name: value.requires_grad_() for name, value in layer.initialise(STREAMS).items()}, x)._base is None


def test_any_module_can_be_a_layer() -> None:
    layer = Mapped(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6)))
    values = layer.initialise(STREAMS)
    x = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(0))
    together = layer(values, x)
    for run in range(3):
        alone = torch.func.functional_call(layer.module, {name: value[run] for name, value in values.items()}, (x[run],))
        torch.testing.assert_close(together[run], alone, rtol=1e-5, atol=1e-6)
    assert not torch.equal(values["0.weight"][0], values["0.weight"][1])
