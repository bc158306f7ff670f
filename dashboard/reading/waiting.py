"""How long a queued study waits, in words: what is before it, and the time that takes. No Streamlit."""

import time
from collections.abc import Mapping
from threading import Lock

from dashboard.reading import jobs
from dashboard.reading.cost import duration
from dashboard.words import _, ngettext
from mtl_core.diagnostics.waiting import Wait, waits

FRESH = 1.0
"""Seconds for which the queue is believed to stand as it was found: many wait at once, and each page asks for its own."""

_looking = Lock()
_found: tuple[str, float, Mapping[str, Wait]] = ("", 0.0, {})


def wait_words(study_id: str) -> str:
    """What a queued study waits for; empty where a worker is free for it."""
    wait = _queue(study_id).get(study_id)
    if wait is None or not wait.before:
        return ""
    words = ngettext("Waiting: {count} before yours", "Waiting: {count} before yours", wait.before).format(count=wait.before)
    if wait.seconds is None:
        words += " · " + _("how long they take is not known yet")
    else:
        words += " · " + _("begins in about {time}").format(time=duration(wait.seconds))
    if wait.again:
        words += " · " + _("a first question of somebody else goes first")
    return words


def _queue(asked: str) -> Mapping[str, Wait]:
    """How long each queued study waits, looked up anew once ``FRESH`` is over, or where the one that is asked for is new."""
    global _found
    store = jobs.get_store()
    with _looking:
        url, at, found = _found
        if url != store.url or asked not in found or time.monotonic() - at > FRESH:
            found = waits(store.list(), len(store.workers()))
            _found = (store.url, time.monotonic(), found)
    return found
