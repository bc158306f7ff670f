"""Keeps workers running beside a server: one for each GPU, or one. Reads without torch."""

import logging
import threading
import time
from types import TracebackType

from mtl_core.errors import StoreError, WorkerError
from mtl_core.execution.worker_process import WorkerProcess
from mtl_core.store import Store, open_store

GRACE = 5.0
"""Seconds that a worker has to obey a stop, or to drop a study that was deleted, before it is killed."""

HOPELESS = 5
"""After so many deaths in a row people who wait in the queue are told."""

_LOOK = 0.1
_ROUND = 1.0
_FAREWELL = 8.0
_log = logging.getLogger(__name__)


class Supervisor:
    """Starts workers, restarts those that die, takes their studies back at once, and kills those that do not obey.

    Args:
        url: the store's URL; see ``open_store``.
        grace: seconds to obey a stop.

    Raises:
        StoreError: the store cannot be opened.
    """

    def __init__(self, url: str | None = None, grace: float = GRACE) -> None:
        self._store: Store = open_store(url)
        self._grace = grace
        self.log = self._store.folder / "worker.log"
        self.processes = [WorkerProcess(self._store.url, self.log)]
        self._spread = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._adrift: dict[str, float] = {}

        # Started when requests wait; it ends by itself when none come.
        self.answering = WorkerProcess(self._store.url, self.log, module="mtl_core.execution.answering")

    def start(self) -> None:
        """Start the first worker and watch.

        Raises:
            WorkerError: the system refuses to start a process.
        """
        self.processes[0].start()
        self._thread.start()

    def stop(self) -> None:
        """End all workers in good order; their studies are queued again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.answering.ask_to_leave()
        for process in self.processes:
            process.ask_to_leave()
        deadline = time.monotonic() + _FAREWELL
        for process in self.processes:
            if not process.end(max(0.1, deadline - time.monotonic())):
                self._bury(process.name, "it was ended")
        self.answering.end(0.5)  # nobody waits for an answer any more
        self._store.close()

    def __enter__(self) -> "Supervisor":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _watch(self) -> None:
        rounds = 0.0
        while not self._over.wait(_LOOK):
            for process in self.processes:
                self._tend(process)
            try:
                self._have_requests_answered()
            except (StoreError, WorkerError) as error:
                _log.warning("%s", error)
            if time.monotonic() - rounds >= _ROUND:
                rounds = time.monotonic()
                self._follow_the_folder()
                try:
                    self._stop_deaf_workers()
                    self._use_all_cards()
                except StoreError as error:
                    _log.warning("%s", error)

    def _tend(self, process: WorkerProcess) -> None:
        reason = process.death()
        if reason is not None:
            _log.warning("worker %s is gone: %s", process.name, reason)
            self._bury(process.name, reason)
            if process.deaths >= HOPELESS:
                self._tell_waiting(f"the training process does not start: {reason}; see {self.log}.")
        if process.due():
            try:
                process.start()
            except WorkerError as error:
                _log.error("%s", error)
                self._tell_waiting(str(error))

    def _follow_the_folder(self) -> None:
        """Where another data folder was named, have every worker put its study down and end; the next one reads from there."""
        for process in (*self.processes, self.answering):
            if process.outdated:
                process.ask_to_leave()

    def _have_requests_answered(self) -> None:
        """Start the process that answers, where something waits and it does not run."""
        reason = self.answering.death()
        if reason is not None:
            self._store.release_requests(self.answering.name)
        if self.answering.due() and self._store.requests_waiting():
            self.answering.start()

    def _bury(self, name: str, reason: str) -> None:
        try:
            self._store.worker_died(name, reason)
        except StoreError as error:
            _log.warning("%s", error)  # its lease runs out all the same

    def _tell_waiting(self, reason: str) -> None:
        try:
            self._store.note_trouble(reason)
        except StoreError as error:
            _log.warning("%s", error)

    def _stop_deaf_workers(self) -> None:
        mine = {process.name: process for process in self.processes}
        for study_id, worker in self._store.overdue(self._grace):
            if worker in mine:
                mine[worker].kill()
                self._store.set_state(study_id, "stopped", f"it did not stop within {self._grace:g} s and was ended.")
        now = time.monotonic()
        adrift = self._store.adrift()
        self._adrift = {name: self._adrift.get(name, now) for name in adrift if name in mine}
        for name, since in self._adrift.items():
            if now - since > self._grace:
                mine[name].kill()

    def _use_all_cards(self) -> None:
        """Once the first worker has said what this machine has, start one for each further card."""
        if self._spread:
            return
        first = next((worker for worker in self._store.workers() if worker.name == self.processes[0].name), None)
        if first is None:
            return
        self._spread = True
        for device in first.devices:
            if device.startswith("cuda") and device != first.device:
                self.processes.append(WorkerProcess(self._store.url, self.log, device))
