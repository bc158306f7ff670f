"""The tables that people uploaded: files beside the store, under the names of their own hashes, while they are needed."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from dashboard.draft import UPLOADED
from dashboard.reading import limits
from dashboard.reading.visitors import Visitor
from mtl_core.errors import DataError

if TYPE_CHECKING:
    from mtl_core.store import Store

MEGABYTES = 50
"""The largest file that can be uploaded."""

UNUSED = 24 * 3600.0
"""Seconds for which a table is kept that no study learns from."""

_PIECE = 2**20
_keeping = Lock()


def folder(store: "Store") -> Path:
    """Where uploaded tables lie."""
    return store.folder / "uploads"


def keep(file: BinaryIO, store: "Store", visitor: Visitor) -> Path:
    """Keep an uploaded file under the name of its own hash, and say where it is. It is never in memory as a whole.

    Raises:
        DataError: it is empty, too large, or cannot be written.
        NotAllowedError: the visitor, or all together, keep as much as they may.
    """
    uploads = folder(store)
    try:
        uploads.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=uploads, suffix=".part", delete=False) as part, _gone_at_the_end(Path(part.name)):
            digest, size = hashlib.sha256(), 0
            file.seek(0)
            while (piece := file.read(_PIECE)) and size <= MEGABYTES * 2**20:
                digest.update(piece)
                size += len(piece)
                part.write(piece)
            part.close()
            if not 0 < size <= MEGABYTES * 2**20:
                found = "an empty one" if not size else f"more than {MEGABYTES} MB"
                raise DataError(f"a table must have between 1 byte and {MEGABYTES} MB, found {found}; choose another.")
            target = uploads / f"{digest.hexdigest()}.csv"
            with _keeping:
                limits.check_upload(store, visitor, target.name, size)
                store.note_upload(target.name, visitor.owner, size)
                # Whoever looks at the final name finds the whole file or none.
                os.replace(part.name, target)
    except OSError as problem:
        raise DataError(f"the table could not be kept at {uploads}: {problem}; make room or give write access.") from problem
    return target


@contextmanager
def _gone_at_the_end(part: Path) -> Iterator[None]:
    try:
        yield
    finally:
        part.unlink(missing_ok=True)


def sweep(store: "Store") -> None:
    """Remove the tables that no study learns from and nobody needed for a day; best effort."""
    old = time.time() - UNUSED
    try:
        found = [path.name for path in folder(store).iterdir() if path.suffix == ".part" or UPLOADED.fullmatch(path.name)]
        aged = {name for name in found if (folder(store) / name).stat().st_mtime < old}
    except OSError:
        return
    gone = store.drop_unused_uploads((name for name in aged if UPLOADED.fullmatch(name)), UNUSED)
    for name in (*gone, *(name for name in aged if name.endswith(".part"))):
        (folder(store) / name).unlink(missing_ok=True)
