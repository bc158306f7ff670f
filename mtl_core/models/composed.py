"""Models made of parts: what every strategy that copies stages and mixes between them has in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

from torch import Tensor

from mtl_core.layers.attention import Embedding, Mean
from mtl_core.layers.layers import Layer, Linear
from mtl_core.layers.stage import Stage
from mtl_core.models.first_values import Start, first_values, head_values
from mtl_core.models.model import EVALUATION, Outputs, Parameter, Pass, Setting
from mtl_core.models.primitives import channels, pooled, together
from mtl_core.random import Streams
from mtl_core.records.sharing import Row, Trace

RESTORING = "restoring."
"""What the parameters are called that turn features back into inputs."""

_GLANCE = 16
"""Numbers that a gate has for each word of a text."""

_NOISE = 99
"""The place of a step's draws that noise on inputs comes from."""


@dataclass(frozen=True)
class Part:
    """A stage, or a gate or unit in the form of one, with its copies.

    Args:
        prefix: its parameters are ``{prefix}{name}``; unique within the model.
        stage: what is copied.
        users: the tasks whose losses reach it.
        row: the stage of the diagram that it belongs to; where conflict of trunk parameters is told.
        copies: how many lie side by side; None for one without an axis of copies.
        each: whether the copies belong to ``users``, one each.
        start: how they begin; see ``first_values``.
        rate: learning rate as a multiple of the run's.
        structure: whether it says how modules are shared rather than what they compute.
    """

    prefix: str
    stage: Stage
    users: tuple[int, ...]
    row: str
    copies: int | None = None
    each: bool = False
    start: Start = "plain"
    rate: float = 1.0
    structure: bool = False

    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters."""
        axis = () if self.copies is None else (self.copies,)
        trunk = len(self.users) > 1 and not self.each
        return tuple(
            Parameter(
                f"{self.prefix}{name}",
                (*axis, *shape),
                self.users,
                self.row if trunk else None,
                self.each,
                rate=self.rate,
                structure=self.structure,
                row=self.row,
            )
            for name, shape in self.stage.shapes.items()
        )


@dataclass
class Seen:
    """What a forward pass collects for whoever observes it."""

    wanted: bool
    traces: dict[str, Tensor] = field(default_factory=dict)
    features: dict[str, Tensor] = field(default_factory=dict)

    def row(self, name: str, features: Tensor, usage: Tensor | None = None, **traces: Tensor) -> None:
        """A row of the diagram.

        Args:
            name: of the row.
            features: ``(R, S, B, ...)`` what tasks see of it.
            usage: ``(R, T, n)`` how much each task uses each module, rows one in sum; None where that is fixed.
            traces: others, each told under ``{its name}.{name}``.
        """
        if not self.wanted:
            return
        self.features[name] = features.detach()
        found = traces if usage is None else {"usage": usage} | traces
        self.traces |= {f"{kind}.{name}": value.detach() for kind, value in found.items()}


class Composed(ABC):
    """A strategy's model. A subclass says its parts, its rows, what it traces, and how activations flow.

    Args:
        setting: what it is built for.
    """

    turns: tuple[int, ...] = ()

    def __init__(self, setting: Setting) -> None:
        self.stages, self.shapes = setting.backbone.stages, setting.backbone.shapes
        self.heads, self.names, self.setting = setting.heads, setting.tasks, setting
        self.tasks = tuple(range(len(setting.heads)))

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """Everything with parameters but the heads, rows from the input up."""

    @property
    @abstractmethod
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        return ()

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: with inputs of their own, or past the first row that is not one module for all."""
        apart, found = self.setting.per_task, []
        for row in self.rows:
            apart = apart or len(row.modules) > 1
            found += [row.name] if apart else []
        return tuple(found)

    @property
    def read(self) -> tuple[int, ...]:
        """The shape of what a head reads of an example."""
        return self.shapes[-1]

    def reader(self, place: int) -> tuple[tuple[Layer, ...], int]:
        """What a gate in front of a stage begins with, and how many numbers of an example its other layers read: of a text the
        mean over its words in an embedding of the gate's own, and of all else what ``looked_at`` makes of it."""
        if place == 0 and self.setting.backbone.words:
            return (Embedding(self.setting.backbone.words, _GLANCE), Mean(padded=True)), _GLANCE
        return (), channels(self.shapes[place])

    def looked_at(self, place: int, x: Tensor) -> Tensor:
        """What gates in front of a stage are shown of ``x`` ``(R, S, B, ...)``: its mean over positions, a text as it is."""
        backbone = self.setting.backbone
        return x if place == 0 and backbone.words else pooled(x, padded=backbone.padded)

    @property
    def flops_of(self) -> tuple[int, ...]:
        """See ``Model.flops_of``."""
        stages = list(zip(self.stages, self.shapes[:-1], self.rows, strict=True))
        return tuple(
            sum(stage.flops(shape) * sum(task in users for users in row.reached) for stage, shape, row in stages)
            + head.flops(self.read)
            for task, head in enumerate(self.heads)
        )

    @abstractmethod
    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """What the heads read, ``(R, S, B, F)``, and the penalties, from ``x`` ``(R, S, B, ...)``."""

    def head_reached(self, task: int) -> tuple[tuple[int, ...], str]:
        """The tasks whose losses reach a task's head, the task's own for most, and the row that it belongs to if others do."""
        return (task,), ""

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        if not self.setting.denoises:
            return self.parts
        return (*self.parts, Part(RESTORING, self._restoring, (), "", start="other"))

    @cached_property
    def _restoring(self) -> Stage:
        """From what heads read back to an input."""
        return Stage("restoring", (Linear(prod(self.read), prod(self.shapes[0])),))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """See ``Model.parameters``."""
        body = [parameter for part in self._parts for parameter in part.parameters()]
        places = {stage.name: place for place, stage in enumerate(self.stages)}
        body += [
            replace(parameter, head=True)
            for task, head in enumerate(self.heads)
            for parameter in Part(f"head.{task}.", head, *self.head_reached(task)).parameters()
        ]
        trunk = sorted((p for p in body if p.trunk), key=lambda p: places.get(str(p.stage), len(places)))
        # What one task owns lies together, for its gradient is taken with the task's; copies side by side come after.
        single = sorted((p for p in body if p.users and not p.trunk and not p.each), key=lambda p: p.users)
        return (*trunk, *single, *(p for p in body if p.each), *(p for p in body if not p.users))

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """See ``Model.initialise``."""
        values: dict[str, Tensor] = {}
        for part in self._parts:
            first = first_values(part.stage, streams, part.start, part.copies, part.prefix)
            if part.start != "other":  # every copy of a stage, experts too (sparse upcycling, Komatsuzaki et al. 2023)
                given = self.setting.begun.get(part.stage.name, {})
                first |= {name: given[name].to(value).expand_as(value) for name, value in first.items() if name in given}
            values |= {f"{part.prefix}{name}": value for name, value in first.items()}
        for task, head in enumerate(self.heads):
            values |= {f"head.{task}.{name}": value for name, value in head_values(head, streams).items()}
        return values

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass = EVALUATION) -> Outputs:
        """See ``Model.__call__``."""
        seen = Seen(at.observe)
        streams = x if self.setting.per_task else x.unsqueeze(1)
        if at.restore is not None and at.noise is not None:
            clean = streams.flatten(3)
            streams = streams + at.restore * at.noise.at(_NOISE).normal(*streams.shape[1:])
        read, penalties = self.flow(parameters, streams, at, seen)
        if at.restore is not None:
            restored = together(self._restoring, parameters, read, RESTORING)
            penalties = penalties | {"restoring": (restored - clean).square().mean((1, 2, 3))}
        each = (read.squeeze(1),) * len(self.heads) if read.shape[1] == 1 else read.unbind(1)
        asked = self.tasks if at.only is None else at.only
        tasks = tuple(self.heads[task](parameters, each[task], f"head.{task}.") for task in asked)
        return Outputs(tasks, penalties, seen.traces, seen.features)

    def settle(self, parameters: Mapping[str, Tensor], rate: Tensor) -> None:  # noqa: B027 - most do nothing
        """See ``Model.settle``."""

    def turn(  # noqa: B027 - most have none
        self, step: int, parameters: Mapping[str, Tensor], streams: Streams, conflicts: Tensor
    ) -> None:
        """See ``Model.turn``."""
