"""How good a front is: how much of the plane it covers, how near the best known it lies, how far it reaches, where it bends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import moocore
import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, names
from mtl_core.diagnostics.front import front
from mtl_core.diagnostics.intervals import interval

KINDS = ("strategy", "one model", "method")
"""Whose a front is: all weightings and methods of a sharing strategy; one model asked for many weightings; a method alone."""

MEASURES = ("hypervolume", "igd_plus", "epsilon", "span", "gap", "size", "knee")
"""What is measured of a front, see ``measured``."""

PER_TASK = ("span", "gap")
"""What is measured in each task."""

MOST_TASKS = 4
"""Of more tasks there is no hypervolume: a product of many numbers tells of the worst of them and little else."""


@dataclass(frozen=True)
class Points:
    """What a front is made of.

    Args:
        name: the strategy's, or the label.
        kind: one of ``KINDS``.
        strategy: the sharing strategy.
        labels: ``P`` names of points: labels of runs, or the weightings that one model was asked for.
        values: ``(S, P, U)`` on the scale of ``front_scale``; NaN where a run diverged and in seeds that do not count.
        diverged: seeds in which a run of it diverged.
    """

    name: str
    kind: str
    strategy: str
    labels: tuple[str, ...]
    values: Array
    diverged: int


def hypervolume(points: Array) -> float:
    """The volume that points dominate above 0 in every task: 1 is as good as all tasks alone at once.

    Args:
        points: ``(P, U)``, larger is better.

    Source: Zitzler and Thiele 1998; worked out by moocore.
    """
    return float(moocore.hypervolume(points, ref=0.0, maximise=True))


def igd_plus(points: Array, reference: Array) -> float:
    """``mean_z min_a |max(z - a, 0)|``: how far the reference is ahead of the points on average; 0 is best.

    Args:
        points: ``(P, U)``, larger is better.
        reference: ``(Z, U)``.

    Source: Ishibuchi et al. 2015; worked out by moocore.
    """
    return float(moocore.igd_plus(points, ref=reference, maximise=True))


def epsilon(points: Array, reference: Array) -> float:
    """``max_z min_a max_t (z_t - a_t)``: what every point would have to gain in every task for none of the reference to be
    better than all of them; 0 is best.

    Args:
        points, reference: as for ``igd_plus``.

    Source: Zitzler et al. 2003; worked out by moocore.
    """
    return float(moocore.epsilon_additive(points, ref=reference, maximise=True))


def largest_gap(points: Array) -> Array:
    """``(U,)`` the largest step from one point of ``(P, U)`` to the next in each task; 0 for a single point."""
    if len(points) < 2:
        return np.zeros(points.shape[1])
    return np.asarray(np.diff(np.sort(points, axis=0), axis=0).max(axis=0))


def knee(points: Array) -> int | None:
    """The point that lies farthest beyond the line (the plane, with three tasks) through the ends of a front.

    An end is the best point of a task, the first of equals.

    Args:
        points: ``(P, U)`` a front, larger is better.

    Returns:
        Its place; None where ends coincide or the line does not fall towards every task, and where no point lies beyond it.

    Source: Das 1999, normal-boundary intersection.
    """
    ends = points.argmax(axis=0)
    if len(set(ends.tolist())) < points.shape[1]:
        return None
    try:
        normal = np.linalg.solve(points[ends], np.ones(points.shape[1]))  # normal . end = 1 at every end
    except np.linalg.LinAlgError:
        return None
    beyond = points @ normal - 1
    beyond[ends] = 0
    best = int(beyond.argmax())
    return best if (normal > 0).all() and beyond[best] > 1e-9 else None


def measured(found: Sequence[Points], tasks: Sequence[str], confidence: float) -> pd.DataFrame:
    """Every front in numbers: one front a seed, never one of all seeds together, then the mean with its interval over seeds.

    Args:
        found: the fronts.
        tasks: the U tasks that are measured.
        confidence: of the intervals.

    Returns:
        ``front, kind, strategy, measure, task, label, n, mean, low, high, points, diverged``:

        - ``hypervolume``: see there; never to be read without ``span``, for one point in the middle may have more than a whole
          front. NaN with more tasks than ``MOST_TASKS``;
        - ``igd_plus``, ``epsilon``: how far behind what all the fronts of the seed have reached together, see there;
        - ``span``, ``gap``: in a ``task``, from the front's worst to its best, and the largest step between neighbours;
        - ``size``: how many of the ``points`` are on the front;
        - ``knee``: ``mean`` is the share of seeds whose knee is the ``label``'s, that of most seeds; missing if none has one.

        ``n`` counts seeds, ``diverged`` those in which a run of the front diverged: its front then lacks a point.
    """
    told = [each for points, seeds in zip(found, _fronts(found), strict=True) for each in _told(points, seeds, tasks)]
    numbers = np.array([numbers for _, _, _, _, numbers in told], dtype=np.float64)
    numbers = numbers.reshape(len(told), -1 if told else 0)  # a study of single tasks has no front
    over = interval(numbers.T, confidence=confidence)  # (S, rows) -> (rows,)
    knees = np.array([measure == "knee" for _, measure, *_ in told], dtype=np.bool_)  # a share of seeds has no such interval
    table: dict[str, Any] = {"front": [points.name for points, *_ in told], "kind": [points.kind for points, *_ in told]}
    table |= {"strategy": [points.strategy for points, *_ in told], "measure": [measure for _, measure, *_ in told]}
    table |= {"task": [task for _, _, task, *_ in told], "label": [label for _, _, _, label, _ in told], "n": over.n}
    table |= {"mean": over.mean, "low": np.where(knees, np.nan, over.low), "high": np.where(knees, np.nan, over.high)}
    table |= {"points": [len(points.labels) for points, *_ in told], "diverged": [points.diverged for points, *_ in told]}
    types: dict[str, Any] = {"front": "str", "kind": names(KINDS), "strategy": names(each.strategy for each in found)}
    types |= {"measure": names(MEASURES), "task": names(tasks), "label": "str", "n": np.int64}
    types |= dict.fromkeys(("mean", "low", "high"), np.float64) | dict.fromkeys(("points", "diverged"), np.int64)
    return pd.DataFrame(table).astype(types)


@dataclass(frozen=True)
class _Front:
    """The front of one seed: the places ``(F,)`` of its points, their values ``(F, U)``, and the reference ``(Z, U)``."""

    places: Array
    values: Array
    reference: Array


def _fronts(found: Sequence[Points]) -> list[list[_Front | None]]:
    """Of each of the fronts that of every seed, None where it has none. The reference is what no point of the seed beats."""
    every: list[list[_Front | None]] = [[None] * len(each.values) for each in found]
    if not found or not found[0].values.shape[2]:
        return every
    whole = np.concatenate([each.values for each in found], axis=1)  # (S, all points, U)
    for seed, together in enumerate(whole):
        reference = np.unique(together[front(together)], axis=0)  # a method is a point of its own front and of its strategy's
        for mine, each in zip(every, found, strict=True):
            places = np.flatnonzero(front(each.values[seed]))
            if len(places):
                mine[seed] = _Front(places, each.values[seed, places], reference)
    return every


def _told(
    points: Points, seeds: Sequence[_Front | None], tasks: Sequence[str]
) -> Iterator[tuple[Points, str, str | None, str | None, list[float]]]:
    """Of a front each measure, its task and its label, and the ``S`` numbers of the seeds; NaN where there is none."""

    def of(measure: Callable[[_Front], float]) -> list[float]:
        return [np.nan if one is None else measure(one) for one in seeds]

    many = len(tasks) > MOST_TASKS
    yield points, "hypervolume", None, None, of(lambda one: np.nan if many else hypervolume(one.values))
    yield points, "igd_plus", None, None, of(lambda one: igd_plus(one.values, one.reference))
    yield points, "epsilon", None, None, of(lambda one: epsilon(one.values, one.reference))
    for place, task in enumerate(tasks):
        own = [None if one is None else one.values[:, place : place + 1] for one in seeds]
        yield points, "span", task, None, [np.nan if each is None else float(np.ptp(each)) for each in own]
        yield points, "gap", task, None, [np.nan if each is None else float(largest_gap(each)[0]) for each in own]
    yield points, "size", None, None, of(lambda one: len(one.places))
    found = [None if one is None or (bend := knee(one.values)) is None else int(one.places[bend]) for one in seeds]
    known = [place for place in found if place is not None]
    best = max(sorted(set(known)), key=known.count, default=None)  # the first of equals
    label = None if best is None else points.labels[best]
    yield points, "knee", None, label, of(lambda _one: np.nan) if best is None else _shares(found, best, seeds)


def _shares(found: Sequence[int | None], best: int, seeds: Sequence[_Front | None]) -> list[float]:
    """Of each seed 1 if its knee is the best known, 0 if it is another or none; NaN where it has no front."""
    return [np.nan if one is None else float(bend == best) for bend, one in zip(found, seeds, strict=True)]
