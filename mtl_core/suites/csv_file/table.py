"""A file as a table: found out, parsed, and its columns ready to be asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from mtl_core.errors import DataError
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.encoding import to_utf8
from mtl_core.suites.csv_file.files import format_of, read_expected
from mtl_core.suites.csv_file.finding import Finding
from mtl_core.suites.csv_file.layout import Layout, find_layout, line_of
from mtl_core.suites.csv_file.marks import Decimal, decimal_of
from mtl_core.suites.csv_file.parse import Progress, parse, without_empty_rows
from mtl_core.suites.csv_file.typed import excel_as_csv, from_parquet

MINIMUM_ROWS = 30

_SAMPLE_ROWS = 300
_SAMPLE_COLUMNS = 200


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, as the options say it; ``auto`` finds out.

    Args:
        delimiter: a name of ``DELIMITERS``.
        encoding: one of ``ENCODINGS``.
        decimal: ``point`` or ``comma``.
        heading: ``yes`` or ``no`` whether the first row has the names.
        missing: further cells that say that there is no value; ``column=cell`` for those of one column.
    """

    delimiter: str = "auto"
    encoding: str = "auto"
    decimal: str = "auto"
    heading: str = "auto"
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table.

    Args:
        name: the file's name, for messages.
        columns: by heading.
        rows: how many there are.
        findings: what was found out about the file.
    """

    name: str
    columns: dict[str, Column]
    rows: int
    findings: tuple[Finding, ...]


def read_table(
    path: str, reading: Reading, sha256: str | None = None, progress: Progress | None = None, least: int = MINIMUM_ROWS
) -> Table:
    """The table in a file.

    Args:
        path: the file: text with cells between delimiters, Parquet, or Excel.
        reading: how it is to be read.
        sha256: what the content must hash to; None for any.
        progress: told the share of the file that was read.
        least: how many rows it must have.

    Raises:
        DataError: a file that cannot be read as a table, or whose content is another.
    """
    name = Path(path).name
    # The bytes are let go of when the cells stand in columns: a large table is in memory once.
    cells, findings, layout, typed = _cells(read_expected(path, sha256), name, reading, progress)
    before = cells.num_rows
    cells, kept = without_empty_rows(cells)
    if kept is not None:
        rows = "1 row" if before - len(kept) == 1 else f"{before - len(kept):,} rows"
        findings = (*findings, Finding(f"{rows} without anything in any cell left out.", True))
    if cells.num_rows < least:
        raise DataError(f"{name} must have at least {least} rows below the heading, found {cells.num_rows}; add rows.")

    def line(place: int) -> int:
        row = place if kept is None else int(kept[place])
        if layout is None:
            return row + 2
        if layout.plain_lines:
            return line_of(layout, row)
        again = _cells_layout(read_expected(path, None), name, reading)[0]
        return line_of(again, row)

    decimal = _decimal(cells, reading)
    if decimal == "comma":
        asked = " as asked for" if reading.decimal != "auto" else "; 'decimal' says otherwise"
        findings = (*findings, Finding(f"Numbers are written with a decimal comma{asked}.", True))
    # Where commas separate no cells, they are more likely to separate decimals.
    likely: Decimal = "comma" if layout is not None and layout.separator == ";" else "point"
    columns = {
        heading: Column(
            heading,
            column,
            line,
            _markers(heading, cells.column_names, reading.missing),
            None if heading in typed else decimal,
            decimal or likely,
        )
        for heading, column in zip(cells.column_names, cells.columns, strict=True)
    }
    return Table(name, columns, cells.num_rows, findings)


def joined(table: Table, test: Table, names: list[str]) -> Table:
    """One table of the columns that two have in common, with the rows of the second below those of the first."""
    columns = {}
    for name in names:
        column, other = table.columns[name], test.columns[name]
        cells = pa.chunked_array([*column.cells.chunks, *other.cells.chunks], pa.string())
        columns[name] = replace(column, cells=cells, line=_line_of_either(column, other))
    return Table(table.name, columns, table.rows + test.rows, tuple(dict.fromkeys((*table.findings, *test.findings))))


def _line_of_either(column: Column, other: Column) -> Any:
    first = len(column)
    return lambda place: column.line(place) if place < first else other.line(place - first)


def _cells(
    data: bytes, name: str, reading: Reading, progress: Progress | None
) -> tuple[Any, tuple[Finding, ...], Layout | None, frozenset[str]]:
    if format_of(data, name) == "parquet":
        cells, findings, typed = from_parquet(data, name)
        return cells, findings, None, typed
    layout, findings = _cells_layout(data, name, reading)
    cells = parse(layout, name, progress)
    return cells, (*findings, *layout.findings), replace(layout, data=b""), frozenset()


def _cells_layout(data: bytes, name: str, reading: Reading) -> tuple[Layout, tuple[Finding, ...]]:
    if format_of(data, name) == "excel":
        data, findings = excel_as_csv(data, name)
        return find_layout(data, name, "comma", reading.heading), findings
    data, finding = to_utf8(data, name, reading.encoding)
    return find_layout(data, name, reading.delimiter, reading.heading), (finding,) if finding else ()


def _decimal(cells: Any, reading: Reading) -> Decimal | None:
    if reading.decimal != "auto":
        return "comma" if reading.decimal == "comma" else "point"
    sample = cells.slice(0, _SAMPLE_ROWS).select(range(min(cells.num_columns, _SAMPLE_COLUMNS)))
    return decimal_of([text for column in sample.columns for text in column.to_pylist()])


def _markers(heading: str, headings: list[str], missing: tuple[str, ...]) -> frozenset[str]:
    """The cells that say in a column that there is no value; ``column=cell`` speaks of one column alone."""
    found = set()
    for marker in missing:
        column, equals, cell = marker.partition("=")
        if equals and column.strip() in headings:
            if column.strip() == heading:
                found.add(cell.strip())
        else:
            found.add(marker.strip())
    return frozenset(found)
