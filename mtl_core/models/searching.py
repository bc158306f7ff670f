"""What strategies have in common that first search what is shared and then train what they found.

A structure is numbers among the parameters, so shapes never change, runs that found different structures stay one tensor
program, and checkpoints hold all there is to hold. A logit beyond ``PINNED`` is settled: noise does not move its choice, its
probability is exactly zero or one, and so is its gradient zero.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.models.composed import Composed
from mtl_core.models.model import Setting
from mtl_core.random import Streams

PINNED = 1e4
"""A logit by which a choice is made for good."""

HOTTEST, COOLEST = 5.0, 0.1
"""The temperatures at which a search begins and ends."""


@dataclass(frozen=True)
class Structure(Layer):
    """Numbers that say what is used; read by their strategy and never called.

    Args:
        first: what every run begins with, nested as they lie.
    """

    first: tuple[Any, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"value": tuple(torch.tensor(self.first).shape)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        first = torch.tensor(self.first, dtype=torch.float32, device=streams.keys.device)
        return {"value": first.expand(len(streams.keys), *first.shape).clone()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return x


class Searching(Composed):
    """A strategy that searches for a share of a run's steps; what it found trains for the rest, from the first values.

    The search is part of the run's steps: what other strategies train with is here spent on searching and training together.
    The optimizer begins anew with the training, and results are read of the training alone.

    Args:
        setting: what it is built for.
        search: the share of the steps; at least one step is searched and one trained.
    """

    def __init__(self, setting: Setting, search: float) -> None:
        super().__init__(setting)
        self.found = max(0, min(max(1, round(search * setting.steps)), setting.steps - 1))
        """The step from which on what was found is trained; 0 where a run is too short to search."""
        self.turns = (self.found,) if self.found else ()

    @property
    def flops_of(self) -> tuple[int, ...]:
        """See ``Model.flops_of``: of what is found, in which a task reads one module a stage."""
        body = sum(stage.flops(shape) for stage, shape in zip(self.stages, self.shapes[:-1], strict=True))
        return tuple(body + head.flops(self.shapes[-1]) for head in self.heads)

    def settle(self, parameters: Mapping[str, Tensor], rate: Tensor) -> None:
        """See ``Model.settle``: weight decay would let settled choices shrink until they are none."""
        for parameter in self.parameters:
            if parameter.structure:
                value = parameters[parameter.name]
                value.copy_(torch.where(value.abs() > PINNED / 2, PINNED * value.sign(), value))

    def restart(self, parameters: Mapping[str, Tensor], streams: Streams) -> None:
        """Everything but the structure as it first was, in place."""
        first = self.initialise(streams)
        for parameter in self.parameters:
            if not parameter.structure:
                parameters[parameter.name].copy_(first[parameter.name])

    def prune(self, parameters: Mapping[str, Tensor], prefix: str, used: Tensor) -> None:
        """What nobody uses becomes zero, in place: its gradient is zero, so neither updates nor weight decay move it again.

        Args:
            parameters: of the model.
            prefix: of a part.
            used: ``(R,)``, or ``(R, copies)`` of a part with copies.
        """
        for name, value in parameters.items():
            if name.startswith(prefix):
                value.mul_(used.view(*used.shape, *(1,) * (value.dim() - used.dim())))


def tiny_to_one(noise: Streams, *shape: int) -> Tensor:
    """``(R, *shape)`` uniform numbers whose logarithm is finite, and that of one minus them."""
    return noise.uniform(*shape).clamp(1e-7, 1 - 1e-7)


def progress(step: int, start: int, end: int) -> float:
    """How far a step is from ``start`` to the last before ``end``, 0 to 1."""
    return min(1.0, max(0.0, (step - start) / max(1, end - 1 - start)))


def geometric(done: float) -> float:
    """From ``HOTTEST`` to ``COOLEST`` by equal factors."""
    return HOTTEST * math.exp(done * math.log(COOLEST / HOTTEST))
