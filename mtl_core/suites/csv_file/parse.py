"""From a text's layout to columns of stripped cells: a fast parser where it can be trusted, an exact one elsewhere."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]
import pyarrow.csv as arrow  # type: ignore[import-untyped]

from mtl_core.suites.csv_file.layout import Layout, exact_rows

BLOCK = 1 << 21
"""Bytes read at a time, at least."""

_BLOCK_OF_COLUMN = 1 << 15
"""Bytes read at a time for each column: a block costs something for each column however few rows it has."""
_CHUNK = 20_000

Progress = Callable[[float], None]


def parse(layout: Layout, name: str, progress: Progress | None = None) -> Any:
    """The cells below the headings as an Arrow table of stripped text, a column for each heading.

    Args:
        layout: of the text.
        name: of the file, for messages.
        progress: told the share of the text that was read.

    Raises:
        DataError: a row of another width than the headings, or broken quotes; with the line.
    """
    if layout.quotes.regular:
        try:
            return _fast(layout, progress)
        except pa.ArrowException:
            pass  # the exact parser finds the line, and the words
    rows, names = exact_rows(layout, name), list(layout.names)
    batches = []
    while chunk := list(islice(rows, _CHUNK)):
        # Arrow keeps text in a few bytes a cell, where Python's strings would take fifty.
        batches.append(pa.record_batch([pa.array(cells, pa.string()) for cells in zip(*chunk, strict=True)], names=names))
    return pa.Table.from_batches(batches, pa.schema([(heading, pa.string()) for heading in names]))


def _fast(layout: Layout, progress: Progress | None) -> Any:
    width = len(layout.names)
    names = [str(place) for place in range(width)]
    text = memoryview(layout.data)[layout.start :]
    if not len(text):
        return pa.table([pa.array([], pa.string())] * width, names=list(layout.names))
    reader = arrow.open_csv(
        pa.BufferReader(pa.py_buffer(text)),
        read_options=arrow.ReadOptions(
            use_threads=False, block_size=max(BLOCK, min(width * _BLOCK_OF_COLUMN, 1 << 23)), column_names=names
        ),
        parse_options=arrow.ParseOptions(
            delimiter=layout.separator, quote_char='"' if layout.quotes.any else False, newlines_in_values=layout.quotes.any
        ),
        convert_options=arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    batches, done = [], 0
    for batch in reader:
        batches.append(pa.record_batch([compute.utf8_trim_whitespace(column) for column in batch.columns], names=names))
        done += batch.nbytes
        if progress is not None:
            progress(min(1.0, done / len(text)))
    return pa.Table.from_batches(batches).rename_columns(list(layout.names))


def without_empty_rows(table: Any) -> tuple[Any, "np.ndarray[Any, Any] | None"]:
    """The table without rows that have nothing in any cell, and the places of the rows that were kept; None for all."""
    empty = None
    for column in table.columns:
        here = compute.equal(column, "")
        empty = here if empty is None else compute.and_(empty, here)
        if not compute.any(empty).as_py():
            return table, None
    kept = compute.invert(empty)
    return table.filter(kept), np.flatnonzero(kept.to_numpy())
