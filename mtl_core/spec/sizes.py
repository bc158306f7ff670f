"""Whether the sizes that a study asks for fit its examples."""

from typing import Any

from mtl_core.errors import SpecError
from mtl_core.spec.suites import SUITES


def check_batch(suite: Any, batch_size: int) -> None:
    """Whether a batch has no more examples than there are to train from.

    Args:
        suite: a settled choice. One that does not say how many examples it has is left for training to check.
        batch_size: examples seen at each step.

    Raises:
        SpecError: it has more.
    """
    rows = SUITES[suite.name].load().train_rows(**suite.options)
    if rows is not None and rows < batch_size:
        raise SpecError(
            f"batch_size must be at most the {rows} examples of the train split, found {batch_size}; choose a smaller batch."
        )
