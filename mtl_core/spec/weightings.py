"""The fixed weightings that a study trains: a regular grid or scattered points of the simplex, sets of tasks, or one's own."""

import re
from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from mtl_core.errors import SpecError, shown
from mtl_core.spec.option import SIMPLEX_TOLERANCE, Option, simplex_point

MAP_POINTS = 11
"""Points a side of the map of weightings that a study of two or three tasks gets when it does not say."""


SUBSETS, PAIRS = "subsets", "pairs"
"""All sets of two and more tasks, those of two, and as ``subsets:3`` all up to so many: each learned together by a network."""

SCATTERED = "scattered"
"""As ``scattered:32`` so many points that fill the simplex evenly, where a grid of many tasks would be too large."""

MOST_SCATTERED = 500

Point = tuple[float, ...]

_EXPECTED = "a number of points a side, a list of weightings, 'subsets', 'pairs' or 'subsets:3', or 'scattered:32'"


def check_weights(given: Any, tasks: int) -> int | str | tuple[Point, ...]:
    """Points a side of the regular grid, sets of tasks by their name, or the points themselves, in canonical form.

    Raises:
        SpecError: none of these, or a point that is off the simplex or has not one number a task.
    """
    if given is None:
        return MAP_POINTS if tasks <= 3 else ()
    if isinstance(given, int) and not isinstance(given, bool):
        points = int(Option("weights", "integer", 0, "", 0, 101, unit="points a side").check(given))
        return max(points, 2) if points else ()
    if isinstance(given, str):
        check_named(given)
        return given.strip() if is_scattered(given) else _sets_name(_largest(given), tasks)
    if not isinstance(given, (list, tuple)):
        raise SpecError(f"weights must be {_EXPECTED}, found {shown(given)}.")
    return tuple(_check_point(point, tasks) for point in given)


def _check_point(point: Any, tasks: int) -> tuple[float, ...]:
    number, share = Option("weights", "number", 0, ""), Option("weights", "number", 0, "", 0, 1)
    if not isinstance(point, (list, tuple)) or len(point) != tasks:
        raise SpecError(f"a weighting must have {tasks} numbers, one for each task, found {shown(point)}.")
    # A number beyond one is of a weighting that is still to be divided by its sum; one below zero is of none.
    values = [number.check(value) for value in point]
    values = [value if value > 1 else share.check(value) for value in values]
    if abs(sum(values) - 1) > SIMPLEX_TOLERANCE:
        meant = f", such as {shown([round(value / sum(values), 4) for value in values])}" if sum(values) > 0 else ""
        raise SpecError(
            f"weights must be on the simplex (each 0 to 1, sum 1), found {shown(point)} with sum {sum(values):g}; divide by "
            f"the sum{meant}."
        )
    return simplex_point(tuple(values))


def check_refined(given: Any, tasks: int) -> tuple[tuple[Point, ...], ...]:
    """Rounds of weightings that were added after results had been looked at, in canonical form.

    Raises:
        SpecError: no list of lists of weightings, an empty round, or a point as ``check_weights`` refuses it.
    """
    if not isinstance(given, (list, tuple)) or any(not isinstance(each, (list, tuple)) or not each for each in given):
        raise SpecError(f"refined must be a list of rounds, each a list of weightings, found {shown(given)}.")
    return tuple(tuple(_check_point(point, tasks) for point in each) for each in given)


def check_named(text: str) -> str:
    """The name of sets of tasks or of scattered points, of however many tasks.

    Raises:
        SpecError: it is none.
    """
    if is_scattered(text):
        _scattered_count(text)
    else:
        _largest(text)
    return text.strip()


def named_points(weights: str, tasks: int) -> list[Point]:
    """The points that a name stands for."""
    if is_scattered(weights):
        return scattered(_scattered_count(weights), tasks)
    return [set_point(members, tasks) for members in task_sets(weights, tasks)]


def named_count(weights: str, tasks: int) -> int:
    """How many they are, counted without listing them."""
    return _scattered_count(weights) if is_scattered(weights) else set_count(weights, tasks)


def is_scattered(weights: Any) -> bool:
    """Whether a name is one of scattered points."""
    return isinstance(weights, str) and weights.strip().startswith(SCATTERED)


def is_sets(weights: Any) -> bool:
    """Whether a study's weights name sets of tasks."""
    return isinstance(weights, str) and not is_scattered(weights)


def scattered(count: int, tasks: int) -> list[Point]:
    """Points that fill the simplex evenly: the spacings of a Sobol point of the cube, put in order, are uniform on it.

    The first of the sequence, which is a corner, is left out; the same points whatever the machine or version.

    Source: Sobol 1967; Devroye 1986 (Non-Uniform Random Variate Generation, chapter V.2) for the spacings.
    """
    from scipy.stats import qmc  # which takes a while to load

    drawn = qmc.Sobol(tasks - 1, scramble=False).random_base2((count + 1).bit_length())[1 : count + 1]
    edges = np.concatenate([np.zeros((count, 1)), np.sort(drawn, axis=1), np.ones((count, 1))], axis=1)
    return [simplex_point(tuple(point)) for point in np.diff(edges, axis=1).tolist()]


def _scattered_count(text: str) -> int:
    match = re.fullmatch(rf"{SCATTERED}:([0-9]{{1,6}})", text.strip())
    if match is None:
        raise SpecError(f"weights must be {_EXPECTED}, found {shown(text)}.")
    return int(Option("weights", "integer", 0, "", 1, MOST_SCATTERED, unit="scattered points").check(int(match[1])))


def task_sets(weights: str, tasks: int) -> list[tuple[int, ...]]:
    """The sets of two and more of so many tasks that ``weights`` names, small ones first.

    >>> task_sets("subsets", 3), task_sets("pairs", 3)
    ([(0, 1), (0, 2), (1, 2), (0, 1, 2)], [(0, 1), (0, 2), (1, 2)])
    """
    return [
        members for size in range(2, min(_largest(weights) or tasks, tasks) + 1) for members in combinations(range(tasks), size)
    ]


def set_count(weights: str, tasks: int) -> int:
    """How many ``task_sets`` there are, counted without listing them."""
    return sum(comb(tasks, size) for size in range(2, min(_largest(weights) or tasks, tasks) + 1))


def set_point(members: Sequence[int], tasks: int) -> Point:
    """A set as a point of the simplex: equal weights on its members, as the grid writes them, and none elsewhere.

    >>> set_point((0, 2), 3)
    (0.5, 0.0, 0.5)
    """
    return tuple(round(1 / len(members), 6) if task in members else 0.0 for task in range(tasks))


def members_of(point: Sequence[float]) -> tuple[int, ...] | None:
    """The set that a point of the simplex stands for; None for one whose weights are not equal.

    >>> members_of((0.5, 0.0, 0.5)), members_of((0.3, 0.7, 0.0))
    ((0, 2), None)
    """
    found = tuple(task for task, weight in enumerate(point) if weight > 0)
    return found if found and tuple(point) == set_point(found, len(point)) else None


def set_label(names: Sequence[str]) -> str:
    """How a set of tasks is called.

    >>> set_label(["size", "shape"])
    '{size, shape}'
    """
    return f"{{{', '.join(names)}}}"


def _largest(text: str) -> int | None:
    """The size up to which there are sets; None for all."""
    match = re.fullmatch(rf"{SUBSETS}(?::([0-9]{{1,3}}))?|{PAIRS}", text.strip())
    if match is None:
        raise SpecError(f"weights must be {_EXPECTED}, found {shown(text)}.")
    size = 2 if match[0] == PAIRS else int(match[1]) if match[1] else None
    if size is not None and size < 2:
        raise SpecError(f"sets of tasks must go up to two or more, found {shown(text)}; a task alone is trained in any study.")
    return size


def _sets_name(size: int | None, tasks: int) -> str:
    return SUBSETS if size is None or size >= tasks else PAIRS if size == 2 else f"{SUBSETS}:{size}"
