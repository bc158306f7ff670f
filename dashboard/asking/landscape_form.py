"""What the Landscape page asks for: the first walk, starts as text, and where pictures come from. No Streamlit, no torch."""

import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from safetensors.numpy import load

from dashboard.reading import jobs, requests
from mtl_core.errors import SeesawError, SpecError, shown
from mtl_core.spec import METHODS
from mtl_core.spec.landscapes import FORMAT, PROBLEMS, ProblemEntry, Setting, Walk

METHODS_AT_FIRST = ("equal", "pcgrad", "cagrad", "nash_mtl")
"""The methods that a newcomer sees."""

MOST_METHODS, MOST_STARTS = 8, 12
"""More than these nobody can tell apart in one picture."""

STEPS = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
RATES = (1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2)
SCALES = (0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

DRAWING = 3.0
"""Seconds that a newcomer's browser needs to draw the first study."""

PAPER = "paper"
"""In a text of starts: those of the problem's first setting."""

Arrays = dict[str, np.ndarray[Any, Any]]


def quick(entry: ProblemEntry) -> Setting:
    """The setting that the page opens with: short enough to wait for."""
    return entry.settings[-1]


def first_walk(problem: str = next(iter(PROBLEMS))) -> Walk:
    """What a visitor sees who has chosen at most a landscape."""
    setting = quick(PROBLEMS[problem])
    return Walk(
        problem, METHODS_AT_FIRST, setting.starts, setting.scale, setting.steps, setting.learning_rate, setting.optimizer
    )


def selectable() -> list[str]:
    """The methods that can be listed."""
    return [name for name, entry in METHODS.items() if entry.selectable]


def picture(walk: Walk, tell: Callable[[float], None] | None = None) -> Arrays:
    """The picture of a walk; see ``mtl_core.landscapes.picture``.

    Raises:
        WorkerError: it could not be made; the message says why.
        StoreError: the store cannot be used.
    """
    return load(requests.answer("walk", asked_for(walk), tell))


def is_known(walk: Walk) -> bool:
    """Whether the picture is there without computing."""
    return requests.known("walk", asked_for(walk))


def asked_for(walk: Walk) -> dict[str, Any]:
    """What a worker is asked for the picture of a walk."""
    # The format says what a walk and its picture mean: another one is another question.
    return {"format": FORMAT, "walk": walk.to_dict()}


def prepare() -> None:
    """Have the first picture made in the background, unless it is known; the page that shows it says what goes wrong."""

    def make() -> None:
        # The first study comes first, and then its picture: both at once would keep a newcomer waiting twice as long.
        jobs.await_first_study(15)
        time.sleep(DRAWING)
        with suppress(SeesawError):
            picture(first_walk())

    threading.Thread(target=make, name="landscape", daemon=True).start()


def write_starts(starts: Sequence[Sequence[float]]) -> str:
    """Starts as text; those with more numbers than a person types are called by their name.

    >>> write_starts([(-8.5, 7.5), (0.0, 0.0)])
    '-8.5, 7.5; 0, 0'
    """
    if any(len(start) > 2 for start in starts):
        return PAPER
    return "; ".join(", ".join(f"{number:g}" for number in start) for start in starts)


def read_starts(text: str, entry: ProblemEntry) -> tuple[tuple[float, ...], ...]:
    """The starts that a text means: two numbers each, semicolons between; ``paper`` for those of the paper.

    Raises:
        SpecError: something else, or too many.
    """
    starts: list[tuple[float, ...]] = []
    for part in (part.strip() for part in text.split(";")):
        if part == PAPER:
            starts += entry.settings[0].starts
        elif part:
            numbers = [number for number in re.split(r"[,\s()]+", part) if number]
            try:
                point = tuple(float(number) for number in numbers)
            except ValueError:
                point = ()
            if len(point) != 2 or not all(abs(number) <= 1000 for number in point):
                raise SpecError(f"a start must be two numbers within 1000 of zero, such as 1.5, -2, found {shown(part)}.")
            starts.append(point)
    starts = list(dict.fromkeys(starts))
    if len(starts) > MOST_STARTS:
        raise SpecError(f"there can be at most {MOST_STARTS} starts, found {len(starts)}; take some away.")
    return tuple(starts)


def snippet(walk: Walk) -> str:
    """The lines of Python that walk again."""
    methods = [method.to_dict() if METHODS[method.name].changed(method.options) else method.name for method in walk.methods]
    usual = PROBLEMS[walk.problem].settings[0].starts
    starts = "None" if walk.starts == usual else repr([tuple(start) for start in walk.starts])
    return (
        "import mtl_core as mtl\n\n"
        "table = mtl.landscapes.trajectories(\n"
        f"    {walk.problem!r}, {methods!r}, {starts},\n"
        f"    scale={walk.scale!r}, steps={walk.steps!r}, learning_rate={walk.learning_rate!r}, "
        f"optimizer={walk.optimizer.name!r},\n)\n"
    )
