"""What the store tells about studies, workers, commands and checkpoints."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import Row

from mtl_core.errors import StoreError, cut
from mtl_core.spec import Study
from mtl_core.store.tables import studies

LEASE = 15.0
"""Seconds after its last sign of life for which a worker keeps its study."""

REASON_LENGTH = 2000
"""The most characters of a reason that are kept."""

SILENT = 4.0
"""Seconds without a sign of life, which a worker gives every second, after which people are told."""

State = Literal["queued", "running", "paused", "finished", "stopped", "failed"]
TERMINAL: tuple[State, ...] = ("finished", "stopped", "failed")
"""The states in which nothing happens any more."""

COLUMNS = tuple(
    studies.c[name]
    for name in (
        *("id", "name", "spec", "state", "reason", "step", "total", "created", "queued", "started", "finished"),
        *("seconds", "generation", "device", "worker", "lease", "altered", "owner", "turn"),
    )
)
"""What a StudyInfo is made of; without the layout, which is long and has its own reader."""


@dataclass(frozen=True)
class StudyInfo:
    """A study as the store knows it.

    Args:
        id: the study's id.
        name: what a person calls it, or empty.
        spec: the canonical form, as JSON has it.
        state: ``queued``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``.
        reason: why it failed, or what the last command was refused for; else empty.
        step, total: done and all steps; total is 0 before the first start.
        created, started, finished: times in UTC, None for what has not happened.
        seconds: time spent training, pauses and lost work left out.
        generation: changes when records that were readable are dropped; a reader then starts again from cursor 0.
        position: place in the queue from 1, None when not queued.
        device: where it trains or trained; empty before the first start.
        worker: who trains it now, or None.
        altered: whether weights or learning rates were set by hand while it trained.
        silence: seconds since its worker's last sign of life; None where nobody trains it.
        owner: the hash of the secret of the visitor who asked for it, or empty.
    """

    id: str
    name: str
    spec: dict[str, Any]
    state: State
    reason: str
    step: int
    total: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    seconds: float
    generation: int
    position: int | None
    device: str
    worker: str | None = None
    altered: bool = False
    silence: float | None = None
    owner: str = ""

    @cached_property
    def study(self) -> Study:
        """The study itself; raises SpecError or DataError where this machine no longer has what it needs."""
        return Study.from_dict(self.spec, kept=True)

    @property
    def active(self) -> bool:
        """Whether it may still change by itself: it waits, trains or rests."""
        return self.state not in TERMINAL

    @property
    def progress(self) -> float:
        """The share of its steps that are done, 0 to 1."""
        if self.state == "finished":
            return 1.0
        return min(self.step / self.total, 1.0) if self.total else 0.0


@dataclass(frozen=True)
class WorkerInfo:
    """A worker that reported lately: its name, host, process, device, all devices it sees, and the study it trains."""

    name: str
    device: str
    devices: tuple[str, ...]
    host: str
    pid: int
    started: datetime
    seen: datetime
    study: str | None


@dataclass(frozen=True)
class Command:
    """What a person asked of a running study. ``id`` rises within a study and is the cursor of ``Store.commands``."""

    id: int
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A point to go on from.

    Args:
        step: steps done.
        payload: the trainer's own bytes.
        cursor: the last record that belongs before it.
        commands: the last command that was obeyed before it.
        paused: whether the study was paused.
        seconds: time spent training until then.
    """

    step: int
    payload: bytes
    cursor: int
    commands: int
    paused: bool
    seconds: float


def study_info(row: Row[Any], position: int | None, silence: float | None = None) -> StudyInfo:
    """From a row of ``COLUMNS``.

    Raises:
        StoreError: the row is damaged.
    """
    return StudyInfo(
        id=row.id,
        name=row.name,
        spec=_spec(row),
        state=row.state,
        reason=row.reason,
        step=row.step,
        total=row.total,
        created=datetime.fromtimestamp(row.created, UTC),
        started=moment(row.started),
        finished=moment(row.finished),
        seconds=row.seconds,
        generation=row.generation,
        position=position,
        device=row.device,
        worker=row.worker,
        altered=row.altered,
        silence=silence,
        owner=row.owner,
    )


def _spec(row: Row[Any]) -> dict[str, Any]:
    """The canonical form of a row's study, with everything in it that listings and pages read."""
    try:
        spec = json.loads(row.spec)
        if "strategy" in spec:  # as studies said it that had one strategy
            spec["strategies"] = [spec.pop("strategy")]
        named = all(isinstance(choice["name"], str) for choice in (spec["suite"], spec["backbone"], *spec["strategies"]))
        listed = all(isinstance(task, str) for task in spec["tasks"]) and all(m["name"] for m in spec["methods"])
        if named and listed and isinstance(spec["steps"], int):
            return dict(spec)
        found = "settings of other kinds"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        found = f"{type(error).__name__}: {cut(str(error))}"
    raise damaged(row.id, "settings", found)


def damaged(study_id: str, what: str, found: str) -> StoreError:
    """The error for a study whose row cannot be read."""
    return StoreError(
        f"the {what} of study {study_id} are damaged ({found}); restore the store from a backup, or delete the study "
        f"(seesaw delete {study_id}) and train it again."
    )


def moment(seconds: float | None) -> datetime | None:
    """A time from its column."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
