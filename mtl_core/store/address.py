"""Where a store is: from what a person wrote to a database URL and a folder for files."""

import os
from pathlib import Path

import platformdirs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mtl_core.errors import StoreError, is_text, shown

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
    if "\0" in text or not is_text(text):
        raise StoreError("the store's address must be text in UTF-8 without zero characters, found other signs; write it anew.")
    if "://" not in text:
        try:
            path = Path(text).expanduser().absolute()
            return URL.create("sqlite", database=str(path / FILE_NAME if path.is_dir() else path))
        except (OSError, ValueError, RuntimeError) as error:  # too long, or the home of nobody
            raise StoreError(f"the store must be a path that a file can have, found {shown(text)}; name another.") from error
    try:
        url = make_url(text)
        if url.get_backend_name() == "sqlite":
            # Whatever asks for another driver, a host or an option that SQLite does not have is found now.
            url = url.set(drivername="sqlite")
            url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        # Neither error is shown or chained: both may quote the password.
        raise StoreError(
            f"the store must be a path, sqlite:///path or postgresql://user@host/name, found {shown(_without_secrets(text))}; "
            "write it in one of these ways."
        ) from None
    if "\0" in (url.database or ""):  # %00, which is a zero character only after reading
        raise StoreError("the store's address must be text in UTF-8 without zero characters, found other signs; write it anew.")
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database in (None, "", ":memory:"):
            raise StoreError("a store in memory cannot be shared with the worker; give the path of a file instead.")
        case "sqlite":
            return url
    raise StoreError(
        f"the store must be SQLite or PostgreSQL, found {shown(url.get_backend_name())}; give a path or postgresql://..."
    )


def _without_secrets(text: str) -> str:
    """An address that cannot be read without what may be its password: its beginning, and what follows the last @."""
    scheme, _, rest = text.partition("://")
    _, known, place = rest.rpartition("@")
    return f"{scheme}://…{known}{place.partition('?')[0] if known else ''}"


def without_password(url: URL) -> str:
    """An address as messages show it: libpq also takes passwords after the question mark, which SQLAlchemy does not hide."""
    secret = [name for name in url.query if "password" in name.lower()]
    return url.difference_update_query(secret).render_as_string(hide_password=True)


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
