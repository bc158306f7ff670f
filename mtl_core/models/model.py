"""A model: named parameters with their owners, and a forward pass over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Protocol

from torch import Tensor

from mtl_core.random import Streams


@dataclass(frozen=True)
class Parameter:
    """A parameter of one run.

    Args:
        name: unique within the model.
        shape: of one run.
        stage: the trunk's stage it belongs to, or None when it is one task's own.
        task: the place of the only task that uses it, or None when it is shared.
    """

    name: str
    shape: tuple[int, ...]
    stage: str | None = None
    task: int | None = None

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


class Model(Protocol):
    """What a sharing strategy builds. A parameter is trunk when two or more tasks use it, else that task's own."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters: the trunk first, stage by stage, then each task's own, task by task."""
        ...

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """First values ``(R, *shape)``, by name, from the runs' own streams."""
        ...

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor) -> tuple[Tensor, ...]:
        """One output a task from ``x`` ``(R, B, ...)``: logits ``(R, B, classes)`` or values ``(R, B, 1)``."""
        ...
