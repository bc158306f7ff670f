"""Independent answers to the methods that weigh losses."""

import math
from collections.abc import Callable
from fractions import Fraction

import torch
import torchjd.scalarization as scalar
from problems import STEPS, Measure, Problem, double, relative, weights
from torch import Tensor

from mtl_core.balancing.gradnorm import gradient
from mtl_core.random import Streams


def normed(problem: Problem) -> Tensor:
    """GradNorm's slope against autograd of the paper's loss."""
    jacobian, losses, first = problem.jacobians[0], problem.losses[0], problem.losses[1]
    w = (problem.losses[2]).clone().requires_grad_()
    lengths = (w.unsqueeze(-1) * jacobian).norm(dim=-1)
    rate = losses / first
    target = (lengths.mean(1, keepdim=True) * (rate / rate.mean(1, keepdim=True)) ** 1.5).detach()
    (expected,) = torch.autograd.grad((lengths - target).abs().sum(), w)
    seen = torch.ones_like(losses, dtype=torch.bool)
    return relative(gradient(w.detach(), jacobian.norm(dim=-1), losses, first, seen, 1.5), expected)


def averaged_windows(problem: Problem) -> Tensor:
    expected = torch.empty_like(problem.losses)
    for run in range(problem.losses.shape[1]):
        oracle = scalar.DWA(temperature=2.0)
        for step in range(STEPS):
            losses = problem.losses[step, run].clone().requires_grad_()
            (expected[step, run],) = torch.autograd.grad(oracle(losses), losses)
            if step % 2 == 1:
                oracle.step()
    return relative(weights("dwa", problem), expected)


def preferred(name: str, oracle: Callable[[Tensor], Callable[[Tensor], Tensor]]) -> Measure:
    """Autograd of torchjd's scalarization with unequal preferences."""

    def measure(problem: Problem) -> Tensor:
        p = torch.arange(1.0, problem.losses.shape[2] + 1, dtype=double)
        p = (p / p.sum()).round(decimals=6)
        losses = problem.losses[0].clone().requires_grad_()
        objective = torch.stack([oracle(p)(row) for row in losses]).sum()
        (expected,) = torch.autograd.grad(objective, losses)
        return relative(weights(name, problem, p=p.tolist())[0], expected)

    return measure


def varied(problem: Problem) -> Tensor:
    ratios = [
        torch.ones_like(problem.losses[0]),
        *(problem.losses[step] / problem.losses[:step].mean(0) for step in range(1, STEPS)),
    ]
    seen = torch.stack(ratios)
    variation = seen.std(0, correction=0) / seen.mean(0)
    return relative(weights("cov", problem)[-1], variation / variation.sum(1, keepdim=True))


def fast_adaptive(problem: Problem) -> Tensor:
    xi = torch.zeros_like(problem.losses[0], requires_grad=True)
    adam, expected = torch.optim.Adam([xi], lr=0.025, weight_decay=0.01, eps=1e-12), []
    for step in range(STEPS):
        ratio = torch.softmax(xi.detach(), 1) / (problem.losses[step] + 1e-8)
        expected.append(ratio / ratio.sum(1, keepdim=True))
        adam.zero_grad()
        fell = (problem.losses[step] + 1e-8).log() - (problem.later[step] + 1e-8).log()
        (torch.softmax(xi, 1) * fell).sum().backward()
        adam.step()
    return relative(weights("famo", problem), torch.stack(expected))


def aligned_groups(problem: Problem) -> Tensor:
    logarithm, expected = torch.zeros_like(problem.losses[0]), []
    for losses in problem.losses:
        logarithm = logarithm - 1e-4 * losses
        expected.append(torch.softmax(logarithm, 1) * losses.sum(1, keepdim=True) / losses)
    return relative(weights("go4align", problem, groups=8), torch.stack(expected))


def drawn(problem: Problem) -> Tensor:
    runs, tasks = problem.losses.shape[1:]
    expected = torch.stack([torch.softmax(Streams.of(range(runs)).at(step).normal(tasks).double(), 1) for step in range(STEPS)])
    return relative(weights("rlw", problem), expected)


def constant(problem: Problem) -> Tensor:
    return relative(weights("equal", problem), torch.full_like(problem.losses, 1 / problem.losses.shape[2]))


def joined(problem: Problem) -> Tensor:
    """Tasks that join in equal shares of the steps: before step s so many as reach into the first s + 1 of them."""
    tasks, expected = problem.losses.shape[2], torch.zeros_like(problem.losses)
    for step in range(STEPS):
        there = math.ceil(Fraction(tasks * (step + 1), STEPS))
        expected[step, :, :there] = 1 / there
    return relative(weights("path", problem), expected)


def given(problem: Problem) -> Tensor:
    point = torch.arange(1.0, problem.losses.shape[2] + 1, dtype=double)
    point = point / point.sum()
    return relative(weights("fixed", problem, weights=point), point.expand_as(problem.losses))
