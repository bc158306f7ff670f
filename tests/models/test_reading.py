"""Low-rank changes and masks on a shared backbone against their limits and a plain loop."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from mtl_core.layers.attention import Attention, FeedForward, Mean
from mtl_core.layers.layers import Readout
from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass, Setting
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from tests.models.small import SMALL

STREAMS = Streams.of([0, 1])
TASKS = (Task("digit", "classification", 3), Task("shape", "classification", 4), Task("size", "classification", 2))
IMAGE = (1, 8, 8)


def built(strategy: str, backbone: str = "mlp", shape: tuple[int, ...] = IMAGE, **options: Any) -> Model:
    body = choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone])
    return build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, Sizes(TASKS, shape))


def inputs(*shape: int) -> torch.Tensor:
    return torch.rand(2, 5, *shape, generator=torch.Generator().manual_seed(0))


def moved(model: Model) -> dict[str, torch.Tensor]:
    """First values, each pushed away from where it starts."""
    noise = torch.Generator().manual_seed(1)
    return {name: v + 0.1 * torch.randn(v.shape, generator=noise) for name, v in model.initialise(STREAMS).items()}


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("strategy", "options"), [("lora", {}), ("mtan", {"open": 20.0})])
def test_no_change_and_open_masks_are_hard_sharing_bit_for_bit(strategy: str, options: dict[str, Any], backbone: str) -> None:
    subject, plain = built(strategy, backbone, **options), built("hard", backbone)
    values = subject.initialise(STREAMS)
    assert set(plain.initialise(STREAMS)) < set(values), "the trunk is called the same"
    answers = subject(values, inputs(*IMAGE)), plain(plain.initialise(STREAMS), inputs(*IMAGE))
    for one, other in zip(*(answer.tasks for answer in answers), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_changes_of_full_rank_make_the_matrices_of_any_networks(backbone: str) -> None:
    """Networks that differ in all their matrices, each change found by its singular values."""
    subject, apart = built("lora", backbone, rank=64, scale=64.0), built("single_task", backbone)
    values, own = subject.initialise(STREAMS), apart.initialise(STREAMS)
    noise = torch.Generator().manual_seed(1)
    changed = 0
    for name in [name for name in values if name.endswith(".down")]:
        _, place, *matrix, _, _ = name.split(".")
        column = f"column.{place}.{'.'.join(matrix)}"
        own[column] = own[column] + 0.1 * torch.randn(own[column].shape, generator=noise)
        delta = own[column] - values[f"trunk.{place}.{'.'.join(matrix)}"].unsqueeze(1)
        delta = delta if delta.dim() == 4 else delta.flatten(3).mT  # filters: what the window sees is the input
        u, s, v = torch.linalg.svd(delta, full_matrices=False)
        values[name], values[name.removesuffix("down") + "up"] = u * s.unsqueeze(2), v
        changed += 1
    assert changed >= 2
    for one, other in zip(subject(values, inputs(*IMAGE)).tasks, apart(own | values, inputs(*IMAGE)).tasks, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_the_size_of_changes_is_by_the_rank() -> None:
    """Public code uses its scale as it is, so that a change grows with its rank."""
    one, two = built("lora", rank=2, scale=1.0), built("lora", rank=4, scale=1.0)
    values = moved(one)
    doubled = {
        name: torch.cat((v, v), dim=3 if name.endswith("down") else 2) if name.startswith("change") else v
        for name, v in values.items()
    }
    for a, b in zip(one(values, inputs(*IMAGE)).tasks, two(doubled, inputs(*IMAGE)).tasks, strict=True):
        torch.testing.assert_close(a, b)


def test_low_rank_changes_against_a_loop() -> None:
    model = built("lora", shape=(4,), rank=2, scale=3.0)
    values, x = moved(model), inputs(4)
    seen = model(values, x, Pass(observe=True))
    for run in range(2):
        own, weights = {name: tensor[run] for name, tensor in values.items()}, []
        for task in range(3):
            layers = []
            for stage, layer in ((0, 1), (1, 0)):
                where = f"change.{stage}.{layer}.weight.0"
                change = 3 / 2 * own[f"{where}.down"][task] @ own[f"{where}.up"][task]
                layers.append((own[f"trunk.{stage}.{layer}.weight"], change, own[f"trunk.{stage}.{layer}.bias"]))
            weights.append(layers)
            for example in range(5):
                h = x[run, example]
                for weight, change, bias in layers:
                    h = torch.relu(h @ (weight + change) + bias)
                answer = own[f"head.{task}.0.weight"] @ h + own[f"head.{task}.0.bias"]
                torch.testing.assert_close(seen.tasks[task][run, example], answer, rtol=1e-4, atol=1e-5)
        weight, first, _ = weights[0][1]
        second = weights[1][1][1]
        torch.testing.assert_close(seen.traces["change.layer 2"][run, 0], first.norm() / weight.norm())
        cosine = (first * second).sum() / first.norm() / second.norm()
        torch.testing.assert_close(seen.traces["cosine.layer 2"][run, 0, 1], cosine, rtol=1e-4, atol=1e-5)
        agreement = torch.cosine_similarity((weight + first).flatten(), (weight + second).flatten(), dim=0)
        torch.testing.assert_close(seen.traces["agreement.layer 2"][run, 0, 1], agreement, rtol=1e-4, atol=1e-5)


def test_factors_start_so_that_one_of_them_learns() -> None:
    """With both factors at zero nothing would ever change."""
    values = built("lora").initialise(STREAMS)
    for name, value in values.items():
        if name.startswith("change"):
            assert bool(value.any()) == name.endswith("down")
    down = values["change.1.0.weight.0.down"]
    assert not torch.equal(down[:, 0], down[:, 1]), "tasks start in different directions"


def test_masks_against_a_loop() -> None:
    model = built("mtan", shape=(4,), open=1.0)
    values, x = moved(model), inputs(4)
    seen = model(values, x, Pass(observe=True))
    for run in range(2):
        own = {name: tensor[run] for name, tensor in values.items()}
        masks: dict[tuple[int, int], list[torch.Tensor]] = {}
        for example in range(5):
            shared, attended = x[run, example], [torch.empty(0)] * 3
            for stage, layer in ((0, 1), (1, 0)):
                half = shared @ own[f"trunk.{stage}.{layer}.weight"] + own[f"trunk.{stage}.{layer}.bias"]
                shared = torch.relu(half)
                for task in range(3):
                    looked = half
                    if stage:
                        refined = torch.relu(attended[task] @ own["refine.0.0.weight"] + own["refine.0.0.bias"])
                        looked = torch.cat((half, refined))
                    unit = {name: own[f"mask.{stage}.{name}"][task] for name in ("0.weight", "0.bias", "3.weight", "3.bias")}
                    hidden = looked @ unit["0.weight"] + unit["0.bias"]
                    hidden = torch.nn.functional.layer_norm(hidden, hidden.shape)
                    hidden = hidden * own[f"mask.{stage}.1.scale"][task] + own[f"mask.{stage}.1.shift"][task]
                    mask = torch.sigmoid(torch.relu(hidden) @ unit["3.weight"] + unit["3.bias"] + 1)
                    attended[task] = mask * shared
                    masks.setdefault((stage, task), []).append(mask)
            for task in range(3):
                answer = own[f"head.{task}.0.weight"] @ attended[task] + own[f"head.{task}.0.bias"]
                torch.testing.assert_close(seen.tasks[task][run, example], answer, rtol=1e-4, atol=1e-5)
        for task in range(3):
            mean = torch.stack(masks[1, task]).mean(0)
            torch.testing.assert_close(seen.traces["mask.layer 2"][run, task], mean)
        apart = (torch.stack(masks[1, 0]) - torch.stack(masks[1, 2])).abs().mean()
        torch.testing.assert_close(seen.traces["agreement.layer 2"][run, 0, 2], 1 - apart)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_masks_start_nearly_open_where_public_ones_start_half_open(backbone: str) -> None:
    def means(**options: Any) -> list[torch.Tensor]:
        model = built("mtan", backbone, **options)
        traces = model(model.initialise(STREAMS), inputs(*IMAGE), Pass(observe=True)).traces
        return [value.mean() for name, value in traces.items() if name.startswith("mask")]

    assert all(0.8 < mean < 0.95 for mean in means())
    assert all(0.35 < mean < 0.65 for mean in means(open=0.0))


@pytest.mark.parametrize("backbone", ["cnn", "resnet"])
def test_masks_of_images_differ_between_pixels_and_keep_the_trunk_s_own_way(backbone: str) -> None:
    model = built("mtan", backbone)
    values = moved(model)
    before = model(values, inputs(*IMAGE), Pass(observe=True))
    values["mask.0.3.bias"] = values["mask.0.3.bias"].clone()
    values["mask.0.3.bias"][:, 1] -= 100  # task 1 sees nothing of the first stage
    after = model(values, inputs(*IMAGE), Pass(observe=True))
    assert not after.features["stage 1"][:, 1].any()
    assert torch.equal(after.tasks[0], before.tasks[0])
    last = after.features["stage 2"][:, 1]
    assert last.any(), "later stages read the trunk, not what masks let through"


@pytest.mark.parametrize(
    ("strategy", "options"),
    [("lora", {}), ("mtan", {}), ("nddr", {}), ("nddr", {"normalise": True}), ("sluice", {}), ("shared_private", {})],
)
def test_padding_of_sequences_changes_no_answer(strategy: str, options: dict[str, Any]) -> None:
    """Whatever is put between stages, a position that is padding stays so."""
    entry = STRATEGIES[strategy]

    def model(length: int) -> Model:
        blocks = [(Attention(8, 2, padded=True), FeedForward(8, 16, padded=True)) for _ in range(2)]
        stages = (Stage("block 1", blocks[0], 1), Stage("block 2", (*blocks[1], Mean(padded=True)), 1))
        heads = tuple(Stage(task.name, (Readout(8 * entry.reads, 3),)) for task in TASKS)
        setting = Setting(Backbone.of(stages, (length, 8)), heads, tuple(task.name for task in TASKS))
        built: Model = entry.load()(setting, **entry.check(options))
        return built

    x = torch.randn(2, 5, 3, 8, generator=torch.Generator().manual_seed(0))
    values = moved(model(3))
    for one, other in zip(model(3)(values, x).tasks, model(5)(values, F.pad(x, (0, 0, 0, 2))).tasks, strict=True):
        torch.testing.assert_close(one, other)
