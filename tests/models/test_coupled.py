"""NDDR layers and sluice networks against their limits, a plain loop, and the faults of public code."""

from typing import Any

import pytest
import torch

from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass
from mtl_core.models.nddr import Projection
from mtl_core.models.sluice import Subspaces
from mtl_core.random import Purpose, Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from tests.models.small import SMALL

STREAMS = Streams.of([0, 1])
TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
IMAGE = (1, 8, 8)


def built(strategy: str, backbone: str = "mlp", shape: tuple[int, ...] = IMAGE, **options: Any) -> Model:
    body = choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone])
    return build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, Sizes(TASKS, shape))


def inputs(*shape: int) -> torch.Tensor:
    return torch.rand(2, 5, *shape, generator=torch.Generator().manual_seed(0))


def read_out(own: dict[str, torch.Tensor], task: int, read: torch.Tensor) -> torch.Tensor:
    """A head in one line: those of classes hold their matrix transposed."""
    weight = own[f"head.{task}.0.weight"]
    return read @ (weight.mT if TASKS[task].kind == "classification" else weight) + own[f"head.{task}.0.bias"]


def moved(model: Model, streams: Streams = STREAMS) -> dict[str, torch.Tensor]:
    """First values, each pushed away from where it starts."""
    noise = torch.Generator().manual_seed(1)
    return {name: v + 0.1 * torch.randn(v.shape, generator=noise) for name, v in model.initialise(streams).items()}


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(
    ("strategy", "options"), [("nddr", {"same": 1.0}), ("sluice", {"same": 1.0, "last": 1.0, "penalty": 0.0})]
)
def test_units_that_mix_nothing_are_a_network_for_each_task_bit_for_bit(
    strategy: str, options: dict[str, Any], backbone: str
) -> None:
    subject, apart = built(strategy, backbone, **options), built("single_task", backbone)
    values = subject.initialise(STREAMS)
    own = {name: values[name] + 0.01 * values[name].flatten(2).mean(2).sum() for name in values if name.startswith("column")}
    heads = {name: value for name, value in values.items() if name.startswith("head")}
    answers = subject(values | own, inputs(*IMAGE)), apart(own | heads, inputs(*IMAGE))
    for one, other in zip(*(answer.tasks for answer in answers), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_sluice_networks_of_one_part_that_hand_on_the_last_stage_are_cross_stitch_units(backbone: str) -> None:
    sluice = built("sluice", backbone, parts=1, last=1.0, penalty=0.0)
    stitch = built("cross_stitch", backbone, granularity="scalar")
    values = moved(stitch)
    skip = {name: value for name, value in sluice.initialise(STREAMS).items() if name.startswith("skip")}
    answers = sluice(values | skip, inputs(*IMAGE)), stitch(values, inputs(*IMAGE))
    for one, other in zip(*(answer.tasks for answer in answers), strict=True):
        assert torch.equal(one, other)
    assert not answers[0].penalties


@pytest.mark.parametrize("backbone", BACKBONES)
def test_diagonal_projections_are_cross_stitch_units_of_each_channel(backbone: str) -> None:
    nddr, stitch = built("nddr", backbone), built("cross_stitch", backbone)
    values = moved(stitch)
    projections = dict(values)
    for name, value in values.items():
        if name.startswith("unit"):
            runs, tasks, _, width = value.shape
            matrix = torch.zeros(runs, tasks, width, tasks, width)
            for channel in range(width):
                matrix[:, :, channel, :, channel] = value[..., channel]
            projections[name] = matrix
    for one, other in zip(nddr(projections, inputs(*IMAGE)).tasks, stitch(values, inputs(*IMAGE)).tasks, strict=True):
        torch.testing.assert_close(one, other)


def test_projections_against_a_loop() -> None:
    model = built("nddr", shape=(4,))
    values, x = moved(model), inputs(4)
    answers = model(values, x).tasks
    for run in range(2):
        own = {name: tensor[run] for name, tensor in values.items()}
        for example in range(5):
            streams = [x[run, example]] * 3
            for stage, layer in ((0, 1), (1, 0)):
                weight, bias = own[f"column.{stage}.{layer}.weight"], own[f"column.{stage}.{layer}.bias"]
                columns = [torch.relu(h @ weight[t] + bias[t]) for t, h in enumerate(streams)]
                unit = own[f"unit.{stage}.0.weight"]
                streams = [sum((unit[t, :, u] @ columns[u] for u in range(3)), torch.zeros(6)) for t in range(3)]
            for task in range(3):
                answer = read_out(own, task, streams[task])
                torch.testing.assert_close(answers[task][run, example], answer, rtol=1e-4, atol=1e-5)


def test_parts_skips_and_their_penalty_against_a_loop() -> None:
    """Among the faults: stacked states reshaped to parts in the wrong order mix neighbouring units instead of tasks."""
    model = built("sluice", shape=(4,), penalty=0.5)
    values, x = moved(model), inputs(4)
    answers, expected = model(values, x), torch.zeros(2)
    for run in range(2):
        own = {name: tensor[run] for name, tensor in values.items()}
        for stage, layer in ((0, 1), (1, 0)):
            for task in range(3):
                matrix = own[f"column.{stage}.{layer}.weight"][task]
                for i in range(3):
                    for j in range(3, 6):
                        expected[run] += 0.5 / 3 * (matrix[:, i] @ matrix[:, j]) ** 2
        for example in range(5):
            streams, held = [x[run, example]] * 3, []
            for stage, layer in ((0, 1), (1, 0)):
                weight, bias = own[f"column.{stage}.{layer}.weight"], own[f"column.{stage}.{layer}.bias"]
                columns = [torch.relu(h @ weight[t] + bias[t]) for t, h in enumerate(streams)]
                parts = [h[3 * g : 3 * g + 3] for h in columns for g in range(2)]  # task 0 part 0, task 0 part 1, task 1 ...
                unit = own[f"unit.{stage}.0.weight"]
                mixed = [sum((unit[i, j] * parts[j] for j in range(6)), torch.zeros(3)) for i in range(6)]
                streams = [torch.cat(mixed[2 * t : 2 * t + 2]) for t in range(3)]
                held.append(streams)
            for task in range(3):
                skip = own["skip.0.weight"][task]
                read = skip[0] * held[0][task] + skip[1] * held[1][task]
                answer = read_out(own, task, read)
                torch.testing.assert_close(answers.tasks[task][run, example], answer, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(answers.penalties["alike"], expected)


@pytest.mark.parametrize("backbone", ["cnn", "transformer"])
def test_a_part_of_one_task_alone_is_heard_where_its_weights_say(backbone: str) -> None:
    """Parts are runs of neighbouring channels of one task, on images and sequences too."""
    model = built("sluice", backbone, last=1.0, same=1.0)
    values, at = model.initialise(STREAMS), Pass(observe=True)
    before = model(values, inputs(*IMAGE), at).features["stage 1" if backbone == "cnn" else "block 1"]
    values["unit.0.0.weight"][:, 0, 5] += 1  # task 0's first part takes task 2's second
    after = model(values, inputs(*IMAGE), at).features["stage 1" if backbone == "cnn" else "block 1"]
    axis, half = (3, 2) if backbone == "cnn" else (4, 4)
    added = (after - before)[:, 0]
    torch.testing.assert_close(added.narrow(axis - 1, 0, half), before[:, 2].narrow(axis - 1, half, half))
    assert not added.narrow(axis - 1, half, half).any()
    assert torch.equal(after[:, 1:], before[:, 1:])


@pytest.mark.parametrize("parts", [2, 3, 4])
def test_stages_that_parts_do_not_divide_keep_their_width(parts: int) -> None:
    body = choose("backbone", BACKBONES, {"name": "mlp", "width": 7})
    model = build(choose("strategy", STRATEGIES, {"name": "sluice", "parts": parts, "same": 1.0, "last": 1.0}), body,
                  Sizes(TASKS, (4,)))  # fmt: skip
    apart = build(choose("strategy", STRATEGIES, "single_task"), body, Sizes(TASKS, (4,)))
    for one, other in zip(
        model(model.initialise(STREAMS), inputs(4)).tasks, apart(apart.initialise(STREAMS), inputs(4)).tasks, strict=True
    ):
        assert torch.equal(one, other)


def test_normalised_projections_have_size_one_and_the_last_normalisation_is_a_task_s_own() -> None:
    model = built("nddr", shape=(4,), normalise=True)
    values = model.initialise(STREAMS)
    x = model(values, inputs(4), Pass(observe=True))
    assert all(output.isfinite().all() for output in x.tasks)
    users = {p.name: (p.trunk, p.each) for p in model.parameters if p.name.startswith("normal")}
    assert users["normal.0.0.scale"] == (True, False)
    assert users["normal.1.0.scale"] == (False, True)
    values["normal.1.0.scale"][:] = 0  # then heads read the shift alone, which is zero
    for task, output in enumerate(model(values, inputs(4)).tasks):
        torch.testing.assert_close(output, values[f"head.{task}.0.bias"].unsqueeze(1).expand_as(output))


def test_padding_of_sequences_stays_zero_under_every_unit() -> None:
    x = torch.rand(2, 3, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    x[:, :, :, 2:] = 0
    for layer in (Projection(3, 0.5, 6), Subspaces(3, 2, 0.5)):
        y = layer(layer.initialise(STREAMS.at(Purpose.INITIAL_VALUES)), x)
        assert not y[:, :, :, 2:].any()
        assert y.shape == x.shape
