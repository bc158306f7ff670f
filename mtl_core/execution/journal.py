"""What an execution writes to the store, kept in memory until it is safely there."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from mtl_core.errors import StoreUnavailableError
from mtl_core.records import ModelPart, Record
from mtl_core.store import Command, State, Store

PATIENCE = 60.0
"""Seconds for which a store that is locked, full or away is tried again before the execution gives up."""

LARGEST_CHECKPOINT = 900_000_000
"""Bytes; both databases refuse a value of more than about a billion."""

_PAUSE = 0.5
_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class Journal:
    """The store as one worker with one study sees it. While the store cannot be written, training waits and nothing is lost.

    Every operation raises UnknownStudyError when the study is no longer the worker's, and StoreUnavailableError when the store
    stayed away for ``PATIENCE`` seconds.
    """

    def __init__(self, store: Store, study_id: str, worker: str) -> None:
        self.store, self.study_id, self._worker = store, study_id, worker
        self._pending: list[Record] = []

    def add(self, records: Sequence[Record]) -> None:
        """Take records to be written with the next ``write``."""
        self._pending += records

    def write(self, step: int, total: int, seconds: float) -> None:
        """Append what is pending and note the progress."""
        progress = {"step": step, "total": total, "worker": self._worker}
        self._patiently(lambda: self.store.append(self.study_id, self._pending, seconds=seconds, **progress))  # type: ignore[arg-type]
        self._pending = []

    def save(self, step: int, payload: bytes, commands: int, paused: bool, seconds: float) -> bool:
        """Keep a checkpoint; False when it is too large for a database."""
        if len(payload) > LARGEST_CHECKPOINT:
            _log.warning("the checkpoint of %s has %d bytes and is not kept", self.study_id, len(payload))
            return False
        facts = {"commands": commands, "paused": paused, "seconds": seconds, "worker": self._worker}
        self._patiently(lambda: self.store.save_checkpoint(self.study_id, step, payload, **facts))  # type: ignore[arg-type]
        return True

    def keep_models(self, parts: Sequence[ModelPart]) -> None:
        """Keep trained parameters; what is too large for a database is left out."""
        for part in parts:
            if len(part.payload) > LARGEST_CHECKPOINT:
                _log.warning("the parameters of %s have %d bytes and are not kept", self.study_id, len(part.payload))
                continue
            self._patiently(partial(self.store.keep_model, self.study_id, part, worker=self._worker))

    def commands(self, after: int) -> Sequence[Command]:
        """What was asked since."""
        return self._patiently(lambda: self.store.commands(self.study_id, after, worker=self._worker))

    def state(self, state: State, reason: str = "") -> None:
        """Note the study's state."""
        self._patiently(lambda: self.store.set_state(self.study_id, state, reason, worker=self._worker))

    def give_back(self) -> None:
        """Let go of the study."""
        self._patiently(lambda: self.store.give_back(self.study_id, self._worker))

    def rewind(self, cursor: int, step: int, seconds: float) -> None:
        """Drop the records after a cursor."""
        progress = {"step": step, "seconds": seconds, "worker": self._worker}
        self._patiently(lambda: self.store.rewind(self.study_id, cursor, **progress))  # type: ignore[arg-type]

    def _patiently(self, operation: Callable[[], _Result]) -> _Result:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return operation()
            except StoreUnavailableError as error:
                if time.monotonic() > deadline:
                    raise
                _log.warning("%s Trying again.", error)
                time.sleep(_PAUSE)
