"""Answers requests: ``python -m mtl_core.execution.answering`` does nothing else; a worker does while it has nothing to train.

A supervisor starts this program when requests wait, and it ends by itself when none have come for a while: torch is only loaded
for what needs it, and nobody who trains waits for it.
"""

import argparse
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence

from mtl_core.errors import SeesawError, StoreError, StoreUnavailableError, shown
from mtl_core.execution import program
from mtl_core.execution.answers import ANSWERERS
from mtl_core.store import Request, Store, open_store

LONGEST = 120.0
"""Seconds that one answer may take."""

IDLE = 300.0
"""Seconds without a request after which the program ends."""

_LOOK = 0.1
_BEAT = 1.0
_log = logging.getLogger("seesaw.answering")


def answer_one(store: Store, worker: str, overdue: Callable[[], None] = lambda: None) -> bool:
    """Answer the request that waits longest; False where none waits.

    Args:
        store: where requests are.
        worker: the name of who answers, unique in the world.
        overdue: called, from a thread, when the answer took longer than ``LONGEST`` and the request was refused.
    """
    request = store.take_request(worker)
    if request is None:
        return False
    with _Beat(store, request, worker, overdue) as beat:
        try:
            if request.kind not in ANSWERERS:
                raise StoreError(f"nobody here answers {shown(request.kind)}; update the worker.")
            payload = ANSWERERS[request.kind](request.arguments, beat.tell, store)
        except SeesawError as error:
            store.refuse(request.id, worker, str(error))
        except Exception as error:
            _log.exception("request %s (%s) failed", request.id, request.kind)
            store.refuse(request.id, worker, f"{type(error).__name__}: {error}")
        else:
            store.answer(request.id, worker, payload)
    return True


class _Beat:
    """While open, keeps the request's lease alive and passes on how far its answer is."""

    def __init__(self, store: Store, request: Request, worker: str, overdue: Callable[[], None]) -> None:
        self._store, self._request, self._worker, self._overdue = store, request, worker, overdue
        self._over, self._progress = threading.Event(), 0.0
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def tell(self, progress: float) -> None:
        """Note how far the answer is."""
        self._progress = progress

    def __enter__(self) -> "_Beat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        began, told = time.monotonic(), 0.0
        while not self._over.wait(_BEAT / 4):
            late = time.monotonic() - began > LONGEST
            if not late and time.monotonic() - told < _BEAT and self._progress < 1:
                continue
            told = time.monotonic()
            try:
                if late:
                    reason = f"there was no answer within {LONGEST:g} s; ask for less, such as fewer steps or methods."
                    self._store.refuse(self._request.id, self._worker, reason)
                    self._overdue()
                    return
                if not self._store.tell_progress(self._request.id, self._worker, self._progress):
                    return
            except StoreError:
                continue  # the next beat may come through


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer until told to leave, or until nothing has been asked for a while; returns the exit status."""
    given = _parser().parse_args(arguments)
    leave = program.begin(with_parent=given.with_parent)
    try:
        with open_store(given.store) as store:
            asked = time.monotonic()
            while not leave.is_set() and time.monotonic() - asked < given.idle:
                try:
                    # What takes too long cannot be interrupted, only ended with its process; the next request gets a fresh one.
                    answered = answer_one(store, given.name, overdue=lambda: os._exit(3))
                except StoreUnavailableError as error:  # what was taken waits again once its lease is over
                    _log.warning("%s Trying again.", error)
                    leave.wait(_BEAT)
                    continue
                if answered:
                    asked = time.monotonic()
                else:
                    leave.wait(_LOOK)
    except SeesawError as error:
        _log.error("%s", error)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mtl_core.execution.answering", description="Answer what is asked.")
    parser.add_argument("--store", help="the store's URL or path; SEESAW_STORE or the user's own by default")
    parser.add_argument("--name", default=f"answers-{os.getpid()}", help="the name of this process; must be unique")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds without a request after which it ends (%(default)g)")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
