"""The balancing methods that walk over a landscape, each with its own rows of the batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Method, Signals, State
from mtl_core.landscapes.problem import Problem
from mtl_core.random import Purpose, Streams
from mtl_core.spec.methods import METHODS
from mtl_core.spec.study import Choice


@dataclass
class Walker:
    """One method, its state and its rows of the batch."""

    rows: slice
    method: Method
    state: State
    extra: bool


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
    """

    def __init__(self, problem: Problem, methods: Sequence[Choice], starts: int, rate: float, seed: int) -> None:
        self._problem, self._rate = problem, rate
        self._streams = Streams.of([seed] * starts).at(Purpose.LANDSCAPE)
        self._all: list[Walker] = []
        like = torch.zeros(starts, 2, dtype=torch.float64)
        self._observed = torch.ones_like(like, dtype=torch.bool)
        for place, choice in enumerate(methods):
            entry = METHODS[choice.name]
            method = make(entry, choice.options)
            rows = slice(place * starts, (place + 1) * starts)
            self._all.append(Walker(rows, method, method.init(like), bool(entry.extra)))

    def __call__(self, step: int, x: Tensor, losses: Tensor, jacobian: Tensor) -> tuple[Tensor, Tensor]:
        """One step of every method: what each makes of its gradients ``(R, n)``, and the effective weights ``(R, 2)``.

        Args:
            step: updates done before.
            x: ``(R, n)`` where they stand.
            losses, jacobian: ``(R, 2)`` and ``(R, 2, n)`` there.
        """
        streams = self._streams.at(step)
        excess = self._problem.excess(losses)
        gramian = torch.bmm(jacobian, jacobian.mT)  # (R, T, n) @ (R, n, T) -> (R, T, T)
        weights, directions = [], []
        for walker in self._all:
            rows = walker.rows
            mine, here = jacobian[rows], excess[rows]
            probe = Look(self._problem, x[rows], here, mine, self._rate) if walker.extra else None
            signals = Signals(here, self._observed, step, 1, streams, gramian[rows], mine, probe)
            update, walker.state = walker.method(signals, walker.state)
            weights.append(update.weights)
            if update.direction is not None:
                directions.append((rows, update.direction))
        effective = torch.cat(weights)
        combined = torch.bmm(effective.unsqueeze(1), jacobian).squeeze(1)  # (R, 1, T) @ (R, T, n) -> (R, n)
        for rows, direction in directions:
            combined[rows] = direction
        return combined, effective


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
