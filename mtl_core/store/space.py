"""Room on the disk of an SQLite store: some is held back for a bad day, and what is deleted is given back."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

RESERVE = 512 * 1024
"""Bytes held back in a file of their own, let go when even a deletion finds no room."""

SCARCE = 1 << 20
"""With fewer free bytes than this a disk counts as full: the next batch of records may not fit."""

_PIECE = 2000
"""Pages given back between two looks at the log of changes, which grows meanwhile."""


def keep_reserve(file: Path) -> None:
    """Hold room back beside the store, where there is plenty; best effort."""
    held = _reserve(file)
    with suppress(OSError):
        if not held.exists() and shutil.disk_usage(file.parent).free > 4 * RESERVE:
            held.write_bytes(bytes(RESERVE))


def let_go(file: Path) -> bool:
    """Free what was held back; False where nothing was."""
    with suppress(OSError):
        _reserve(file).unlink()
        return True
    return False


def fault(file: Path) -> str | None:
    """How little room is left, in words; None where there is enough or nobody can say."""
    with suppress(OSError):
        free = shutil.disk_usage(file.parent).free
        return f"{free / 2**20:.1f} MB are free" if free < SCARCE else None
    return None


def size(file: Path) -> int:
    """Bytes of the store on disk, its log of changes included."""
    parts = (file, file.with_name(file.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def let_shrink(file: Path) -> None:
    """Rewrite a store of an older version once, so that it can shrink from now on; best effort: it needs as much room again."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, isolation_level=None)) as connection:
        if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != 2:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")


def shrink(file: Path, patience: float = 2.0) -> None:
    """Give the pages of what was deleted back to the system, piece by piece; best effort, for others may hold the store.

    Args:
        file: of the store.
        patience: seconds to wait for those others.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=patience, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        while connection.execute("PRAGMA freelist_count").fetchone()[0]:
            connection.execute("BEGIN IMMEDIATE")
            moved = cut_off_free_pages(connection, _PIECE)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if not moved:
                return


def cut_off_free_pages(connection: sqlite3.Connection, most: int | None = None) -> int:
    """Within a transaction, move what is in use to the front and cut off the rest; returns how many pages were cut off.

    Args:
        connection: a raw one.
        most: so many pages and no more; None for all.
    """
    count = 0
    left: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    # Python's driver takes one step of this command at each call, and a step is a page.
    while left and (most is None or count < most):
        connection.execute("PRAGMA incremental_vacuum(1)")
        before, left = left, connection.execute("PRAGMA freelist_count").fetchone()[0]
        if left >= before:
            break
        count += before - left
    return count


def _reserve(file: Path) -> Path:
    return file.with_name(file.name + ".reserve")
