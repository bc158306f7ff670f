"""From dense arrays with named axes to long columns, without a Python loop over rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtl_core.records import Record, RecordKind

Array = npt.NDArray[Any]
Columns = dict[str, Array]


def names(values: Iterable[str]) -> Any:
    """The type of a column that holds few different names: one byte a row instead of a string."""
    return pd.CategoricalDtype(list(dict.fromkeys(values)))


def along(values: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """``values`` repeated so that they run along one axis of ``shape``, flattened in C order.

    >>> along(np.array([7, 8]), 0, (2, 3)).tolist()
    [7, 7, 7, 8, 8, 8]
    """
    view = [1] * len(shape)
    view[axis] = len(values)
    return np.broadcast_to(np.asarray(values).reshape(view), shape).reshape(-1)


def assemble(parts: Sequence[Mapping[str, Array]], types: Mapping[str, Any]) -> pd.DataFrame:
    """One table of the parts, in order.

    Args:
        parts: columns of equal length each; a column of names holds codes into its type's categories.
        types: the type of each column, in the order of the table; a table without parts has them too.

    Returns:
        The table, with a fresh row index from 0.
    """
    columns: dict[str, Any] = {}
    for name, kind in types.items():
        values = np.concatenate([part[name] for part in parts]) if parts else np.zeros(0, dtype=np.int8)
        if isinstance(kind, pd.CategoricalDtype):
            columns[name] = pd.Categorical.from_codes(values.astype(np.int16, copy=False), dtype=kind, validate=False)
        else:
            columns[name] = values.astype(kind, copy=False)
    return pd.DataFrame(columns)


def of_kind(
    records: Iterable[Record], kind: RecordKind, runs: Sequence[int] | None = None
) -> Iterator[tuple[Record, Array, Any]]:
    """The records of a kind that tell of any of ``runs`` (None for all).

    Yields:
        The record, the runs it tells of among those asked for, and their places along its run axis (an index).
    """
    for record in records:
        if record.kind != kind:
            continue
        run = record.arrays["run"]
        if runs is None:
            yield record, run, slice(None)
        elif len(places := np.flatnonzero(np.isin(run, runs))):
            yield record, run[places], places


def metrics_of(record: Record, split: str, width: int) -> Array:
    """``(r, T, width)`` what an evaluation says of a split, NaN for metrics that an older version did not measure.

    A study that was stopped then and goes on now has records of both.
    """
    found = record.arrays[split][:, :, :width]
    missing = width - found.shape[2]
    return np.pad(found, ((0, 0), (0, 0), (0, missing)), constant_values=np.nan) if missing else found
