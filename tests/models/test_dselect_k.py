"""The mixture of few experts: its formula against a loop, what settling leaves, and its penalties."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.dselect_k import smooth_step
from mtl_core.models.model import Model, Pass
from mtl_core.random import Streams
from mtl_core.records import Record
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from mtl_core.training.trainer import Trainer

STREAMS = Streams.of([0, 1])
TASKS = (Task("a", "regression"), Task("b", "regression"), Task("c", "regression"))
X = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
STEPS = 100


def built(name: str = "dselect_k", **options: object) -> Model:
    strategy = choose("strategy", STRATEGIES, {"name": name} | options)
    return build(strategy, choose("backbone", BACKBONES, {"name": "mlp", "width": 6}), Sizes(TASKS, (4,), STEPS))


def spread(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """With selectors away from where they start, some of them settled."""
    drawn = torch.Generator().manual_seed(3)
    return {
        name: value + 0.4 * torch.randn(value.shape, generator=drawn) if name.startswith("gate") else value
        for name, value in values.items()
    }


def all_records(trainer: Trainer) -> Iterator[Record]:
    while not trainer.finished:
        yield from trainer.advance()


def step_of(z: float, gamma: float) -> float:
    if abs(z) >= gamma / 2:
        return float(z > 0)
    return -2 * z**3 / gamma**3 + 3 * z / (2 * gamma) + 1 / 2


def selectors(scores: Tensor, experts: int, gamma: float) -> tuple[list[list[float]], list[float]]:
    """Each selector's share of each expert and the selectors' weights, of one task and one example: scores ``(k, m + 1)``."""
    shares = []
    for numbers in scores.tolist():
        steps = [step_of(z, gamma) for z in numbers[:-1]]
        shares.append([math.prod(s if e >> i & 1 else 1 - s for i, s in enumerate(steps)) for e in range(experts)])
    return shares, torch.softmax(scores[:, -1], dim=0).tolist()


@pytest.mark.parametrize("per_example", [False, True])
@pytest.mark.parametrize(("experts", "count"), [(4, 2), (5, 3), (2, 1)])
def test_outputs_and_penalties_against_a_loop(experts: int, count: int, per_example: bool) -> None:
    gamma = 0.7
    model = built(experts=experts, selectors=count, gamma=gamma, entropy=0.2, per_example=per_example)
    values = spread(model.initialise(STREAMS))
    found = model(values, X, Pass(STEPS // 4))  # half way up the ramp
    for run in range(2):
        mine = {name: value[run] for name, value in values.items()}
        entropy = codes = 0.0
        for x, example in zip(X[run], range(5), strict=True):
            for task in range(3):
                scores = mine["gate.0.0.bias"][task] + (x @ mine["gate.0.0.weight"][task] if per_example else 0)
                shares, weights = selectors(scores.view(count, -1), experts, gamma)
                entropy -= sum(r * math.log(r + 1e-6) for some in shares for r in some) / 5
                codes += sum(1 / max(1e-3, sum(some)) for some in shares) / 5
                mixed = torch.zeros(6)
                for e in range(experts):
                    h = torch.relu(x @ mine["expert.0.1.weight"][e] + mine["expert.0.1.bias"][e])
                    h = torch.relu(h @ mine["expert.1.0.weight"][e] + mine["expert.1.0.bias"][e])
                    mixed += sum(w * some[e] for w, some in zip(weights, shares, strict=True)) * h
                expected = mine[f"head.{task}.0.weight"].flatten() @ mixed + mine[f"head.{task}.0.bias"]
                torch.testing.assert_close(found.tasks[task][run, example], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(found.penalties["entropy"][run].item(), 0.2 * 0.5 * entropy, rtol=1e-4, atol=1e-5)
        assert ("codes" in found.penalties) == (experts == 5), "with powers of two every code names an expert"
        if experts == 5:
            torch.testing.assert_close(found.penalties["codes"][run].item(), codes, rtol=1e-4, atol=1e-4)


def test_the_smooth_step_is_exact_at_its_ends_and_has_no_slope_there() -> None:
    z = torch.tensor([-9, -0.35, 0, 0.35, 9], requires_grad=True)
    step = smooth_step(z, 0.7)
    assert step.tolist() == [0, 0, 0.5, 1, 1]
    step.sum().backward()
    assert z.grad is not None
    torch.testing.assert_close(z.grad, torch.tensor([0, 0, 1.5 / 0.7, 0, 0]))


def settled(model: Model, experts: list[int]) -> dict[str, Tensor]:
    values = model.initialise(STREAMS)
    bits = torch.tensor([[1.0 if e >> i & 1 else -1.0 for i in range(2)] for e in experts])
    values["gate.0.0.bias"] = torch.cat((bits, torch.zeros(3, 1)), dim=1).expand(2, -1, -1).clone()
    return values


def test_settled_on_one_expert_each_it_is_a_network_a_task_exactly_and_the_choice_is_final() -> None:
    model, apart = built(selectors=1), built("single_task")
    chosen = [2, 0, 3]
    values = {name: value.requires_grad_() for name, value in settled(model, chosen).items()}
    columns = apart.initialise(STREAMS)
    with torch.no_grad():
        for name in columns:
            columns[name] = values[name.replace("column", "expert")][:, chosen] if name.startswith("column") else values[name]
    outputs = model(values, X, Pass(STEPS, observe=True))
    for one, other in zip(outputs.tasks, apart(columns, X).tasks, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)
    assert outputs.traces["usage.layer 2"][0].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    assert outputs.traces["heard.layer 2"][0].tolist() == [1, 0, 1, 1], "nobody hears the second expert"
    total = sum(output.square().sum() for output in outputs.tasks) + outputs.penalties["entropy"].sum()
    total.backward()
    gradient = values["gate.0.0.bias"].grad
    assert gradient is not None
    assert not gradient.any()
    unheard = values["expert.0.1.weight"].grad
    assert unheard is not None
    assert not unheard[:, 1].any()


def test_training_settles_selectors_so_that_few_experts_are_left() -> None:
    strategy = {"name": "dselect_k", "entropy": 0.1, "gamma": 0.5}
    study = mtl.Study(suite="vitals", strategy=strategy, weights=[], seeds=1, steps=60, learning_rate=0.05)
    records = [record for record in all_records(Trainer(study)) if record.kind == "structure"]
    heard = [(record.arrays["usage.layer 2"] > 0).sum(2) for record in records]
    assert (heard[0] == 4).all()
    assert (heard[-1] <= 2).all(), "exact zeros"


# Faults of public code.


def test_the_selectors_of_every_task_are_regularised() -> None:
    """LibMTL adds the penalties of the last task's selectors alone, with a factor that cannot be set, and calls backward in the
    middle of the forward pass."""
    model = built(experts=3, entropy=0.5)
    values = {name: value.requires_grad_() for name, value in spread(model.initialise(STREAMS)).items()}
    outputs = model(values, X, Pass(STEPS))
    assert all(value.grad is None for value in values.values())
    for name in ("entropy", "codes"):
        (gradient,) = torch.autograd.grad(outputs.penalties[name].sum(), [values["gate.0.0.bias"]], retain_graph=True)
        assert gradient.any(2).all(), f"{name} of every run and task"
    softer = built(experts=3, entropy=0.05)(values, X, Pass(STEPS)).penalties["entropy"]
    torch.testing.assert_close(10 * softer, outputs.penalties["entropy"])


def test_the_entropy_penalty_rises_from_nothing() -> None:
    model = built(entropy=1)
    values = model.initialise(STREAMS)
    found = [model(values, X, Pass(step)).penalties["entropy"][0].item() for step in (0, 25, 50, 99)]
    assert found[0] == 0
    torch.testing.assert_close(torch.tensor(found[1:]), torch.tensor([0.5, 1, 1]) * found[2])


def test_a_selector_on_a_code_without_expert_costs_much_and_stays_finite() -> None:
    model = built(experts=3, selectors=1)
    values = {name: value.requires_grad_() for name, value in settled(model, [3, 0, 1]).items()}
    penalty = model(values, X, Pass(STEPS)).penalties["codes"]
    torch.testing.assert_close(penalty, torch.full((2,), 1002.0))
    (gradient,) = torch.autograd.grad(penalty.sum(), [values["gate.0.0.bias"]])
    assert gradient.isfinite().all()


def test_more_selectors_than_experts_are_refused_in_words() -> None:
    with pytest.raises(SpecError, match="there are 2 experts; choose at most as many"):
        mtl.Study(strategy={"name": "dselect_k", "experts": 2, "selectors": 3})
