"""How long those in the queue will wait, from what is trained and what waits before them."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from math import inf
from typing import Protocol

from mtl_core.diagnostics.cost import Measured, estimate
from mtl_core.errors import SeesawError

STEADY = 1.0
"""Seconds of training after which what a study took so far tells what it still needs; its first steps are slower."""


class Standing(Measured, Protocol):
    """What is read of a study that waits or trains."""

    @property
    def id(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def owner(self) -> str: ...
    @property
    def position(self) -> int | None: ...


@dataclass(frozen=True)
class Wait:
    """How long a queued study will wait.

    Args:
        before: how many studies are before it: those that are trained and those that wait; none where a worker is free for it.
        seconds: until it is begun; None where nobody can tell: no worker reports, or nothing was ever measured.
        again: whether its owner has another study before it, so that whoever has none goes first.
    """

    before: int
    seconds: float | None
    again: bool


def waits(studies: Sequence[Standing], workers: int) -> Mapping[str, Wait]:
    """How long each queued study will wait, by id.

    The worker that is free next takes the next one in the queue: the times at which workers become free are a heap, from which
    each study takes the least, t, and puts back t + what it still needs. A worker whose study rests is free for another.

    Args:
        studies: all of a store, the newest first.
        workers: how many report.
    """
    queue = sorted((each for each in studies if each.state == "queued"), key=lambda each: each.position or 0)
    held = [each for each in studies if each.state == "running"]
    if not queue:
        return {}
    count = max(workers, len(held))
    free = list(chain((_left(each, studies) for each in held), repeat(0.0, count - len(held)))) or [inf]
    heapq.heapify(free)
    mine, found = [each.owner for each in held], {}
    for place, study in enumerate(queue):
        at = heapq.heappop(free)
        heapq.heappush(free, at + _left(study, studies))
        before = len(held) + place if len(held) + place >= count else 0
        found[study.id] = Wait(before, at if at < inf else None, bool(study.owner) and study.owner in mine)
        mine.append(study.owner)
    return found


def _left(study: Standing, history: Sequence[Standing]) -> float:
    """Seconds that a study still needs: judged by its own steps once it has some, else by what others took."""
    if study.total and study.step and study.seconds and study.seconds >= STEADY:
        return study.seconds / study.step * (study.total - study.step)
    try:
        needed = estimate(study.study, history).seconds
    except SeesawError:  # its table or method is gone: it will fail at once
        return 0.0
    return inf if needed is None else max(0.0, needed - (study.seconds or 0.0))
