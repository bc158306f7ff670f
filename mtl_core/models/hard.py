"""Hard sharing: one backbone for all tasks, a head for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from torch import Tensor

from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.model import Model, Parameter
from mtl_core.random import Streams


@dataclass(frozen=True)
class HardSharing:
    """All stages are trunk; a task owns its head alone (Caruana 1997)."""

    stages: tuple[Stage, ...]
    heads: tuple[Stage, ...]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, the trunk first."""
        trunk = [
            Parameter(f"trunk.{place}.{name}", shape, stage=stage.name)
            for place, stage in enumerate(self.stages)
            for name, shape in stage.shapes.items()
        ]
        own = [
            Parameter(f"head.{task}.{name}", shape, task=task)
            for task, stage in enumerate(self.heads)
            for name, shape in stage.shapes.items()
        ]
        return (*trunk, *own)

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """First values, each stage and head from the stream of its name: a head starts alike whatever tasks are beside it."""
        values: dict[str, Tensor] = {}
        for room, (prefix, stages) in enumerate((("trunk", self.stages), ("head", self.heads))):
            for place, stage in enumerate(stages):
                own = stage.initialise(streams.at(room).at(crc32(stage.name.encode())))
                values |= {f"{prefix}.{place}.{name}": value for name, value in own.items()}
        return values

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor) -> tuple[Tensor, ...]:
        """One output a task."""
        for place, stage in enumerate(self.stages):
            x = stage(parameters, x, f"trunk.{place}.")
        return tuple(stage(parameters, x, f"head.{place}.") for place, stage in enumerate(self.heads))


def hard(backbone: Backbone, heads: tuple[Stage, ...]) -> Model:
    """The model in which all tasks share ``backbone``."""
    return HardSharing(backbone.stages, heads)
