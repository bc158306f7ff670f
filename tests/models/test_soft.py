"""Soft sharing: its limits, and the step that keeps networks alike."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "regression") for name in ("a", "b", "c"))
STREAMS = Streams.of([0, 1])
X = torch.rand(2, 16, 4, generator=torch.Generator().manual_seed(0))
Y = torch.stack([(X @ torch.tensor([1.0, -2, 0, 1])), X[..., 0] * X[..., 1], X[..., 2].square()], dim=2)


def made(name: str, **options: object) -> Model:
    chosen = choose("strategy", STRATEGIES, {"name": name} | options)
    return build(chosen, choose("backbone", BACKBONES, {"name": "mlp", "width": 6}), Sizes(TASKS, (4,)))


def trained(model: Model, steps: int, rate: float, slower: float = 1.0) -> dict[str, torch.Tensor]:
    """Plain SGD on the mean loss; ``slower`` divides the trunk's rate."""
    values = {name: value.requires_grad_() for name, value in model.initialise(STREAMS).items()}
    trunk = {p.name for p in model.parameters if p.trunk}
    for _ in range(steps):
        losses = [(output[..., 0] - Y[..., task]).square().mean(1) for task, output in enumerate(model(values, X).tasks)]
        grads = torch.autograd.grad(torch.stack(losses).mean(0).sum(), list(values.values()))
        with torch.no_grad():
            for (name, value), grad in zip(values.items(), grads, strict=True):
                value -= (rate / slower if name in trunk else rate) * grad
            model.settle(values, torch.full((2,), rate))
    return {name: value.detach() for name, value in values.items()}


def test_without_bounds_it_is_hard_sharing_with_the_gradient_divided_by_tasks_under_sgd() -> None:
    soft, hard = made("soft_l2", strength=1e6), made("hard")
    alike, plain = trained(soft, 30, 0.1), trained(hard, 30, 0.1, slower=3)
    for name, value in plain.items():
        if name.startswith("trunk"):
            for task in range(3):
                torch.testing.assert_close(
                    alike[name.replace("trunk", "column")][:, task], value, rtol=1e-3, atol=1e-4, msg=name
                )
        else:
            torch.testing.assert_close(alike[name], value, rtol=1e-3, atol=1e-4)
    faster = trained(hard, 30, 0.1)
    assert not torch.allclose(alike["column.0.1.weight"][:, 0], faster["trunk.0.1.weight"], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_no_strength_is_a_network_for_each_task_bit_for_bit(optimizer: str) -> None:
    study = mtl.Study(
        suite="subspace", tasks=["task_1", "task_2"], strategies=[{"name": "soft_l2", "strength": 0}, "single_task"],
        optimizer=optimizer, backbone={"name": "mlp", "width": 8}, weights=0, seeds=2, steps=12,
    )  # fmt: skip
    result = mtl.run(study)
    runs = result.runs[result.runs.role != "baseline"]
    curves = [result.curves[result.curves.run.isin(of.run)].value.to_numpy() for _, of in runs.groupby("strategy")]
    assert len(curves[0]) > 50
    assert (curves[0] == curves[1]).all()


def test_the_step_is_the_formula_and_keeps_the_mean() -> None:
    model = made("soft_l2", strength=2.0)
    generator = torch.Generator().manual_seed(1)
    values = {n: torch.randn(v.shape, generator=generator) for n, v in model.initialise(STREAMS).items()}
    before = {name: value.clone() for name, value in values.items()}
    rates = torch.tensor([0.5, 0.0])
    model.settle(values, rates)
    for name, value in values.items():
        if not name.startswith("column"):
            assert torch.equal(value, before[name]), "heads are their tasks' own"
            continue
        for run, rate in enumerate([0.5, 0.0]):
            mean = sum(before[name][run, task] for task in range(3)) / 3
            for task in range(3):
                expected = (before[name][run, task] + 2 * rate * 2.0 * mean) / (1 + 2 * rate * 2.0)
                torch.testing.assert_close(value[run, task], expected)
        torch.testing.assert_close(value.mean(1), before[name].mean(1), rtol=1e-4, atol=1e-5)


def test_it_is_stable_where_the_penalty_in_the_gradient_diverges() -> None:
    """A gradient step on the penalty multiplies distances by ``1 - 2ηλ``: with ηλ above one they grow at every step."""
    values = trained(made("soft_l2", strength=1e4), 30, 0.1)
    assert all(value.isfinite().all() for value in values.values())
    own = values["column.0.1.weight"]
    assert (own - own.mean(1, keepdim=True)).abs().max() < 1e-3


def test_distances_are_zero_at_first_and_told_as_they_are() -> None:
    model = made("soft_l2")
    values = model.initialise(STREAMS)
    assert not model(values, X, Pass(observe=True)).traces["distance.layer 2"].any(), "columns start as one trunk"
    values["column.1.0.bias"][:, 2] += 1
    told = model(values, X, Pass(observe=True)).traces["distance.layer 2"]
    mean = torch.cat([values[f"column.1.0.{name}"].mean(1).flatten(1) for name in ("weight", "bias")], dim=1).norm(dim=1)
    torch.testing.assert_close(told[:, 2, 0], 6**0.5 / mean)
    assert not told[:, 0, 1].any()


def test_the_trunk_is_empty() -> None:
    assert not any(p.trunk for p in made("soft_l2").parameters)
