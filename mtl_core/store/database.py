"""The connection to a store: engine, transactions, schema version."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

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

from mtl_core.errors import StoreError, StoreFullError, StoreUnavailableError, StoreVersionError, shown
from mtl_core.store import space
from mtl_core.store.address import file_of, resolve, user_folder, without_password
from mtl_core.store.faults import explain, full
from mtl_core.store.migrations import STEPS, migrate
from mtl_core.store.tables import SCHEMA_VERSION, meta, metadata

PATIENCE = 5.0
"""Seconds that a writer waits for another writer before it says that the store is locked."""

_Result = TypeVar("_Result")

_WRITES = "seesaw_writes"
_SCHEMA_LOCK = 0x5EE5A3
_PROBE = "last_probe"


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
        self.address = str(file) if file else without_password(parsed)
        self.folder: Path = file.parent if file else user_folder()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(
                f"the store's folder {self.folder} could not be made ({error.strerror}); name another store with --store."
            ) from error
        self._file = file
        self.engine = _engine(parsed, patience)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        try:
            self._prepare()
            if file is not None:
                space.keep_reserve(file)
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

    def _making_room(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do what deletes in one transaction, on a full disk too, and give the room back to the system."""
        try:
            try:
                with self._writing() as connection:
                    return work(connection)
            except StoreFullError:
                if self._file is None or not space.let_go(self._file):
                    raise
                return self._deleting_and_shrinking(work)
        finally:
            if self._file is not None:
                space.shrink(self._file)
                space.keep_reserve(self._file)

    def _deleting_and_shrinking(self, work: Callable[[Connection], _Result]) -> _Result:
        """Delete and shrink in one transaction: pages that are cut off again are never written, so little room is needed."""
        with self._explaining(), self._writer.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA cache_spill=OFF")
            try:
                with connection.begin():
                    done = work(connection)
                    space.cut_off_free_pages(driver)
                return done
            finally:
                connection.invalidate()  # its memory of pages is not that of the others

    def no_room(self) -> str | None:
        """That the disk of an SQLite store is full, in words with what to do; None where it is not. Costs next to nothing."""
        found = None if self._file is None else space.fault(self._file)
        return None if found is None else str(full(self.address, found))

    def room(self) -> tuple[int, int]:
        """Bytes that the store takes, and bytes that are free on the disk of its folder for files."""
        free = shutil.disk_usage(self.folder).free
        if self._file is not None:
            return space.size(self._file), free
        with self._reading() as connection:
            return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0), free

    def fault(self) -> str | None:
        """What keeps the store from being written now, in words with what to do; None where nothing does.

        Looks at the disk and writes one small row; waits at most a second for other writers.
        """
        if no_room := self.no_room():
            return no_room
        try:
            with self._explaining(), self._writer.connect() as connection:
                if self.engine.dialect.name == "sqlite":
                    connection.connection.driver_connection.execute("PRAGMA busy_timeout=1000")  # type: ignore[union-attr]
                try:
                    with connection.begin():
                        connection.execute(meta.delete().where(meta.c.key == _PROBE))
                        connection.execute(meta.insert().values(key=_PROBE, value="1"))
                finally:
                    connection.invalidate()  # its patience is not that of the others
        except StoreError as error:
            return str(error)
        return None

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise explain(error, self.address) from error
        except UnicodeEncodeError as error:  # a word of a command line that was no UTF-8
            raise StoreError(f"text in UTF-8 was expected, found {shown(error.object)}; write it anew.") from error

    def _now(self) -> ColumnElement[float]:
        """Seconds since 1970. On a server its own clock, because leases are compared between machines."""
        if self.engine.dialect.name == "postgresql":
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return literal(time.time(), Double)

    def _prepare(self) -> None:
        if self._version() is None:
            self._create()
        found = self._version()
        if found is None or not found.isdecimal() or int(found) < min(STEPS):
            raise StoreError(
                f"the store {self.address} must have a schema version from {min(STEPS)} on, found {shown(found)}; "
                "restore it from a backup or name another store."
            )
        if int(found) < SCHEMA_VERSION:
            self._bring_up_to_date()
        elif int(found) > SCHEMA_VERSION:
            raise StoreVersionError(
                f"the store {self.address} has schema version {found} and this Seesaw knows up to {SCHEMA_VERSION}; update "
                "Seesaw (pip install --upgrade seesaw-mtl) or name another store with --store or SEESAW_STORE."
            )

    def _bring_up_to_date(self) -> None:
        with self._writing() as connection:
            self._alone(connection)
            # Another process may have done it between the look and the lock.
            found = int(connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version")) or SCHEMA_VERSION)
            migrate(connection, found)
            connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=str(SCHEMA_VERSION)))
        if self._file is not None:
            space.let_shrink(self._file)

    def _alone(self, connection: Connection) -> None:
        """On a server, keep other processes from changing tables at the same time; an SQLite writer is alone already."""
        if self.engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})

    def _version(self) -> str | None:
        with self._reading() as connection:
            if not inspect(connection).has_table(meta.name):
                return None
            return connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))

    def _create(self) -> None:
        if self.engine.dialect.name == "sqlite":
            self._use_wal()
        with self._writing() as connection:
            self._alone(connection)
            metadata.create_all(connection)
            known = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
            if known is None:
                connection.execute(meta.insert().values(key="schema_version", value=str(SCHEMA_VERSION)))

    def _use_wal(self) -> None:
        # The mode is kept in the file, so it is set once. The switch needs the file alone and does not wait by itself.
        deadline = time.monotonic() + PATIENCE
        with self._explaining(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA auto_vacuum=INCREMENTAL")  # kept in the file too, and only before its first table
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
        # Some builds write zeros over what is deleted, which needs as much room as was deleted: a full disk could not be freed.
        connection.execute("PRAGMA secure_delete=OFF")

    def begun(connection: Connection) -> None:
        # A transaction that begins by reading and then writes may be refused at once; one that says so at first waits.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
