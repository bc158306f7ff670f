"""The mazes are what they are said to be."""

import numpy as np
import pytest

from mtl_core.spec import SUITES, Study
from mtl_core.suites import SPLITS, load_suite
from mtl_core.suites.mazes import FEWEST
from tests.kinds.walked import chances, swept

SUITE = {"name": "mazes", "mazes": 64}


def test_a_maze_is_one_piece_with_three_things_in_it() -> None:
    for split in SPLITS:
        inputs = getattr(load_suite(SUITE), split).inputs
        assert set(np.unique(inputs)) == {0, 1}
        for wall, *things in inputs[:40]:
            free = wall == 0
            assert free.sum() >= FEWEST
            assert [int(thing.sum()) for thing in things] == [1, 1, 1]
            places = [tuple(np.argwhere(thing)[0]) for thing in things]
            assert len(set(places)) == 3
            assert all(free[place] for place in places)
            leads = chances(free, np.full((4, 7, 7), 0.25)).reshape(49, 49) > 0
            reached = np.linalg.matrix_power(leads.astype(float), 49)[free.argmax()] > 0
            np.testing.assert_array_equal(reached, free.ravel())


def test_walls_are_as_frequent_as_said() -> None:
    """A little more than drawn, for what cannot be reached becomes wall, and a little less, for small mazes are drawn anew."""
    walls = load_suite("mazes").train.inputs[:, 0]
    assert walls.mean() == pytest.approx(0.23, abs=0.02)


def test_what_goals_bring_is_what_they_say() -> None:
    suite = load_suite(SUITE)
    names = [task.name for task in suite.tasks]
    assert names == ["reach_a", "reach_b", "avoid_c", "avoid_a"]
    for name, target in zip(names, suite.train.targets, strict=True):
        free, reward, end, _ = target.swapaxes(0, 1)
        thing = suite.train.inputs[:, 1 + "abc".index(name[-1])]
        np.testing.assert_array_equal(free, 1 - suite.train.inputs[:, 0])
        unit = np.abs(reward).max()
        if name.startswith("reach"):
            np.testing.assert_array_equal(reward / unit, thing)
            np.testing.assert_array_equal(end, thing)
            continue
        assert not end.any()
        for maze, place in enumerate(np.argwhere(thing)[:, 1:]):
            steps = np.abs(np.argwhere(np.ones((7, 7))) - place).sum(1).reshape(7, 7)
            np.testing.assert_array_equal(reward[maze] / unit, -((steps <= 1) * free[maze]))


def test_the_best_gains_are_what_the_best_move_gains_at_every_cell() -> None:
    for target in load_suite(SUITE).test.targets:
        np.testing.assert_allclose(target[0, 3], swept(target[0], target[0, 3]), atol=1e-5)


def test_a_maze_is_seen_in_colours() -> None:
    suite = load_suite(SUITE)
    picture = np.array(SUITES["mazes"].load().view(suite, suite.train.inputs[0]).picture)
    assert picture.shape == (3, 7, 7)
    colours = {tuple(picture[:, row, column]) for row in range(7) for column in range(7)}
    assert len(colours) == 5, "wall, way, A, B and C"
    assert (picture[:, (suite.train.inputs[0].sum(0) == 0)] == 255).all()


def test_more_mazes_are_the_same_kind_and_other_draws_are_others() -> None:
    few, other = load_suite(SUITE), load_suite(SUITE | {"draw": 1})
    assert len(few.train) == 64
    assert not np.array_equal(few.train.inputs, other.train.inputs)
    assert Study(suite=SUITE, batch_size=16).backbone.name == "fullsize"
