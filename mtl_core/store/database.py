"""The connection to a store: engine, transactions, schema version."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    cast,
    create_engine,
    event,
    extract,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from mtl_core.errors import StoreError, StoreUnavailableError, StoreVersionError
from mtl_core.store.address import file_of, resolve, user_folder
from mtl_core.store.faults import explain
from mtl_core.store.tables import SCHEMA_VERSION, meta, metadata

PATIENCE = 5.0
"""Seconds that a writer waits for another writer before it says that the store is locked."""

_WRITES = "seesaw_writes"
_SCHEMA_LOCK = 0x5EE5A3


class Database:
    """A connected store with its schema in place.

    Args:
        url: see ``address.resolve``.
        patience: seconds to wait for a lock.

    Raises:
        StoreVersionError: a newer Seesaw wrote the store.
        StoreUnavailableError: it is out of reach, locked, or new and cannot be written.
    """

    def __init__(self, url: str | os.PathLike[str] | None = None, patience: float = PATIENCE) -> None:
        parsed = resolve(url)
        file = file_of(parsed)
        self.url = parsed.render_as_string(hide_password=False)
        self.address = str(file) if file else parsed.render_as_string(hide_password=True)
        self.folder: Path = file.parent if file else user_folder()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(
                f"the store's folder {self.folder} could not be made ({error.strerror}); name another store with --store."
            ) from error
        self.engine = _engine(parsed, patience)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let all connections go. The store may be used again and connects anew."""
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that only reads; never waits for writers."""
        with self._explaining(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing."""
        with self._explaining(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise explain(error, self.address) from error

    def _now(self) -> ColumnElement[float]:
        """Seconds since 1970. On a server its own clock, because leases are compared between machines."""
        if self.engine.dialect.name == "postgresql":
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return literal(time.time(), Double)

    def _prepare(self) -> None:
        if self._version() is None:
            self._create()
        found = self._version()
        if found is None or not found.isdecimal():
            raise StoreError(f"the store {self.address} must have a schema version, found {found!r}; name another store.")
        if int(found) > SCHEMA_VERSION:
            raise StoreVersionError(
                f"the store {self.address} has schema version {found} and this Seesaw knows up to {SCHEMA_VERSION}; update "
                "Seesaw (pip install --upgrade seesaw-mtl) or name another store with --store or SEESAW_STORE."
            )

    def _version(self) -> str | None:
        with self._reading() as connection:
            if not inspect(connection).has_table(meta.name):
                return None
            return connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))

    def _create(self) -> None:
        if self.engine.dialect.name == "sqlite":
            self._use_wal()
        with self._writing() as connection:
            if self.engine.dialect.name == "postgresql":
                # Two processes that open a new store at once must not both make its tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
            metadata.create_all(connection)
            known = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
            if known is None:
                connection.execute(meta.insert().values(key="schema_version", value=str(SCHEMA_VERSION)))

    def _use_wal(self) -> None:
        # The mode is kept in the file, so it is set once. The switch needs the file alone and does not wait by itself.
        deadline = time.monotonic() + PATIENCE
        with self._explaining(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            while True:
                try:
                    driver.execute("PRAGMA journal_mode=WAL")
                    return
                except Exception as error:
                    if "locked" not in str(error) or time.monotonic() > deadline:
                        return  # what follows works without it, or fails with the better message
                    time.sleep(0.02)


def _engine(url: URL, patience: float) -> Engine:
    if url.get_backend_name() == "postgresql":
        milliseconds = int(1000 * patience)
        options = f"-c lock_timeout={milliseconds} -c statement_timeout={max(60_000, 2 * milliseconds)}"
        return create_engine(
            url, pool_size=8, max_overflow=56, pool_pre_ping=True, connect_args={"connect_timeout": 5, "options": options}
        )
    engine = create_engine(url, pool_size=8, max_overflow=56, connect_args={"timeout": patience})

    def connected(connection: Any, _: Any) -> None:
        # The driver must not begin transactions of its own: whether one writes is known here and said below.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")  # safe against crashes of programs in WAL mode, and fast
        connection.execute("PRAGMA foreign_keys=ON")

    def begun(connection: Connection) -> None:
        # A transaction that begins by reading and then writes may be refused at once; one that says so at first waits.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
