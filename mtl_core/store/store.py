"""The store: what stands between training and looking."""

import os
from types import TracebackType

from mtl_core.store.classes import Classes
from mtl_core.store.commands import Commands
from mtl_core.store.database import PATIENCE
from mtl_core.store.models import Models
from mtl_core.store.queue import Queue
from mtl_core.store.recordings import Recordings
from mtl_core.store.requests import Requests
from mtl_core.store.uploads import Uploads
from mtl_core.store.workers import Workers


class Store(Recordings, Queue, Commands, Workers, Models, Requests, Uploads, Classes):
    """Studies with their records, commands, checkpoints and workers, in an SQLite file or on a PostgreSQL server.

    Many threads and processes may use one store, and one Store many threads. Each operation is one transaction: it happens
    whole or not at all. Every operation may raise StoreUnavailableError (read-only, full, locked, out of reach).

    Args:
        url, address: the store's URL, and the same without a password, for people.
        patience: seconds that a writer waits for other writers.
        folder: a folder for files that belong to the store: uploads, the workers' log.
    """

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.address!r})"


def open_store(url: str | os.PathLike[str] | None = None, patience: float = PATIENCE) -> Store:
    """Open a store, making it where there is none.

    Args:
        url: ``sqlite:///path``, ``postgresql://user@host/name``, the path of a file, or None for ``$SEESAW_STORE`` and,
            without that, a file in the user's data folder.
        patience: seconds that a writer waits for other writers.

    Raises:
        StoreVersionError: a newer Seesaw wrote it.
        StoreUnavailableError: out of reach, locked, or new and in a place that cannot be written.
        StoreError: neither SQLite nor PostgreSQL.
    """
    return Store(url, patience)
