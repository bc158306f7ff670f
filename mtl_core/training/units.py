"""What each unit of a trained network does for each task: its loss when the unit says the same for every example."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.layers.attention import real
from mtl_core.models.composed import Composed
from mtl_core.models.watched import Watch, watched
from mtl_core.suites.suite import Task
from mtl_core.training.forward import masked_mean
from mtl_core.training.unit_places import UnitPlace, affordable, unit_places

ROWS = 500
"""The most examples that units are judged by."""

_NUMBERS = 1 << 24
"""Numbers that pass through the network at once: bounds the memory."""

_OfCalls = dict[tuple[int, int], Tensor]
"""Something of each call of each stage, by the stage's place and the call's number."""


@dataclass(frozen=True)
class Examples:
    """What units are judged by.

    Args:
        inputs: ``(N, ...)`` as models read them, of one run: ``(T, N, ...)`` where every task has its own.
        targets: one ``(N, ...)`` a task.
        observed: one ``(N,)`` bool a task, where a label is known; None where all are.
        per_task: whether every task has inputs of its own.
    """

    inputs: Tensor
    targets: tuple[Tensor, ...]
    observed: tuple[Tensor | None, ...]
    per_task: bool = False

    def __len__(self) -> int:
        return int(self.inputs.shape[1 if self.per_task else 0])

    def first(self, rows: int) -> "Examples":
        """The first of them."""
        inputs = self.inputs[:, :rows] if self.per_task else self.inputs[:rows]
        known = tuple(None if mask is None else mask[:rows] for mask in self.observed)
        return Examples(inputs, tuple(target[:rows] for target in self.targets), known, self.per_task)

    def times(self, count: int) -> Tensor:
        """``(1, count N, ...)`` the inputs again and again."""
        ones = (1,) * (self.inputs.dim() - 1 - self.per_task)
        return self.inputs.repeat(*((1,) if self.per_task else ()), count, *ones).unsqueeze(0)


@dataclass(frozen=True)
class Units:
    """What U units do for T tasks.

    Args:
        stage, module: ``(U,)`` where each stands, by name.
        number: ``(U,)`` which it is there, from 1.
        loss: ``(T,)`` the losses as the network is.
        change: ``(U, T)`` what is added to them when the unit is held at its mean.
        first_order: ``(U, T)`` the same by the losses' slopes.
        rows: how many examples that rests on.
    """

    stage: tuple[str, ...]
    module: tuple[str, ...]
    number: tuple[int, ...]
    loss: Tensor
    change: Tensor
    first_order: Tensor
    rows: int


def judge_units(
    model: Composed,
    parameters: Mapping[str, Tensor],
    tasks: Sequence[Task],
    examples: Examples,
    learned: Sequence[int],
    tell: Callable[[float], None] = lambda _: None,
) -> Units:
    """``A[u, t] = L_t(unit u := its mean over the examples) - L_t``, and ``-(h_u - mean) dL_t/dh_u`` summed over examples,
    which is the same to first order.

    A unit is a feature of a vector, a feature of every position of a sequence, or a channel of a map, of one module of one
    stage. Its mean is taken place by place, and of texts, whose places mean nothing by themselves, over all words; padding
    stays padding. All units of a chunk are held at once, each in a copy of the examples of its own.

    Args:
        model: of one run.
        parameters: ``(1, *shape)`` by name.
        tasks: the tasks.
        examples: what is passed; the first of them, fewer of a large network.
        learned: the places of the tasks that are asked.
        tell: called now and then with how far it is.

    Raises:
        SpecError: a strategy that lets a stage be more or fewer modules than it says, or a network too large.

    Source: mean ablation as in Morcos et al. 2018 (ICLR), who hold units at zero or at their mean; the slope as in Molchanov
    et al. 2017 (ICLR), about the mean instead of zero.
    Cost: U forward passes over the examples, T backward passes.
    """
    listened, watches = watched(model)
    passing = _Passing(listened, watches, parameters, tasks, examples.first(ROWS), learned)
    passing.once(2)
    units = unit_places(listened, watches)
    passing = replace(passing, examples=passing.examples.first(affordable(model, units, len(passing.examples))))
    loss, means, slopes = passing.as_it_is()
    at_once = max(1, _NUMBERS // (len(passing.examples) * _numbers(model)))
    parts = []
    for start in range(0, len(units), at_once):
        parts.append(passing.held(units[start : start + at_once], means) - loss)
        tell(min(1.0, (start + at_once) / len(units)))
    return Units(
        tuple(listened.stages[unit.stage].name for unit in units),
        tuple(unit.module for unit in units),
        tuple(unit.number + 1 for unit in units),
        loss,
        _without_rounding(torch.cat(parts), loss),
        torch.stack([_of_unit(slopes, unit) for unit in units]),
        len(passing.examples),
    )


def _numbers(model: Composed) -> int:
    """About how many numbers pass through all modules for an example."""
    return max(1, sum(prod(shape) for shape in model.shapes) * 2 * (1 + len(model.tasks)))


def _places(y: Tensor, streams: int, copies: int) -> Tensor:
    """``(K, streams copies N, ...)`` as ``(K, streams, copies, N, places ..., C)``, the same numbers."""
    apart: Tensor = y.unflatten(1, (streams, copies, -1))
    return apart.movedim(4, -1) if y.dim() == 5 else apart


def _without_rounding(change: Tensor, loss: Tensor) -> Tensor:
    """A difference of losses that is as small as their rounding is none."""
    return torch.where(change.abs() > 8 * torch.finfo(loss.dtype).eps * loss.abs(), change, 0)


def _of_unit(slopes: _OfCalls, unit: UnitPlace) -> Tensor:
    """``(T,)`` of one unit, over its module's copies."""
    return torch.stack([slopes[unit.stage, call][copy, unit.number] for call, copy in unit.copies]).sum(0)


@dataclass(frozen=True)
class _Passing:
    """Examples on their way through a watched model."""

    model: Composed
    watches: Sequence[Watch]
    parameters: Mapping[str, Tensor]
    tasks: Sequence[Task]
    examples: Examples
    learned: Sequence[int]

    def once(self, rows: int) -> None:
        """Let the first few pass, so that it is known which stage is called how often."""
        self._begin()
        with torch.no_grad():
            self.model(self.parameters, self.examples.first(rows).times(1))

    def as_it_is(self) -> tuple[Tensor, _OfCalls, _OfCalls]:
        """The losses ``(T,)``, and of every stage's calls the means ``(K, streams, places ..., C)`` and the slopes
        ``(K, C, T)``, both over the examples."""
        self._begin()
        losses = torch.stack([loss[0] for loss in self._losses(1)])
        calls = {(stage, call): y for stage, watch in enumerate(self.watches) for call, y in enumerate(watch.calls)}
        # One task after the other: each walks the part of the graph that it reaches.
        slopes = [
            torch.autograd.grad(loss, [*calls.values()], retain_graph=True, allow_unused=True, materialize_grads=True)
            for loss in losses
        ]
        means, firsts = {}, {}
        for place, (key, y) in enumerate(calls.items()):
            means[key], apart = self._about_mean(y.detach())
            along = torch.stack([_places(slope[place], apart.shape[1], 1)[:, :, 0] for slope in slopes], dim=-1)
            firsts[key] = -(apart.unsqueeze(-1) * along).sum(tuple(range(1, apart.dim() - 1)))
        self._begin()
        return losses.detach(), means, firsts

    def held(self, units: Sequence[UnitPlace], means: _OfCalls) -> Tensor:
        """``(U, T)`` the losses with each unit held at its mean."""
        wanted: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
        for at, unit in enumerate(units):
            for call, copy in unit.copies:
                wanted.setdefault((unit.stage, call), []).append((copy, at, unit.number))

        def hold(stage: int, call: int, y: Tensor) -> Tensor:
            if (stage, call) not in wanted:
                return y
            copy, at, number = torch.tensor(wanted[stage, call], device=y.device).T
            mean, y = means[stage, call], y.clone()
            values = _places(y, mean.shape[1], len(units))  # a view of y
            new = mean[copy, :, ..., number].unsqueeze(2)  # (u, streams, 1, places ...)
            new = new.expand(-1, -1, len(self.examples), *values.shape[4:-1])
            if self._padded(y):
                new = torch.where(_places(real(y), mean.shape[1], len(units))[copy, :, at][..., 0], new, 0)
            values[copy, :, at, ..., number] = new
            return y

        self._begin()
        for stage, watch in enumerate(self.watches):
            watch.change = partial(hold, stage)
        with torch.no_grad():
            losses = torch.stack(self._losses(len(units)), dim=1)
        self._begin()
        return losses

    def _begin(self) -> None:
        for watch in self.watches:
            watch.change, watch.calls = None, []

    def _about_mean(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """The means of a call ``(K, streams, places ..., C)``, and how far its values ``(K, streams, N, places ..., C)`` are
        from them."""
        values = _places(y, y.shape[1] // len(self.examples), 1)[:, :, 0]
        if not self._padded(y):
            mean = values.mean(2)
            return mean, values - mean.unsqueeze(2)
        there = _places(real(y), values.shape[1], 1)[:, :, 0]
        mean = values.sum((1, 2, 3), keepdim=True) / there.sum((1, 2, 3), keepdim=True).clamp(min=1)  # padding is zero
        mean = mean[:, :, 0].expand(-1, values.shape[1], -1, -1)
        return mean, torch.where(there, values - mean.unsqueeze(2), 0)

    def _padded(self, y: Tensor) -> bool:
        return self.model.setting.backbone.padded and y.dim() == 4

    def _losses(self, copies: int) -> list[Tensor]:
        """A task's ``(copies,)`` losses of each copy of the examples."""
        answered = self.model(self.parameters, self.examples.times(copies)).tasks
        found = []
        for place in self.learned:
            task, target, known = self.tasks[place], self.examples.targets[place], self.examples.observed[place]
            output = answered[place].squeeze(0).unflatten(0, (copies, -1))
            each = kind_of(task.kind).losses(output, target.expand(copies, *target.shape))
            found.append(task.loss_scale * masked_mean(each, None if known is None else known.expand(copies, -1)))
        return found
