"""From the bytes of a CSV file to columns of text, with every way in which a file can be broken."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from mtl_core.errors import DataError, shown, some_of
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.stream import NotPlain, Progress, Seen, blocks

SIZE_LIMIT = 50_000_000
"""The largest file in bytes; a larger one is refused by its size, without reading it."""

COLUMN_LIMIT = 2000
MINIMUM_ROWS = 30
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

_CHUNK = 20_000
_PATH = 300  # the end of a path tells more than its beginning
_SAMPLE_BYTES = 1 << 16
_SAMPLE_ROWS = 20


@dataclass(frozen=True, eq=False)
class Table:
    """A file's columns by heading, and the file's name for messages."""

    name: str
    columns: dict[str, Column]
    rows: int


def fingerprint(path: str) -> str:
    """The SHA-256 of a file's content in hexadecimal.

    Raises:
        DataError: no such file, not a plain file, not readable, empty or over the size limit.
    """
    return hashlib.sha256(_read_bytes(path)).hexdigest()


def read_table(path: str, delimiter: str = "auto", sha256: str | None = None) -> Table:
    """The table in a CSV file: UTF-8, first row headings, quotes as in RFC 4180.

    Args:
        path: the file.
        delimiter: a name of ``DELIMITERS``, or ``auto`` for the one that splits the first rows evenly.
        sha256: what the content must hash to; None for any.

    Raises:
        DataError: a file that cannot be read as a table, or whose content is another.
    """
    data, name = _read_bytes(path), Path(path).name
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise DataError(
            f"{name} must be the file that the study was made with (SHA-256 {sha256[:12]}…), found another content "
            f"({found[:12]}…); bring the old file back, or make a new study without 'sha256'."
        )
    _check_text(data, name)
    separator = DELIMITERS[delimiter] if delimiter != "auto" else _sniff(data, name)
    rows = _rows(data, separator, name)
    headings = _headings(next(rows)[1], name)
    pieces: list[list[pd.Series[str]]] = [[] for _ in headings]
    lines: list[int] = []
    while chunk := list(islice(rows, _CHUNK)):
        lines += [line for line, _ in chunk]
        for piece, cells in zip(pieces, zip(*(cells for _, cells in chunk), strict=True), strict=True):
            # Arrow keeps text in a few bytes a cell, where Python's strings would take fifty.
            piece.append(pd.Series([cell.strip() for cell in cells], dtype="string"))
    if len(lines) < MINIMUM_ROWS:
        raise DataError(f"{name} must have at least {MINIMUM_ROWS} rows below the heading, found {len(lines)}; add rows.")
    places = np.array(lines, dtype=np.int32)
    columns = (
        Column(heading, pd.concat(piece, ignore_index=True), places) for heading, piece in zip(headings, pieces, strict=True)
    )
    return Table(name, {column.name: column for column in columns}, len(lines))


def look(path: str, delimiter: str = "auto", progress: Progress | None = None) -> dict[str, Seen] | None:
    """What the columns of a CSV file have in them, by heading; None where it must be read by ``read_table``.

    Args:
        path: the file.
        delimiter: as for ``read_table``.
        progress: told the share of the file that was read.

    Raises:
        DataError: no such file, or one that is too large.
    """
    data, name = _read_bytes(path), Path(path).name
    try:
        separator = DELIMITERS[delimiter] if delimiter != "auto" else _sniff(data, name)
        headings = _headings(next(_rows(data, separator, name))[1], name)
        columns = [Seen() for _ in headings]
        for block in blocks(data, separator, len(headings), progress):
            for column, cells in zip(columns, block, strict=True):
                column.add(cells)
    except (NotPlain, UnicodeDecodeError, DataError):
        return None  # the exact reader finds the line, and the words
    return dict(zip(headings, columns, strict=True)) if columns[0].rows >= MINIMUM_ROWS else None


def _read_bytes(path: str) -> bytes:
    file = Path(path)
    try:
        there = file.exists()
    except (OSError, ValueError):  # a name too long or with a zero character in it
        there = False
    if not there:
        raise DataError(f"the CSV file must exist, found nothing at {shown(path, _PATH)}; check 'path'.")
    if not file.is_file():
        raise DataError(f"the CSV file must be a plain file, found a folder or device at {shown(path, _PATH)}; check 'path'.")
    size = file.stat().st_size
    if size > SIZE_LIMIT:
        raise DataError(
            f"{file.name} must have at most {SIZE_LIMIT // 1_000_000} MB, found {size / 1e6:.0f} MB; keep fewer rows."
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file.name} must be readable, found: {error.strerror}; check its permissions.") from error
    if not data.strip():
        raise DataError(f"{file.name} must have a heading row and data, found an empty file; choose another.")
    return data


def _check_text(data: bytes, name: str) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name} must be UTF-8 text, found other bytes at line {line}; save it as CSV with UTF-8.") from None
    if (place := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise DataError(f"{name} must be text, found a zero byte at line {line}; save the table as CSV with UTF-8.")


def _text(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def _rows(data: bytes, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_text(data), delimiter=separator, strict=True)
    width = 0
    try:
        for cells in reader:
            if not cells:
                continue  # an empty line is no row
            width = width or len(cells)
            if len(cells) != width:
                raise DataError(
                    f"every row of {name} must have {width} cells as the heading row has, found {len(cells)} at line "
                    f"{reader.line_num}; check that line's delimiters and quotes."
                )
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            f"{name} must be well-formed CSV, found at line {reader.line_num}: {error}; check its quotes."
        ) from None


def _headings(cells: Sequence[str], name: str) -> list[str]:
    headings = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1)]
    if len(headings) > COLUMN_LIMIT:
        raise DataError(f"{name} must have at most {COLUMN_LIMIT} columns, found {len(headings)}; keep fewer.")
    if twice := sorted({heading for heading in headings if headings.count(heading) > 1}):
        raise DataError(f"{name} must have different column names, found {some_of(map(repr, twice))} twice; rename one.")
    if pd.to_numeric(pd.Series(headings), errors="coerce").notna().all():
        raise DataError(f"the first row of {name} must have the column names, found numbers; add a row with names.")
    return headings


def _sniff(data: bytes, name: str) -> str:
    best, widest = "", (False, 1)
    for separator in DELIMITERS.values():
        widths = _sample_widths(data, separator)
        score = (len(set(widths)) == 1, widths[0])
        if widths[0] > 1 and (not best or score > widest):
            best, widest = separator, score
    if not best:
        raise DataError(
            f"{name} must have two or more columns between commas, semicolons, tabs or bars, found one; check its delimiter."
        )
    return best


def _sample_widths(data: bytes, separator: str) -> list[int]:
    sample = data[:_SAMPLE_BYTES].decode("utf-8-sig", errors="ignore")
    if len(data) > _SAMPLE_BYTES:
        sample = sample[: sample.rfind("\n") + 1] or sample  # the last line may be cut
    rows = (cells for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if cells)
    try:
        return [len(cells) for cells in islice(rows, _SAMPLE_ROWS)] or [0]
    except csv.Error:
        return [0]
