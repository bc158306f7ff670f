"""What a CSV file's columns have in them, found block by block, so that a large file takes little memory. Without torch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]
import pyarrow.csv as arrow  # type: ignore[import-untyped]

from mtl_core.suites.csv_file.columns import MISSING, Column, Kind, Nature, kind, nature

BLOCK = 1 << 21
"""Bytes read at a time, at least."""

BLOCK_OF_COLUMN = 1 << 15
"""Bytes read at a time for each column: looking at a column costs something however few cells it has."""

LOOKED_AT = 1000
"""The first cells with a value, from which examples are taken."""

_MISSING = pa.array(sorted(MISSING))

Progress = Callable[[float], None]


class NotPlain(Exception):  # noqa: N818 - no fault: such a file is read row by row
    """The file has something that the fast reader refuses, or reads otherwise than the exact one."""


@dataclass
class Seen:
    """What was seen of a column so far. Its cells are not kept, only which different ones there were.

    Args:
        rows, value_count, word_count: how many cells there were, with a value, and with a value that is no number.
        whole: whether all finite numbers were whole.
        steps: whether every number was the one before and one more.
        examples: the first cells with a value.
        texts: for each block, its different cells with a value.
    """

    rows: int = 0
    value_count: int = 0
    word_count: int = 0
    whole: bool = True
    steps: bool = True
    examples: list[str] = field(default_factory=list)
    texts: list[Any] = field(default_factory=list)
    last: float | None = None

    def add(self, cells: Any) -> None:
        """Look at the next cells of the column, an Arrow array of stripped text."""
        self.rows += len(cells)
        if self.steps:
            self._count(cells)
        counted = cells.value_counts()
        different, counts = counted.field("values"), counted.field("counts").to_numpy()
        blank = compute.is_in(different, value_set=_MISSING)
        filled = ~blank.to_numpy(zero_copy_only=False)
        self.value_count += int(counts[filled].sum())
        loose = _as_numbers(different, blank)
        if loose is None:
            column = _column(different)
            loose = column.loose
            self.word_count += int(counts[column.words].sum())
        numbers = loose[filled & ~np.isnan(loose)]
        finite = numbers[np.isfinite(numbers)]
        self.whole = self.whole and bool((finite == np.round(finite)).all())
        self.texts.append(different.filter(compute.invert(blank)))
        if len(self.examples) < LOOKED_AT:
            head = _column(cells.slice(0, 2 * LOOKED_AT))
            self.examples = [*self.examples, *head.cells[~head.blank]][:LOOKED_AT]

    @property
    def nature(self) -> Nature:
        """See ``Column.nature``."""
        return nature(self.value_count, self.word_count)

    @cached_property
    def distinct(self) -> int:
        """How many different values there were."""
        texts = pa.chunked_array(self.texts, pa.string()).unique()
        if self.nature != "number":
            return len(texts)
        # 1 and 1.0 are the same number.
        loose = _as_numbers(texts, pa.array(np.zeros(len(texts), dtype=np.bool_)))
        values = _column(texts).loose if loose is None else loose
        return len(np.unique(values[~np.isnan(values)]))

    @property
    def kind(self) -> Kind:
        """See ``Column.kind``."""
        return kind(self.nature, self.whole, self.distinct)

    @property
    def counts_rows(self) -> bool:
        """See ``Column.counts_rows``."""
        return self.nature == "number" and self.steps

    def _count(self, cells: Any) -> None:
        # Most columns show with their first cells that they count nothing.
        if self.last is None and len(cells) > 2 and not (np.diff(_column(cells.slice(0, 3)).loose) == 1).all():
            self.steps = False
            return
        values = _column(cells).loose
        before = [] if self.last is None else [self.last]
        self.steps = bool((np.diff(np.concatenate([before, values])) == 1).all())
        self.last = float(values[-1]) if len(values) else self.last


def _as_numbers(cells: Any, blank: Any) -> npt.NDArray[np.float64] | None:
    """The cells as numbers, NaN where blank; None where one is a word, or a number only to a slower reader."""
    try:
        numbers = compute.cast(compute.if_else(blank, None, cells), pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def _column(cells: Any) -> Column:
    series = pd.Series(pd.array(pa.chunked_array([cells]), dtype="string"))
    return Column("", series, np.zeros(len(cells), np.int32))


def blocks(data: bytes, separator: str, width: int, progress: Progress | None) -> Iterator[list[Any]]:
    """The stripped cells below the heading row, an Arrow array for each column, block by block.

    Args:
        data: the file's bytes.
        separator: one character.
        width: how many columns there are.
        progress: told the share of bytes read.

    Raises:
        NotPlain: the fast reader cannot be trusted with the file.
    """
    if b'"' in data or b"\0" in data:
        raise NotPlain("quotes")  # the fast reader accepts broken ones
    names, done = [str(place) for place in range(width)], 0
    try:
        reader = arrow.open_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(
                use_threads=False, block_size=max(BLOCK, min(width * BLOCK_OF_COLUMN, 1 << 23)), column_names=names
            ),
            parse_options=arrow.ParseOptions(delimiter=separator, quote_char=False),
            convert_options=arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        for batch in reader:
            columns = [compute.utf8_trim_whitespace(column) for column in batch.columns]
            yield columns if done else [column.slice(1) for column in columns]
            done += batch.nbytes
            if progress is not None:
                progress(min(1.0, done / len(data)))
    except pa.ArrowException as error:
        raise NotPlain(str(error)) from error
