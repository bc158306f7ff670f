"""Methods side by side over one batch of runs: which runs follow which, and what they answer together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Method, Probe, Settable, Signals, State
from mtl_core.errors import SpecError
from mtl_core.spec.choice import Choice
from mtl_core.spec.methods import METHODS
from mtl_core.spec.table import MethodEntry


@dataclass
class Group:
    """Neighbouring runs of a batch that follow the same method with the same options."""

    runs: slice
    entry: MethodEntry
    method: Method
    state: State


@dataclass(frozen=True)
class Balanced:
    """What the methods of R runs answered.

    Args:
        weights: ``(R, T)`` the effective weights.
        head_scale: ``(R, T)`` what multiplies each head's own gradient; None for 1 everywhere.
        directions: ``(runs, (r, P))`` trunk updates of methods whose update is no weighted sum.
        unexplained: ``(R,)`` share of the update that the weights do not explain; 0 for weighted sums.
    """

    weights: Tensor
    head_scale: Tensor | None
    directions: tuple[tuple[slice, Tensor], ...]
    unexplained: Tensor


class Runner:
    """The methods of R runs, which are sorted so that runs of one method are neighbours.

    Args:
        methods: the method of each run, R of them; fixed weights may stand among its options.
        losses: ``(R, T)``, for shapes, dtype and device.
    """

    def __init__(self, methods: Sequence[Choice], losses: Tensor) -> None:
        self.groups: list[Group] = []
        self._ones, self._explained = torch.ones_like(losses), torch.zeros_like(losses[:, 0])
        start = 0
        for choice, runs in groupby(methods):
            part = slice(start, start + sum(1 for _ in runs))
            method = make(METHODS[choice.name], choice.options)
            self.groups.append(Group(part, METHODS[choice.name], method, method.init(losses[part])))
            start = part.stop

    def __call__(self, signals: Signals, probe: Callable[[Group], Probe]) -> Balanced:
        """One step of every method; states move on.

        Args:
            signals: of all R runs, without a probe.
            probe: makes the look beyond the batch for the runs of a group; called only for methods that ask for one.
        """
        directions: list[tuple[slice, Tensor]] = []
        weights: list[Tensor] = []
        scales: list[Tensor | None] = []
        unexplained: list[Tensor | None] = []
        for group in self.groups:
            part, entry = group.runs, group.entry
            look = probe(group) if entry.extra else None
            seen = signals.of(part, jacobian=entry.signals == "jacobian", probe=look)
            update, group.state = group.method(seen, group.state)
            weights.append(update.weights)
            scales.append(update.weights if entry.scope == "all" else update.heads)
            unexplained.append(update.unexplained)
            if update.direction is not None:
                directions.append((part, update.direction))
        rest = self._joined(unexplained, self._explained)
        return Balanced(
            torch.cat(weights), self._joined(scales, self._ones), tuple(directions), self._explained if rest is None else rest
        )

    def _joined(self, parts: list[Tensor | None], otherwise: Tensor) -> Tensor | None:
        """The groups' rows one below the other, those of ``otherwise`` for groups that said nothing; None if none did."""
        if all(part is None for part in parts):
            return None
        return torch.cat(
            [otherwise[group.runs] if part is None else part for group, part in zip(self.groups, parts, strict=True)]
        )

    def set(self, runs: Sequence[int], weights: Tensor) -> None:
        """Give these runs (places in the batch) other weights from the next step on.

        Args:
            weights: ``(T,)`` for all of them, or ``(len(runs), T)``.

        Raises:
            SpecError: one of the runs follows a method that decides its weights itself, or a shape that does not fit.
        """
        rows = weights.expand(len(runs), -1)
        for group in self.groups:
            own = [place for place, run in enumerate(runs) if group.runs.start <= run < group.runs.stop]
            if not own:
                continue
            if not isinstance(group.method, Settable):
                raise SpecError(
                    f"weights can be set for methods with fixed ones alone, found {group.entry.name}, which decides them "
                    "itself; name runs of fixed weights."
                )
            group.state = group.method.set(group.state, [runs[place] - group.runs.start for place in own], rows[own])
