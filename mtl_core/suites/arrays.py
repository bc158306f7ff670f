"""What every suite does with its arrays: one place for dtypes, read-only flags and standardising on train."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.suite import Split, Suite, Task

Floats = npt.NDArray[np.float64]


def make_split(
    inputs: npt.NDArray[Any], targets: Sequence[npt.NDArray[Any]], observed: npt.NDArray[np.bool_] | None = None
) -> Split:
    """A split in canonical dtypes, read-only, since loaded suites are cached and shared.

    Args:
        inputs: ``(N, ...)``; whole numbers are those of a text's words.
        targets: one ``(N, ...)`` array a task; whole numbers are class ids.
        observed: ``(N, T)``; None where every label is there.
    """
    if observed is None:
        observed = np.ones((len(inputs), len(targets)), dtype=np.bool_)
    typed = tuple(_typed(_masked(observed[:, task], target)) for task, target in enumerate(targets))
    split = Split(_typed(np.array(inputs, order="C")), typed, observed.astype(np.bool_))
    for array in (split.inputs, *split.targets, split.observed):
        array.setflags(write=False)
    return split


def make_suite(name: str, tasks: tuple[Task, ...], splits: Iterable[Split], notes: Sequence[str] = (), **more: Any) -> Suite:
    """The suite of three splits: train, validation, test; ``more`` is what else ``Suite`` says."""
    train, validation, test = splits
    return Suite(name, tasks, train, validation, test, tuple(notes), **more)


def _masked(known: npt.NDArray[np.bool_], target: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(np.where(known.reshape(-1, *(1,) * (target.ndim - 1)), target, 0))


def _typed(target: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if target.dtype == np.float16:  # cached states, of which there are many
        return target
    return target.astype(np.int64 if np.issubdtype(target.dtype, np.integer) else np.float32)


def centre_and_scale(train: Floats) -> tuple[Floats, Floats]:
    """The mean and the standard deviation of each column of ``train`` ``(N, ...)``, NaN left out.

    A column that does not vary gets scale one, so that it becomes zero instead of amplified rounding error.
    """
    centre = np.nanmean(train, axis=0)
    scale = np.nanstd(train, axis=0)
    still = scale <= 1e-12 * np.maximum(np.abs(centre), np.finfo(np.float64).tiny)
    return centre, np.where(still, 1.0, scale)


def standardise(train: Floats, *others: Floats) -> tuple[Floats, ...]:
    """Mean zero and standard deviation one on ``train``; the others are moved and scaled by train's numbers."""
    centre, scale = centre_and_scale(train)
    return tuple((part - centre) / scale for part in (train, *others))
