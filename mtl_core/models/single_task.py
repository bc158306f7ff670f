"""A network for each task: nothing is shared."""

from mtl_core.models.columns import Columns
from mtl_core.models.model import Setting


def single_task(setting: Setting) -> Columns:
    """The model in which no task meets another: the trunk is empty.

    Trained as one model, with weights that sum to one: a task's gradient is multiplied by its weight, where its baseline's is
    multiplied by one. Adam hides that but for its ε and decoupled decay; clipping by the whole model's norm couples tasks.
    """
    return Columns(setting)
