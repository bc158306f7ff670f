"""Independent answers to the methods that combine gradients."""

import torch
import torch.nn.functional as F
import torchjd.aggregation as jd
from problems import STEPS, Measure, Problem, against_torchjd, double, moves, relative, walk, weights
from scipy.optimize import minimize_scalar
from torch import Tensor
from torchjd.linalg import QuadprogProjector

from mtl_core.balancing.solvers.min_norm import min_norm
from mtl_core.balancing.solvers.simplex import project
from mtl_core.random import Streams

EXACT = QuadprogProjector(norm_eps=1e-12, reg_eps=1e-10)


def projections(remembering: bool) -> Measure:
    """PCGrad and GradVac by their loops, in the orders that were drawn."""
    name, beta = ("gradvac", 0.01) if remembering else ("pcgrad", 0.0)

    def measure(problem: Problem) -> Tensor:
        found, expected = moves(name, problem), torch.zeros_like(problem.jacobians[:, :, 0])
        _, runs, tasks, _ = problem.jacobians.shape
        for run in range(runs):
            kept = torch.zeros(tasks, tasks, dtype=double)
            for step in range(STEPS):
                g = problem.jacobians[step, run]
                orders = Streams.of([run]).at(step).permutations(tasks, tasks)[0]
                for i in range(tasks):
                    own = g[i].clone()
                    for j in (j for j in orders[i].tolist() if j != i):
                        phi, psi = torch.cosine_similarity(own, g[j], dim=0), kept[i, j].clone()
                        if phi < psi:
                            along = psi * (1 - phi**2).sqrt() - phi * (1 - psi**2).sqrt()
                            own = own + own.norm() * along / (g[j].norm() * (1 - psi**2).sqrt()) * g[j]
                        kept[i, j] += beta * (phi - psi)
                    expected[step, run] += own
        return relative(found, expected)

    return measure


def shortest(problem: Problem) -> Tensor:
    """At the shortest vector of the hull no gradient has a smaller product with it than its own square."""
    gramian = problem.jacobians @ problem.jacobians.mT
    w = weights("mgda", problem)
    products = (gramian @ w.unsqueeze(-1)).squeeze(-1)
    return ((w * products).sum(-1) - products.amin(-1)) / gramian.diagonal(dim1=-2, dim2=-1).amax(-1)


def bargained(name: str, power: float) -> Measure:
    """``(G a) a^power - 1``."""

    def measure(problem: Problem) -> Tensor:
        a = weights(name, problem)
        gains = (problem.jacobians @ problem.jacobians.mT @ a.unsqueeze(-1)).squeeze(-1)
        return (gains * a**power - 1).abs().amax(-1)

    return measure


def conic(problem: Problem) -> Tensor:
    """The dual of ConicGrad: no direction in the cone gains more than ``min_k |shortest of g_t + k u| - k c``."""
    found, gaps = moves("conicgrad", problem)[0], []
    for run, jacobian in enumerate(problem.jacobians[0]):
        unit = F.normalize(jacobian.mean(0), dim=0)

        def bound(k: float, jacobian: Tensor = jacobian, unit: Tensor = unit) -> float:
            moved = jacobian + k * unit
            w = min_norm((moved @ moved.T)[None])[0]
            return ((w @ moved).norm() - 0.25 * k).item()

        best = minimize_scalar(bound, bounds=(0, 20), method="bounded", options={"xatol": 1e-10})
        gain = (jacobian @ found[run]).min() / found[run].norm()
        gaps.append((min(best.fun, bound(0.0)) - gain) / jacobian.norm(dim=1).max())
    return torch.stack(gaps)


def worst_off(problem: Problem) -> Tensor:
    """By how much torchjd's worst gain exceeds CAGrad's, or CAGrad leaves its ball."""
    oracle, found = jd.CAGrad(c=0.4, norm_eps=1e-12), moves("cagrad", problem)[0]
    mean = problem.jacobians[0].mean(1)
    theirs = torch.stack([oracle(jacobian) for jacobian in problem.jacobians[0]])
    # What Clarabel's answer is outside the ball by it is brought back by.
    away = theirs - mean
    reach = 0.4 * mean.norm(dim=1, keepdim=True)
    theirs = mean + away * (reach / away.norm(dim=1, keepdim=True)).clamp(max=1)
    gain = lambda d: (problem.jacobians[0] @ d.unsqueeze(-1)).squeeze(-1).amin(1)  # noqa: E731
    outside = (found - mean).norm(dim=1) / reach.squeeze(1) - 1
    short = (gain(theirs) - gain(found)) / problem.jacobians[0].square().sum(-1).amax(1)
    return torch.maximum(short, outside).clamp(min=0)


def dropped(problem: Problem) -> Tensor:
    found = moves("graddrop", problem)[0]
    chance = Streams.of(range(found.shape[0])).at(0).uniform(found.shape[1], dtype=double)
    expected = []
    for jacobian, u in zip(problem.jacobians[0], chance, strict=True):
        purity = 0.5 * (1 + jacobian.sum(0) / jacobian.abs().sum(0))
        expected.append((((purity > u) & (jacobian > 0) | (purity < u) & (jacobian < 0)) * jacobian).sum(0))
    return relative(found, torch.stack(expected))


def averaged_weights(problem: Problem) -> Tensor:
    oracle = lambda: jd.GramianWeightedAggregator(jd.CRMOGMWeighting(exact_upgrad(), alpha=0.9))  # noqa: E731
    return against_torchjd("cr_mogm", oracle, method="upgrad")(problem)


def exact_upgrad() -> jd.UPGradWeighting:
    return jd.UPGradWeighting(projector=EXACT)


def tracked(name: str) -> Measure:
    """MoCo and DB-MTL by their loops."""

    def measure(problem: Problem) -> Tensor:
        y, expected = None, []
        share = torch.full_like(problem.losses[0], 1 / problem.losses.shape[2])
        for jacobian, losses in zip(problem.jacobians, problem.losses, strict=True):
            g = jacobian if name == "moco" else jacobian / (losses + 1e-8).unsqueeze(-1)
            y = g if y is None else y + (0.5 if name == "moco" else 0.1) * (g - y)
            length = y.norm(dim=-1, keepdim=True)
            if name == "moco":
                slope = (y @ y.mT @ share.unsqueeze(-1)).squeeze(-1)
                share = project(share - 0.1 * slope / length.square().mean(1))
                expected.append((share.unsqueeze(1) @ y).squeeze(1))
            else:
                expected.append(length.amax(1) * (y / length).sum(1))
        return relative(moves(name, problem), torch.stack(expected))

    return measure


def sampled_twice(name: str) -> Measure:
    """MoDo and SDMGrad, whose next weights are torchjd's on the same products."""

    def measure(problem: Problem) -> Tensor:
        tasks = problem.losses.shape[2]
        products = problem.jacobians @ problem.others.mT
        found, pull = weights(name, problem), 0.3 if name == "sdmgrad" else 0.0
        expected = torch.full_like(found, (1 + pull) / tasks)
        for run in range(found.shape[1]):
            w = torch.full((tasks,), 1 / tasks, dtype=double)
            for step in range(STEPS - 1):
                unit = problem.jacobians[step, run].square().sum(1).mean()
                oracle = jd.MoDoWeighting(gamma=0.1, rho=0.0)
                oracle._ensure_state(products[step, run])
                oracle._lambda = w
                slope = products[step, run] @ (w + pull / tasks) / unit
                w = oracle(torch.outer(slope, torch.ones(tasks, dtype=double)))  # w sums to one: the slope itself
                expected[step + 1, run] = w + pull / tasks
        return relative(found, expected)

    return measure


def looked_ahead(name: str) -> Measure:
    """The derivative of the outer losses after a step along the weights, with autograd on losses that are linear."""

    def measure(problem: Problem) -> Tensor:
        jacobian, other = problem.jacobians[0], problem.others[0]
        tasks = jacobian.shape[1]
        found = walk(name, problem)[0].weights
        if name == "auto_lambda":
            w = torch.full_like(found, 1 / tasks).requires_grad_()
            moved = -(w.unsqueeze(1) @ jacobian).squeeze(1)
            (slope,) = torch.autograd.grad((other @ moved.unsqueeze(-1)).sum(), w)
            return relative(found, (1 / tasks - 0.003 * slope.sign()).clamp(min=0))
        a = torch.zeros(jacobian.shape[0], tasks, dtype=double, requires_grad=True)
        moved = -(torch.softmax(a, 1).unsqueeze(1) @ jacobian).squeeze(1)
        outer = (other @ moved.unsqueeze(-1)).squeeze(-1)
        rows = torch.stack([torch.autograd.grad(outer[:, t].sum(), a, retain_graph=True)[0] for t in range(tasks)], 1)
        rows = F.normalize(rows, dim=-1)
        step = (found.log() - found.log().mean(1, keepdim=True)) / -0.01  # the sign of the combined slope, or none
        best = (min_norm(rows @ rows.mT).unsqueeze(1) @ rows).squeeze(1)
        sign = torch.where(best.norm(dim=1, keepdim=True) > 1e-5, best.sign(), 0.0)
        return (step - (sign - sign.mean(1, keepdim=True))).abs().amax(1)

    return measure


def bilevel(problem: Problem) -> Tensor:
    """FORUM's direction meets its two conditions at the first step, where its shares are not averaged yet."""
    jacobian, losses = problem.jacobians[0], problem.losses[0]
    outer = F.normalize(problem.others[0], dim=-1)
    room = losses - problem.later[0]
    by_a = (room - room.mean(1, keepdim=True)) / room.shape[1]
    inner = jacobian.mean(1)
    whole = torch.cat([inner, by_a], dim=1)
    found = walk("forum", problem)[0].direction
    # In the space of trunk and logits the update is found + nu by_a, and what is orthogonal to inner has no nu in it.
    candidates = torch.cat([outer, torch.zeros(*outer.shape[:2], by_a.shape[1], dtype=double)], dim=-1)
    square = whole.square().sum(1, keepdim=True)
    stacked = torch.cat([outer, inner.unsqueeze(1)], dim=1)
    parts = torch.linalg.lstsq(stacked.mT, found.unsqueeze(-1)).solution.squeeze(-1)
    d = (parts[:, :-1].unsqueeze(1) @ candidates).squeeze(1) + parts[:, -1:] * whole
    gains = (candidates @ d.unsqueeze(-1)).squeeze(-1)
    shares = parts[:, :-1]
    gap = (shares * gains).sum(1) - gains.amin(1)  # the shares are best where no other outer loss gains less
    short = (0.1 * square - (whole * d).sum(1, keepdim=True)).clamp(min=0).squeeze(1)
    return torch.maximum(gap.abs() / d.norm(dim=1).clamp(min=1), short / square.squeeze(1))
