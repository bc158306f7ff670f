"""Ends a process when whoever started it is gone."""

import os
import sys
import threading
import time

FAREWELL = 10.0
"""Seconds that an orphan has to put its work down before it ends the hard way."""


def follow_parent(leave: threading.Event) -> None:
    """From now on set ``leave`` once standard input is closed, and end the process ``FAREWELL`` seconds later at the latest."""
    threading.Thread(target=_follow, args=(leave,), name="parent", daemon=True).start()


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
