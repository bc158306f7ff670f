"""Stacked gradients against one run at a time."""

import pytest
import torch

from mtl_core.kinds.kind import kind_of
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.random import Streams
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from mtl_core.training.conflict import conflict
from mtl_core.training.forward import masked_mean
from mtl_core.training.gradients import Gradients, gramian, gramians
from mtl_core.training.parameters import Slices, initial, leaves

TASKS = (Task("a", "classification", 3), Task("b", "regression"))
BODY = Choice("mlp", (("width", 5), ("depth", 2), ("normalise", True)))
X = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(0))
TARGETS = (torch.arange(24).view(3, 8) % 3, torch.linspace(-1, 1, 24).view(3, 8))
SHARED = ["hard", "single_task", "cross_stitch", "mmoe", "ple", "adatt", "dselect_k"]


def model(strategy: str) -> Model:
    return build(choose("strategy", STRATEGIES, strategy), BODY, Sizes(TASKS, (4,)))


def losses(subject: Model, views: dict[str, torch.Tensor], runs: slice) -> list[torch.Tensor]:
    outputs = subject({name: view[runs] for name, view in views.items()}, X[runs]).tasks
    pairs = zip(TASKS, outputs, TARGETS, strict=True)
    return [masked_mean(kind_of(task.kind).losses(out, target[runs]), None) for task, out, target in pairs]


@pytest.mark.parametrize("strategy", SHARED)
def test_task_gradients_are_each_runs_own(strategy: str) -> None:
    subject = model(strategy)
    flat = initial(subject, Streams.of([0, 1, 2]))
    views, slices = leaves(subject, flat), Slices.of(subject)
    program = Gradients(subject, slices, views, 2)
    jacobian = program.per_task(losses(subject, views, slice(None))).clone()
    own_part = program.flat[:, slices.own].clone()
    for run in range(3):
        alone = losses(subject, views, slice(run, run + 1))
        for task in range(2):
            grads = torch.autograd.grad(alone[task][0], list(views.values()), retain_graph=True, allow_unused=True)
            own = torch.cat([torch.zeros_like(v[run]).flatten() if g is None else g[run].flatten()
                             for g, v in zip(grads, views.values(), strict=True)])  # fmt: skip
            torch.testing.assert_close(jacobian[run, task], own[: slices.trunk], rtol=1e-5, atol=1e-7)
            mine = slices.owner == task
            torch.testing.assert_close(own_part[run, mine], own[slices.own][mine], rtol=1e-5, atol=1e-7)
            assert not own[slices.own][~mine].any(), "no other task's own numbers are reached"


@pytest.mark.parametrize("strategy", SHARED)
def test_one_backward_pass_gives_what_combining_task_gradients_gives(strategy: str) -> None:
    subject = model(strategy)
    flat = initial(subject, Streams.of([0, 1, 2]))
    views, slices = leaves(subject, flat), Slices.of(subject)
    weights = torch.tensor([[0.3, 0.7], [1, 0], [0.5, 0.5]])
    penalty = [sum(view.flatten(1).square().sum(1) for view in views.values())]
    one = Gradients(subject, slices, views, 2).weighted(losses(subject, views, slice(None)), weights, penalty).clone()
    program = Gradients(subject, slices, views, 2)
    both = losses(subject, views, slice(None))
    penalty = [sum(view.flatten(1).square().sum(1) for view in views.values())]
    two = program.combine(program.per_task(both, retain=True), weights, weights)
    program.add(penalty)
    torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)


def test_stage_gramians_sum_to_the_whole() -> None:
    jacobian = torch.randn(2, 3, 10, generator=torch.Generator().manual_seed(1))
    table = gramians(jacobian, (("one", 0, 4), ("two", 4, 10)))
    torch.testing.assert_close(table[:, 0], gramian(jacobian))
    torch.testing.assert_close(table[:, 1], gramian(jacobian[:, :, :4]))


def test_conflict_of_known_gradients() -> None:
    vectors = torch.tensor([[1.0, 0], [0, 2], [-3, 0], [0, 0]])
    cosine, similarity, norms = conflict(vectors @ vectors.T)
    assert norms.tolist() == [1, 2, 3, 0]
    assert cosine[:2].tolist() == [0, -1]  # pairs 0-1 and 0-2
    assert cosine[[2, 4, 5]].isnan().all()  # a zero gradient has no angle
    torch.testing.assert_close(similarity[:2], torch.tensor([4 / 5, 6 / 10]))


def test_conflict_of_tiny_gradients_does_not_underflow() -> None:
    tiny = torch.tensor([[1.0, 1], [1, -1]]) * 1e-15
    cosine, similarity, _ = conflict(tiny @ tiny.T)
    assert cosine.tolist() == [0]
    torch.testing.assert_close(similarity, torch.ones(1))
