"""A shared and a private network, and the adversary, against their limits, plain loops and the faults of public code."""

import math
from typing import Any

import pytest
import torch

import mtl_core
from mtl_core.errors import SpecError
from mtl_core.models.adversarial import Reversed
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass
from mtl_core.models.shared_private import same_said
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.plan import plan
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites import load_suite
from mtl_core.suites.suite import Task
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.parameters import Slices, initial, leaves
from mtl_core.training.structure import observe

STREAMS = Streams.of([0, 1])
TASKS = tuple(Task(f"domain_{number}", "classification", 2) for number in range(3))
STEPS = 100


def built(strategy: str, per_task: bool = False, **options: Any) -> Model:
    body = choose("backbone", BACKBONES, {"name": "mlp", "width": 6})
    return build(
        choose("strategy", STRATEGIES, {"name": strategy} | options), body, Sizes(TASKS, (4,), STEPS, per_task=per_task)
    )


def inputs(*shape: int) -> torch.Tensor:
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))


def test_heads_that_read_the_shared_network_alone_are_hard_sharing() -> None:
    subject, plain = built("shared_private"), built("hard")
    values = subject.initialise(STREAMS)
    same = {name.replace("shared", "trunk"): value for name, value in values.items()}
    for task in range(3):
        head = f"head.{task}.0.weight"
        values[head][:, :, 6:] = 0
        same[head] = values[head][:, :, :6]
    for one, other in zip(subject(values, inputs(5, 4)).tasks, plain(same, inputs(5, 4)).tasks, strict=True):
        torch.testing.assert_close(one, other)


def test_the_shared_network_starts_as_the_seed_s_trunk_and_no_two_networks_alike() -> None:
    values, plain = built("shared_private").initialise(STREAMS), built("hard").initialise(STREAMS)
    assert torch.equal(values["shared.1.0.weight"], plain["trunk.1.0.weight"])
    own = [*values["private.1.0.weight"].unbind(1), values["shared.1.0.weight"]]
    assert all(not torch.equal(own[i], own[j]) for i in range(4) for j in range(i))


@pytest.mark.parametrize("per_task", [False, True])
def test_shared_and_private_features_and_their_penalty_against_a_loop(per_task: bool) -> None:
    model = built("shared_private", per_task, penalty=0.5)
    values, x = model.initialise(STREAMS), inputs(3, 5, 4) if per_task else inputs(5, 4)
    seen = model(values, x, Pass(observe=True))
    for run in range(2):
        own, total = {name: tensor[run] for name, tensor in values.items()}, 0.0
        for task in range(3):
            said: list[list[torch.Tensor]] = [[], []]
            for example in range(5):
                s = p = x[run, task, example] if per_task else x[run, example]
                for stage, layer in ((0, 1), (1, 0)):
                    name = f"{stage}.{layer}"
                    s = torch.relu(s @ own[f"shared.{name}.weight"] + own[f"shared.{name}.bias"])
                    p = torch.relu(p @ own[f"private.{name}.weight"][task] + own[f"private.{name}.bias"][task])
                answer = own[f"head.{task}.0.weight"] @ torch.cat((s, p)) + own[f"head.{task}.0.bias"]
                torch.testing.assert_close(seen.tasks[task][run, example], answer, rtol=1e-4, atol=1e-5)
                said[0].append(s)
                said[1].append(p)
            means = [sum(rows[1:], rows[0]) / 5 for rows in said]
            overlap = 0.0
            for a in range(5):
                for b in range(5):
                    cosines = [
                        torch.cosine_similarity(rows[a] - mean, rows[b] - mean, dim=0)
                        for rows, mean in zip(said, means, strict=True)
                    ]
                    overlap += float(cosines[0] * cosines[1]) / 25
            assert float(seen.traces["overlap.layer 2"][run, task]) == pytest.approx(overlap, rel=1e-3, abs=1e-5)
            total += 0.5 / 3 * overlap
        assert float(seen.penalties["overlap"][run]) == pytest.approx(total, rel=1e-3, abs=1e-5)


def test_the_penalty_does_not_grow_with_the_batch_or_the_width() -> None:
    """The plain Frobenius norm grows with the square of the batch."""
    one, other = inputs(1, 8, 6), inputs(3, 8, 6)
    few = same_said(one, other)
    torch.testing.assert_close(same_said(one.repeat(1, 1, 4, 1), other.repeat(1, 1, 4, 1)), few)
    torch.testing.assert_close(same_said(one.repeat(1, 1, 1, 2), other), few)
    torch.testing.assert_close(same_said(100 * one + 3, other), few, rtol=1e-3, atol=1e-5)
    assert (few > 0).all()
    assert (few < 1).all()
    line = torch.linspace(-1, 1, 8).view(1, 1, 8, 1).expand(2, 1, 8, 6)
    torch.testing.assert_close(same_said(line, line), torch.ones(2, 1))


def test_without_adversary_and_penalty_it_is_a_shared_and_a_private_network() -> None:
    """Public code's baseline without the adversary drops the shared network altogether."""
    subject, plain = built("adversarial", True, adversary=0, penalty=0), built("shared_private", True, penalty=0)
    values, x = subject.initialise(STREAMS), inputs(3, 5, 4)
    answers = subject(values, x, Pass(STEPS)), plain(values, x)
    for one, other in zip(*(answer.tasks for answer in answers), strict=True):
        assert torch.equal(one, other)
    assert {p.name: p.users for p in plain.parameters if p.trunk} == {p.name: p.users for p in subject.parameters if p.trunk}
    views = leaves(subject, initial(subject, STREAMS))
    penalty = subject(views, x, Pass(STEPS)).penalties["discriminator"].sum()
    names = [name for name in views if not name.startswith("discriminator")]
    grads = torch.autograd.grad(penalty, [views[name] for name in names], allow_unused=True)
    assert all(grad is None or not grad.any() for grad in grads)
    assert not plain(values, x).penalties


def test_the_shared_network_hears_the_discriminator_reversed_and_by_the_ramp() -> None:
    model = built("adversarial", True, adversary=0.3, penalty=0)
    x = inputs(3, 5, 4)
    views = leaves(model, initial(model, STREAMS))
    names = ["discriminator.0.weight", "shared.0.1.weight", "private.0.1.weight"]

    def gradient(step: int) -> list[torch.Tensor | None]:
        penalty = model(views, x, Pass(step)).penalties["discriminator"]
        return list(torch.autograd.grad(penalty.sum(), [views[name] for name in names], allow_unused=True))

    shared = x
    for stage, layer in ((0, 1), (1, 0)):
        weight, bias = views[f"shared.{stage}.{layer}.weight"], views[f"shared.{stage}.{layer}.bias"]
        shared = torch.relu(shared @ weight.unsqueeze(1) + bias[:, None, None])
    logits = shared @ views["discriminator.0.weight"].unsqueeze(1) + views["discriminator.0.bias"][:, None, None]
    loss = torch.stack([
        torch.stack([torch.nn.functional.cross_entropy(logits[run, t], torch.full((5,), t)) for t in range(3)]).mean()
        for run in range(2)
    ])  # fmt: skip
    torch.testing.assert_close(model(views, x).penalties["discriminator"], loss)
    plain = torch.autograd.grad(loss.sum(), [views[name] for name in names[:2]])
    for step in (0, 20, STEPS):
        own, reversed_, private = gradient(step)
        assert own is not None
        assert reversed_ is not None
        torch.testing.assert_close(own, plain[0])
        torch.testing.assert_close(reversed_, -0.3 * (2 / (1 + math.exp(-step / 10)) - 1) * plain[1])
        assert private is None or not private.any()


def test_the_discriminator_is_no_part_of_the_trunk_and_is_told_of() -> None:
    model = built("adversarial", True)
    auxiliary = [p for p in model.parameters if not p.users]
    assert [p.name for p in auxiliary] == [p.name for p in model.parameters[-2:]] == [
        "discriminator.0.weight", "discriminator.0.bias"]  # fmt: skip
    slices = Slices.of(model)
    assert slices.trunk == sum(p.size for p in model.parameters if p.name.startswith("shared"))
    assert slices.own.stop == slices.total - sum(p.size for p in auxiliary)
    values, x = model.initialise(STREAMS), inputs(3, 5, 4)
    values["discriminator.0.weight"][:] = 0
    values["discriminator.0.bias"][:] = torch.tensor([0.0, 1.0, 0.0])  # always says: the second
    told = model(values, x, Pass(observe=True)).traces["told.layer 2"]
    assert torch.equal(told, torch.tensor([[0.0, 1, 0], [0, 1, 0]]))


def test_reversal_is_the_same_forward() -> None:
    x = inputs(3).requires_grad_()
    y = Reversed.apply(x, 0.5)  # type: ignore[no-untyped-call]
    assert torch.equal(x, y)
    assert torch.equal(torch.autograd.grad(y.sum(), x)[0], torch.full_like(x, -0.5))


def test_one_input_for_all_tasks_is_refused_when_the_study_is_made() -> None:
    with pytest.raises(SpecError, match=r"which task an example came from.*'domains'.*'shared_private'"):
        mtl_core.Study(suite="vitals", strategies=["adversarial"])
    with pytest.raises(SpecError, match="inputs for each task"):
        built("adversarial")
    assert mtl_core.Study(suite="domains", strategies=["adversarial"]).strategies[0].name == "adversarial"


def test_a_strong_adversary_hides_the_domain_that_the_shared_network_else_betrays() -> None:
    shares = []
    for strength in (0.0, 1.0):
        strategy = {"name": "adversarial", "adversary": strength}
        study = mtl_core.Study(
            suite="domains", strategies=[strategy], weights=0, seeds=1, steps=150, batch_size=32, conflict_every=150
        )
        suite = load_suite(study.suite, study.tasks, {})
        data = Data.of(suite, torch.device("cpu"))
        model = build(study.strategies[0], study.backbone, Sizes(suite.tasks, data.shape, study.steps, per_task=True))
        cohort = Cohort(study, model, data, tuple(run for run in plan(study) if run.role != "baseline"))
        for step in range(study.steps):
            cohort.step(step)
        shares.append(float(observe(cohort, model, data, 1)["told.layer 2"].mean()))
    plain, hidden = shares
    assert plain > 0.8, "six domains lie apart: without an adversary their features betray them"
    assert hidden < plain - 0.2
