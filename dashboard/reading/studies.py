"""A study as it stands in the store, read piece by piece: only what is new since the last look is fetched.

What has been read is kept across reruns and sessions, per store, study and generation, and within a bound: the server must
stay small however many studies are looked at. No torch, no Streamlit.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from mtl_core.diagnostics import Result
from mtl_core.errors import UnknownStudyError
from mtl_core.records.thinning import thin

if TYPE_CHECKING:
    from mtl_core.store import Store, StudyInfo

MAXIMUM_STUDIES = 8
"""The most studies kept: those that may be compared, the one on screen and one more."""

MAXIMUM_BYTES = 64 * 2**20
"""The most bytes of records kept over all studies; the newest study is kept whatever its size."""


@dataclass(frozen=True)
class Reading:
    """What the store says of a study now: where it stands, and its tables (None until training has begun)."""

    info: "StudyInfo"
    result: Result | None

    @property
    def active(self) -> bool:
        """Whether more may come."""
        return self.info.active


@dataclass
class _Kept:
    generation: int
    cursor: int
    result: Result
    bytes: int


_kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
_lock = Lock()  # around what is kept, never around a look at the store
_turns: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
"""One lock a study: those who look at it read what is new once, and a slow read of one study holds up no other."""


def read(store: "Store", study_id: str) -> Reading:
    """The study as it stands now.

    The same ``Result`` comes back while nothing changes, with the tables it has already worked out.

    Raises:
        UnknownStudyError: the store holds no such study.
        StoreError: the store cannot be read.
    """
    key = (str(store.url), study_id)
    with _lock:
        turn = _turns.setdefault(key, Lock())
    with turn:
        with _lock:
            before = _kept.get(key)
        try:
            while True:
                info = store.get(study_id)
                kept = _advance(store, info, before)
                # Records may have been dropped while they were read: then what came is of two generations.
                if store.get(study_id).generation == info.generation:
                    break
        except UnknownStudyError:
            forget(study_id)
            raise
        if kept is None:
            return Reading(info, None)
        with _lock:
            _kept[key] = kept
            _kept.move_to_end(key)
            _forget()
        return Reading(info, kept.result)


def _advance(store: "Store", info: "StudyInfo", kept: _Kept | None) -> _Kept | None:
    if kept is None or kept.generation != info.generation:
        layout = store.layout(info.id)
        if layout is None:
            return None
        kept = _Kept(info.generation, 0, Result(info.study, layout, (), info.state, info.id), 0)
    records, cursor = store.read(info.id, after=kept.cursor)
    if not records and kept.result.state == info.state:
        return kept
    thinned = [thin(record, info.study, kept.result.layout) for record in records]
    size = sum(array.nbytes for record in thinned for array in record.arrays.values())
    return _Kept(info.generation, cursor, kept.result.extended(thinned, info.state), kept.bytes + size)


def _forget() -> None:
    while len(_kept) > 1 and (len(_kept) > MAXIMUM_STUDIES or sum(kept.bytes for kept in _kept.values()) > MAXIMUM_BYTES):
        _kept.popitem(last=False)


def forget(study_id: str) -> None:
    """Drop what is kept of a study, after it was deleted."""
    with _lock:
        for key in [key for key in _kept if key[1] == study_id]:
            del _kept[key]


def forget_all() -> None:
    """Drop everything that is kept."""
    with _lock:
        _kept.clear()
