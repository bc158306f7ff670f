"""From a study's choices to a model."""

from dataclasses import dataclass

from mtl_core.kinds.kind import kind_of
from mtl_core.models.model import Model, Setting
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

_WIDEST = 4096


@dataclass(frozen=True)
class Sizes:
    """For what a model is built.

    Args:
        tasks: the tasks, in order.
        shape: of one example of one task.
        steps: of a run.
        per_task: whether every task has inputs of its own.
    """

    tasks: tuple[Task, ...]
    shape: tuple[int, ...]
    steps: int = 1
    per_task: bool = False


def build(strategy: Choice, backbone: Choice, sizes: Sizes, width: float | None = None) -> Model:
    """The model of one run.

    Args:
        strategy, backbone: chosen lines of ``STRATEGIES`` and ``BACKBONES``.
        sizes: for what.
        width: of the backbone in place of its own, also between whole numbers.

    Raises:
        SpecError: sizes that do not fit the examples, or a strategy that does not fit the backbone.
    """
    options = backbone.options | ({} if width is None else {"width": width})
    body = BACKBONES[backbone.name].load()(sizes.shape, **options)
    # Heads read what the strategy leaves of the last stage, for most the backbone's own features.
    heads = tuple(kind_of(task.kind).head(task, body.features) for task in sizes.tasks)
    setting = Setting(body, heads, tuple(task.name for task in sizes.tasks), sizes.steps, sizes.per_task)
    model: Model = STRATEGIES[strategy.name].load()(setting, **strategy.options)
    return model


def body_size(model: Model) -> int:
    """A model's parameters, heads left out."""
    return sum(parameter.size for parameter in model.parameters if not parameter.head)


def matched_width(strategy: Choice, backbone: Choice, sizes: Sizes, target: int) -> float:
    """The width with which the strategy's model has the number of parameters nearest to ``target``, heads left out.

    Searched by halving over widths in steps of one part in the backbone's depth, at each of which one stage more gains a unit:
    parameters grow with every step, by so little that two per cent are met at usual sizes.
    """
    parts = max(2, int(backbone.options.get("depth", 2)))
    low, high = parts, _WIDEST * parts  # in parts of a unit

    def size(parted: int) -> int:
        return body_size(build(strategy, backbone, sizes, parted / parts))

    if size(low) >= target:
        return low / parts
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= target else (low, middle)
    return min((low, high), key=lambda parted: abs(size(parted) - target)) / parts
