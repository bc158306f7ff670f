"""Random problems of a few steps, and ways to compare a method's answers with an independent one's."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, Update
from mtl_core.balancing.once import Still, build
from mtl_core.random import Streams

STEPS = 5
double = torch.float64


@dataclass(frozen=True)
class Problem:
    """R runs of a few steps: ``jacobians`` and ``others`` ``(S, R, T, P)`` on two batches, ``losses`` and ``later``
    ``(S, R, T)`` before and after each step."""

    jacobians: Tensor
    others: Tensor
    losses: Tensor
    later: Tensor

    @classmethod
    def draw(cls, runs: int, tasks: int) -> "Problem":
        generator = torch.Generator().manual_seed(tasks)
        draw = lambda *shape: torch.randn(STEPS, runs, tasks, *shape, generator=generator, dtype=double)  # noqa: E731
        return cls(draw(12), draw(12), draw().abs() + 0.1, draw().abs() + 0.1)


@dataclass(frozen=True)
class Looking(Still):
    """A probe with other gradients, and other losses after the step."""

    other: Tensor | None = None
    later: Tensor | None = None

    def revisited(self) -> Tensor:
        return self.later

    def losses(self, weights: Tensor) -> Tensor:
        return self.later

    def gradients(self, weights: Tensor | None = None) -> Tensor:
        return self.other


def walk(name: str, problem: Problem, **options: object) -> list[Update]:
    """The updates of a method over the steps."""
    _, method = build(name, options)
    state, updates = method.init(problem.losses[0]), []
    runs = problem.losses.shape[1]
    for step, (jacobian, losses) in enumerate(zip(problem.jacobians, problem.losses, strict=True)):
        probe = Looking(losses, jacobian, problem.others[step], problem.later[max(step - 1, 0)])
        seen = torch.ones_like(losses, dtype=torch.bool)
        streams = Streams.of(range(runs)).at(step)
        update, state = method(Signals(losses, seen, step, 2, streams, jacobian @ jacobian.mT, jacobian, probe, STEPS), state)
        updates.append(update)
    return updates


def moves(name: str, problem: Problem, **options: object) -> Tensor:
    """``(S, R, P)`` the trunk updates."""
    found = walk(name, problem, **options)
    return torch.stack([
        (update.weights.unsqueeze(1) @ jacobian).squeeze(1) if update.direction is None else update.direction
        for update, jacobian in zip(found, problem.jacobians, strict=True)
    ])  # fmt: skip


def weights(name: str, problem: Problem, **options: object) -> Tensor:
    """``(S, R, T)`` the recorded weights."""
    return torch.stack([update.weights for update in walk(name, problem, **options)])


def relative(found: Tensor, expected: Tensor) -> Tensor:
    return (found - expected).norm(dim=-1) / expected.norm(dim=-1).clamp(min=1e-30)


Measure = Callable[[Problem], Tensor]


def against_torchjd(name: str, oracle: Callable[[], Callable[[Tensor], Tensor]], **options: object) -> Measure:
    """Each step's direction; stateful oracles see the steps of one run in order."""

    def measure(problem: Problem) -> Tensor:
        expected = []
        for run in range(problem.losses.shape[1]):
            ask = oracle()
            expected.append(torch.stack([ask(jacobian[run]) for jacobian in problem.jacobians]))
        return relative(moves(name, problem, **options), torch.stack(expected, dim=1))

    return measure


def against_objective(name: str, objective: Callable[[Tensor], Tensor]) -> Measure:
    """The weights are the derivative of an objective by the losses."""

    def measure(problem: Problem) -> Tensor:
        losses = problem.losses[0].clone().requires_grad_()
        (expected,) = torch.autograd.grad(objective(losses).sum(), losses)
        return relative(weights(name, problem)[0], expected)

    return measure


def learned(
    name: str, weigh: Callable[[Tensor], Tensor], objective: Callable[[Tensor, Tensor], Tensor], rate: float
) -> Measure:
    """Numbers that the paper learns with the network's optimizer: PyTorch's Adam on the paper's objective."""

    def measure(problem: Problem) -> Tensor:
        s = torch.zeros_like(problem.losses[0], requires_grad=True)
        adam, expected = torch.optim.Adam([s], lr=rate, eps=1e-12), []
        for losses in problem.losses:
            expected.append(weigh(s.detach()).clone())
            adam.zero_grad()
            objective(s, losses).sum().backward()
            adam.step()
        return relative(weights(name, problem), torch.stack(expected))

    return measure
