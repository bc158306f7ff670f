"""What a live page knows of a study: its records, read once by cursor and shared by everybody who looks. No Streamlit."""

import threading
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dashboard import jobs
from mtl_core.training.records import Layout, Record

if TYPE_CHECKING:
    from mtl_core.store import StudyInfo

MAXIMUM_STEPS = 1000
"""Steps kept of each series; beyond it every second one goes. Figures send half of that to the browser."""

MAXIMUM_CELLS = 2_000_000
"""Numbers kept of each series over all runs and tasks: what bounds the server's memory."""

FRESH = 0.1
"""Seconds within which a second visitor gets what the first one has just read."""

THINNED = ("steps", "conflict")


@dataclass(frozen=True)
class Look:
    """A study at one moment.

    Args:
        info: where it stands.
        layout: what the records' axes mean; None before training has begun.
        records: all evaluation and status records; steps and conflict thinned evenly.
    """

    info: "StudyInfo"
    layout: Layout | None
    records: tuple[Record, ...]


class Feed:
    """The growing records of one study. Safe to use from several threads."""

    def __init__(self, study_id: str) -> None:
        self._id = study_id
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._cursor = 0
        self._generation: int | None = None
        self._layout: Layout | None = None
        self._whole: list[Record] = []
        self._thinned: dict[str, list[Record]] = {kind: [] for kind in THINNED}
        self._stride = dict.fromkeys(THINNED, 1)
        self._look: Look | None = None
        self._read_at = 0.0

    def look(self) -> Look:
        """The study now: reads what is new since the last look.

        Raises:
            UnknownStudyError: the study is not there (any more).
            StoreError: the store cannot be read.
        """
        with self._lock:
            now = time.monotonic()
            if self._look is None or now - self._read_at >= FRESH:
                self._look = self._read()
                self._read_at = now
            return self._look

    def _read(self) -> Look:
        store = jobs.get_store()
        info = store.get(self._id)
        if info.generation != self._generation:
            # Training went back to a checkpoint: records after it were dropped and come again.
            self._begin()
            self._generation = info.generation
        if self._layout is None:
            self._layout = store.layout(self._id)
        if self._layout is not None:
            records, self._cursor = store.read(self._id, after=self._cursor)
            for record in records:
                self._keep(record)
        thinned = [record for kind in THINNED for record in self._thinned[kind]]
        return Look(info, self._layout, (*self._whole, *thinned))

    def _keep(self, record: Record) -> None:
        if record.kind not in THINNED:
            self._whole.append(record)
            return
        kept = self._thinned[record.kind]
        kept.append(every(record, self._stride[record.kind]))
        most = _most_steps(kept[-1])
        if len(kept) > 50 or sum(len(each.arrays["steps"]) for each in kept) > most:
            kept[:] = merged(kept)
        while max(len(each.arrays["steps"]) for each in kept) > most:
            self._stride[record.kind] *= 2
            kept[:] = [every(each, self._stride[record.kind]) for each in kept]


@lru_cache(maxsize=4)
def _feed(_store: str, study_id: str) -> Feed:
    return Feed(study_id)


def feed(study_id: str) -> Feed:
    """The study's feed, one for the whole process.

    Raises:
        StoreError: the store cannot be opened.
    """
    return _feed(jobs.get_store().url, study_id)


def every(record: Record, stride: int) -> Record:
    """The record with only those of its steps that are multiples of ``stride``."""
    if stride == 1:
        return record
    keep = record.arrays["steps"] % stride == 0
    return replace(record, arrays={name: values if name == "run" else values[keep] for name, values in record.arrays.items()})


def merged(records: list[Record]) -> list[Record]:
    """Records of one kind about the same runs joined into one, in order of their steps as they came."""
    groups: dict[bytes, list[Record]] = {}
    for record in records:
        groups.setdefault(record.arrays["run"].tobytes(), []).append(record)
    return [
        replace(
            group[-1],
            arrays={
                name: group[0].arrays["run"] if name == "run" else np.concatenate([each.arrays[name] for each in group])
                for name in group[0].arrays
            },
        )
        for group in groups.values()
    ]


def _most_steps(record: Record) -> int:
    cells = max(int(np.prod(values.shape[1:])) for name, values in record.arrays.items() if name != "run")
    return int(np.clip(MAXIMUM_CELLS // max(cells, 1), 100, MAXIMUM_STEPS))
