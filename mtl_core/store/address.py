"""Where a store is: from what a person wrote to a database URL and a folder for files."""

import os
from pathlib import Path

import platformdirs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mtl_core.errors import StoreError

FILE_NAME = "seesaw.db"
ENVIRONMENT = "SEESAW_STORE"


def user_folder() -> Path:
    """Where Seesaw keeps a person's files on this machine."""
    return Path(platformdirs.user_data_dir("seesaw", appauthor=False))


def resolve(given: str | os.PathLike[str] | None) -> URL:
    """The database URL that is meant.

    Args:
        given: a URL (``sqlite:///...`` or ``postgresql://...``), a path to a file or an existing folder, or None for
            ``$SEESAW_STORE`` and, without that, a file in the user's data folder.

    Raises:
        StoreError: not a URL, another kind of database, or one that lives in memory.
    """
    text = str(given or os.environ.get(ENVIRONMENT) or user_folder() / FILE_NAME)
    if "://" not in text:
        path = Path(text).expanduser().absolute()
        return URL.create("sqlite", database=str(path / FILE_NAME if path.is_dir() else path))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise StoreError(f"the store must be a path, sqlite:///path or postgresql://user@host/name, found {text!r}.") from error
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database in (None, "", ":memory:"):
            raise StoreError("a store in memory cannot be shared with the worker; give the path of a file instead.")
        case "sqlite":
            return url
    raise StoreError(
        f"the store must be SQLite or PostgreSQL, found {url.get_backend_name()!r}; give a path or postgresql://..."
    )


def has_password(given: str | None) -> bool:
    """Whether an address of a store holds a password; whatever cannot be read as one is taken for one that may."""
    if not given or "://" not in given:
        return False
    try:
        return make_url(given).password is not None or "password=" in given
    except (ArgumentError, ValueError):
        return "@" in given


def file_of(url: URL) -> Path | None:
    """The file of an SQLite store, None for a server."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database.removeprefix("file:")).absolute()
