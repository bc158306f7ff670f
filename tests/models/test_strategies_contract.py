"""What every sharing strategy promises on every backbone."""

from typing import Any

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Outputs, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from mtl_core.training.parameters import initial, leaves
from tests.models import small

TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
SHAPE, LARGER = (2, 8, 8), (2, 16, 16)
SMALL = small.SMALL | {"mlp": {"width": 12}, "lenet": {"width": 3}}
STREAMS = Streams.of([3, 1, 4])
MANY = Streams.of(list(range(64)))
TEXT, VECTORS, MAPS = "transformer on text", "transformer on vectors that stand for words", "unet of maps"
TEXT_TASKS = (TASKS[0], Task("tags", "tagging", 3, labels=("O", "B-a", "I-a")), TASKS[1])
MAP_TASKS = (TASKS[0], Task("parts", "segmentation", 3), Task("slopes", "normals"))
PLACES, WORDS, NUMBERS = 7, 11, 5
PAIRS = [(strategy, backbone) for strategy in STRATEGIES for backbone in (*BACKBONES, TEXT, MAPS) if backbone != "unet"]
"""A U-Net with heads of maps beside one that reads a vector: both ways to its end."""
STEPS = 100


def shape(backbone: str) -> tuple[int, ...]:
    return LARGER if backbone == "lenet" else SHAPE


def built(strategy: str, backbone: str, per_task: bool | None = None, places: int = PLACES, **options: Any) -> Model:
    apart = STRATEGIES[strategy].per_task if per_task is None else per_task
    sizes = Sizes(TASKS, shape(backbone), STEPS, apart)
    if backbone in (TEXT, VECTORS):
        if apart:
            pytest.skip("all tasks read the same texts")
        read = Sizes(TEXT_TASKS, (places,), STEPS, words=WORDS)
        backbone, sizes = "transformer", read if backbone == TEXT else Sizes(TEXT_TASKS, (places, NUMBERS), STEPS)
    if backbone == MAPS:
        backbone, sizes = "unet", Sizes(MAP_TASKS, SHAPE, STEPS, apart)
    body = choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone])
    try:
        return build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, sizes)
    except SpecError as refusal:
        pytest.skip(str(refusal))


def examples(strategy: str, backbone: str, runs: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    if backbone in (TEXT, VECTORS):
        there = torch.arange(PLACES) < torch.tensor([7, 3, 5, 1, 6, 2])[:, None]
        if backbone == VECTORS:
            return (torch.randn(6, PLACES, NUMBERS, generator=generator) * there[:, :, None]).expand(runs, -1, -1, -1)
        return (torch.randint(1, WORDS, (6, PLACES), generator=generator) * there).expand(runs, -1, -1)
    drawn = torch.rand(6, len(TASKS), *shape(backbone), generator=generator)
    x = drawn if STRATEGIES[strategy].per_task else drawn[:, 0]
    x = x.expand(runs, *x.shape)
    return x.transpose(1, 2) if STRATEGIES[strategy].per_task else x


def scalar(output: torch.Tensor) -> torch.Tensor:
    """A number that every part of an output bears on, for each run summed."""
    return (output * torch.linspace(0.5, 1.5, output[0].numel()).view(output.shape[1:])).sin().sum()


def size(value: torch.Tensor) -> torch.Tensor:
    return value.square().mean().sqrt()


def training(seeds: list[int]) -> Pass:
    return Pass(2, Streams.of(seeds).at(Purpose.SHARING).at(2))


def begin(model: Model, step: int, values: dict[str, torch.Tensor], seeds: list[int]) -> None:
    """The turn before a step, as training has it, after conflicts at random: structures that look at them differ by run."""
    tasks, stages = len(TASKS), {p.stage for p in model.parameters if p.trunk}
    drawn = torch.rand(len(seeds), len(stages), tasks * (tasks - 1) // 2, generator=torch.Generator().manual_seed(step))
    with torch.no_grad():
        model.turn(step, values, Streams.of(seeds), drawn)


def answered(model: Model, values: dict[str, torch.Tensor], x: torch.Tensor, at: Pass | None = None) -> Outputs:
    return model(values, x, at or Pass())


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_parameters_lie_in_order_and_a_seed_fixes_them(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    places = [0 if p.trunk else 1 if len(p.users) == 1 and not p.each else 2 if p.users else 3 for p in model.parameters]
    assert places == sorted(places), "trunk, single owners, copies side by side, auxiliary"
    assert all((p.stage is not None) == p.trunk for p in model.parameters)
    assert all(not p.each or p.shape[0] == len(p.users) for p in model.parameters)
    values, again = model.initialise(STREAMS), model.initialise(Streams.of([4]))
    assert {name: value.shape[1:] for name, value in values.items()} == {p.name: p.shape for p in model.parameters}
    assert all(torch.equal(values[name][2], again[name][0]) for name in values)


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_reachability_is_what_autograd_finds_at_a_random_point(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    flat = initial(model, Streams.of([0]))
    views = leaves(model, flat)
    found: dict[str, set[int]] = {p.name: set() for p in model.parameters}
    # Structures on trial, masks and rectifiers can hide a path at one draw: several steps' draws and batches are tried, in
    # each part of training.
    for trial, step in enumerate(sorted({*range(0, STEPS, STEPS // 4), *model.turns})):
        if step in model.turns:
            begin(model, step, views, [0])
        if step in (0, *model.turns):
            flat += 0.3 * torch.randn(flat.shape, generator=torch.Generator().manual_seed(1 + step))
        at = Pass(step, Streams.of([trial]).at(Purpose.SHARING).at(trial))
        outputs = answered(model, views, examples(strategy, backbone, 1, trial), at).tasks
        for task, output in enumerate(outputs):
            grads = torch.autograd.grad(scalar(output), list(views.values()), retain_graph=True, allow_unused=True)
            for parameter, grad in zip(model.parameters, grads, strict=True):
                if grad is None or not grad.any():
                    continue
                if parameter.each:
                    reached = {parameter.users[k] for k in range(len(parameter.users)) if grad[0, k].any()}
                    assert reached <= {task}, f"{parameter.name} says that its copies are private"
                found[parameter.name].add(task)
    claimed = {p.name: set(p.users) for p in model.parameters}
    assert found == claimed


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_a_run_does_not_depend_on_its_cohort(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    values = model.initialise(STREAMS)
    together = answered(model, values, examples(strategy, backbone, 3), training([3, 1, 4]))
    alone_values = model.initialise(Streams.of([1]))
    alone = answered(model, alone_values, examples(strategy, backbone, 1), training([1]))
    for one, other in zip(together.tasks, alone.tasks, strict=True):
        torch.testing.assert_close(one[1], other[0], rtol=1e-4, atol=1e-5)
    for name, penalty in together.penalties.items():
        torch.testing.assert_close(penalty[1], alone.penalties[name][0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_examples_stay_independent(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    values, x = model.initialise(STREAMS), examples(strategy, backbone, 3).clone()
    before = answered(model, values, x).tasks
    if backbone == TEXT:
        x[:, 1:] = torch.where(x[:, 1:] > 0, 1 + x[:, 1:] % (WORDS - 1), 0)  # other words in all examples but the first
    else:
        x[..., 1:, :, :, :] += 1
    for one, other in zip(before, answered(model, values, x).tasks, strict=True):
        torch.testing.assert_close(one[:, 0], other[:, 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_what_is_observed_is_what_the_layout_says(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    seen = answered(model, model.initialise(STREAMS), examples(strategy, backbone, 3), Pass(observe=True))
    assert len(model.rows) >= 1
    assert set(seen.traces) == {trace.name for trace in model.traces}
    for trace in model.traces:
        value = seen.traces[trace.name]
        assert value.shape == (3, *(len(labels) for labels in trace.labels)), trace.name
        assert value.isfinite().all(), trace.name
        if trace.name.startswith("usage."):
            torch.testing.assert_close(value.sum(2), torch.ones(3, len(TASKS)), rtol=1e-4, atol=1e-4)
            assert (value >= 0).all()
    for name, features in seen.features.items():
        assert features.shape[:2] in ((3, 1), (3, len(TASKS))), name
        assert (features.shape[1] == len(TASKS)) or name not in model.differing
    assert set(model.differing) <= set(seen.features)


# What answers hand on is as small as they are: a part of the mistake that stacked heads show.
@pytest.mark.parametrize(("strategy", "backbone"), [pair for pair in PAIRS if pair[0] != "stacked_heads"])
def test_outputs_start_at_the_size_of_hard_sharing(strategy: str, backbone: str) -> None:
    model, plain = built(strategy, backbone), built("hard", backbone, per_task=STRATEGIES[strategy].per_task)
    x = examples(strategy, backbone, len(MANY.keys))
    for one, other in zip(
        answered(model, model.initialise(MANY), x).tasks, answered(plain, plain.initialise(MANY), x).tasks, strict=True
    ):
        assert 0.5 < size(one) / size(other) < 2


@pytest.mark.parametrize("experts", [4, 16])
@pytest.mark.parametrize("strategy", ["omoe", "mmoe", "dselect_k"])
def test_a_mixture_starts_no_smaller_than_a_mean_of_independent_experts(strategy: str, experts: int) -> None:
    # Experts start apart and gates near their mean: of E features that have signs, as a transformer's, the mean is as small as
    # 1/sqrt(E), so that 16 experts start below half of hard sharing. Rectified features share a part, and shrink by less.
    model, plain = built(strategy, "transformer", experts=experts), built("hard", "transformer")
    x = examples(strategy, "transformer", len(MANY.keys))
    one, other = (answered(m, m.initialise(MANY), x, Pass(observe=True)).features for m in (model, plain))
    last = model.rows[-1].name
    assert experts**-0.5 < size(one[last]) / size(other[last]) < 1.3 * experts**-0.5


@pytest.mark.parametrize(("strategy", "backbone"), PAIRS)
def test_gradients_reach_every_parameter_within_three_steps(strategy: str, backbone: str) -> None:
    model = built(strategy, backbone)
    seeds = list(range(8))
    flat = initial(model, Streams.of(seeds))
    views, moved = leaves(model, flat), dict.fromkeys((p.name for p in model.parameters), False)
    for step in (first + later for first in (0, *model.turns) for later in range(3)):
        if step in model.turns:
            begin(model, step, views, seeds)
        at = Pass(step, Streams.of(seeds).at(Purpose.SHARING).at(step))
        outputs = answered(model, views, examples(strategy, backbone, 8, step), at)
        total = sum(map(scalar, outputs.tasks)) + sum(outputs.penalties.values(), torch.zeros(()).sum()).sum()
        grads = torch.autograd.grad(total, list(views.values()), allow_unused=True)
        with torch.no_grad():
            for (name, view), grad in zip(views.items(), grads, strict=True):
                if grad is not None and grad.any():
                    moved[name] = True
                    view -= 0.1 * grad
    still = [p.name for p in model.parameters if not moved[p.name] and p.rate > 0]
    assert not still


@pytest.mark.parametrize("read", [TEXT, VECTORS])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_padding_never_changes_a_result(strategy: str, read: str) -> None:
    short, long = built(strategy, read), built(strategy, read, places=PLACES + 2)
    whole = {name: value + 0.01 for name, value in long.initialise(STREAMS).items()}  # away from zeros that would hide a path
    sizes = {parameter.name: parameter.shape for parameter in short.parameters}
    values = {name: whole[name][(slice(None), *(slice(0, size) for size in shape))] for name, shape in sizes.items()}
    x = examples(strategy, read, 3)
    padded = torch.nn.functional.pad(x, (0, 2) if read == TEXT else (0, 0, 0, 2))
    expected, found = answered(short, values, x), answered(long, whole, padded)
    for task, one, other in zip(TEXT_TASKS, expected.tasks, found.tasks, strict=True):
        other = other[:, :, :PLACES] if task.kind == "tagging" else other
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    for name, penalty in expected.penalties.items():
        torch.testing.assert_close(penalty, found.penalties[name], rtol=1e-4, atol=1e-5)
