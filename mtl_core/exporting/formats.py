"""Tables as files."""

import csv
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from mtl_core.diagnostics.result import Result
from mtl_core.errors import DataError, unknown_name
from mtl_core.exporting.command import command, snippet
from mtl_core.exporting.written import written

FORMATS = ("csv", "parquet")

MODEL_FORMATS = ("onnx", "torch", "safetensors")
"""What a trained network can be written as."""

_MOMENT = (1980, 1, 1, 0, 0, 0)

_KEYS = (
    *("run", "step", "split", "layer", "task", "task_a", "task_b", "metric"),
    *("name", "stage", "label_1", "label_2", "label_3", "label_4"),
)
"""What tells one observation of a table from another."""

_FORMULA = (*"=+-@", *"＝＋－＠", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


def to_bytes(table: pd.DataFrame, format: str = "csv", *, raw: bool = False) -> bytes:
    """A table as the content of a file: the same observations give the same bytes, in whatever order they were recorded.

    Args:
        table: any of a result's tables.
        format: ``csv`` (UTF-8, numbers at full precision, empty where there is none) or ``parquet`` (types kept).
        raw: whether text in a CSV file is written as it is. Otherwise a cell or heading that a spreadsheet would run as a
            formula is written with a single quote before it.

    Source: OWASP, CSV Injection.

    Raises:
        SpecError: another format.
    """
    ordered = in_order(table)
    match format:
        case "csv":
            return _csv(ordered if raw else harmless(ordered)).encode()
        case "parquet":
            held = io.BytesIO()
            ordered.to_parquet(held, index=False)
            return held.getvalue()
    raise unknown_name("format", format, FORMATS)


def archive(result: Result, format: str = "csv", *, raw: bool = False) -> bytes:
    """Everything of a result as one ZIP file: its tables, the study as JSON, and how to make it again.

    The same result always gives the same bytes, and so does one that was interrupted on its way, but for the times in
    ``sharing``.

    Args:
        result: any result.
        format, raw: of the tables, as for ``to_bytes``.

    Raises:
        SpecError: another format.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, content in _contents(result, format, raw).items():
            file.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def save(result: Result, folder: str | os.PathLike[str], format: str = "csv", *, raw: bool = False) -> list[Path]:
    """Write everything of a result into a folder, which is made if need be; returns the files.

    Of a study on a table of one's own, ``splits`` says which row was in which split, if the table is still there.

    Args:
        result: any result.
        folder: where to; files of the same names are replaced.
        format: of the tables: ``csv``, which any spreadsheet opens, or ``parquet``, which keeps types.
        raw: whether text in a CSV file is written as it is, even where a spreadsheet would run it as a formula.

    Raises:
        SpecError: another format, or a folder that cannot be written.
    """
    contents = _contents(result, format, raw) | _splits(result, format)
    return written(folder, contents)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The rows by run, step and whatever else tells observations apart, names in the study's order.

    Records come in the order in which they were flushed, and an interrupted training flushes at other steps. Tables of runs
    or labels are in the study's order anyway.
    """
    if "step" not in table or "run" not in table:
        return table
    return table.sort_values([key for key in _KEYS if key in table], kind="stable", ignore_index=True)


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a single quote before every text, headings too, that a spreadsheet would take for a formula.

    Numbers stay numbers, negative ones too.
    """
    safe = table.rename(columns=_quoted)
    for place, kind in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            safe.isetitem(place, safe.iloc[:, place].map(_quoted).array)
    return safe


def _csv(table: pd.DataFrame) -> str:
    text = table.to_csv(index=False, lineterminator="\n")
    # A carriage return in a name is left bare by the csv module, and readers take it for the end of a row.
    return text if "\r" not in text else table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


def _quoted(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _splits(result: Result, format: str) -> dict[str, bytes]:
    """Which row of a person's table was in which split, while the table is still where it was."""
    if result.study.suite.name != "csv":
        return {}
    from mtl_core.suites import load_suite
    from mtl_core.suites.csv_file import split_table

    try:
        return {f"splits.{format}": to_bytes(split_table(load_suite(result.study.suite)), format)}
    except DataError:
        return {}


def _contents(result: Result, format: str, raw: bool) -> dict[str, bytes]:
    tables = {f"{name}.{format}": to_bytes(table, format, raw=raw) for name, table in result.to_tables().items()}
    spec = json.dumps(result.study.to_dict(), indent=2, ensure_ascii=False)
    texts = {"study.json": spec, "study.py": snippet(result.study), "command.txt": command(result.study)}
    return tables | {name: f"{text}\n".encode() for name, text in texts.items()}
