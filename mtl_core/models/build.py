"""From a study's choices to a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.kinds.kind import kind_of
from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.composed import RESTORING
from mtl_core.models.model import Model, Setting
from mtl_core.models.primitives import channels
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

_WIDEST = 4096
"""Units that a matched stage has at most."""

_NEAR = 0.01
"""How near to the target parameters need be, as a part of it, for stages to stay as wide as each other."""

_NUDGE = 2

_FAR = 0.1
"""Farther than this from the target, parameters are not called equal."""


@dataclass(frozen=True)
class Sizes:
    """For what a model is built.

    Args:
        tasks: the tasks, in order.
        shape: of one example of one task.
        steps: of a run.
        per_task: whether every task has inputs of its own.
        denoises: whether a phase restores inputs.
        words: how many there are where an example is a text of their numbers; 0 for others.
        parts: the shapes of what lies one after another in an example; empty where it is one thing.
        begun: see ``Setting``.
    """

    tasks: tuple[Task, ...]
    shape: tuple[int, ...]
    steps: int = 1
    per_task: bool = False
    denoises: bool = False
    words: int = 0
    parts: tuple[tuple[int, ...], ...] = ()
    begun: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)

    @property
    def reading(self) -> dict[str, Any]:
        """What only a backbone for such examples is told."""
        return ({"words": self.words} if self.words else {}) | ({"parts": self.parts} if self.parts else {})


@dataclass(frozen=True)
class Width:
    """How wide a backbone is.

    Args:
        width: of all stages; between whole numbers, the first stages have one unit more.
        more: units added to the first stages.
    """

    width: float
    more: tuple[int, ...] = ()


def build(strategy: Choice, backbone: Choice, sizes: Sizes, width: Width | None = None) -> Model:
    """The model of one run.

    Args:
        strategy, backbone: chosen lines of ``STRATEGIES`` and ``BACKBONES``.
        sizes: for what.
        width: of the backbone in place of its own.

    Raises:
        SpecError: sizes that do not fit the examples, or a strategy that does not fit the backbone.
    """
    options = backbone.options | ({} if width is None else {"width": float(width.width), "more": width.more})
    body: Backbone = BACKBONES[backbone.name].load()(sizes.shape, **options, **sizes.reading)
    if any(KINDS[task.kind].reads != "vector" for task in sizes.tasks):
        body = body.opened()
    heads = tuple(_head(task, body, STRATEGIES[strategy.name].reads) for task in sizes.tasks)
    names = tuple(task.name for task in sizes.tasks)
    setting = Setting(body, heads, names, sizes.steps, sizes.per_task, sizes.denoises, sizes.begun)
    model: Model = STRATEGIES[strategy.name].load()(setting, **strategy.options)
    return model


def _head(task: Task, body: Backbone, reads: int) -> Stage:
    """The head of a task upon what the strategy leaves of so many backbones, side by side; for most that is one."""
    match KINDS[task.kind].reads:
        case "positions":
            return kind_of(task.kind).head(task, reads * channels(body.shapes[-1]))
        case "map":
            (shown, *_), begins = Stage("shown", body.showing).shape_out(body.shapes[-1]), body.showing
        case "vector":
            shown, begins = body.features, body.closing
    head = kind_of(task.kind).head(task, reads * shown)
    return replace(head, layers=(*begins, *head.layers))


def body_size(model: Model) -> int:
    """A model's trained parameters, without heads and what restores inputs."""
    return sum(p.size for p in model.parameters if not p.head and p.rate > 0 and not p.name.startswith(RESTORING))


def matched_width(strategy: Choice, backbone: Choice, sizes: Sizes, target: int) -> Width:
    """The width with which the strategy's model has the number of parameters nearest to ``target``, heads left out.

    Searched by halving over widths in steps of one part in the backbone's depth, at each of which one stage more gains a unit.
    Where small networks grow by too much at once, the units of single stages are moved by up to ``_NUDGE``.
    """
    parts = max(2, int(backbone.options.get("depth", 2)))

    @cache
    def missed(parted: int, more: tuple[int, ...] = ()) -> float:
        """Parameters beyond the target as a part of it."""
        return body_size(build(strategy, backbone, sizes, Width(parted / parts, more))) / target - 1

    low, high = parts * int(backbone.options.get("heads", 1)), _WIDEST * parts
    if missed(low) < 0:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if missed(middle) <= 0 else (low, middle)
    else:
        high = low
    near = min((low, high), key=lambda parted: abs(missed(parted)))
    if abs(missed(near)) <= _NEAR:
        return Width(near / parts)
    moves = product((low, high), product(range(-_NUDGE, _NUDGE + 1), repeat=min(3, parts)))
    parted, more = min(moves, key=lambda move: (abs(missed(*move)), sum(map(abs, move[1]))))
    if missed(parted, more) > _FAR:
        raise SpecError(
            f"strategy {strategy.name!r} has {1 + missed(parted, more):.1f} times the parameters that it is to be matched to, "
            f"even at the smallest width of {backbone.name!r}; choose a larger width, fewer copies, or no equal parameters."
        )
    return Width(parted / parts, more)
