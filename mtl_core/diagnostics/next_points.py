"""Which weightings to train next: where a front can still win most."""

from collections.abc import Sequence
from itertools import pairwise

import moocore
import numpy as np
import pandas as pd
from scipy.spatial import Delaunay

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.front import front
from mtl_core.diagnostics.scores import Scores, headlines, signed_headlines, signs
from mtl_core.diagnostics.subsets import strategies_of
from mtl_core.records import Layout
from mtl_core.spec.plan import point_label

NEAREST = 0.01
"""A weighting as near as this to one that was trained, in its largest weight, is not proposed."""


def next_points(layout: Layout, scores: Scores, count: int = 1, strategy: str | None = None) -> pd.DataFrame:
    """The weightings between which the front of a map has most to win, on validation.

    Metrics are taken as means over seeds, larger is better, in parts of their range over the map, so that 1 is the whole plane.

    *Two tasks.* Between neighbours a, b on the front lies at most ``(f1_b - f1_a)(f2_a - f2_b)``, the rectangle that a point
    beyond both would win. The largest is taken; the next weighting is the normal of their chord, ``w1 / w2 = (f2_a - f2_b) /
    (f1_b - f1_a)``, where that lies between theirs, and else the middle: weights multiply losses and a front is of metrics.
    *Three tasks.* Of the triangles between trained points of the simplex (Delaunay) the one with the largest area of its image
    times its longest side is divided at its centre. A point that is in no task beyond its corners wins at most what their
    largest values together would add to the hypervolume.

    Args:
        layout: what the records' axes mean.
        scores: what the runs reached; validation alone is looked at.
        count: how many.
        strategy: whose map, as runs call it; None for ``hard`` or else the first.

    Returns:
        ``weights, bound, left, error, between``: the weightings, the best first; what they can win at most in parts of the
        plane, or of the cube of three tasks; the most that any that could be proposed can win; the standard error of what the
        front covers, over seeds: with ``left`` below it there is nothing to be seen that could be won, so one may stop (NaN
        with one seed); and the labels of the trained ones about them. Empty with too few trained points or other than two or
        three tasks.

    Source: the non-inferior set estimation method, Cohon, Church & Sheer 1979 (Water Resources Research), for two tasks.
    """
    tasks = len(layout.tasks)
    points, each = _map(layout, scores, strategy) if tasks in (2, 3) else (np.zeros((0, tasks)), np.zeros((0, 1, tasks)))
    values = each.mean(axis=1)
    rows = [] if len(points) < tasks else (_between if tasks == 2 else _within)(points, values)
    kept: list[tuple[list[float], float, str]] = []
    for point, score, about in sorted(rows, key=lambda row: -row[1]):
        others = np.array([*points.tolist(), *(found for found, *_ in kept)])
        bound = score if tasks == 2 else _to_win(values, about)
        if score > 0 and np.abs(others - point).max(axis=1).min() > NEAREST:
            kept.append((on_simplex(point), bound, ", ".join(point_label(tuple(points[place])) for place in about)))
    chosen = kept[:count]
    return pd.DataFrame(
        {
            "weights": pd.Series([tuple(point) for point, *_ in chosen], dtype=object),
            "bound": np.array([bound for _, bound, _ in chosen], dtype=np.float64),
            "left": np.full(len(chosen), max((bound for _, bound, _ in kept), default=np.nan)),
            "error": np.full(len(chosen), _error(each, layout.shared) if chosen else np.nan),
            "between": pd.Series([text for *_, text in chosen], dtype="str"),
        }
    )


def _error(each: Array, shared: float) -> float:
    """The standard error of the hypervolume of N points over S seeds ``(N, S, T)``; ``shared`` as for intervals."""
    covered = [_covered(points) for points in each.transpose(1, 0, 2)]
    return float(np.std(covered, ddof=1) * (1 / len(covered) + shared) ** 0.5) if len(covered) > 1 else np.nan


def _to_win(values: Array, about: Sequence[int]) -> float:
    """What a point as good as the best of some of N points ``(N, T)`` in every task would add to their hypervolume."""
    return _covered(np.concatenate([values, values[list(about)].max(axis=0, keepdims=True)])) - _covered(values)


def _covered(points: Array) -> float:
    return float(moocore.hypervolume(np.maximum(points, 0), ref=0.0, maximise=True))


_Row = tuple[Array, float, Sequence[int]]


def _map(layout: Layout, scores: Scores, strategy: str | None) -> tuple[Array, Array]:
    """The N trained weightings ``(N, T)`` of a strategy and their headline metrics ``(N, S, T)`` in parts of their range; the
    corners are the tasks alone, whose other tasks know as much as chance does, or the worst of the map."""
    known = strategies_of(layout)
    chosen = strategy or ("hard" if "hard" in known else next(iter(known), "hard"))
    signed = signed_headlines(layout, scores.validation)  # (R, T)
    signed[scores.last < scores.last.max(initial=-1)] = np.nan  # left out at a rung, or still on its way
    of: dict[tuple[float, ...], list[int]] = {}
    for run in layout.runs:
        if run.weights is not None and run.label == run.family and (run.role == "baseline" or run.strategy == chosen):
            of.setdefault(run.weights, []).append(run.index)
    points = np.array(list(of), dtype=np.float64).reshape(-1, len(layout.tasks))
    if not len(points):
        return points, np.zeros((0, 1, len(layout.tasks)))
    each = np.array([signed[runs] for runs in of.values()]).reshape(len(points), -1, len(layout.tasks))
    means = each.mean(axis=1)
    if np.isnan(means).all(axis=0).any():
        return points[:0], each[:0]
    heads, signed_chance = headlines(layout), signs(layout) * scores.chance
    chance = signed_chance[np.arange(len(heads)), heads]
    each = np.where(((points == 0) & np.isnan(means))[:, None], np.fmin(chance, np.nanmin(means, axis=0)), each)
    whole = ~np.isnan(each).any(axis=(1, 2))
    points, each, means = points[whole], each[whole], each[whole].mean(axis=1)
    low, high = means.min(axis=0), means.max(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return points, np.where(high > low, (each - low) / (high - low), 0)


def _between(points: Array, values: Array) -> list[_Row]:
    """The rectangles between neighbours on the front of two tasks."""
    on = np.flatnonzero(front(values))
    on = on[np.argsort(values[on, 0], kind="stable")]
    rows: list[_Row] = []
    for a, b in pairwise(on.tolist()):
        gain = values[b, 0] - values[a, 0], values[a, 1] - values[b, 1]
        normal = gain[1] / sum(gain) if sum(gain) > 0 else np.nan  # w1 of the chord's normal
        low, high = sorted((points[a, 0], points[b, 0]))
        first = normal if low + NEAREST < normal < high - NEAREST else (low + high) / 2
        rows.append((np.array([first, 1 - first]), float(gain[0] * gain[1]), (a, b)))
    return rows


def _within(points: Array, values: Array) -> list[_Row]:
    """The triangles between points of the simplex of three tasks."""
    if len(points) < 4:
        return [(points.mean(axis=0), 1.0, tuple(range(len(points))))]
    rows: list[_Row] = []
    for corners in Delaunay(points[:, :2]).simplices.tolist():
        image, own = values[corners], points[corners]
        area = float(np.linalg.norm(np.cross(image[1] - image[0], image[2] - image[0]))) / 2
        side = max(float(np.linalg.norm(own[a] - own[b])) for a, b in ((0, 1), (0, 2), (1, 2)))
        rows.append((own.mean(axis=0), area * side, corners))
    return rows


def on_simplex(point: Array) -> list[float]:
    """The point with four digits that sum to one."""
    rounded = [round(float(value), 4) for value in point]
    rounded[-1] = round(1 - sum(rounded[:-1]), 4)
    return rounded
