"""Experts in levels: formulas against loops, limits exactly, and faults that public code has."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
X = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))
IMAGES = torch.rand(3, 5, 2, 8, 8, generator=torch.Generator().manual_seed(0))
DEPTH = 3


def built(
    name: str, backbone: str = "mlp", tasks: tuple[Task, ...] = TASKS, *, apart: bool = False, **options: object
) -> Model:
    body = {"mlp": {"width": 6, "depth": DEPTH}, "cnn": {"width": 2}}[backbone]
    sizes = Sizes(tasks, (4,) if backbone == "mlp" else (2, 8, 8), per_task=apart)
    strategy = choose("strategy", STRATEGIES, {"name": name} | options)
    return build(strategy, choose("backbone", BACKBONES, {"name": backbone} | body), sizes)


def first(model: Model, x: Tensor = X) -> tuple[Tensor, ...]:
    return model(model.initialise(STREAMS), x).tasks


def same(one: Model, other: Model, x: Tensor = X) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first(one, x), first(other, x), strict=True))


def layer(values: Mapping[str, Tensor], prefix: str, place: int, copy: int, x: Tensor) -> Tensor:
    number = 1 if place == 0 else 0  # the first stage flattens before it multiplies
    weight, bias = (values[f"{prefix}.{place}.{number}.{name}"][copy] for name in ("weight", "bias"))
    return torch.relu(x @ weight + bias)


def gate(values: Mapping[str, Tensor], prefix: str, copy: int, x: Tensor) -> Tensor:
    return torch.softmax(x @ values[f"{prefix}.0.weight"][copy] + values[f"{prefix}.0.bias"][copy], dim=0)


def answer(values: Mapping[str, Tensor], task: int, h: Tensor) -> Tensor:
    weight = values[f"head.{task}.0.weight"]
    return (weight @ h if weight.shape[1] == len(h) else h @ weight) + values[f"head.{task}.0.bias"]


def by_loop(values: Mapping[str, Tensor], x: Tensor, shared: int, own: int, groups: list[list[int]]) -> list[Tensor]:
    """Progressive layered extraction of one example of one run, as its formulas say."""
    streams, joint = [x] * len(TASKS), x
    for level, places in enumerate(groups):
        mine = [[streams[t]] * own for t in range(len(TASKS))]
        common = [joint] * shared
        for place in places:
            mine = [[layer(values, "own", place, t * own + i, h) for i, h in enumerate(mine[t])] for t in range(len(TASKS))]
            common = [layer(values, "expert", place, k, h) for k, h in enumerate(common)]
        gates = [gate(values, f"gate.{level}", t, streams[t]) for t in range(len(TASKS))]
        made = [sum(g * h for g, h in zip(gates[t], mine[t] + common, strict=True)) for t in range(len(TASKS))]
        if level + 1 < len(groups):
            every = [h for some in mine for h in some] + common
            joint = sum(g * h for g, h in zip(gate(values, f"shared gate.{level}", 0, joint), every, strict=True))
        streams = made
    return streams


@pytest.mark.parametrize(("shared", "own"), [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize(("levels", "groups"), [(1, [[0, 1, 2]]), (2, [[0, 1], [2]]), (3, [[0], [1], [2]])])
def test_extraction_against_a_loop(shared: int, own: int, levels: int, groups: list[list[int]]) -> None:
    model = built("ple", shared=shared, per_task=own, levels=levels)
    values = model.initialise(STREAMS)
    answers = model(values, X).tasks
    for run in range(3):
        mine = {name: value[run] for name, value in values.items()}
        for example in range(5):
            for task, h in enumerate(by_loop(mine, X[run, example], shared, own, groups)):
                expected = answer(mine, task, h)
                torch.testing.assert_close(answers[task][run, example], expected, rtol=1e-4, atol=1e-5)


def test_fusion_against_a_loop() -> None:
    model = built("adatt", per_task=2, levels=1, residual=0.3)
    values = model.initialise(STREAMS)
    values["residual.0.0.weight"] += 0.1 * torch.arange(2)
    answers = model(values, X).tasks
    for run in range(3):
        mine = {name: value[run] for name, value in values.items()}
        for example in range(5):
            x, every = X[run, example], []
            for k in range(6):
                h = x
                for place in range(DEPTH):
                    h = layer(mine, "own", place, k, h)
                every.append(h)
            for task in range(3):
                heard = sum(g * h for g, h in zip(gate(mine, "gate.0", task, x), every, strict=True))
                own = sum(v * h for v, h in zip(mine["residual.0.0.weight"][task], every[2 * task : 2 * task + 2], strict=True))
                expected = answer(mine, task, 0.7 * heard + 0.3 * own)
                torch.testing.assert_close(answers[task][run, example], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mmoe", {"experts": 1}), ("hard", {})),
        (("omoe", {"experts": 1}), ("hard", {})),
        (("cgc", {"shared": 3, "per_task": 0}), ("mmoe", {"experts": 3})),
        (("cgc", {"shared": 2, "per_task": 1}), ("ple", {"shared": 2, "per_task": 1, "levels": 1})),
        (("cgc", {"shared": 0, "per_task": 1}), ("single_task", {})),
        (("ple", {"shared": 0, "per_task": 1, "levels": 3}), ("single_task", {})),
        (("ple", {"shared": 1, "per_task": 0, "levels": 3}), ("hard", {})),
        (("adatt", {"residual": 1, "levels": 1}), ("single_task", {})),
        (("adatt", {"residual": 1, "levels": 3}), ("single_task", {})),
        (("adatt", {"levels": 1}), ("hard", {})),  # at first: experts of tasks start alike, and weights are one in sum
    ],
)
def test_limits_start_bit_for_bit(one: tuple[str, dict[str, object]], other: tuple[str, dict[str, object]]) -> None:
    subject, limit = built(one[0], **one[1]), built(other[0], **other[1])
    if one == ("adatt", {"levels": 1}):
        for a, b in zip(first(subject), first(limit), strict=True):
            torch.testing.assert_close(a, b)
        return
    assert same(subject, limit)
    assert sum(p.size for p in subject.parameters) == sum(p.size for p in limit.parameters)
    assert sum(p.size for p in subject.parameters if p.trunk) == sum(p.size for p in limit.parameters if p.trunk)
    assert subject.flops_of == limit.flops_of


@pytest.mark.parametrize("options", [{"shared": 0, "per_task": 1, "levels": 3}, {"residual": 1.0, "levels": 2}])
def test_without_sharing_gradients_are_those_of_separate_networks(options: dict[str, object]) -> None:
    subject, limit = built("ple" if "shared" in options else "adatt", **options), built("single_task")
    found = []
    for model, prefix in ((subject, "own"), (limit, "column")):
        values = {name: value.requires_grad_() for name, value in model.initialise(STREAMS).items()}
        sum(output.square().sum() for output in model(values, X).tasks).backward()
        found.append([values[f"{prefix}.{place}.{1 if place == 0 else 0}.weight"].grad for place in range(DEPTH)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_one_gate_is_many_gates_tied() -> None:
    one, many = built("omoe", experts=3), built("mmoe", experts=3)
    values, tied = one.initialise(STREAMS), many.initialise(STREAMS)
    assert not same(one, many)
    for name in ("gate.0.0.weight", "gate.0.0.bias"):
        assert values[name].shape[1] == 1
        assert tied[name].shape[1] == 3
        tied[name] = values[name].expand_as(tied[name])
    for a, b in zip(one(values, X).tasks, many(tied, X).tasks, strict=True):
        torch.testing.assert_close(a, b)
    gates = {p.name: p for p in (*one.parameters, *many.parameters) if p.structure}
    assert {p.trunk for p in one.parameters if p.structure} == {True}
    assert {p.trunk for p in many.parameters if p.structure} == {False}
    assert gates


def test_with_one_task_one_gate_and_many_are_the_same() -> None:
    assert same(built("omoe", tasks=TASKS[:1]), built("mmoe", tasks=TASKS[:1]))


def users(model: Model, name: str) -> str:
    found = {(p.trunk, p.each) for p in model.parameters if p.name.startswith(name)}
    return {frozenset({(True, False)}): "trunk", frozenset({(False, True)}): "own"}[frozenset(found)]


def test_own_experts_are_trunk_below_the_top_and_own_at_it() -> None:
    model = built("ple", levels=3)
    assert [users(model, f"own.{place}.") for place in range(3)] == ["trunk", "trunk", "own"]
    assert [users(model, f"expert.{place}.") for place in range(3)] == ["trunk"] * 3
    # What the gate of the second level makes is read by own experts that no other task hears.
    assert [users(model, f"gate.{level}.") for level in range(3)] == ["trunk", "own", "own"]
    assert [users(model, f"shared gate.{level}.") for level in range(2)] == ["trunk"] * 2
    assert not any(p.name.startswith("shared gate.2") for p in model.parameters)
    assert [users(built("adatt", levels=3), f"gate.{level}.") for level in range(3)] == ["trunk", "trunk", "own"]


def test_several_own_experts_of_a_task_differ_and_begin_as_those_of_other_tasks() -> None:
    weight = built("cgc", per_task=2).initialise(STREAMS)["own.1.0.weight"]
    assert torch.equal(weight[:, 0], weight[:, 2])
    assert torch.equal(weight[:, 1], weight[:, 3])
    assert not torch.equal(weight[:, 0], weight[:, 1])
    plain = built("hard").initialise(STREAMS)["trunk.1.0.weight"]
    assert torch.equal(weight[:, 0], plain)


def test_what_has_no_expert_or_too_many_levels_is_refused_in_words() -> None:
    for name in ("cgc", "ple"):
        with pytest.raises(SpecError, match=f"{name}.*leaves no expert"):
            mtl.Study(strategy={"name": name, "shared": 0, "per_task": 0})
    for name in ("ple", "adatt"):
        with pytest.raises(SpecError, match=f"{name}.*at most as many levels as stages"):
            mtl.Study(strategy=name, backbone={"name": "mlp", "depth": 1})
        mtl.Study(strategy={"name": name, "levels": 1}, backbone={"name": "mlp", "depth": 1})


# Faults of public code.


def test_shared_experts_read_a_stream_of_their_own_that_hears_every_task() -> None:
    """LibMTL has no shared stream: its shared experts read each task's own, and no task hears of another's experts."""
    model = built("ple", levels=2)
    values = model.initialise(STREAMS)
    before = model(values, X).tasks
    values["own.0.1.weight"] = values["own.0.1.weight"].clone()
    values["own.0.1.weight"][:, 1] *= 2  # an expert of the second task, in the first level
    after = model(values, X).tasks
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    values["own.2.0.weight"] = values["own.2.0.weight"].clone()
    values["own.2.0.weight"][:, 1] *= 2  # and in the last, which the others do not hear
    last = model(values, X).tasks
    assert [torch.equal(a, b) for a, b in zip(after, last, strict=True)] == [True, False, True]


@pytest.mark.parametrize(("shared", "own"), [(3, 1), (1, 2), (0, 2)])
def test_there_are_as_many_shared_experts_as_asked_for(shared: int, own: int) -> None:
    """DeepCTR-Torch builds as many shared experts as a task has of its own."""
    shapes = {p.name: p.shape for p in built("cgc", shared=shared, per_task=own).parameters}
    assert shapes["own.1.0.weight"][0] == own * len(TASKS)
    assert ("expert.1.0.weight" in shapes) == (shared > 0)
    assert shared == 0 or shapes["expert.1.0.weight"][0] == shared
    assert shapes["gate.0.0.weight"] == (3, 4, shared + own)


@pytest.mark.parametrize("strategy", ["omoe", "mmoe", "cgc", "ple", "adatt", "dselect_k"])
def test_a_batch_of_one_example_is_a_batch(strategy: str) -> None:
    """DeepCTR-Torch squeezes the axis of examples away where there is one."""
    model = built(strategy)
    values = model.initialise(STREAMS)
    for one, all_ in zip(model(values, X[:, :1]).tasks, model(values, X).tasks, strict=True):
        assert one.shape == (3, 1, all_.shape[2])
        torch.testing.assert_close(one, all_[:, :1])


def test_gates_read_channels_not_pixels() -> None:
    """LibMTL's gates are linear in the flattened image: larger than the experts, and bound to one size of image."""
    gates = [p for p in built("mmoe", "cnn", experts=3).parameters if p.structure]
    assert {p.shape for p in gates} == {(3, 2, 3), (3, 3)}


def test_gates_are_a_softmax_of_each_example_alone() -> None:
    """torch-rechub's gates pass batch normalisation and dropout first, so that other examples and chance bear on them."""
    model = built("mmoe", gate_hidden=7)
    values = model.initialise(STREAMS)
    torch.testing.assert_close(first(model)[0][:, :2], model(values, X[:, :2], Pass(3, STREAMS)).tasks[0])
    assert values["gate.0.0.weight"].shape == (3, 3, 4, 7)
    assert "gate.0.2.bias" not in built("mmoe", gate_hidden=7, gate_bias=False).initialise(STREAMS)


@pytest.mark.parametrize("strategy", ["mmoe", "cgc", "adatt"])
def test_experts_start_at_the_size_of_a_plain_network(strategy: str) -> None:
    """DeepCTR-Torch starts all weights at 1e-4, so that gates and experts stay near zero for long."""
    values, plain = built(strategy).initialise(STREAMS), built("hard").initialise(STREAMS)
    for name in (n for n in values if n.endswith("2.0.weight") and n.startswith(("own", "expert"))):
        assert 0.7 < values[name].std() / plain["trunk.2.0.weight"].std() < 1.4


@pytest.mark.parametrize("strategy", ["hard", "omoe", "mmoe", "cgc", "ple", "adatt", "dselect_k"])
def test_with_inputs_of_their_own_each_task_is_answered_on_its_own_examples(strategy: str) -> None:
    examples = torch.randn(3, 3, 5, 4, generator=torch.Generator().manual_seed(1))
    model, one_input = built(strategy, apart=True), built(strategy)
    values = model.initialise(STREAMS)
    seen = model(values, examples, Pass(observe=True))
    for task, output in enumerate(seen.tasks):
        torch.testing.assert_close(output, one_input(values, examples[:, task]).tasks[task], rtol=1e-4, atol=1e-5)
    assert all(value.isfinite().all() for value in seen.traces.values())
    assert {features.shape[:3] for features in seen.features.values()} == {(3, 3, 5)}


# What is told of the gates.


def observed(model: Model, values: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    return model(values, X, Pass(observe=True)).traces


def test_a_gate_that_hears_one_expert_has_no_entropy_and_the_others_are_dead() -> None:
    model = built("mmoe", experts=3)
    values = model.initialise(STREAMS)
    for name in ("gate.0.0.weight", "gate.0.0.bias"):
        values[name] = torch.zeros_like(values[name])
    even = observed(model, values)
    torch.testing.assert_close(even["usage.layer 3"], torch.full((3, 3, 3), 1 / 3))
    torch.testing.assert_close(even["entropy.layer 3"], torch.ones(3, 3))
    torch.testing.assert_close(even["spread.layer 3"], torch.zeros(3, 3, 3))
    values["gate.0.0.bias"][..., 1] = 30
    sharp = observed(model, values)
    torch.testing.assert_close(sharp["entropy.layer 3"], torch.zeros(3, 3))
    torch.testing.assert_close(sharp["heard.layer 3"], torch.tensor([0.0, 1, 0]).expand(3, 3))


def test_gates_against_their_mean_and_deviation_over_examples() -> None:
    model = built("cgc", shared=2)
    values = model.initialise(STREAMS)
    told = observed(model, values)
    for run in range(3):
        mine = {name: value[run] for name, value in values.items()}
        for task in range(3):
            gates = torch.stack([gate(mine, "gate.0", task, x) for x in X[run]])
            seen = [task, 3, 4]
            torch.testing.assert_close(told["usage.layer 3"][run, task, seen], gates.mean(0))
            torch.testing.assert_close(told["spread.layer 3"][run, task, seen], gates.std(0, correction=0))
            entropy = -(gates * gates.log()).sum(1).mean() / torch.tensor(3.0).log()
            torch.testing.assert_close(told["entropy.layer 3"][run, task], entropy)
            assert not told["usage.layer 3"][run, task, [k for k in range(3) if k != task]].any()


def test_what_experts_read_of_the_level_below() -> None:
    model = built("ple", levels=2)
    told = observed(model, model.initialise(STREAMS))
    reads = told["reads.layer 3"]  # (R, K, K): three own experts, then the shared one
    assert reads.shape == (3, 4, 4)
    torch.testing.assert_close(reads.sum(2), torch.ones(3, 4))
    torch.testing.assert_close(reads[:, :3], told["usage.layer 2"])
    assert (reads[:, 3] > 0).all(), "the shared expert reads every expert"
    assert model.rows[2].reads == ((0, 3), (1, 3), (2, 3), (0, 1, 2, 3))
    assert model.rows[1].reads == ((0,), (1,), (2,), (3,))
    assert model.rows[1].reached == ((0, 1, 2),) * 4
    assert model.rows[2].reached == ((0,), (1,), (2,), (0, 1, 2))
