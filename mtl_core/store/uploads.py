"""Uploaded tables: who keeps which, and which ones nobody needs any more. The files lie in the store's folder for files."""

from collections.abc import Iterable

from sqlalchemy import delete, exists, func, insert, select, update

from mtl_core.store.database import Database
from mtl_core.store.tables import studies, uploads


class Uploads(Database):
    """Operations on the list of uploaded tables. A table is named by its content: many may keep the same."""

    def note_upload(self, name: str, owner: str, size: int) -> None:
        """Note that somebody keeps a table, or needed it again just now.

        Args:
            name: of its file.
            owner: the hash of the visitor's secret; empty for the one who has the store.
            size: bytes.
        """
        mine = (uploads.c.name == name) & (uploads.c.owner == owner)
        with self._writing() as connection:
            if connection.execute(update(uploads).where(mine).values(seen=self._now())).rowcount == 0:
                connection.execute(insert(uploads).values(name=name, owner=owner, size=size, seen=self._now()))

    def uploaded(self, owner: str) -> dict[str, int]:
        """The tables that somebody keeps, with their bytes."""
        with self._reading() as connection:
            rows = connection.execute(select(uploads.c.name, uploads.c.size).where(uploads.c.owner == owner))
            return {row.name: row.size for row in rows}

    def uploaded_bytes(self) -> int:
        """Bytes of all tables that are kept."""
        each = select(func.max(uploads.c.size).label("size")).group_by(uploads.c.name).subquery()
        with self._reading() as connection:
            return int(connection.scalar(select(func.sum(each.c.size))) or 0)

    def drop_unused_uploads(self, names: Iterable[str], age: float) -> list[str]:
        """Strike off those tables that no study learns from and nobody needed for so many seconds; returns their names.

        Args:
            names: of files that are there; those that are listed are looked at as well.
            age: seconds.
        """
        with self._writing() as connection:
            listed = connection.scalars(select(uploads.c.name).distinct()).all()
            unused = []
            for name in sorted({*names, *listed}):
                # Read as text: a spec that cannot be understood any more still names its file.
                used = select(exists().where(studies.c.spec.contains(name, autoescape=True)))
                late = select(exists().where(uploads.c.name == name, uploads.c.seen > self._now() - age))
                if not connection.scalar(used) and not connection.scalar(late):
                    connection.execute(delete(uploads).where(uploads.c.name == name))
                    unused.append(name)
        return unused
