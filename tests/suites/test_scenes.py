"""Rooms and roads: what is drawn is what is said of it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mtl_core.suites import Suite, load_suite
from mtl_core.suites.driving import CENTRE as ROAD_CENTRE
from mtl_core.suites.driving import LINE, ROAD, SKY, draw_roads
from mtl_core.suites.driving import SPREAD as ROAD_SPREAD
from mtl_core.suites.rooms import BALL, BOX, FLOOR, PILLAR, WALL, draw_rooms
from mtl_core.suites.scenes import CENTRE, SPREAD, around, boxes

Array = npt.NDArray[Any]


@pytest.fixture(params=["scenes", "driving"])
def suite(request: pytest.FixtureRequest) -> Suite:
    """One of both."""
    return load_suite(request.param)


def place(suite: Suite, name: str) -> int:
    return [task.name for task in suite.tasks].index(name)


def test_a_room_has_the_parts_that_were_counted_elsewhere() -> None:
    shares = np.bincount(load_suite("scenes").train.targets[0].ravel()) / (500 * 32 * 32)
    np.testing.assert_allclose(shares, (0.37, 0.47, 0.05, 0.05, 0.05), atol=0.015)
    missing = 1 - load_suite("driving").train.observed[:, 4].mean()
    assert 0.22 < missing < 0.32, "on a quarter of the roads there is no car"


def test_depth_is_standardised_whatever_is_drawn(suite: Suite) -> None:
    values = suite.train.targets[place(suite, "depth")]
    assert abs(values.mean()) < 0.12
    assert abs(values.std() - 1) < 0.12
    centre, spread = {"scenes": (CENTRE, SPREAD), "driving": (ROAD_CENTRE, ROAD_SPREAD)}[suite.name]
    metres = np.exp(centre + spread * values)
    low, high = {"scenes": (0.9, 10.01), "driving": (1.9, 60.1)}[suite.name]
    assert low < metres.min() < metres.max() < high


def test_chance_is_what_the_best_answer_without_looking_has(suite: Suite) -> None:
    for task, target, known in zip(suite.tasks, suite.train.targets, suite.train.observed.T, strict=True):
        if task.kind in ("depth", "box"):
            values = target[known]
            middle = np.median(values, axis=0) if task.kind == "box" else np.median(values)
            assert task.loss_scale * np.abs(values - middle).mean() == pytest.approx(task.chance, rel=0.05)


def test_normals_are_those_of_the_surfaces_that_depth_describes() -> None:
    room = draw_rooms(np.random.default_rng(0), 200)
    np.testing.assert_allclose((room.normals**2).sum(1), 1, atol=1e-5)
    ways = np.moveaxis(room.normals, 1, -1)
    assert (ways[room.classes == FLOOR] == (0, 1, 0)).all()
    assert (ways[room.classes == WALL] == (0, 0, 1)).all()
    assert (ways[..., 2] >= 0).all(), "what faces away is not seen"
    assert (ways[room.classes == BALL] != 0).any(0).all()
    assert (ways[np.isin(room.classes, (BOX, PILLAR))][:, 1] == 0).all(), "boxes and pillars stand upright"
    # The floor comes nearer downwards, and things hide what is behind them.
    floor = room.classes == FLOOR
    both = floor[:, 1:] & floor[:, :-1]
    assert (room.depth[:, 1:] < room.depth[:, :-1])[both].all()
    assert (room.depth[room.classes > WALL] < 5.6).all()
    assert ((room.things >= 0) == (room.classes > WALL)).all()
    # A box's faces lie in planes: along a row the depth grows by what the normal says.
    row = (room.classes == BOX)[:, :, 1:] & (room.classes == BOX)[:, :, :-1] & (room.things[:, :, 1:] == room.things[:, :, :-1])
    same = row & (room.normals[:, 0, :, 1:] == room.normals[:, 0, :, :-1])
    slope = -(room.normals[:, 0] / np.where(room.normals[:, 2] == 0, 1, room.normals[:, 2]))[:, :, 1:]
    assert (np.sign(np.diff(room.depth, axis=2))[same] == -np.sign(slope)[same]).all()


def test_boxes_are_around_the_pixels_of_the_largest_thing() -> None:
    things = np.full((2, 4, 8), -1)
    things[0, 1:3, 2:7] = 1
    things[0, 0, 0] = 0
    things[1, 3, 7] = 0
    assert boxes(things).tolist() == [[0.25, 0.25, 0.875, 0.75], [0.875, 0.75, 1.0, 1.0]]
    assert around(np.zeros((1, 4, 8), dtype=bool)).tolist() == [[0, 0, 0, 0]]


def test_every_room_shows_a_thing_and_colour_alone_says_nothing() -> None:
    suite = load_suite({"name": "scenes", "draw": 3})
    classes = suite.train.targets[0]
    assert (classes > WALL).any(axis=(1, 2)).all()
    tone = suite.train.inputs.mean(axis=(2, 3)) @ np.ones(3)
    assert abs(np.corrcoef(tone, (classes == FLOOR).mean(axis=(1, 2)))[0, 1]) < 0.2


def test_a_road_is_where_its_geometry_says() -> None:
    view = draw_roads(np.random.default_rng(0), 300)
    assert (view.depth[view.classes == SKY] == 60).mean() > 0.99
    # The wheel turns to where the road goes: right of the middle far away where it bends to the right.
    paved = np.isin(view.classes, (ROAD, LINE))
    far, near = paved[:, 11], paved[:, 23]
    centres = [(row * np.arange(40)).sum(1) / row.sum(1).clip(1) for row in (far, near)]
    assert np.corrcoef(centres[0] - 20, view.steering)[0, 1] > 0.5
    # A light is red or green above the ground, and only where it is said to be.
    red, green = (view.pictures[:, one] - view.pictures[:, 2] for one in (0, 1))  # the sky is blue
    sky = view.classes == SKY
    for number, lit in ((1, red), (2, green)):
        bright = ((lit > 0.2) & sky).any(axis=(1, 2))
        assert bright[view.light == number].mean() > 0.95
        assert bright[view.light == 0].mean() < 0.1
    assert set(np.unique(view.depth[view.car]).round(3)) <= set(np.unique(view.depth).round(3))
