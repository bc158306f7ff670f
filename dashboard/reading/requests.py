"""What pages ask of workers: a question in, bytes out. No Streamlit, no torch."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from dashboard.reading import jobs
from dashboard.words import _
from mtl_core.errors import WorkerError
from mtl_core.store.requests import request_id

PATIENCE = 130.0
"""Seconds that an answer is waited for; the one who answers gives up a little sooner."""

_LOOK = 0.05


def known(kind: str, arguments: Mapping[str, Any]) -> bool:
    """Whether the answer is there already."""
    request = jobs.get_store().request(request_id(kind, arguments))
    return request is not None and request.state == "answered"


def answer(kind: str, arguments: Mapping[str, Any], tell: Callable[[float], None] | None = None) -> bytes:
    """The answer to a question: the one that is known, or a new one, waited for.

    Args:
        kind: a name of ``ANSWERERS``.
        arguments: what is asked, as JSON has it.
        tell: called now and then with how far it is, between 0 and 1.

    Raises:
        WorkerError: it was refused, nobody is there to answer, or it took too long.
        StoreError: the store cannot be used.
    """
    store, began = jobs.get_store(), time.monotonic()
    identity = store.ask(kind, arguments)
    while (waited := time.monotonic() - began) < PATIENCE:
        request = store.request(identity)
        if request is None or request.state == "refused":
            raise WorkerError(request.reason if request else _("the answer was dropped; ask again."))
        if request.answer is not None:
            return request.answer
        if request.state == "waiting" and waited > jobs.ALIVE and not store.workers(jobs.ALIVE):
            raise WorkerError(store.trouble() or _("nobody is there to answer: no worker has reported; start seesaw again."))
        if tell is not None:
            tell(request.progress)
        time.sleep(_LOOK)
    raise WorkerError(_("there was no answer within {seconds:.0f} s; ask for less.").format(seconds=PATIENCE))
