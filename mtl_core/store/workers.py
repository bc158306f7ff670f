"""The workers that report to a store."""

import json
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, exists, insert, select, update

from mtl_core.store.database import Database
from mtl_core.store.info import LEASE, WorkerInfo
from mtl_core.store.tables import meta, studies, workers

_FORGOTTEN = 3600.0
_TROUBLE = "worker_trouble"


class Workers(Database):
    """Operations on workers."""

    def register(self, worker: str, device: str, devices: Sequence[str] = ()) -> None:
        """Put this process on the list of workers that are ready.

        Args:
            worker: its name, unique in the world.
            device: where it trains.
            devices: all devices that it sees.
        """
        row = {"name": worker, "device": device, "devices": json.dumps(list(devices)), "host": socket.gethostname()}
        with self._writing() as connection:
            old = (workers.c.name == worker) | (workers.c.seen < self._now() - _FORGOTTEN)
            connection.execute(delete(workers).where(old))
            connection.execute(delete(meta).where(meta.c.key == _TROUBLE))
            connection.execute(insert(workers).values(**row, pid=os.getpid(), started=self._now(), seen=self._now()))

    def note_trouble(self, reason: str) -> None:
        """Note why there is no worker, for those who wait; gone once a worker registers."""
        with self._writing() as connection:
            connection.execute(delete(meta).where(meta.c.key == _TROUBLE))
            connection.execute(insert(meta).values(key=_TROUBLE, value=reason.replace("\0", "")[:2000]))

    def trouble(self) -> str:
        """Why there is no worker, as last noted; empty where there is none."""
        with self._reading() as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.key == _TROUBLE)) or ""

    def report(self, worker: str) -> None:
        """Say that a worker is alive and has nothing to train."""
        with self._writing() as connection:
            connection.execute(update(workers).where(workers.c.name == worker).values(seen=self._now(), study=None))

    def unregister(self, worker: str) -> None:
        """Take a worker off the list."""
        with self._writing() as connection:
            connection.execute(delete(workers).where(workers.c.name == worker))

    def adrift(self) -> Sequence[str]:
        """Workers that were given a study which is no longer theirs, and have not noticed."""
        theirs = (studies.c.id == workers.c.study) & (studies.c.worker == workers.c.name)
        query = select(workers.c.name).where(workers.c.study.is_not(None), ~exists().where(theirs))
        with self._reading() as connection:
            return list(connection.scalars(query))

    def workers(self, within: float = LEASE) -> Sequence[WorkerInfo]:
        """The workers that reported within so many seconds, oldest first."""
        query = select(workers).where(workers.c.seen > self._now() - within).order_by(workers.c.started, workers.c.name)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [
            WorkerInfo(
                name=row.name,
                device=row.device,
                devices=tuple(json.loads(row.devices)),
                host=row.host,
                pid=row.pid,
                started=datetime.fromtimestamp(row.started, UTC),
                seen=datetime.fromtimestamp(row.seen, UTC),
                study=row.study,
            )
            for row in rows
        ]
