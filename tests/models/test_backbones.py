"""Backbones: shapes, cost, fractional widths, halves and shortcuts."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mtl_core.errors import SpecError
from mtl_core.layers.attention import Attention, FeedForward, Mean
from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.cnn import cnn
from mtl_core.models.lenet import lenet
from mtl_core.models.mlp import mlp
from mtl_core.models.resnet import fullsize, resnet
from mtl_core.models.transformer import transformer
from mtl_core.models.tutorial_cnn import tutorial_cnn
from mtl_core.models.unet import unet
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES, stages
from mtl_core.spec.choice import choose

STREAMS = Streams.of([0, 1, 2])


def bodies() -> dict[str, Backbone]:
    return {
        "mlp": mlp((6,), 8 + 1 / 3, 3, True),
        "plain mlp": mlp((6,), 8, 2, False),
        "cnn": cnn((1, 9, 8), 3.5, 2, True),
        "lenet": lenet((2, 16, 18), 2 + 1 / 3, 3, 4, True),
        "thin lenet": lenet((1, 12, 10), 3, 2, 5, False),
        "tutorial cnn": tutorial_cnn((2, 18, 19), 2 + 1 / 4, 4, True),
        "thin tutorial cnn": tutorial_cnn((1, 3, 4), 3, 2, False),
        "resnet": resnet((2, 9, 8), 3.5, 3, 2),
        "thin resnet": resnet((1, 8, 8), 4, 2, 1),
        "fullsize": fullsize((2, 5, 4), 3 + 1 / 3, 3),
        "unet": unet((2, 8, 12), 3.5, 6, True),
        "thin unet": unet((1, 4, 6), 4, 3, False),
        "transformer of numbers": transformer((6,), 9.5, 2, 4, 2),
        "transformer of patches": transformer((2, 5, 4), 8, 2, 2, 2),
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
        # The kernel of attention made of ordinary products is the one that is counted on every device.
        with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            y = stage(values, x)
        assert tuple(y.shape[2:]) == body.shapes[place + 1]
        assert counter.get_total_flops() == 15 * stage.flops(body.shapes[place])
        middle = stage.first_half(values, x)
        before = middle.clone()
        assert torch.equal(stage.second_half(values, middle), stage(values, x))
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
        # One neuron of a middle layer is 2.4 % of a network of 32, one filter 2.9 % of one of 24: steps below 4 %
        # still leave a width within 2 % of any size.
        (lambda width: mlp((16,), 32 + width, 3, False), 1 / 12, 1.04),
        (lambda width: mlp((16,), 64 + width, 3, False), 1 / 12, 1.02),
        (lambda width: transformer((16,), 32 + 2 * width, 2, 4, 2), 1 / 60, 1.02),
        (lambda width: cnn((1, 8, 8), 24 + width, 3, True), 1 / 24, 1.04),
        (lambda width: lenet((1, 16, 16), 36 + width, 3, 5, False), 1 / 15, 1.04),
        (lambda width: tutorial_cnn((1, 18, 18), 24 + width, 4, False), 1 / 24, 1.04),
        (lambda width: unet((1, 8, 8), 24 + width, 6, False), 1 / 24, 1.04),
    ],
)
def test_parameters_grow_in_fine_steps_between_whole_widths(
    wider: Callable[[float], Backbone], step: float, limit: float
) -> None:
    sizes = [size(wider(step * number)) for number in range(round(2 / step) + 1)]
    assert sizes == sorted(sizes)
    assert max(after / before for before, after in pairwise(sizes)) < limit


def test_a_residual_network_is_one_of_ordinary_modules() -> None:
    """Forward and gradients of each run against ``nn.Conv2d`` and ``nn.GroupNorm`` with its values."""
    body = resnet((2, 9, 8), 3, 2, 1)
    values = [{name: value.requires_grad_() for name, value in stage.items()} for stage in values_of(body)]
    x = torch.randn(3, 5, 2, 9, 8, generator=torch.Generator().manual_seed(0))
    y = x
    for stage, own in zip(body.stages, values, strict=True):
        y = stage(own, y)
    y.square().sum().backward()
    for run in range(3):
        pairs = []

        def module(place: int, name: str, run: int = run, pairs: list[tuple[nn.Parameter, torch.Tensor]] = pairs) -> nn.Module:
            normal = f"{name}.scale" in values[place]
            names = (f"{name}.scale", f"{name}.shift") if normal else (f"{name}.weight", f"{name}.bias")
            held = [values[place][each] for each in names]
            shape = held[0].shape
            made: nn.Module = nn.GroupNorm(1, shape[1]) if normal else nn.Conv2d(shape[2], shape[1], 3, padding=1)
            made.load_state_dict({"weight": held[0][run].detach(), "bias": held[1][run].detach()})
            pairs.extend(zip(made.parameters(), held, strict=True))
            return made

        h = torch.relu(module(0, "1")(module(0, "0")(x[run])))
        inner = torch.relu(module(0, "3.1")(module(0, "3.0")(h)))
        h = nn.functional.avg_pool2d(torch.relu(h + module(0, "3.4")(module(0, "3.3")(inner))), 2)
        inner = torch.relu(module(1, "1.1")(module(1, "1.0")(h)))
        padded = torch.cat([h, torch.zeros_like(h)], dim=1)
        h = torch.relu(padded + module(1, "1.4")(module(1, "1.3")(inner))).mean((2, 3))
        torch.testing.assert_close(y[run], h, rtol=1e-4, atol=1e-5)
        h.square().sum().backward()
        for mine, stacked in pairs:
            assert stacked.grad is not None
            torch.testing.assert_close(stacked.grad[run], mine.grad, rtol=1e-3, atol=1e-4)


def test_a_network_in_full_size_is_one_of_ordinary_modules_and_its_open_end_a_map() -> None:
    body = fullsize((2, 5, 4), 3, 2).opened()
    assert body.shapes == ((2, 5, 4), (3, 5, 4), (3, 5, 4))
    values = values_of(body)
    x = torch.randn(3, 5, 2, 5, 4, generator=torch.Generator().manual_seed(0))
    y = body.stages[1](values[1], body.stages[0](values[0], x))
    for run in range(3):

        def convolved(h: torch.Tensor, place: int, name: int | str, normal: int | str, run: int = run) -> torch.Tensor:
            own = {each: value[run] for each, value in values[place].items()}
            h = nn.functional.conv2d(h, own[f"{name}.weight"], own[f"{name}.bias"], padding=1)
            return nn.functional.group_norm(h, 1, own[f"{normal}.scale"], own[f"{normal}.shift"])

        h = torch.relu(convolved(torch.relu(convolved(x[run], 0, 0, 1)), 0, 3, 4))
        inner = torch.relu(convolved(h, 1, "0.0", "0.1"))
        h = torch.relu(h + convolved(inner, 1, "0.3", "0.4"))
        torch.testing.assert_close(y[run], h, rtol=1e-4, atol=1e-5)


def same_as_modules(body: Backbone, modules: Sequence[nn.Module], pooled: int) -> None:
    """Forward and gradients of each run of convolutions and a dense layer against ordinary modules with its values.

    Args:
        body: three runs of it are made; each stage's first layer has the values of a module.
        modules: as many as there are stages, the last one dense.
        pooled: after so many of them the largest of each four is taken.
    """
    values = [{name: value.requires_grad_() for name, value in stage.items()} for stage in values_of(body)]
    x = torch.rand(3, 4, *body.shapes[0], generator=torch.Generator().manual_seed(0))
    y = x
    for stage, own in zip(body.stages, values, strict=True):
        y = stage(own, y)
    y.square().sum().backward()
    *convolutions, dense = modules
    for run in range(3):
        for module, own in zip(modules, values, strict=True):
            module.zero_grad()
            held = [own[f"0.{name}"][run].detach() for name in ("weight", "bias")]
            module.load_state_dict({"weight": held[0].T if module is dense else held[0], "bias": held[1]})
        h = x[run]
        for place, convolution in enumerate(convolutions):
            h = torch.relu(convolution(h))
            h = nn.functional.max_pool2d(h, 2) if place < pooled else h
        h = torch.relu(dense(h.flatten(1)))
        torch.testing.assert_close(y[run], h, rtol=1e-4, atol=1e-5)
        h.square().sum().backward()
        for module, own in zip(modules, values, strict=True):
            for name, parameter in module.named_parameters():
                gradient, mine = own[f"0.{name}"].grad, parameter.grad
                assert gradient is not None
                assert mine is not None
                torch.testing.assert_close(gradient[run].T if mine.dim() == 2 else gradient[run], mine, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("side", "kernel", "between"), [(28, 5, 320), (36, 9, 500)])
def test_lenet_is_that_of_the_papers(side: int, kernel: int, between: int) -> None:
    """In the sizes of both papers; a rectifier behind or before the largest of four is the same."""
    modules = (nn.Conv2d(1, 10, kernel), nn.Conv2d(10, 20, 5), nn.Linear(between, 50))
    same_as_modules(lenet((1, side, side), 10, 3, kernel, False), modules, pooled=2)


def test_the_tutorials_network_is_that_of_ordinary_modules() -> None:
    """And has as many parameters."""
    body = tutorial_cnn((3, 32, 32), 32, 4, False)
    assert [prod(shape) for shape in body.shapes[1:]] == [32 * 15 * 15, 64 * 6 * 6, 1024, 64]
    assert size(body) + 64 * 10 + 10 == 122_570
    modules = (nn.Conv2d(3, 32, 3), nn.Conv2d(32, 64, 3), nn.Conv2d(64, 64, 3), nn.Linear(1024, 64))
    same_as_modules(body, modules, pooled=2)


def test_a_unet_is_that_of_ordinary_modules() -> None:
    """Both ends, forward and gradients of each run against ordinary modules with its values; and the number of parameters."""
    assert size(unet((3, 32, 32), 8, 6, False)) == 25_680
    body = unet((2, 8, 16), 3, 6, False).opened()
    values = [{name: value.requires_grad_() for name, value in stage.items()} for stage in values_of(body)]
    x = torch.rand(3, 4, 2, 8, 16, generator=torch.Generator().manual_seed(0))
    y = x
    for stage, own in zip(body.stages, values, strict=True):
        y = stage(own, y)
    shown, ends = (Stage("head", layers)({}, y) for layers in (body.showing, body.closing))
    (shown.square().sum() + ends.square().sum()).backward()
    assert body.whole is not None
    assert torch.equal(body.whole(body.stages, values, x), y), "nothing carried, the same bit for bit"
    for run in range(3):
        modules, grown = [], nn.Upsample(scale_factor=2)
        for place, own in enumerate(values):
            name = "0" if place == 0 else "0.0"
            filters, inputs = own[f"{name}.weight"].shape[1:3]
            modules.append(nn.Conv2d(inputs, filters, 3, 2 if place in (1, 2) else 1, 1))
            modules[-1].load_state_dict({each: own[f"{name}.{each}"][run].detach() for each in ("weight", "bias")})
        whole = torch.relu(modules[0](x[run]))
        half = torch.relu(modules[1](whole))
        deep = torch.relu(modules[3](torch.relu(modules[2](half))))
        h = torch.relu(modules[4](torch.cat((grown(deep), half), 1)))
        h = torch.relu(modules[5](torch.cat((grown(h), whole), 1)))
        parts = nn.functional.adaptive_avg_pool2d(deep, (2, 4)).flatten(1)
        both = torch.cat((parts, h.mean((2, 3))), 1)
        torch.testing.assert_close(shown[run], h, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(ends[run], both, rtol=1e-4, atol=1e-5)
        (h.square().sum() + both.square().sum()).backward()
        for place, (module, own) in enumerate(zip(modules, values, strict=True)):
            for each, parameter in module.named_parameters():
                gradient, mine = own[f"{'0' if place == 0 else '0.0'}.{each}"].grad, parameter.grad
                assert gradient is not None
                assert mine is not None
                torch.testing.assert_close(gradient[run], mine, rtol=1e-3, atol=1e-4)


def test_what_a_unet_carries_is_moved_there_and_back_without_loss() -> None:
    """Gradients of the moves alone against finite differences, and a skipped stage carries as it would."""
    body = unet((1, 8, 8), 2, 6, False)
    x = torch.rand(1, 2, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    skipped = x
    for stage in body.stages[1:]:
        (layer, *_) = stage.layers
        some = 0.1 + torch.rand(skipped.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        assert torch.autograd.gradcheck(layer.around, (some.requires_grad_(),))
        skipped = stage.shortcut(skipped)
    down = x
    for _ in range(2):
        down = nn.functional.avg_pool2d(down.flatten(0, 1), 2).unflatten(0, (1, 2))
        down = nn.functional.pad(down, (0, 0, 0, 0, 0, down.shape[2]))
    assert body.shapes[-1] == (body.features,)
    parts = nn.functional.adaptive_avg_pool2d(down.flatten(0, 1), 2).flatten(1)
    torch.testing.assert_close(skipped[0, :, : parts.shape[1]], parts)


def test_an_image_too_small_for_the_stages_is_refused() -> None:
    with pytest.raises(SpecError, match="halves the image 2 times, and 10x16 cannot"):
        unet((1, 10, 16), 4, 6, False)
    with pytest.raises(SpecError, match="17x32 is too small for 3 of them"):
        tutorial_cnn((3, 17, 32), 8, 4, False)
    with pytest.raises(SpecError, match="15x28 is too small for 2 of them"):
        lenet((1, 15, 28), 10, 3, 5, False)
    with pytest.raises(SpecError, match="2x8 cannot be halved 2 times"):
        resnet((1, 2, 8), 4, 3, 1)


@pytest.mark.parametrize(("length", "padded"), [(6, False), (6, True), (3, True)])
def test_attention_is_that_of_ordinary_modules_and_padding_changes_nothing(length: int, padded: bool) -> None:
    """A block against ``nn.TransformerEncoderLayer`` with its values, forward and gradients; the rest of six is padding."""
    block = Stage("block", (Attention(8, 2, padded=padded), FeedForward(8, 16, padded=padded)))
    values = {name: value.requires_grad_() for name, value in block.initialise(STREAMS).items()}
    x = torch.randn(3, 5, 6, 8, generator=torch.Generator().manual_seed(0))
    x[:, :, length:] = 0
    y = block(values, x)
    assert (y[:, :, length:] == 0).all()
    Mean(padded=padded)({}, y).square().sum().backward()
    for run in range(3):
        held = {name: value[run].detach() for name, value in values.items()}
        module = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=True)
        names = {
            "norm1.weight": "0.0.scale", "norm1.bias": "0.0.shift", "norm2.weight": "1.0.scale", "norm2.bias": "1.0.shift",
            "self_attn.in_proj_weight": "0.1.weight", "self_attn.in_proj_bias": "0.1.bias",
            "self_attn.out_proj.weight": "0.2.weight", "self_attn.out_proj.bias": "0.2.bias",
            "linear1.weight": "1.1.weight", "linear1.bias": "1.1.bias",
            "linear2.weight": "1.2.weight", "linear2.bias": "1.2.bias",
        }  # fmt: skip
        module.load_state_dict(
            {theirs: held[ours].T if held[ours].dim() == 2 else held[ours] for theirs, ours in names.items()}
        )
        alone = module(x[run, :, :length])
        torch.testing.assert_close(y[run, :, :length], alone, rtol=1e-4, atol=1e-5)
        alone.mean(1).square().sum().backward()
        for name, parameter in module.named_parameters():
            gradient, found = values[names[name]].grad, parameter.grad
            assert gradient is not None
            assert found is not None
            torch.testing.assert_close(gradient[run], found.T if found.dim() == 2 else found, rtol=1e-3, atol=1e-5)


def test_a_sequence_of_padding_alone_has_finite_values_and_gradients() -> None:
    block = Stage("block", (Attention(8, 2, padded=True), FeedForward(8, 16, padded=True), Mean(padded=True)))
    values = {name: value.requires_grad_() for name, value in block.initialise(STREAMS).items()}
    y = block(values, torch.zeros(3, 5, 6, 8))
    y.sum().backward()
    assert (y == 0).all()
    assert all(value.grad is None or value.grad.isfinite().all() for value in values.values())


def test_sizes_that_do_not_fit_a_transformer_are_refused() -> None:
    with pytest.raises(SpecError, match="must divide"):
        transformer((6,), 10, 2, 4, 2)
    with pytest.raises(SpecError, match="at most the image, 3x8"):
        transformer((1, 3, 8), 8, 2, 4, 4)


@pytest.mark.parametrize(
    "name", ["lenet", "tutorial cnn", "resnet", "thin unet", "transformer of numbers", "transformer of patches"]
)
def test_two_hundred_steps_learn(name: str) -> None:
    """Of a target that a bend in the inputs makes, through Adam: every run ends far below where it began."""
    body = bodies()[name]
    values = [{each: value.requires_grad_() for each, value in stage.items()} for stage in values_of(body)]
    x = torch.randn(3, 64, *body.shapes[0], generator=torch.Generator().manual_seed(0))
    target = x.flatten(2)[..., 0].abs()
    optimizer = torch.optim.Adam([value for stage in values for value in stage.values()], 1e-2)
    losses = []
    for _ in range(200):
        y = x
        for stage, own in zip(body.stages, values, strict=True):
            y = stage(own, y)
        each = (y.mean(2) - target).square().mean(1)
        optimizer.zero_grad()
        each.sum().backward()
        optimizer.step()
        losses.append(each.detach())
    assert (losses[-1] < 0.7 * losses[0]).all(), (losses[0], losses[-1])


@pytest.mark.parametrize("name", BACKBONES)
def test_the_table_names_the_stages(name: str) -> None:
    entry = BACKBONES[name]
    shape = (1, 32, 32) if "image" in entry.accepts else (6,)
    (bounds,) = ((int(option.low or 1), int(option.high or 8)) for option in entry.options if option.name == "depth")
    for depth in range(max(2, bounds[0]), min(6, bounds[1]) + 1):
        choice = choose("backbone", BACKBONES, {"name": name, "depth": depth})
        try:
            body = entry.load()(shape, **choice.options)
        except SpecError:
            assert depth > 3, "the picture is too small for so many"
            continue
        assert stages(choice) == tuple(stage.name for stage in body.stages)
