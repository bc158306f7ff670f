"""Submit, watch and control studies: what the pages know of training. No Streamlit, no torch."""

import os
import time
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from dashboard.reading import limits, uploads
from dashboard.reading.visitors import HOST, Visitor
from dashboard.words import _
from mtl_core.errors import SeesawError
from mtl_core.spec import Study
from mtl_core.store import LEASE, SILENT, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mtl_core.store import Store, StudyInfo

ACTIVE = ("queued", "running", "paused")
"""The states in which a study may still change."""

ALIVE = 5.0
"""Seconds without a sign of life, which a worker gives every second, after which it counts as gone."""

STORE = "SEESAW_STORE"
"""The environment variable that names the store; the launcher sets it for the whole server process."""

_asking = Lock()  # between counting a visitor's studies and adding one


def get_store() -> "Store":
    """The server's store, opened once a process.

    Raises:
        StoreError: it cannot be opened; tried again at the next call.
    """
    return _open(os.environ.get(STORE))


@lru_cache(maxsize=4)
def _open(url: str | None) -> "Store":
    return open_store(url)


def submit(study: Study, visitor: Visitor) -> str:
    """Queue a study for training, unless it is already known and fine; returns its id.

    One that somebody else started is shown as it is: it neither goes on nor starts again.

    Raises:
        NotAllowedError: the visitor, or all together, have as much going on as they may, or there is too little room.
    """
    store = get_store()
    with _asking:
        known = store.find(study)
        info = None if known is None else store.get(known)
        if info is not None and not (may_start_again(info) and visitor.may_change(info)):
            return info.id
        limits.check_studies(store, visitor)
        return store.add(study, owner=visitor.owner)


def may_start_again(info: "StudyInfo") -> bool:
    """Whether asking for the study once more trains it on, or anew."""
    return info.state in ("failed", "stopped") or (info.state == "finished" and info.altered)


def first_study(visitor: Visitor) -> str:
    """The id of the study that a newcomer sees first. It is the host's, whoever comes first."""
    known = None if visitor.is_host else get_store().find(Study())
    return known or submit(Study(), HOST)


def control(study_id: str, command: str, visitor: Visitor, **arguments: Any) -> int:
    """Send a command (``pause resume step stop set_weights set_learning_rate``) to whoever trains the study.

    Raises:
        NotAllowedError: somebody else started the study.
    """
    visitor.require(watch(study_id))
    return get_store().send(study_id, command, **arguments)


def rename(study_id: str, name: str, visitor: Visitor) -> None:
    """Give a study another name; raises NotAllowedError where somebody else started it."""
    visitor.require(watch(study_id))
    get_store().rename(study_id, name)


def delete(study_id: str, visitor: Visitor) -> None:
    """Forget a study, and the tables that nobody needs any more; raises NotAllowedError where somebody else started it."""
    # Who may delete every study may delete one whose row is damaged and cannot be looked at.
    if not visitor.may_change_all:
        visitor.require(watch(study_id))
    get_store().delete(study_id)
    with suppress(SeesawError):
        uploads.sweep(get_store())


def delete_models(study_id: str, visitor: Visitor) -> None:
    """Forget a study's trained parameters alone; raises NotAllowedError where somebody else started it."""
    visitor.require(watch(study_id))
    get_store().delete_models(study_id)


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


def trouble(info: "StudyInfo") -> str | None:
    """Why a study that waits or trains does not get on, in words with what to do; None while all is well.

    Costs little while its worker gives signs of life.
    """
    store = get_store()
    if info.state not in ACTIVE:
        return None
    if no_room := store.no_room():
        return no_room
    if info.state == "queued" and not store.workers(ALIVE):
        return store.fault() or store.trouble() or _("no worker has reported; the study waits in the queue.")
    if info.silence is None or info.silence < SILENT:
        return None
    words = _(
        "the training process has given no sign of life for {seconds:.0f} s; once it is back the study goes on, and after "
        "{lease:.0f} s another one may take it over from its last checkpoint."
    )
    return store.fault() or words.format(seconds=info.silence, lease=LEASE)


def await_first_study(seconds: float) -> None:
    """Wait until the study that a newcomer sees first is there to see, at most so long; at once where nobody asked for it."""
    with suppress(SeesawError):
        study_id = get_store().find(Study())
        for _info in follow(study_id, seconds) if study_id else ():
            pass


def watch(study_id: str) -> "StudyInfo":
    """Where the study stands now.

    Raises:
        UnknownStudyError: the store holds no such study.
    """
    return get_store().get(study_id)
