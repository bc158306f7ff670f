"""The queue: who trains what, for how long that is believed, and what happens when somebody falls silent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update

from mtl_core.errors import StoreError, UnknownStudyError
from mtl_core.store import space
from mtl_core.store.info import LEASE, REASON_LENGTH, TERMINAL, State, StudyInfo
from mtl_core.store.studies import Studies, lost, owned, unknown_study
from mtl_core.store.tables import checkpoints, commands, studies, workers
from mtl_core.store.turns import ORDER, WAITS

CRASHES = 3
"""How often a worker may die in one study, without a checkpoint in between, before the study counts as failed."""

_WAKING = ("resume", "step", "stop")


class Queue(Studies):
    """Operations of workers on studies."""

    def claim(self, worker: str, device: str = "", study_id: str | None = None) -> StudyInfo | None:
        """Take the study whose turn it is, or None. No two workers ever get the same one.

        Studies whose worker fell silent come back into the queue first.

        Args:
            worker: the name of who asks, unique in the world.
            device: where it trains.
            study_id: take this study, or nothing.
        """
        wanted = WAITS
        if study_id is not None:
            wanted &= studies.c.id == study_id
        with self._reading() as connection:
            # Most looks find nothing; they must not hold up those who write.
            if not connection.scalar(select(exists().where(wanted | self._silent()))):
                return None
        with self._writing() as connection:
            self._collect(connection)
            first = select(studies.c.id).where(wanted).order_by(*ORDER).limit(1)
            found = connection.scalar(first.with_for_update(skip_locked=True))
            if found is None:
                return None
            now = self._now()
            taken = {"state": "running", "reason": "", "worker": worker, "lease": now + LEASE, "finished": None}
            taken |= {"started": func.coalesce(studies.c.started, now)} | ({"device": device} if device else {})
            connection.execute(update(studies).where(studies.c.id == found).values(taken))
            connection.execute(update(workers).where(workers.c.name == worker).values(study=found, seen=now))
        try:
            return self.get(found)
        except UnknownStudyError:
            return None
        except StoreError as problem:  # its row is damaged: nobody can ever train it
            self.set_state(found, "failed", str(problem), worker)
            return None

    def heartbeat(self, study_id: str, worker: str) -> bool:
        """Say that the worker is alive and at it; False when the study is no longer its and must be dropped."""
        with self._writing() as connection:
            lease = update(studies).where(*owned(study_id, worker)).values(lease=self._now() + LEASE)
            held = connection.execute(lease).rowcount == 1
            connection.execute(update(workers).where(workers.c.name == worker).values(seen=self._now()))
        return held

    def set_state(self, study_id: str, state: State, reason: str = "", worker: str | None = None) -> None:
        """Note a study's state; in a terminal one nobody holds it any more, and a finished one needs no checkpoint.

        Args:
            reason: why, in words for people.
            worker: the one who says so; refused when the study is no longer its.

        Raises:
            UnknownStudyError: no such study, or no longer the worker's.
        """
        values: dict[str, Any] = {"state": state, "reason": _bounded(reason)}
        if state in TERMINAL:
            values |= {"finished": self._now(), "worker": None, "lease": None, "crashes": 0}
        with self._writing() as connection:
            if connection.execute(update(studies).where(*owned(study_id, worker)).values(values)).rowcount == 0:
                raise unknown_study(study_id) if worker is None else lost(study_id, worker)
            if state in TERMINAL:
                connection.execute(update(workers).where(workers.c.study == study_id).values(study=None))
            if state == "finished":
                connection.execute(delete(checkpoints).where(checkpoints.c.study_id == study_id))
        if state == "finished" and self._file is not None:
            space.shrink(self._file, patience=0)  # the checkpoint's room

    def give_back(self, study_id: str, worker: str) -> None:
        """Let go of a study that is not done: a running one is queued, a paused one waits for a command without a worker.

        Raises:
            UnknownStudyError: it is no longer the worker's.
        """
        with self._writing() as connection:
            row = connection.execute(
                select(studies.c.id, studies.c.state).where(*owned(study_id, worker)).with_for_update()
            ).one_or_none()
            if row is None:
                raise lost(study_id, worker)
            self._unhand(connection, row.id, row.state)

    def worker_died(self, worker: str, reason: str) -> Sequence[str]:
        """Take a dead worker's studies back at once and strike the worker off; returns their ids.

        A study in which workers died ``CRASHES`` times without a checkpoint in between counts as failed.
        """
        with self._writing() as connection:
            found = self._take_back(connection, studies.c.worker == worker, reason)
            connection.execute(delete(workers).where(workers.c.name == worker))
        return found

    def waiting(self) -> int:
        """How many studies are queued."""
        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).where(studies.c.state == "queued")) or 0)

    def going(self, owner: str | None = None) -> int:
        """How many studies are not at their end, of all or of one owner."""
        mine = [] if owner is None else [studies.c.owner == owner]
        query = select(func.count()).select_from(studies).where(studies.c.state.not_in(TERMINAL), *mine)
        with self._reading() as connection:
            return int(connection.scalar(query) or 0)

    def overdue(self, grace: float) -> Sequence[tuple[str, str]]:
        """Studies, with their workers, that were told to stop more than ``grace`` seconds ago and have not."""
        query = (
            select(studies.c.id, studies.c.worker)
            .join(commands, commands.c.study_id == studies.c.id)
            .where(studies.c.worker.is_not(None), commands.c.name == "stop", commands.c.sent < self._now() - grace)
            .distinct()
        )
        with self._reading() as connection:
            return [(row.id, row.worker) for row in connection.execute(query)]

    def _silent(self) -> Any:
        return studies.c.lease < self._now()

    def _collect(self, connection: Connection) -> None:
        self._take_back(connection, self._silent(), f"its worker did not report for {LEASE:.0f} s")

    def _take_back(self, connection: Connection, which: Any, reason: str) -> list[str]:
        query = select(studies.c.id, studies.c.state, studies.c.crashes).where(which)
        found = connection.execute(query.with_for_update(skip_locked=True)).all()
        for row in found:
            crashes = row.crashes + 1
            mine = update(studies).where(studies.c.id == row.id)
            if crashes < CRASHES:
                connection.execute(mine.values(crashes=crashes))
                self._unhand(connection, row.id, row.state)
                continue
            why = f"the training process died {crashes} times in this study, the last time because {reason}; "
            why += "try fewer runs, a smaller model or batch, and see the worker's log in the store's folder."
            connection.execute(
                mine.values(state="failed", reason=_bounded(why), finished=self._now(), worker=None, lease=None, crashes=0)
            )
        return [row.id for row in found]

    def _unhand(self, connection: Connection, study_id: str, state: str) -> None:
        # A paused study that was meanwhile told to go on would otherwise wait for a command that has already come.
        seen = select(checkpoints.c.commands).where(checkpoints.c.study_id == study_id).scalar_subquery()
        newer = (commands.c.study_id == study_id) & (commands.c.id > func.coalesce(seen, 0)) & commands.c.name.in_(_WAKING)
        waits = state == "paused" and not connection.scalar(select(exists().where(newer)))
        values = {"state": "paused" if waits else "queued", "worker": None, "lease": None}
        connection.execute(update(studies).where(studies.c.id == study_id).values(values))
        connection.execute(update(workers).where(workers.c.study == study_id).values(study=None))


def _bounded(text: str) -> str:
    # PostgreSQL takes no NUL character, and nobody reads a reason of many pages.
    return text.replace("\0", "")[:REASON_LENGTH]
