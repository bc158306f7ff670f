"""The studies in a store: add, look up, rename, delete."""

import builtins
import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from mtl_core.errors import SpecError, StoreError, UnknownStudyError, shown
from mtl_core.records import Layout
from mtl_core.spec import Study
from mtl_core.store.database import Database
from mtl_core.store.info import COLUMNS, LEASE, StudyInfo, damaged, study_info
from mtl_core.store.tables import checkpoints, commands, models, records, studies
from mtl_core.store.turns import before, turn_of

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

    def add(self, study: Study, name: str = "", owner: str = "") -> str:
        """Queue a study and return its id. Asking twice trains once.

        A study that is queued, running, paused or finished is left alone. One that was stopped goes on from where it was, with
        whatever was changed by hand while it trained; one that failed starts again. So does one that was altered by hand and
        is finished, because its numbers answer another question than its spec asks. A study that an older version kept under
        another id is known by what it asks.

        Args:
            name: what a person calls it; kept if the study has no name yet.
            owner: the hash of the secret of the visitor who asks; kept where the study is new.

        Raises:
            SpecError: the name is too long.
            StoreUnavailableError: the store cannot be written.
        """
        name = check_name(name)
        with self._writing() as connection:
            known = connection.scalar(_asking(study))
            found = None if known is None else self._locked(connection, known)
            if found is None:
                try:
                    with connection.begin_nested():
                        self._insert(connection, study, name, owner)
                except IntegrityError:
                    # Somebody else added the same study between the look and the insertion, and so it is queued.
                    pass
                return study.id
            if name and not found.name:
                connection.execute(update(studies).where(studies.c.id == found.id).values(name=name))
            if found.state == "failed" or (found.altered and found.state == "finished"):
                self._clear(connection, found.id)
                self._queue_again(connection, found.id)
            elif found.state == "stopped":
                self._queue_again(connection, found.id)
        return str(found.id)

    def find(self, study: Study) -> str | None:
        """The id under which a study is kept, or None where nobody asked for it yet."""
        with self._reading() as connection:
            known: str | None = connection.scalar(_asking(study))
        return known

    def get(self, study_id: str) -> StudyInfo:
        """What is known of a study; raises UnknownStudyError."""
        with self._reading() as connection:
            row = connection.execute(select(*COLUMNS).where(studies.c.id == study_id)).one_or_none()
            if row is None:
                raise unknown_study(study_id)
            position = _position(connection, row) if row.state == "queued" else None
            silence = None if row.lease is None else connection.scalar(select(self._now() - row.lease + LEASE))
        return study_info(row, position, silence)

    def rename(self, study_id: str, name: str) -> None:
        """Give a study a name of at most ``NAME_LENGTH`` characters; raises SpecError and UnknownStudyError."""
        self._change(study_id, name=check_name(name))

    def delete(self, study_id: str) -> None:
        """Forget a study with everything it recorded and give its room back, on a full disk too.

        Whoever trains it notices and drops it. Raises UnknownStudyError.
        """

        def forget(connection: Connection) -> None:
            if connection.execute(delete(studies).where(studies.c.id == study_id)).rowcount == 0:
                raise unknown_study(study_id)

        self._making_room(forget)

    def layout(self, study_id: str) -> Layout | None:
        """What the axes of the records mean; None before the first start. Raises UnknownStudyError."""
        with self._reading() as connection:
            row = connection.execute(select(studies.c.layout).where(studies.c.id == study_id)).one_or_none()
        if row is None:
            raise unknown_study(study_id)
        try:
            return None if row.layout is None else Layout.from_dict(json.loads(row.layout))
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(study_id, "records' axes", f"{type(error).__name__}: {error}") from error

    def set_layout(self, study_id: str, layout: Layout) -> None:
        """Keep what the axes mean and the device that trains; raises UnknownStudyError."""
        self._change(study_id, layout=json.dumps(layout.to_dict()), device=layout.device)

    def mark_altered(self, study_id: str) -> None:
        """Note that weights or learning rates were set by hand, so the spec alone no longer tells what was trained."""
        self._change(study_id, altered=True)

    def list(self) -> list[StudyInfo]:
        """All studies that can be read, newest first; ``survey`` names the others too."""
        return self.survey()[0]

    def survey(self) -> tuple[builtins.list[StudyInfo], dict[str, str]]:
        """All studies that can be read, newest first, and what is wrong with those whose row cannot, by id."""
        with self._reading() as connection:
            rows = connection.execute(select(*COLUMNS).order_by(studies.c.created.desc(), studies.c.id)).all()
            now = connection.scalar(select(self._now())) or 0.0
        queue = sorted((row.turn, row.queued, row.id) for row in rows if row.state == "queued")
        places = {identity: place for place, (_, _, identity) in enumerate(queue, start=1)}
        whole, broken = [], {}
        for row in rows:
            try:
                silence = None if row.lease is None else now - row.lease + LEASE
                whole.append(study_info(row, places.get(row.id), silence))
            except StoreError as problem:
                broken[row.id] = str(problem)
        return whole, broken

    def _change(self, study_id: str, **values: Any) -> None:
        with self._writing() as connection:
            if connection.execute(update(studies).where(studies.c.id == study_id).values(**values)).rowcount == 0:
                raise unknown_study(study_id)

    def _locked(self, connection: Connection, study_id: str) -> Row[Any] | None:
        """A study's columns, held against other writers until the transaction ends."""
        query: Select[Any] = select(*COLUMNS, studies.c.crashes).where(studies.c.id == study_id)
        return connection.execute(query.with_for_update()).one_or_none()

    def _insert(self, connection: Connection, study: Study, name: str, owner: str) -> None:
        connection.execute(
            insert(studies).values(
                id=study.id,
                question=study.id,
                name=name,
                owner=owner,
                spec=json.dumps(study.to_dict()),
                state="queued",
                created=self._now(),
                queued=self._now(),
                turn=turn_of(connection, owner),
                # A study that is deleted and added again must not pass for the one that a reader still holds.
                generation=time.time_ns() // 1_000_000,
            )
        )

    def _clear(self, connection: Connection, study_id: str) -> None:
        connection.execute(delete(records).where(records.c.study_id == study_id))
        connection.execute(delete(checkpoints).where(checkpoints.c.study_id == study_id))
        connection.execute(delete(models).where(models.c.study_id == study_id))
        fresh = {"step": 0, "seconds": 0.0, "altered": False, "generation": studies.c.generation + 1}
        connection.execute(update(studies).where(studies.c.id == study_id).values(fresh))

    def _queue_again(self, connection: Connection, study_id: str) -> None:
        # What was asked of the earlier attempt (above all: to stop) is not asked of this one.
        connection.execute(delete(commands).where(commands.c.study_id == study_id))
        connection.execute(update(checkpoints).where(checkpoints.c.study_id == study_id).values(paused=False))
        owner = connection.scalar(select(studies.c.owner).where(studies.c.id == study_id))
        values = {"state": "queued", "reason": "", "queued": self._now(), "started": None, "finished": None, "crashes": 0}
        values["turn"] = turn_of(connection, owner or "")
        connection.execute(update(studies).where(studies.c.id == study_id).values(values))


def _asking(study: Study) -> Select[Any]:
    """The id of the newest study that asks the same."""
    mine = studies.c.question == study.id
    return select(studies.c.id).where(mine).order_by(studies.c.created.desc(), studies.c.id).limit(1)


def _position(connection: Connection, row: Row[Any]) -> int:
    return int(connection.scalar(select(func.count()).select_from(studies).where(before(row))) or 0)


def unknown_study(study_id: str) -> UnknownStudyError:
    """The error for an id that the store does not have."""
    return UnknownStudyError(
        f"the store has no study {shown(study_id)}; it may have been deleted; list what there is and choose one."
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
    return UnknownStudyError(
        f"study {shown(study_id)} is no longer {worker}'s: it was deleted, ended or given to another; drop it."
    )
