"""From a study's choices to a model."""

from mtl_core.kinds.kind import kind_of
from mtl_core.models.model import Model
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task


def build(strategy: Choice, backbone: Choice, tasks: tuple[Task, ...], shape: tuple[int, ...]) -> Model:
    """The model of one run.

    Args:
        strategy, backbone: chosen lines of ``STRATEGIES`` and ``BACKBONES``.
        tasks: the tasks, in order.
        shape: of one example.

    Raises:
        SpecError: sizes that do not fit the examples.
    """
    body = BACKBONES[backbone.name].load()(shape, **backbone.options)
    heads = tuple(kind_of(task.kind).head(task, body.features) for task in tasks)
    model: Model = STRATEGIES[strategy.name].load()(body, heads, **strategy.options)
    return model
