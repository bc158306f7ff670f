"""Paths on the simplex: weights that change with time, as rows that each hold for an equal share of a run's steps."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtl_core.errors import SpecError, shown, some_of

if TYPE_CHECKING:
    from mtl_core.spec.choice import Choice
    from mtl_core.spec.study import Study

JOINING, SEQUENTIAL, ALTERNATING = "joining", "sequential", "alternating"
"""Tasks join one after another, in their order; come one after another, each alone; or take turns, a step each."""

WAYS = (JOINING, SEQUENTIAL, ALTERNATING)
"""Paths by name, which follow from the number of tasks."""

Way = str | Sequence[Sequence[float]]
"""A name of ``WAYS``, or the rows themselves."""


def path_rows(way: Way, tasks: int) -> tuple[tuple[float, ...], ...]:
    """The weights that a path goes through, a row a phase, a number a task.

    >>> path_rows("joining", 3)[:2], path_rows("sequential", 2)
    (((1.0, 0.0, 0.0), (0.5, 0.5, 0.0)), ((1.0, 0.0), (0.0, 1.0)))

    Raises:
        SpecError: rows of another number of weights.
    """
    if not isinstance(way, str):
        for place, row in enumerate(way, 1):
            if len(row) != tasks:
                raise SpecError(
                    f"row {place} of a path must have {tasks} weights, one for each task, found {len(row)}: {shown(list(row))}."
                )
        return tuple(tuple(row) for row in way)
    if way == JOINING:
        return tuple(tuple(1 / count if task < count else 0.0 for task in range(tasks)) for count in range(1, tasks + 1))
    return tuple(tuple(float(task == own) for task in range(tasks)) for own in range(tasks))


def row_ends(way: Way, rows: int, steps: int) -> tuple[int, ...]:
    """The steps at which a path leaves a row for the next; none for one that turns at every step."""
    return () if way == ALTERNATING else tuple(steps * place // rows for place in range(1, rows))


def row_at(way: Way, rows: int, step: int, steps: int) -> int:
    """The row, from 0, whose weights count at a step."""
    return step % rows if way == ALTERNATING else bisect_right(row_ends(way, rows, steps), step)


def check_rows(way: Way, tasks: Sequence[str], where: str) -> None:
    """Whether a path is one of these tasks.

    Raises:
        SpecError: rows of another number of weights, or a task that has none in any.
    """
    rows = path_rows(way, len(tasks))
    if unseen := [task for task, weights in zip(tasks, zip(*rows, strict=True), strict=True) if not any(weights)]:
        raise SpecError(
            f"every task must have weight in some row of {where}, found none for {some_of(unseen)}; give it some, or leave "
            "the task out."
        )


def paths(study: "Study") -> tuple["Choice", ...]:
    """The paths among a study's methods."""
    return tuple(method for method in study.methods if method.name == "path")


def ends_of(method: "Choice", tasks: int, steps: int) -> tuple[int, ...]:
    """The steps at which a method goes from one row of weights to the next; none where it has no such rows."""
    if method.name != "path":
        return ()
    way = method.options["way"]
    return row_ends(way, len(path_rows(way, tasks)), steps)


def path_ends(study: "Study") -> tuple[int, ...]:
    """The same of all paths of a study, in order."""
    return tuple(sorted({end for method in paths(study) for end in ends_of(method, len(study.tasks), study.steps)}))


def check_paths(study: "Study") -> None:
    """Whether a study's paths go with the rest of it.

    Raises:
        SpecError: more rows than steps, or phases besides.
    """
    for method in paths(study):
        rows = len(path_rows(method.options["way"], len(study.tasks)))
        if rows > study.steps:
            raise SpecError(
                f"a path must have no more rows than a run has steps, found {rows} rows and {study.steps} steps; choose more "
                "steps or fewer rows."
            )
        if study.phases:
            raise SpecError(
                "phases and the method 'path' both say when a task is learned, found both; leave the phases or the path out."
            )
