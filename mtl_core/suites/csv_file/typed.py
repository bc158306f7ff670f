"""Tables that carry their types: Parquet files, Excel workbooks and pandas DataFrames, as columns of text like any other."""

import csv
import hashlib
import io
import os
import zipfile
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]
import pyarrow.parquet as parquet  # type: ignore[import-untyped]

from mtl_core.errors import DataError, shown, some_of
from mtl_core.suites.csv_file.finding import Finding
from mtl_core.suites.csv_file.headings import COLUMN_LIMIT

UNPACKED_LIMIT = 500_000_000
"""The most bytes that a packed file may unpack to."""

CELL_LIMIT = 30_000_000
"""The most cells of a packed table: repeated ones take next to no bytes."""


def from_parquet(data: bytes, name: str) -> tuple[Any, tuple[Finding, ...], frozenset[str]]:
    """The columns of a Parquet file as text, what was found, and which of the columns are numbers.

    Raises:
        DataError: damaged, too large when unpacked, or without columns.
    """
    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
        _check_size(sum(group.total_byte_size for group in groups), name)
        _check_cells(file.metadata.num_rows * file.metadata.num_columns, name)
        if file.metadata.num_columns > COLUMN_LIMIT:
            raise DataError(f"{name} must have at most {COLUMN_LIMIT} columns, found {file.metadata.num_columns}; keep fewer.")
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name} must be a sound Parquet file, found: {str(error)[:200]}; write it again.") from None
    names = [str(column).strip() or f"column {place}" for place, column in enumerate(table.column_names, start=1)]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise DataError(f"{name} must have different column names, found {some_of(map(repr, twice))} twice; rename one.")
    findings = [Finding("A Parquet file: types as they are stored.", True)]
    columns = []
    for column, heading in zip(table.columns, names, strict=True):
        text = _as_text(column)
        if text is None:
            findings.append(
                Finding(f"Column {shown(heading)} holds {column.type}, which is no single value: it is read as empty.")
            )
            text = pa.chunked_array([pa.array([""] * len(column), pa.string())])
        columns.append(text)
    kinds = zip(names, (column.type for column in table.columns), strict=True)
    numbers = frozenset(each for each, kind in kinds if pa.types.is_floating(kind) or pa.types.is_integer(kind))
    return pa.table(columns, names=names), tuple(findings), numbers


def keep_frame(frame: pd.DataFrame, folder: Path) -> Path:
    """Write a DataFrame as a Parquet file under the name of its content's hash, once, and say where it is.

    An index with a name becomes a column; one without is left out. Cells of several types are written as text.

    Args:
        frame: any.
        folder: where to; made if need be.

    Raises:
        DataError: it cannot be written.
    """
    named = frame.reset_index() if any(name is not None for name in frame.index.names) else frame.reset_index(drop=True)
    named.columns = pd.Index([" ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in named.columns])
    plain = named.copy(deep=False)
    for place, kind in enumerate(named.dtypes):
        column = named.iloc[:, place]
        if pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(column, skipna=True) in ("mixed", "mixed-integer"):
            plain.isetitem(place, [None if pd.api.types.is_scalar(cell) and pd.isna(cell) else str(cell) for cell in column])
    held = io.BytesIO()
    try:
        parquet.write_table(pa.Table.from_pandas(plain, preserve_index=False).replace_schema_metadata(None), held)
        target = folder / f"{hashlib.sha256(held.getvalue()).hexdigest()}.parquet"
        if not target.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(held.getvalue())
            os.replace(part, target)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise DataError(f"the table could not be kept in {folder}: {str(error)[:200]}; correct it or make room.") from error
    return target


def _as_text(column: Any) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_timestamp(kind):
        # In whole seconds, and the date alone where there is no time of day.
        column = column.cast(pa.timestamp("s", kind.tz), safe=False)
        days = bool(compute.all(compute.equal(column, compute.floor_temporal(column, unit="day"))).as_py())
        column = compute.strftime(column, format="%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S")
    elif pa.types.is_nested(kind):
        return None
    try:
        return compute.utf8_trim_whitespace(compute.fill_null(column.cast(pa.string()), ""))
    except pa.ArrowException:
        return None


def excel_as_csv(data: bytes, name: str) -> tuple[bytes, tuple[Finding, ...]]:
    """The first sheet of an Excel workbook as the text of a CSV file, and what was found.

    Raises:
        DataError: damaged, too large when unpacked, or ``openpyxl`` is not installed.
    """
    if find_spec("openpyxl") is None:
        raise DataError(
            f"{name} is an Excel workbook, and reading it needs openpyxl, found none; run pip install openpyxl, or save it as "
            "CSV."
        )
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _check_size(sum(part.file_size for part in packed.infolist()), name)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a workbook may say that it is larger than it is
        rows, cells = [], 0
        for row in sheet.iter_rows(values_only=True):
            rows.append([_cell(value) for value in row])
            cells += len(row) + 1
            _check_cells(cells, name)
        width = max(map(len, rows), default=0)
        held = io.StringIO()
        csv.writer(held, lineterminator="\n").writerows([*row, *[""] * (width - len(row))] for row in rows)
    except DataError:
        raise
    except Exception as error:  # a damaged workbook fails in many ways
        raise DataError(f"{name} must be a sound Excel workbook, found: {str(error)[:200]}; save it again.") from None
    others = [each.title for each in book.worksheets[1:]]
    more = f"; left out: {some_of(others, 100)}" if others else ""
    return held.getvalue().encode(), (Finding(f"An Excel workbook: the sheet {shown(sheet.title, 40)}{more}.", True),)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
    return str(value)


def _check_cells(cells: int, name: str) -> None:
    if cells > CELL_LIMIT:
        raise DataError(f"{name} must have at most {CELL_LIMIT:,} cells, found {cells:,} or more; keep fewer rows or columns.")


def _check_size(size: int, name: str) -> None:
    if size > UNPACKED_LIMIT:
        raise DataError(
            f"{name} must unpack to at most {UNPACKED_LIMIT // 10**6} MB, found {size / 1e6:.0f} MB; keep fewer rows."
        )
