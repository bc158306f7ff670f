"""What went wrong in the database, in words with what to do."""

import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from mtl_core.errors import StoreError, StoreFullError, StoreUnavailableError, cut

_ADVICE = {
    "read-only": "is read-only and must be writable; allow writing to it and its folder, or name another store with --store",
    "locked": "is locked by another program; close that program (a backup or a database browser, say) and try again",
    "full": "has no room left on its disk; free some space or delete studies and try again, what was stored before is safe",
    "unreachable": "cannot be reached; check that its folder exists or its server runs, the name and the password",
    "changed": "lacks a table or column that this version has; restore it from a backup, or name another store with --store",
    "foreign": "must be an SQLite database and is something else or damaged; name another store with --store",
}

# SQLite's own error names, by their beginning, and PostgreSQL's SQLSTATE codes, by theirs.
_SIGNS = {
    "SQLITE_READONLY": "read-only",
    "SQLITE_PERM": "read-only",
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_FULL": "full",
    "SQLITE_IOERR": "unreachable",
    "SQLITE_CANTOPEN": "unreachable",
    "SQLITE_AUTH": "unreachable",
    "SQLITE_NOTADB": "foreign",
    "SQLITE_CORRUPT": "foreign",
    "25006": "read-only",
    "42501": "read-only",
    "55P03": "locked",
    "57014": "locked",
    "40": "locked",
    "53": "full",
    "08": "unreachable",
    "28": "unreachable",
    "3D": "unreachable",
    "57P": "unreachable",
    "42703": "changed",
    "42P01": "changed",
}


def explain(error: SQLAlchemyError, where: str) -> StoreError:
    """The error to raise instead: what was found and what to do.

    Args:
        error: what the database library raised.
        where: the store's address without its password.
    """
    cause = error.orig if isinstance(error, DBAPIError) else None
    found = cut(" ".join(str(cause or error).split()), 500)
    fault = _fault(error, cause, where)
    if fault is None:
        return StoreError(f"the store {where} refused: {found}.")
    if fault == "full":
        return full(where, found)
    return StoreUnavailableError(f"the store {where} {_ADVICE[fault]}. Found: {found}.")


def full(where: str, found: str) -> StoreFullError:
    """The error of a disk without room."""
    return StoreFullError(f"the store {where} {_ADVICE['full']}. Found: {found}.")


def _fault(error: SQLAlchemyError, cause: BaseException | None, where: str) -> str | None:
    if isinstance(error, TimeoutError):
        return "locked"
    code = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")
    for sign, fault in _SIGNS.items():
        if code.startswith(sign):
            return "read-only" if sign == "SQLITE_CANTOPEN" and _folder_is_read_only(where) else fault
    if str(cause).startswith(("no such table", "no such column")):
        return "changed"
    # A connection that never was has no code.
    return "unreachable" if isinstance(error, (OperationalError, InterfaceError)) and not code else None


def _folder_is_read_only(where: str) -> bool:
    # Even to read, SQLite makes files beside a store in WAL mode; all it says is that it could not.
    folder = Path(where).parent
    return folder.is_dir() and not os.access(folder, os.W_OK)
