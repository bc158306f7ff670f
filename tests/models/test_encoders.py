"""Encoders side by side: each part through its own layers, as ordinary modules have it, and nothing of the others."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.encoders import encoders
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
PARTS = ((1, 8, 6), (5,), (2, 4, 4))
X = torch.randn(3, 4, 48 + 5 + 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("depth", [2, 4])
@pytest.mark.parametrize("encoder", ["dense", "convolutional"])
def test_each_part_goes_through_ordinary_modules_of_its_own(encoder: str, depth: int) -> None:
    body = encoders((85,), 8, depth, encoder, True, parts=PARTS)
    fused = min(2, depth - 1)
    assert [stage.name.split()[0] for stage in body.stages] == ["encoders"] * (depth - fused) + ["fused"] * fused
    values = [stage.initialise(STREAMS.at(place)) for place, stage in enumerate(body.stages)]
    y = X
    for stage, own in zip(body.stages, values, strict=True):
        y = stage(own, y)
    for run in range(3):
        parts = [part.unflatten(1, shape) for part, shape in zip(X[run].split([48, 5, 32], 1), PARTS, strict=True)]
        for place in range(depth - fused):
            held = iter([value[run] for value in values[place].values()])
            parts = [branch(part, encoder, held) for part in parts]
        h = torch.cat([part.flatten(1) for part in parts], 1)
        for own in values[-fused:]:
            weight, bias, scale, shift = (value[run] for value in own.values())
            h = torch.relu(nn.functional.layer_norm(h @ weight + bias, (8,), scale, shift))
        torch.testing.assert_close(y[run], h, rtol=1e-4, atol=1e-5)


def branch(part: torch.Tensor, encoder: str, held: Iterator[torch.Tensor]) -> torch.Tensor:
    weight, bias, scale, shift = (next(held) for _ in range(4))
    if encoder == "convolutional" and part.dim() == 4:
        h = torch.relu(nn.functional.group_norm(nn.functional.conv2d(part, weight, bias, padding=1), 1, scale, shift))
        return nn.functional.avg_pool2d(h, 2)
    h = part.flatten(1) @ weight + bias
    return torch.relu(nn.functional.layer_norm(h, h.shape[1:], scale, shift))


def test_an_encoder_reads_its_own_part_alone() -> None:
    body = encoders((85,), 8, 3, "convolutional", False, parts=PARTS)
    first, values = body.stages[0], body.stages[0].initialise(STREAMS)
    x = X.clone().requires_grad_()
    sizes = [48 // 4 * 2, 8, 32 // 4]
    for place, seen in enumerate(first(values, x).split(sizes, 2)):
        (grad,) = torch.autograd.grad(seen.sum(), x, retain_graph=True)
        reached = [bool(part.any()) for part in grad.split([48, 5, 32], 2)]
        assert reached == [each == place for each in range(3)]


@pytest.mark.parametrize("encoder", ["dense", "convolutional"])
@pytest.mark.parametrize("strategy", ["hard", "cross_stitch", "mmoe", "mtan", "adashare", "lora"])
def test_strategies_cut_it_by_stages(strategy: str, encoder: str) -> None:
    tasks = (Task("a", "classification", 3), Task("b", "regression"))
    body = choose("backbone", BACKBONES, {"name": "encoders", "width": 8, "depth": 4, "encoder": encoder})
    model = build(choose("strategy", STRATEGIES, strategy), body, Sizes(tasks, (85,), 10, parts=PARTS))
    values = model.initialise(STREAMS)
    for answer, size in zip(model(values, X).tasks, (3, 1), strict=True):
        assert answer.shape == (3, 4, size)
        assert answer.isfinite().all()


def test_a_stage_that_is_skipped_leaves_each_part_in_its_place() -> None:
    first = encoders((85,), 8, 3, "convolutional", False, parts=PARTS).stages[0]
    other = X.clone()
    other[:, :, 48:] += 1
    sizes = [48 // 4 * 2, 8, 32 // 4]
    one, two = (first.shortcut(x).split(sizes, 2) for x in (X, other))
    assert torch.equal(one[0], two[0])
    assert not torch.equal(one[1], two[1])
    torch.testing.assert_close(one[1][:, :, :5], X[:, :, 48:53])


def test_pictures_too_small_to_be_halved_are_refused() -> None:
    with pytest.raises(SpecError, match="1x1 cannot be halved"):
        encoders((85,), 8, 5, "convolutional", False, parts=((1, 8, 6), (1, 3, 3)))
