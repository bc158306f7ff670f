"""A table in a text file of the data folder: its columns by their headings, as texts or as numbers."""

import csv
import io
import re
from dataclasses import dataclass

import numpy as np

from mtl_core.errors import DataError, shown, unknown_name
from mtl_core.suites.arrays import Floats

LARGEST = 1e15
"""The largest number of a column; squares of larger ones are of no use in float32."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class TextTable:
    """The cells of a table.

    Args:
        name: of the file, for messages.
        header: the headings, each once.
        rows: the cells below, as many in each as there are headings.
        lines: the line of the file that each row ends in, from 1.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def texts(self, column: str) -> tuple[str, ...]:
        """A column's cells; raises SpecError where there is none of that heading."""
        if column not in self.header:
            raise unknown_name(f"column of {self.name}", column, self.header)
        place = self.header.index(column)
        return tuple(row[place] for row in self.rows)

    def numbers(self, column: str) -> Floats:
        """A column as numbers ``(N,)``, NaN where a cell is empty.

        Raises:
            SpecError: there is no such column.
            DataError: a cell is no number, or too large a one.
        """
        values = np.full(len(self.rows), np.nan)
        for place, (line, cell) in enumerate(zip(self.lines, self.texts(column), strict=True)):
            if cell and not _NUMBER.fullmatch(cell):
                raise DataError(
                    f"{self.name} must have numbers or empty cells in column {shown(column)}, found {shown(cell)} in line "
                    f"{line}; correct the cell."
                )
            if cell and not abs(float(cell)) <= LARGEST:
                raise DataError(
                    f"{self.name} must have numbers up to {LARGEST:g} in column {shown(column)}, found {shown(cell)} in line "
                    f"{line}; correct the cell."
                )
            values[place] = float(cell) if cell else np.nan
        return values

    def is_numeric(self, column: str) -> bool:
        """Whether a column has a number, and nothing but numbers and empty cells."""
        cells = [cell for cell in self.texts(column) if cell]
        return bool(cells) and all(_NUMBER.fullmatch(cell) and abs(float(cell)) <= LARGEST for cell in cells)


def read_table(content: bytes, name: str, delimiter: str, most_rows: int) -> TextTable:
    """The table in a file's content.

    Args:
        content: UTF-8 text whose first line has the headings; lines may end in any way, and blank ones are none.
        name: of the file, for messages.
        delimiter: what stands between two cells.
        most_rows: the most rows.

    Raises:
        DataError: other text, no rows or too many, a heading twice, or a row with more or fewer cells than there are headings.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name} must be UTF-8 text, found other bytes in line {line}; save it with UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        header = tuple(cell.strip() for cell in next(reader, ()))
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                raise DataError(
                    f"{name} must have {len(header)} cells in every line, as many as headings, found {len(row)} in line "
                    f"{reader.line_num}; correct the line, or copy the file anew."
                )
            if len(rows) == most_rows:
                raise DataError(f"{name} must have at most {most_rows:,} rows, found more; take a part of them.")
            rows.append(tuple(cell.strip() for cell in row))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{name} must be a table of text, found line {reader.line_num} is none ({error}); copy it anew."
        ) from None
    if twice := [cell for place, cell in enumerate(header) if cell in header[:place]]:
        raise DataError(f"{name} must have each heading once, found {shown(twice[0])} twice; rename one of them.")
    if not rows:
        raise DataError(f"{name} must have rows below its headings, found none; copy the file anew.")
    return TextTable(name, header, tuple(rows), tuple(lines))
