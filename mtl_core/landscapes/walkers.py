"""The balancing methods that walk over a landscape, each with its own rows of the batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals
from mtl_core.balancing.runner import Group, Runner
from mtl_core.landscapes.problem import Problem
from mtl_core.random import Purpose, Streams
from mtl_core.spec.choice import Choice


class Walkers:
    """All methods of a walk.

    A landscape has no batches: an epoch is one step, a second batch is the first again, and a look back at the last batch
    gives the losses as they are. Methods are told how far each loss is above the least it can be, because many take its
    logarithm or ratios, and some of these losses are negative.

    Args:
        problem: the landscape.
        methods: the balancing methods; fixed ones have their weights among their options.
        starts: how many rows each has.
        rate: the learning rate of a trial step.
        seed: what methods with random numbers draw from; every row has the same.
        steps: of the walk.
    """

    def __init__(self, problem: Problem, methods: Sequence[Choice], starts: int, rate: float, seed: int, steps: int) -> None:
        self._problem, self._rate, self._steps = problem, rate, steps
        rows = [choice for choice in methods for _ in range(starts)]
        self._streams = Streams.of([seed] * len(rows)).at(Purpose.LANDSCAPE)
        self._runner = Runner(rows, torch.zeros(len(rows), 2, dtype=torch.float64))

    def __call__(self, step: int, x: Tensor, losses: Tensor, jacobian: Tensor) -> tuple[Tensor, Tensor]:
        """One step of every method: what each makes of its gradients ``(R, n)``, and the effective weights ``(R, 2)``.

        Args:
            step: updates done before.
            x: ``(R, n)`` where they stand.
            losses, jacobian: ``(R, 2)`` and ``(R, 2, n)`` there.
        """
        excess = self._problem.excess(losses)
        signals = Signals(
            losses=excess,
            observed=torch.ones_like(excess, dtype=torch.bool),
            step=step,
            epoch_steps=1,
            streams=self._streams.at(step),
            gramian=torch.bmm(jacobian, jacobian.mT),  # (R, T, n) @ (R, n, T) -> (R, T, T)
            jacobian=jacobian,
            steps=self._steps,
        )

        def look(group: Group) -> "Look":
            rows = group.runs
            return Look(self._problem, x[rows], excess[rows], jacobian[rows], self._rate)

        balanced = self._runner(signals, look)
        combined = torch.bmm(balanced.weights.unsqueeze(1), jacobian).squeeze(1)  # (R, 1, T) @ (R, T, n) -> (R, n)
        for rows, direction in balanced.directions:
            combined[rows] = direction
        return combined, balanced.weights


@dataclass(frozen=True)
class Look:
    """The look beyond a step that a few methods ask for; see ``mtl_core.balancing.method.Probe``."""

    problem: Problem
    x: Tensor
    here: Tensor
    jacobian: Tensor
    rate: float

    def revisited(self) -> Tensor:
        """The losses as they are."""
        return self.here

    def losses(self, weights: Tensor) -> Tensor:
        """The losses after a plain step along these weights ``(R, 2)``."""
        return self.problem.excess(self.problem.losses(self._after(weights)))

    def gradients(self, weights: Tensor | None = None) -> Tensor:
        """The task gradients, after such a step where weights are given."""
        return self.jacobian if weights is None else self.problem.gradients(self._after(weights))[1]

    def _after(self, weights: Tensor) -> Tensor:
        return self.x - self.rate * torch.bmm(weights.unsqueeze(1), self.jacobian).squeeze(1)
