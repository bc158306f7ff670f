"""The studies in a store: add, look up, rename, delete."""

import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from mtl_core.errors import SpecError, UnknownStudyError
from mtl_core.records import Layout
from mtl_core.spec import Study
from mtl_core.store.database import Database
from mtl_core.store.info import COLUMNS, StudyInfo, study_info
from mtl_core.store.tables import checkpoints, commands, records, studies

NAME_LENGTH = 120
"""The longest name a study may have."""


def check_name(name: str) -> str:
    """A name as plain text: one line, no control characters.

    Raises:
        SpecError: it is longer than ``NAME_LENGTH``.
    """
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if len(plain) > NAME_LENGTH:
        raise SpecError(f"a name must have at most {NAME_LENGTH} characters, found {len(plain)}; shorten it.")
    return plain


class Studies(Database):
    """Operations on whole studies."""

    def add(self, study: Study, name: str = "") -> str:
        """Queue a study and return its id. Asking twice trains once.

        A study that is queued, running, paused or finished is left alone. One that was stopped goes on from where it was;
        one that failed starts again. So does one that was altered by hand while it trained, because its numbers answer
        another question than its spec asks.

        Args:
            name: what a person calls it; kept if the study has no name yet.

        Raises:
            SpecError: the name is too long.
            StoreUnavailableError: the store cannot be written.
        """
        name = check_name(name)
        with self._writing() as connection:
            found = self._locked(connection, study.id)
            if found is None:
                try:
                    with connection.begin_nested():
                        self._insert(connection, study, name)
                except IntegrityError:
                    # Somebody else added the same study between the look and the insertion, and so it is queued.
                    pass
                return study.id
            if name and not found.name:
                connection.execute(update(studies).where(studies.c.id == study.id).values(name=name))
            if found.state == "failed" or (found.altered and found.state in ("finished", "stopped")):
                self._clear(connection, study.id)
                self._queue_again(connection, study.id)
            elif found.state == "stopped":
                self._queue_again(connection, study.id)
        return study.id

    def get(self, study_id: str) -> StudyInfo:
        """What is known of a study; raises UnknownStudyError."""
        with self._reading() as connection:
            row = connection.execute(select(*COLUMNS).where(studies.c.id == study_id)).one_or_none()
            if row is None:
                raise unknown_study(study_id)
            position = _position(connection, row) if row.state == "queued" else None
        return study_info(row, position)

    def rename(self, study_id: str, name: str) -> None:
        """Give a study a name of at most ``NAME_LENGTH`` characters; raises SpecError and UnknownStudyError."""
        self._change(study_id, name=check_name(name))

    def delete(self, study_id: str) -> None:
        """Forget a study with everything it recorded. Whoever trains it notices and drops it. Raises UnknownStudyError."""
        with self._writing() as connection:
            if connection.execute(delete(studies).where(studies.c.id == study_id)).rowcount == 0:
                raise unknown_study(study_id)

    def layout(self, study_id: str) -> Layout | None:
        """What the axes of the records mean; None before the first start. Raises UnknownStudyError."""
        with self._reading() as connection:
            row = connection.execute(select(studies.c.layout).where(studies.c.id == study_id)).one_or_none()
        if row is None:
            raise unknown_study(study_id)
        return None if row.layout is None else Layout.from_dict(json.loads(row.layout))

    def set_layout(self, study_id: str, layout: Layout) -> None:
        """Keep what the axes mean and the device that trains; raises UnknownStudyError."""
        self._change(study_id, layout=json.dumps(layout.to_dict()), device=layout.device)

    def mark_altered(self, study_id: str) -> None:
        """Note that weights or learning rates were set by hand, so the spec alone no longer tells what was trained."""
        self._change(study_id, altered=True)

    def list(self) -> list[StudyInfo]:
        """All studies, newest first."""
        with self._reading() as connection:
            rows = connection.execute(select(*COLUMNS).order_by(studies.c.created.desc(), studies.c.id)).all()
        queue = sorted((row.queued, row.id) for row in rows if row.state == "queued")
        places = {identity: place for place, (_, identity) in enumerate(queue, start=1)}
        return [study_info(row, places.get(row.id)) for row in rows]

    def _change(self, study_id: str, **values: Any) -> None:
        with self._writing() as connection:
            if connection.execute(update(studies).where(studies.c.id == study_id).values(**values)).rowcount == 0:
                raise unknown_study(study_id)

    def _locked(self, connection: Connection, study_id: str) -> Row[Any] | None:
        """A study's columns, held against other writers until the transaction ends."""
        query: Select[Any] = select(*COLUMNS, studies.c.crashes).where(studies.c.id == study_id)
        return connection.execute(query.with_for_update()).one_or_none()

    def _insert(self, connection: Connection, study: Study, name: str) -> None:
        connection.execute(
            insert(studies).values(
                id=study.id,
                name=name,
                spec=json.dumps(study.to_dict()),
                state="queued",
                created=self._now(),
                queued=self._now(),
                # A study that is deleted and added again must not pass for the one that a reader still holds.
                generation=time.time_ns() // 1_000_000,
            )
        )

    def _clear(self, connection: Connection, study_id: str) -> None:
        connection.execute(delete(records).where(records.c.study_id == study_id))
        connection.execute(delete(checkpoints).where(checkpoints.c.study_id == study_id))
        fresh = {"step": 0, "seconds": 0.0, "altered": False, "generation": studies.c.generation + 1}
        connection.execute(update(studies).where(studies.c.id == study_id).values(fresh))

    def _queue_again(self, connection: Connection, study_id: str) -> None:
        # What was asked of the earlier attempt (above all: to stop) is not asked of this one.
        connection.execute(delete(commands).where(commands.c.study_id == study_id))
        connection.execute(update(checkpoints).where(checkpoints.c.study_id == study_id).values(paused=False))
        values = {"state": "queued", "reason": "", "queued": self._now(), "started": None, "finished": None, "crashes": 0}
        connection.execute(update(studies).where(studies.c.id == study_id).values(values))


def _position(connection: Connection, row: Row[Any]) -> int:
    same_moment = (studies.c.queued == row.queued) & (studies.c.id <= row.id)
    ahead = (studies.c.state == "queued") & ((studies.c.queued < row.queued) | same_moment)
    return int(connection.scalar(select(func.count()).select_from(studies).where(ahead)) or 0)


def unknown_study(study_id: str) -> UnknownStudyError:
    """The error for an id that the store does not have."""
    return UnknownStudyError(
        f"the store has no study {study_id!r}; it may have been deleted; list what there is and choose one."
    )


def require(connection: Connection, study_id: str, worker: str | None = None) -> None:
    """Raises UnknownStudyError unless the study is there and, where a worker is named, is that worker's."""
    if connection.scalar(select(exists().where(*owned(study_id, worker)))):
        return
    raise unknown_study(study_id) if worker is None else lost(study_id, worker)


def owned(study_id: str, worker: str | None) -> Sequence[Any]:
    """The conditions that choose a study, while it is the worker's where one is named."""
    return [studies.c.id == study_id, *([] if worker is None else [studies.c.worker == worker])]


def lost(study_id: str, worker: str) -> UnknownStudyError:
    """The error for a worker that holds on to a study it was relieved of."""
    return UnknownStudyError(f"study {study_id!r} is no longer {worker}'s: it was deleted, ended or given to another; drop it.")
