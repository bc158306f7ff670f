"""Submit, watch and control studies: what the pages know of training. No Streamlit, no torch."""

import os
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mtl_core.errors import SeesawError
from mtl_core.spec import Study
from mtl_core.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mtl_core.store import Store, StudyInfo

STORE = "SEESAW_STORE"
"""The environment variable that names the store; the launcher sets it for the whole server process."""


def get_store() -> "Store":
    """The server's store, opened once a process.

    Raises:
        StoreError: it cannot be opened; tried again at the next call.
    """
    return _open(os.environ.get(STORE))


@lru_cache(maxsize=4)
def _open(url: str | None) -> "Store":
    return open_store(url)


def submit(study: Study) -> str:
    """Queue a study for training, unless it is already known and fine; returns its id."""
    return get_store().add(study)


def control(study_id: str, command: str, **arguments: Any) -> int:
    """Send a command (``pause resume step stop set_weights set_learning_rate``) to whoever trains the study."""
    return get_store().send(study_id, command, **arguments)


def follow(study_id: str, seconds: float) -> "Iterator[StudyInfo]":
    """Where a study stands, ten times a second while it waits or trains, for at most so long; the end is always among it.

    Raises:
        UnknownStudyError: the store holds no such study.
    """
    deadline = time.monotonic() + seconds
    while True:
        info = watch(study_id)
        yield info
        if info.state not in ("queued", "running") or time.monotonic() > deadline:
            return
        time.sleep(0.1)


def await_first_study(seconds: float) -> None:
    """Wait until the study that a newcomer sees first is there to see, at most so long; at once where nobody asked for it."""
    with suppress(SeesawError):
        for _info in follow(Study().id, seconds):
            pass


def watch(study_id: str) -> "StudyInfo":
    """Where the study stands now.

    Raises:
        UnknownStudyError: the store holds no such study.
    """
    return get_store().get(study_id)
