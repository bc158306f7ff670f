"""Requests: what people wait for and the server cannot make itself. A question in, bytes out; workers answer.

Equal questions are one request, and its answer is kept for whoever asks again, so this is a cache too, which may be emptied at
any time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from mtl_core.errors import SpecError, StoreError
from mtl_core.store.database import Database
from mtl_core.store.info import LEASE, REASON_LENGTH
from mtl_core.store.tables import requests

KEPT = 200
"""The most answers that are kept; the one that was asked for least lately goes first."""

MOST_WAITING = 50
"""The most requests that may wait."""

ATTEMPTS = 2
"""How often a worker may die over one request before it is refused."""

RequestState = Literal["waiting", "working", "answered", "refused"]


@dataclass(frozen=True)
class Request:
    """A request as the store knows it.

    Args:
        id: a hash of kind and arguments.
        kind: which answerer it is for.
        arguments: what is asked, as JSON has it.
        state: ``waiting``, ``working``, ``answered`` or ``refused``.
        progress: between 0 and 1.
        reason: why it was refused; else empty.
        answer: the bytes, once answered.
    """

    id: str
    kind: str
    arguments: dict[str, Any]
    state: RequestState
    progress: float
    reason: str
    answer: bytes | None = None


def request_id(kind: str, arguments: Mapping[str, Any]) -> str:
    """What equal questions share."""
    text = json.dumps([kind, arguments], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Requests(Database):
    """Operations on requests."""

    def ask(self, kind: str, arguments: Mapping[str, Any]) -> str:
        """Put a question, unless it is waiting or answered already; returns the request's id.

        Raises:
            SpecError: too many questions are waiting.
        """
        identity = request_id(kind, arguments)
        mine = requests.c.id == identity
        with self._writing() as connection:
            state = connection.scalar(select(requests.c.state).where(mine))
            if state not in (None, "refused"):
                connection.execute(update(requests).where(mine).values(used=self._now()))
                return identity
            waiting = connection.scalar(select(func.count()).where(requests.c.state == "waiting")) or 0
            if waiting >= MOST_WAITING:
                raise SpecError(f"at most {MOST_WAITING} requests may wait, found {waiting}; try again in a while.")
            connection.execute(delete(requests).where(mine))
            row = {"id": identity, "kind": kind, "arguments": json.dumps(arguments), "state": "waiting", "progress": 0.0}
            connection.execute(insert(requests).values(row | {"asked": self._now(), "used": self._now()}))
        return identity

    def request(self, identity: str) -> Request | None:
        """Where a request stands, with its answer once there is one; None where it is not known (any more)."""
        with self._reading() as connection:
            row = connection.execute(select(requests).where(requests.c.id == identity)).one_or_none()
        return None if row is None else _request(row)

    def take_request(self, worker: str) -> Request | None:
        """Take the request that waits longest, or None. One whose worker fell silent waits again, ``ATTEMPTS`` times in all."""
        silent = (requests.c.state == "working") & (requests.c.lease < self._now())
        with self._reading() as connection:
            # Most looks find nothing; they must not hold up those who write.
            if not connection.scalar(select(exists().where((requests.c.state == "waiting") | silent))):
                return None
        with self._writing() as connection:
            self._release(connection, silent)
            first = select(requests).where(requests.c.state == "waiting").order_by(requests.c.asked, requests.c.id).limit(1)
            row = connection.execute(first.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            taken = {"state": "working", "worker": worker, "lease": self._now() + LEASE, "attempts": row.attempts + 1}
            connection.execute(update(requests).where(requests.c.id == row.id).values(taken))
        return _request(row)

    def tell_progress(self, identity: str, worker: str, progress: float) -> bool:
        """Say how far it is, and that the worker is at it; False when the request is no longer its."""
        mine = (requests.c.id == identity) & (requests.c.worker == worker)
        with self._writing() as connection:
            values = {"progress": progress, "lease": self._now() + LEASE}
            return connection.execute(update(requests).where(mine).values(values)).rowcount == 1

    def answer(self, identity: str, worker: str, payload: bytes) -> None:
        """Give the answer; the answers beyond ``KEPT`` go. What was meanwhile given to another worker is let be."""
        values = {"state": "answered", "progress": 1.0, "answer": payload, "worker": None, "lease": None, "used": self._now()}
        mine = (requests.c.id == identity) & (requests.c.worker == worker)
        with self._writing() as connection:
            connection.execute(update(requests).where(mine).values(values))
            kept = select(requests.c.id).where(requests.c.state.in_(("answered", "refused")))
            newest = list(connection.scalars(kept.order_by(requests.c.used.desc(), requests.c.id).limit(KEPT)))
            done = requests.c.state.in_(("answered", "refused")) & requests.c.id.not_in(newest)
            connection.execute(delete(requests).where(done))

    def refuse(self, identity: str, worker: str, reason: str) -> None:
        """Say why there is no answer, in words for people."""
        plain = reason.replace("\0", "")[:REASON_LENGTH]
        values = {"state": "refused", "reason": plain, "worker": None, "lease": None}
        mine = (requests.c.id == identity) & (requests.c.worker == worker)
        with self._writing() as connection:
            connection.execute(update(requests).where(mine).values(values))

    def release_requests(self, worker: str) -> None:
        """What a process that ended was at waits again, or is refused where it ended over it ``ATTEMPTS`` times."""
        with self._writing() as connection:
            self._release(connection, (requests.c.state == "working") & (requests.c.worker == worker))

    def _release(self, connection: Connection, which: ColumnElement[bool]) -> None:
        lost = update(requests).where(which)
        reason = "the process that worked on it ended before it was done; ask for less."
        connection.execute(
            lost.where(requests.c.attempts >= ATTEMPTS).values(state="refused", reason=reason, worker=None, lease=None)
        )
        connection.execute(lost.values(state="waiting", worker=None, lease=None))

    def requests_waiting(self) -> int:
        """How many requests wait for a worker."""
        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).where(requests.c.state == "waiting")) or 0)


def _request(row: Any) -> Request:
    try:
        arguments = json.loads(row.arguments)
    except ValueError as error:
        raise StoreError(f"request {row.id} is damaged ({error}); ask again.") from error
    return Request(
        row.id, row.kind, arguments, row.state, row.progress, row.reason, None if row.answer is None else bytes(row.answer)
    )
