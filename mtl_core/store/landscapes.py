"""Pictures of landscapes that were walked before: a cache, which may be emptied at any time."""

from sqlalchemy import delete, select, update

from mtl_core.store.database import Database
from mtl_core.store.tables import landscapes

KEPT = 200
"""The most pictures that are kept; the oldest goes first."""


class Landscapes(Database):
    """Operations on pictures."""

    def landscape(self, walk_id: str) -> bytes | None:
        """The picture of a walk, or None."""
        with self._reading() as connection:
            return connection.scalar(select(landscapes.c.payload).where(landscapes.c.id == walk_id))

    def keep_landscape(self, walk_id: str, payload: bytes) -> None:
        """Keep the picture of a walk; the oldest ones beyond ``KEPT`` go."""
        mine = landscapes.c.id == walk_id
        with self._writing() as connection:
            if connection.execute(update(landscapes).where(mine).values(payload=payload, made=self._now())).rowcount == 0:
                connection.execute(landscapes.insert().values(id=walk_id, payload=payload, made=self._now()))
            newest = select(landscapes.c.id).order_by(landscapes.c.made.desc(), landscapes.c.id).limit(KEPT)
            kept = list(connection.scalars(newest))
            connection.execute(delete(landscapes).where(landscapes.c.id.not_in(kept)))
