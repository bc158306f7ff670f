"""The fixed weightings that a study trains: a regular grid on the simplex, or points of one's own."""

from typing import Any

from mtl_core.errors import SpecError, shown
from mtl_core.spec.option import SIMPLEX_TOLERANCE, Option, simplex_point

MAP_POINTS = 11
"""Points a side of the map of weightings that a study of two or three tasks gets when it does not say."""


def check_weights(given: Any, tasks: int) -> int | tuple[tuple[float, ...], ...]:
    """Points a side of the regular grid, or the points themselves, in canonical form.

    Raises:
        SpecError: neither, or a point that is off the simplex or has not one number a task.
    """
    if given is None:
        return MAP_POINTS if tasks <= 3 else ()
    if isinstance(given, int) and not isinstance(given, bool):
        points = int(Option("weights", "integer", 0, "", 0, 101, unit="points a side").check(given))
        return max(points, 2) if points else ()
    if not isinstance(given, (list, tuple)):
        raise SpecError(f"weights must be a number of points a side or a list of weightings, found {shown(given)}.")
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
