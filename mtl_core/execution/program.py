"""What the programs that work beside a server have in common: they say what they do, and leave when told or left alone."""

import logging
import os
import signal
import sys
import threading
import time

FAREWELL = 10.0
"""Seconds that an orphan has to put its work down before it ends the hard way."""


def begin(*, with_parent: bool) -> threading.Event:
    """Log to standard error, and give an event that is set once the process should leave: at SIGTERM, at Ctrl-C and, with
    ``with_parent``, once standard input is closed, which ends it ``FAREWELL`` seconds later at the latest."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    leave = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: leave.set())
    if with_parent:
        threading.Thread(target=_follow, args=(leave,), name="parent", daemon=True).start()
    return leave


def _follow(leave: threading.Event) -> None:
    # The parent holds the other end of this pipe, and the system closes it however the parent ends. Read without Python's
    # buffer, whose lock would be held by this thread when the process ends.
    while True:
        try:
            if not os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 64):
                break
        except OSError:
            break
    leave.set()
    time.sleep(FAREWELL)
    os._exit(1)
