"""Many methods from many starts over one landscape, as one batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtl_core.landscapes.problem import Problem
from mtl_core.landscapes.walkers import Walkers
from mtl_core.spec.choice import Choice
from mtl_core.spec.landscapes import PROBLEMS, Walk
from mtl_core.training.optimizers import build

RECORDS = 500
"""Points kept of each trajectory, besides the last."""


@dataclass
class Recorded:
    """What was kept of R trajectories at S steps.

    Args:
        steps: S step numbers, from 0 to the last.
        x: ``(S, R, n)`` where they stood.
        losses: ``(S, R, 2)`` there.
        jacobian: ``(S, R, 2, n)`` the task gradients there.
        update: ``(S, R, n)`` what the method made of them; the optimizer's step goes against it.
        weights: ``(S, R, 2)`` the effective weights.
    """

    steps: list[int] = field(default_factory=list)
    x: Tensor = field(default_factory=lambda: torch.empty(0))
    losses: Tensor = field(default_factory=lambda: torch.empty(0))
    jacobian: Tensor = field(default_factory=lambda: torch.empty(0))
    update: Tensor = field(default_factory=lambda: torch.empty(0))
    weights: Tensor = field(default_factory=lambda: torch.empty(0))


def walk(
    problem: Problem,
    methods: Sequence[Choice],
    starts: Tensor,
    *,
    steps: int,
    learning_rate: float,
    optimizer: Choice,
    seed: int = 0,
    records: int = RECORDS,
) -> Recorded:
    """Every method from every start, in float64; R = methods x starts with the starts innermost.

    What a trajectory is depends on nothing else in the batch. A component of an update that is not finite is not followed.

    Args:
        problem: the landscape.
        methods: the balancing methods; fixed ones have their weights among their options.
        starts: ``(S, n)`` points.
        steps: updates of each trajectory.
        learning_rate: of the optimizer.
        optimizer: the update rule.
        seed: what methods with random numbers draw from, the same at each start.
        records: how many points of each trajectory are kept, evenly spaced, besides the last.

    Cost: ``steps`` times one forward and one backward pass of the landscape and one call of each method, whatever the number
    of starts.
    """
    rule = build(optimizer)
    x = starts.to(torch.float64).repeat(len(methods), 1)
    walkers = Walkers(problem, methods, len(starts), learning_rate, seed, steps)
    state, rate = rule.init(x), x.new_full((len(x), 1), learning_rate)
    every = max(1, -(-steps // records))
    kept: list[tuple[int, tuple[Tensor, ...]]] = []
    for step in range(steps + 1):
        losses, jacobian = problem.gradients(x)
        with torch.no_grad():
            update, weights = walkers(step, x, losses, jacobian)
            if step % every == 0 or step == steps:
                kept.append((step, (x.clone(), losses, jacobian, update.clone(), weights)))
            if step < steps:
                rule.step(x, torch.nan_to_num_(update, nan=0.0, posinf=0.0, neginf=0.0), state, rate, step + 1)
    columns = [torch.stack(column) for column in zip(*(values for _, values in kept), strict=True)]
    return Recorded([step for step, _ in kept], *columns)


def built(asked: Walk) -> Problem:
    """The landscape that a walk goes over."""
    made: Problem = PROBLEMS[asked.problem].load()(scale=asked.scale)
    return made


def placed(problem: Problem, starts: Sequence[Sequence[float]]) -> Tensor:
    """The starts as points ``(S, n)`` in float64; one of two numbers is a place in the picture."""
    points = [torch.tensor(start, dtype=torch.float64) for start in starts]
    full = [point if len(point) == problem.dimensions else problem.place(point) for point in points]
    return torch.stack(full) if full else torch.empty(0, problem.dimensions, dtype=torch.float64)
