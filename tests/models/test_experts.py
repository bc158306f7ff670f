"""Experts in levels: formulas against loops, limits exactly, and which parameters are trunk."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.model import Model
from tests.models.mixtures import DEPTH, STREAMS, TASKS, X, built, first, gate, same


def layer(values: Mapping[str, Tensor], prefix: str, place: int, copy: int, x: Tensor) -> Tensor:
    number = 1 if place == 0 else 0  # the first stage flattens before it multiplies
    weight, bias = (values[f"{prefix}.{place}.{number}.{name}"][copy] for name in ("weight", "bias"))
    return torch.relu(x @ weight + bias)


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
    ],
)
def test_limits_start_bit_for_bit(one: tuple[str, dict[str, object]], other: tuple[str, dict[str, object]]) -> None:
    subject, limit = built(one[0], **one[1]), built(other[0], **other[1])
    assert same(subject, limit)
    assert sum(p.size for p in subject.parameters) == sum(p.size for p in limit.parameters)
    assert sum(p.size for p in subject.parameters if p.trunk) == sum(p.size for p in limit.parameters if p.trunk)
    assert subject.flops_of == limit.flops_of


def test_a_fusion_starts_as_hard_sharing_for_its_experts_start_alike_and_their_weights_are_one_in_sum() -> None:
    for one, other in zip(first(built("adatt")), first(built("hard")), strict=True):
        torch.testing.assert_close(one, other)


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


def test_limits_train_alike() -> None:
    pairs = [("single_task", {"name": "cgc", "shared": 0}), ("hard", {"name": "ple", "per_task": 0})]
    study = mtl.Study(
        suite="vitals", strategies=[strategy for pair in pairs for strategy in pair], weights=[], seeds=1, steps=10,
        batch_size=16, evaluate_every=5, tasks=["bmi", "bp"], backbone={"name": "mlp", "width": 8},
    )  # fmt: skip
    result = mtl.run(study)
    table = result.curves.merge(result.runs[["run", "label"]], on="run")
    table = table[table["split"] != "batch"]
    curves = {label: some["value"].to_numpy() for label, some in table.groupby("label", observed=True)}
    for one, other in (("single_task", "cgc(shared=0)"), ("hard", "ple(per_task=0)")):
        assert len(curves[f"{one} · equal"]) > 0
        np.testing.assert_allclose(curves[f"{one} · equal"], curves[f"{other} · equal"], rtol=1e-4, atol=1e-5)


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
    assert {p.trunk for p in one.parameters if p.structure} == {True}
    assert {p.trunk for p in many.parameters if p.structure} == {False}


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
