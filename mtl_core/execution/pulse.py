"""Signs of life from a thread of its own, because one step of a large study may take longer than a lease."""

import threading
from types import TracebackType

from mtl_core.errors import StoreUnavailableError
from mtl_core.store import Store

INTERVAL = 1.0
"""Seconds between two signs of life."""


class Pulse:
    """While open, keeps the lease on a study alive. Ends by itself when the study is no longer the worker's."""

    def __init__(self, store: Store, study_id: str, worker: str) -> None:
        self._store, self._study_id, self._worker = store, study_id, worker
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(INTERVAL):
            try:
                if not self._store.heartbeat(self._study_id, self._worker):
                    return
            except StoreUnavailableError:
                continue  # the next beat may come through; the trainer's own writes say so if it lasts
