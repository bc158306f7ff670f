"""What is measured of a front, beside brute force and beside fronts whose measures are known."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from mtl_core.diagnostics.front_measures import Points, epsilon, hypervolume, igd_plus, knee, largest_gap, measured

GRID = 4
_tasks = some.shared(some.integers(2, 3), key="tasks")


def _points() -> some.SearchStrategy[np.ndarray]:
    """Few points on a coarse grid, below the reference too, so that ties are common."""
    shape = some.tuples(some.integers(1, 5), _tasks)
    return shape.flatmap(lambda size: arrays(np.float64, size, elements=some.integers(-1, GRID).map(lambda k: k / GRID)))


@settings(max_examples=30)
@given(_points())
def test_hypervolume_is_the_share_of_cells_below_some_point(points: np.ndarray) -> None:
    middles = [(k + 0.5) / GRID for k in range(GRID)]
    inside = sum(any((point >= cell).all() for point in points) for cell in product(middles, repeat=points.shape[1]))
    assert hypervolume(points) == pytest.approx(inside / GRID ** points.shape[1])


@settings(max_examples=30)
@given(_points(), _points())
def test_distances_to_the_reference_are_what_comparing_every_pair_finds(points: np.ndarray, reference: np.ndarray) -> None:
    ahead = reference[:, None] - points  # (Z, P, U)
    far = np.sqrt((np.maximum(ahead, 0) ** 2).sum(axis=2)).min(axis=1).mean()
    assert igd_plus(points, reference) == pytest.approx(far)
    assert epsilon(points, reference) == pytest.approx(ahead.max(axis=2).min(axis=1).max())


def test_planted_values() -> None:
    corner, stairs = np.array([[1.0, 1.0]]), np.array([[0.5, 1.0], [1.0, 0.5]])
    assert hypervolume(corner) == 1, "as good as all tasks alone at once"
    assert hypervolume(stairs) == 0.75
    assert hypervolume(np.array([[1.5, 1.0]])) == 1.5, "beyond 1 with a gain over alone"
    assert igd_plus(stairs, corner) == epsilon(stairs, corner) == 0.5
    assert igd_plus(corner, stairs) == 0
    assert epsilon(corner, stairs) == 0, "0.5 too far in one task is made good by none in the other"
    assert largest_gap(np.array([[0, 1], [0.2, 0.9], [1.0, 0.0]])).tolist() == pytest.approx([0.8, 0.9])
    assert largest_gap(corner).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("points", "place"),
    [
        ([[0, 1], [0.6, 0.9], [0.9, 0.8], [1, 0]], 2),
        ([[0, 1], [0.5, 0.6], [1, 0]], 1),
        ([[0, 1], [0.5, 0.4], [1, 0]], None),  # bends the other way
        ([[0, 1], [0.5, 0.5], [1, 0]], None),
        ([[0, 1], [1, 0]], None),
        ([[0.7, 0.7]], None),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, 0.3, 0.3], [0.5, 0.5, 0.5]], 4),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, 0.3, 0.3]], None),
        ([[1, 0.5, 0], [0.5, 1, 0]], None),  # three tasks and two ends
        ([[0, 0], [0, 0]], None),
    ],
)
def test_the_knee_is_farthest_beyond_the_line_through_the_ends(points: list[list[float]], place: int | None) -> None:
    assert knee(np.array(points, dtype=np.float64)) == place


def test_every_seed_has_its_own_front_and_what_diverged_is_no_point() -> None:
    bend = [[1.0, 0.2], [0.8, 0.8], [0.2, 1.0], [0.1, 0.1]]
    flat = [[1.0, 0.2], [0.5, 0.5], [0.2, 1.0], [np.nan, np.nan]]
    values = np.array([bend, bend, flat, np.full((4, 2), np.nan)])  # the last seed does not count
    front = Points("hard", "strategy", "hard", ("a", "b", "c", "d"), values, 1)
    point = Points("b", "method", "hard", ("b",), values[:, 1:2], 0)
    table = measured([front, point], ["left", "right"], 0.95).astype({"task": object}).fillna({"task": ""})
    found = table.set_index(["front", "measure", "task"]).sort_index()
    assert found.loc["hard", "n"].eq(3).all()
    volumes = np.array([0.72, 0.72, 0.2 + 0.3 * 0.5 + 0.5 * 0.2])
    row = found.loc[("hard", "hypervolume", "")]
    assert row["mean"] == pytest.approx(volumes.mean())
    assert row["high"] - row["mean"] == pytest.approx(4.302653 * volumes.std(ddof=1) / np.sqrt(3), abs=1e-5)
    assert found.loc[("b", "hypervolume", ""), "mean"] == pytest.approx((0.64 * 2 + 0.25) / 3)
    assert found.loc[("hard", "igd_plus", ""), "mean"] == 0, "it is the reference"
    assert found.loc[("b", "epsilon", ""), "mean"] == pytest.approx((0.2 + 0.2 + 0.5) / 3)
    assert found.loc[("hard", "span", "left"), "mean"] == pytest.approx(0.8)
    assert found.loc[("b", "span", "right"), "mean"] == 0
    assert found.loc[("hard", "gap", "left"), "mean"] == pytest.approx((0.6 + 0.6 + 0.5) / 3)
    assert found.loc[("hard", "size", ""), "mean"] == 3
    bends = found.loc[("hard", "knee", "")]
    assert (bends["label"], bends["mean"]) == ("b", pytest.approx(2 / 3))
    assert np.isnan(bends["low"])
    assert found.loc["hard", "diverged"].eq(1).all()


@pytest.mark.parametrize("tasks", [0, 1, 5])
def test_few_and_many_tasks_are_no_crash(tasks: int) -> None:
    values = np.random.default_rng(0).random((1, 3, tasks if tasks > 1 else 0))
    table = measured([Points("hard", "strategy", "hard", ("a", "b", "c"), values, 0)], list("abcde")[:tasks], 0.95)
    volume = table[table["measure"] == "hypervolume"].iloc[0]
    assert np.isnan(volume["mean"])
    assert volume["n"] == 0
    assert (table.loc[table["measure"] == "igd_plus", "n"] == (tasks > 1)).all()
    assert table["low"].isna().all(), "one seed has no interval"
