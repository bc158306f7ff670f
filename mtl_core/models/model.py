"""What a sharing strategy builds: a model of named parameters with their users, and a forward pass over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Protocol

from torch import Tensor

from mtl_core.layers.stage import Backbone, Stage
from mtl_core.random import Streams
from mtl_core.records.sharing import Row, Trace


@dataclass(frozen=True)
class Parameter:
    """A parameter of one run.

    Args:
        name: unique within the model.
        shape: of one run.
        users: the places of the tasks whose losses reach it. Two or more make it trunk; none makes it auxiliary, such as a
            discriminator: penalties alone train it.
        stage: the trunk's stage it belongs to; None where it is no trunk.
        each: whether its first axis has a copy for each of ``users``, used by that task alone: no trunk, however many users. A
            task with several copies is named as often.
        head: whether it is a head's.
        rate: its learning rate as a multiple of the run's.
        structure: whether it says how modules are shared (a gate, a mixing unit) rather than what they compute.
        row: the stage that it belongs to, whoever uses it; no stage's name where it serves all or a head.
    """

    name: str
    shape: tuple[int, ...]
    users: tuple[int, ...]
    stage: str | None = None
    each: bool = False
    head: bool = False
    rate: float = 1.0
    structure: bool = False
    row: str = ""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def trunk(self) -> bool:
        """Whether two tasks or more use the same numbers."""
        return len(self.users) > 1 and not self.each


@dataclass(frozen=True)
class Setting:
    """What a strategy is built for.

    Args:
        backbone: the stages to be shared.
        heads: a head a task.
        tasks: the tasks' names.
        steps: of a run.
        per_task: whether every task has inputs of its own.
        denoises: whether it must also restore inputs, in a phase that learns no task.
        begun: by stage and name what parameters of the backbone start from; those that are drawn are left out.
    """

    backbone: Backbone
    heads: tuple[Stage, ...]
    tasks: tuple[str, ...]
    steps: int = 1
    per_task: bool = False
    denoises: bool = False
    begun: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pass:
    """On which occasion a model is called.

    Args:
        step: of the run, from 0.
        noise: the runs' own draws for this step; None in evaluations, where nothing is left to chance.
        observe: whether traces of the structure and features of the stages are wanted.
        preference: ``(R, T)`` the weighting that a model for all weightings should serve; None for its usual one.
        restore: standard deviation of noise to be added to the inputs, which are then to be restored; None where not.
        only: the places of the tasks whose heads are run, whose outputs alone are answered; None for all.
    """

    step: int = 0
    noise: Streams | None = None
    observe: bool = False
    preference: Tensor | None = None
    restore: float | None = None
    only: tuple[int, ...] | None = None


EVALUATION = Pass()


@dataclass(frozen=True)
class Outputs:
    """What a model answers.

    Args:
        tasks: one output a task, of those that are asked: logits ``(R, B, classes)`` or values ``(R, B, 1)``.
        penalties: ``(R,)`` by name, to be added to the loss; no part of task losses and Gramian.
        traces: of the structure, ``(R, ...)`` by name; when observed.
        features: ``(R, S, B, ...)`` by stage, S is 1 where all tasks see the same, else T; when observed.
        emphasis: ``(R, B, T)`` what each example counts in each task's loss; None for 1 everywhere.
    """

    tasks: tuple[Tensor, ...]
    penalties: Mapping[str, Tensor] = field(default_factory=dict)
    traces: Mapping[str, Tensor] = field(default_factory=dict)
    features: Mapping[str, Tensor] = field(default_factory=dict)
    emphasis: Tensor | None = None


class Model(Protocol):
    """What a sharing strategy builds; see ``mtl_core.models.composed`` for the usual way to one."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters: the trunk first, stage by stage, then what single tasks own, then what is auxiliary."""
        ...

    @property
    def rows(self) -> tuple[Row, ...]:
        """The stages and their modules as the diagram of sharing draws them."""
        ...

    @property
    def traces(self) -> tuple[Trace, ...]:
        """What an observed pass tells of the structure."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks' names."""
        ...

    @property
    def differing(self) -> tuple[str, ...]:
        """The rows whose features are not the same for all tasks."""
        ...

    @property
    def heads(self) -> tuple[Stage, ...]:
        """A head a task; those that read a vector begin with what closes an open end."""
        ...

    @property
    def flops_of(self) -> tuple[int, ...]:
        """Floating-point operations of one example when one task is asked, a number a task: of the modules it reaches, as often
        as it needs them, and of its head."""
        ...

    @property
    def turns(self) -> tuple[int, ...]:
        """The steps before which ``turn`` is to be called; optimizers begin anew there."""
        ...

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """First values ``(R, *shape)``, by name, from the runs' own streams."""
        ...

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass = EVALUATION) -> Outputs:
        """The answers to ``x`` ``(R, B, ...)``, or ``(R, T, B, ...)`` where every task has inputs of its own."""
        ...

    def settle(self, parameters: Mapping[str, Tensor], rate: Tensor) -> None:
        """What is done to the parameters after every update, in place, such as a proximal step; ``rate`` ``(R,)``."""
        ...

    def turn(self, step: int, parameters: Mapping[str, Tensor], streams: Streams, conflicts: Tensor) -> None:
        """Bring the parameters, in place, to where a new part of training begins, such as a found structure and fresh weights.

        Args:
            step: one of ``turns``.
            parameters: ``(R, *shape)`` by name.
            streams: the runs' first values come from them.
            conflicts: ``(R, L, Q)`` the share of recorded steps so far at which a pair of tasks had opposed gradients, for
                each trunk stage.
        """
        ...
