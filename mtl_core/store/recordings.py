"""What training reports, kept: records read by cursor, progress, checkpoints."""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update

from mtl_core.records import Record
from mtl_core.store.info import LEASE, Checkpoint
from mtl_core.store.payload import decode, rows
from mtl_core.store.studies import Studies, lost, owned, require, unknown_study
from mtl_core.store.tables import checkpoints, models, records, studies


class Recordings(Studies):
    """Operations on records and checkpoints.

    A cursor rises along a study's records and never comes twice. A server hands out cursors before transactions commit, so a
    reader of many writers could see 8 before 7 and then miss 7. Here it cannot: a writer first locks the study's row and so
    takes its cursors in the order in which it commits, and readers follow one study each.
    """

    def append(
        self,
        study_id: str,
        batch: Sequence[Record],
        *,
        step: int,
        total: int,
        seconds: float | None = None,
        worker: str | None = None,
    ) -> None:
        """Add records and note progress, in one transaction: all or nothing.

        Args:
            batch: records in order; may be empty.
            step, total: steps done and all steps.
            seconds: time spent training so far; None leaves what was noted.
            worker: the one who writes; its lease is renewed, and the batch is refused when the study is no longer its.

        Raises:
            UnknownStudyError: the study was deleted or is no longer the worker's.
            StoreUnavailableError: nothing was written; the same call may be tried again.
        """
        payloads = rows(study_id, batch)
        values: dict[str, object] = {"step": step, "total": total}
        if seconds is not None:
            values["seconds"] = seconds
        if worker is not None:
            values["lease"] = self._now() + LEASE
        with self._writing() as connection:
            if connection.execute(update(studies).where(*owned(study_id, worker)).values(values)).rowcount == 0:
                raise unknown_study(study_id) if worker is None else lost(study_id, worker)
            if payloads:
                connection.execute(insert(records), payloads)

    def read(self, study_id: str, after: int = 0, kinds: Sequence[str] | None = None) -> tuple[list[Record], int]:
        """The records after a cursor, in order, and the cursor for the next call.

        Start at 0, and again at 0 whenever ``StudyInfo.generation`` has changed.

        Args:
            kinds: only records of these kinds; the cursor passes the others.

        Raises:
            UnknownStudyError: no such study.
            StoreError: a record is damaged.
        """
        mine = records.c.study_id == study_id
        with self._reading() as connection:
            last = connection.scalar(select(func.max(records.c.cursor)).where(mine))
            if last is None:
                require(connection, study_id)
            if last is None or last <= after:
                return [], after
            query = select(records.c.kind, records.c.step, records.c.payload).where(
                mine, records.c.cursor > after, records.c.cursor <= last
            )
            if kinds is not None:
                query = query.where(records.c.kind.in_(list(kinds)))
            found = connection.execute(query.order_by(records.c.cursor)).all()
        return [decode(row.kind, row.step, row.payload) for row in found], int(last)

    def save_checkpoint(
        self,
        study_id: str,
        step: int,
        payload: bytes,
        *,
        commands: int = 0,
        paused: bool = False,
        seconds: float = 0.0,
        worker: str | None = None,
    ) -> None:
        """Keep the point from which the study can go on, in place of the one before. All records so far belong before it.

        Args:
            step: steps done.
            payload: the trainer's own bytes.
            commands: the last command that was obeyed.
            paused, seconds: as in ``Checkpoint``.
            worker: as in ``append``.

        Raises:
            UnknownStudyError, StoreUnavailableError: as in ``append``.
        """
        with self._writing() as connection:
            # Steps done since the last checkpoint prove that the study does not die of itself at once.
            progress = select(checkpoints.c.step).where(checkpoints.c.study_id == study_id).scalar_subquery()
            held = connection.execute(
                select(studies.c.crashes, func.coalesce(progress, 0).label("before")).where(*owned(study_id, worker))
            ).one_or_none()
            if held is None:
                raise unknown_study(study_id) if worker is None else lost(study_id, worker)
            if held.crashes and step > held.before:
                connection.execute(update(studies).where(studies.c.id == study_id).values(crashes=0))
            last = connection.scalar(select(func.max(records.c.cursor)).where(records.c.study_id == study_id)) or 0
            connection.execute(delete(checkpoints).where(checkpoints.c.study_id == study_id))
            row = {"step": step, "cursor": last, "commands": commands, "paused": paused, "seconds": seconds, "payload": payload}
            connection.execute(insert(checkpoints).values(study_id=study_id, **row))

    def checkpoint(self, study_id: str) -> Checkpoint | None:
        """The point from which the study can go on, or None."""
        with self._reading() as connection:
            row = connection.execute(select(checkpoints).where(checkpoints.c.study_id == study_id)).one_or_none()
        if row is None:
            return None
        return Checkpoint(row.step, bytes(row.payload), row.cursor, row.commands, row.paused, row.seconds)

    def rewind(self, study_id: str, cursor: int = 0, *, step: int = 0, seconds: float = 0.0, worker: str | None = None) -> int:
        """Drop the records after a cursor, so that what is trained again is not there twice; returns how many were dropped.

        Where any were dropped, ``generation`` changes, which tells readers to start again. Cursors are not used again.

        Args:
            cursor: the last record to keep, as a ``Checkpoint`` has it; 0 drops all, and the checkpoint with them.
            step, seconds: the progress that remains.
            worker: as in ``append``.

        Raises:
            UnknownStudyError: as in ``append``.
        """
        with self._writing() as connection:
            values: dict[str, object] = {"step": step, "seconds": seconds}
            if connection.execute(update(studies).where(*owned(study_id, worker)).values(values)).rowcount == 0:
                raise unknown_study(study_id) if worker is None else lost(study_id, worker)
            later = (records.c.study_id == study_id) & (records.c.cursor > cursor)
            dropped = connection.execute(delete(records).where(later)).rowcount
            if dropped:
                fresh = studies.c.generation + 1
                connection.execute(update(studies).where(studies.c.id == study_id).values(generation=fresh))
            if cursor == 0:
                connection.execute(delete(checkpoints).where(checkpoints.c.study_id == study_id))
                connection.execute(delete(models).where(models.c.study_id == study_id))
        return dropped
