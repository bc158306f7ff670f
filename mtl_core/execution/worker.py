"""The training process: ``python -m mtl_core.execution.worker --store URL``.

Warm: everything that a first run loads is loaded before a study comes. It ends cleanly on SIGTERM, on Ctrl-C and, with
``--with-parent``, when whoever started it is gone: the study is kept at a checkpoint and queued again.
"""

import argparse
import logging
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Sequence

import torch

from mtl_core.errors import SeesawError, StoreUnavailableError
from mtl_core.execution import program
from mtl_core.execution.answering import answer_one
from mtl_core.execution.execute import execute
from mtl_core.store import Store, open_store
from mtl_core.training.devices import available
from mtl_core.training.trainer import warm_up

IDLE = 0.05
"""Seconds between two looks at the queue."""

REPORT = 1.0
"""Seconds between two signs of life of an idle worker."""

_log = logging.getLogger("seesaw.worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until told to leave; returns the exit status."""
    given = _parser().parse_args(arguments)
    leave = program.begin(with_parent=given.with_parent)
    if given.with_parent:
        leave_a_core()
    name = given.name or f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    try:
        with open_store(given.store) as store:
            return work(store, name, given.device, leave, answers=not given.with_parent)
    except SeesawError as error:
        _log.error("%s", error)
        return 1


def work(store: Store, name: str, device: str | None, leave: threading.Event, *, answers: bool = False) -> int:
    """Train what the queue holds, study after study, until ``leave`` is set.

    With ``answers`` it answers requests too while nothing is to be trained; beside a supervisor another process does.
    """
    devices = available()
    device = device or devices[0]
    store.register(name, device, devices)
    _log.info("%s is ready on %s with %s", name, device, store)
    if not store.waiting():
        _warm()
    reported = 0.0
    while not leave.is_set():
        try:
            if time.monotonic() - reported >= REPORT:
                store.report(name)
                reported = time.monotonic()
            info = store.claim(name, device)
            answered = info is None and answers and answer_one(store, name)
        except StoreUnavailableError as error:
            _log.warning("%s Trying again.", error)
            leave.wait(REPORT)
            continue
        if info is None:
            if not answered:
                leave.wait(IDLE)
            continue
        reported = 0.0
        if not _train(store, info.id, name, device, leave):
            break
    store.unregister(name)
    return 0


def _train(store: Store, study_id: str, name: str, device: str, leave: threading.Event) -> bool:
    """Train one study; False when this process should not go on after it."""
    _log.info("%s begins", study_id)
    try:
        state = execute(store, study_id, name, device=device, leave=leave)
    except SeesawError as error:
        _log.error("%s failed: %s", study_id, error)
    except Exception:
        _log.exception("%s failed", study_id)
        # A card that once failed fails in this process for ever; a fresh process has it whole again.
        return device == "cpu"
    else:
        _log.info("%s is %s", study_id, state or "no longer ours")
    return True


def leave_a_core() -> None:
    """Train with one thread less than there are cores, unless ``OMP_NUM_THREADS`` says how many.

    The server beside this worker and the browser that looks on need it. On two cores both would train half again as fast
    unseen, but less than half as fast as soon as somebody looks: every operation waits for the thread that was held up.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def _warm() -> None:
    try:
        warm_up()
    except Exception:
        # A study will say what is wrong, to the person who asks for it.
        _log.exception("warming up failed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mtl_core.execution.worker", description="Train what the store's queue holds."
    )
    parser.add_argument("--store", help="the store's URL or path; SEESAW_STORE or the user's own by default")
    parser.add_argument("--device", help="where to train studies that leave it open; the best there is by default")
    parser.add_argument("--name", help="the name under which this worker reports; must be unique")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
