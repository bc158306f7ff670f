"""A point on the simplex that says how much each task counts."""

from collections.abc import Sequence

from torch import Tensor

from mtl_core.errors import SpecError, shown


def preference(p: Sequence[float] | None, like: Tensor) -> Tensor:
    """The preference vector ``(T,)`` in the dtype and on the device of ``like`` ``(R, T, ...)``; None for ``1/T`` each.

    Raises:
        SpecError: it has not one number for each task.
    """
    tasks = like.shape[1]
    if p is None:
        return like.new_full((tasks,), 1 / tasks)
    if len(p) != tasks:
        raise SpecError(f"p must have {tasks} numbers, one for each task, found {len(p)}: {shown(list(p))}.")
    return like.new_tensor(p)
