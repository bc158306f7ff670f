"""The file behind a table: its bytes, their hash, and whether they are text, Parquet or an Excel workbook."""

import hashlib
from pathlib import Path
from typing import Literal

from mtl_core.errors import DataError, shown

SIZE_LIMIT = 50_000_000
"""The largest file in bytes; a larger one is refused by its size, without reading it."""

Format = Literal["text", "parquet", "excel"]

_PATH = 300  # the end of a path tells more than its beginning
_FOREIGN = {
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind (.xls)",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
}


def fingerprint(path: str) -> str:
    """The SHA-256 of a file's content in hexadecimal.

    Raises:
        DataError: no such file, not a plain file, not readable, empty or over the size limit.
    """
    return hashlib.sha256(read_bytes(path)).hexdigest()


def read_expected(path: str, sha256: str | None) -> bytes:
    """A file's bytes.

    Args:
        path: the file.
        sha256: what they must hash to; None for any.

    Raises:
        DataError: as ``fingerprint`` does, or the content is another.
    """
    data = read_bytes(path)
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise DataError(
            f"{Path(path).name} must be the file that the study was made with (SHA-256 {sha256[:12]}…), found another content "
            f"({found[:12]}…); bring the old file back, or make a new study without 'sha256'."
        )
    return data


def format_of(data: bytes, name: str) -> Format:
    """What the bytes are, told by their beginning: a kept upload has no ending of its own.

    Raises:
        DataError: something that is no table.
    """
    for beginning, what in _FOREIGN.items():
        if data.startswith(beginning):
            raise DataError(f"{name} must be a table (CSV, TSV, Parquet or Excel's .xlsx), found {what}; save it as CSV.")
    return "parquet" if data.startswith(b"PAR1") else "excel" if data.startswith(b"PK\x03\x04") else "text"


def read_bytes(path: str) -> bytes:
    """All of a file; see ``fingerprint``."""
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
