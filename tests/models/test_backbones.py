"""Backbones: shapes, cost, fractional widths, halves and shortcuts."""

from collections.abc import Callable
from itertools import pairwise
from math import prod

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mtl_core.layers.stage import Backbone
from mtl_core.models.cnn import cnn
from mtl_core.models.mlp import mlp
from mtl_core.random import Streams

STREAMS = Streams.of([0, 1, 2])


def bodies() -> dict[str, Backbone]:
    return {
        "mlp": mlp((6,), 8 + 1 / 3, 3, True),
        "plain mlp": mlp((6,), 8, 2, False),
        "cnn": cnn((1, 9, 8), 3.5, 2, True),
    }


def values_of(body: Backbone) -> list[dict[str, torch.Tensor]]:
    return [stage.initialise(STREAMS.at(place)) for place, stage in enumerate(body.stages)]


def size(body: Backbone) -> int:
    return sum(prod(shape) for stage in body.stages for shape in stage.shapes.values())


@pytest.mark.parametrize("name", bodies())
def test_stages_give_the_stated_shapes_at_the_stated_cost_halves_and_shortcuts_too(name: str) -> None:
    body = bodies()[name]
    x = torch.randn(3, 5, *body.shapes[0], generator=torch.Generator().manual_seed(0))
    for place, (stage, values) in enumerate(zip(body.stages, values_of(body), strict=True)):
        with FlopCounterMode(display=False) as counter:
            y = stage(values, x)
        assert tuple(y.shape[2:]) == body.shapes[place + 1]
        assert counter.get_total_flops() == 15 * stage.flops(body.shapes[place])
        middle = stage.first_half(values, x)
        before = middle.clone()
        assert torch.equal(stage.second_half(values, middle), y)
        assert torch.equal(middle, before), "the second half leaves the first half's result alone"
        assert stage.skippable == (place > 0)
        if stage.skippable:
            assert stage.shortcut(x).shape == y.shape
        x = y
    assert body.shapes[-1] == (body.features,)


def test_a_shortcut_is_the_identity_or_pools_and_pads() -> None:
    same = mlp((6,), 8, 2, False).stages[1]
    x = torch.randn(2, 3, 8)
    assert same.shortcut(x) is x
    halving = cnn((1, 8, 8), 2, 3, True).stages[1]
    image = torch.randn(2, 3, 2, 4, 4)
    expected = torch.zeros(2, 3, 4, 2, 2)
    expected[:, :, :2] = image.unflatten(4, (2, 2)).unflatten(3, (2, 2)).mean((4, 6))
    torch.testing.assert_close(halving.shortcut(image), expected)


def test_whole_widths_give_that_width_everywhere() -> None:
    assert [shape[0] for shape in mlp((6,), 32.0, 3, False).shapes[1:]] == [32, 32, 32]
    assert [stage.shapes["0.weight"][0] for stage in cnn((1, 8, 8), 8, 3, True).stages] == [8, 16, 32]


@pytest.mark.parametrize(
    ("wider", "step", "limit"),
    [
        # One neuron of a middle layer is 2.4 % of a network of 32: steps below 4 % still leave a width within 2 % of any size.
        (lambda width: mlp((16,), 32 + width, 3, False), 1 / 12, 1.04),
        (lambda width: mlp((16,), 64 + width, 3, False), 1 / 12, 1.02),
        (lambda width: cnn((1, 8, 8), 24 + width, 3, True), 1 / 24, 1.02),
    ],
)
def test_parameters_grow_in_fine_steps_between_whole_widths(
    wider: Callable[[float], Backbone], step: float, limit: float
) -> None:
    sizes = [size(wider(step * number)) for number in range(round(2 / step) + 1)]
    assert sizes == sorted(sizes)
    assert max(after / before for before, after in pairwise(sizes)) < limit
