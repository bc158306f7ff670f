"""Tables as files."""

import io
import json
import os
import zipfile
from pathlib import Path

import pandas as pd

from mtl_core.diagnostics.result import Result
from mtl_core.errors import SpecError, shown, unknown_name
from mtl_core.exporting.command import command, snippet

FORMATS = ("csv", "parquet")

_MOMENT = (1980, 1, 1, 0, 0, 0)


def to_bytes(table: pd.DataFrame, format: str = "csv") -> bytes:
    """A table as the content of a file.

    Args:
        table: any of a result's tables.
        format: ``csv`` (UTF-8, numbers at full precision, empty where there is none) or ``parquet`` (types kept).

    Raises:
        SpecError: another format.
    """
    match format:
        case "csv":
            return table.to_csv(index=False, lineterminator="\n").encode()
        case "parquet":
            held = io.BytesIO()
            table.to_parquet(held, index=False)
            return held.getvalue()
    raise unknown_name("format", format, FORMATS)


def archive(result: Result, format: str = "csv") -> bytes:
    """Everything of a result as one ZIP file: its tables, the study as JSON, and how to make it again.

    The same result always gives the same bytes.

    Args:
        result: any result.
        format: of the tables, as for ``to_bytes``.

    Raises:
        SpecError: another format.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, content in _contents(result, format).items():
            file.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def save(result: Result, folder: str | os.PathLike[str], format: str = "csv") -> list[Path]:
    """Write everything of a result into a folder, which is made if need be; returns the files.

    Args:
        result: any result.
        folder: where to; files of the same names are replaced.
        format: of the tables, as for ``to_bytes``.

    Raises:
        SpecError: another format, or a folder that cannot be written.
    """
    contents = _contents(result, format)
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (place / name).write_bytes(content)
    except OSError as error:
        raise SpecError(
            f"a folder that can be written was expected, found {shown(str(place), 300)} ({error.strerror}); name another."
        ) from error
    return [place / name for name in contents]


def _contents(result: Result, format: str) -> dict[str, bytes]:
    tables = {f"{name}.{format}": to_bytes(table, format) for name, table in result.to_tables().items()}
    spec = json.dumps(result.study.to_dict(), indent=2, ensure_ascii=False)
    texts = {"study.json": spec, "study.py": snippet(result.study), "command.txt": command(result.study)}
    return tables | {name: f"{text}\n".encode() for name, text in texts.items()}
