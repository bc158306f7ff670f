"""Generated pictures of one shape each: what it is, where, how large and how turned."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import Floats, centre_and_scale, make_split, make_suite, standardise
from mtl_core.suites.intake.picture import Pad, PictureIntake
from mtl_core.suites.suite import Suite, SuiteSource, Task

SIDE = 16
SHAPES = ("square", "ellipse", "triangle")
ROWS = (500, 500, 500)
NOISE = 0.05
TURN = 40.0
"""Largest turn in degrees: within 45 no square looks like another, so the angle has one answer."""

_SEED = 20243
_FINE = 3


class Sprites(SuiteSource):
    """Grey 16 x 16 pictures of a square, an ellipse or a triangle, with four numbers to measure on each.

    Centre ``x, y`` in [-0.45, 0.45] of half a side, size in [0.25, 0.5] of half a side, angle in [-40, 40] degrees, all drawn
    uniformly and independently; edges are smooth (3 x 3 samples a pixel) and every pixel has noise of standard deviation
    0.05.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("shape", "classification", len(SHAPES), "Is it a square, an ellipse or a triangle?", SHAPES),
            Task("x", "regression", help="How far to the right is its centre (-1 left, 1 right)?"),
            Task("y", "regression", help="How far down is its centre (-1 top, 1 bottom)?"),
            Task("size", "regression", help="How large is it (a square's side, as a share of the picture's)?"),
            Task("angle", "regression", help="By how many degrees is it turned to the right?"),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``: a shape is drawn where and as large as it is."""
        return PictureIntake(suite, pads=(Pad("shape", SIDE),))

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load()


@lru_cache(maxsize=1)
def _load() -> Suite:
    rng = np.random.default_rng(_SEED)
    shapes = [rng.integers(len(SHAPES), size=rows) for rows in ROWS]
    low, high = np.array([-0.45, -0.45, 0.25, -TURN]), np.array([0.45, 0.45, 0.5, TURN])
    numbers = [rng.uniform(low, high, size=(rows, len(low))) for rows in ROWS]
    pictures = [draw(kinds, *values.T) for kinds, values in zip(shapes, numbers, strict=True)]
    noisy = [np.clip(picture + NOISE * rng.standard_normal(picture.shape), 0, 1) for picture in pictures]
    measured = standardise(*numbers)
    splits = (make_split(i[:, None], (s, *v.T)) for i, s, v in zip(noisy, shapes, measured, strict=True))
    scales = zip(*(each.tolist() for each in centre_and_scale(numbers[0])), strict=True)
    return make_suite("sprites", SOURCE.tasks(), splits, units=((0.0, 1.0), *scales))


def draw(shapes: npt.NDArray[np.int64], x: Floats, y: Floats, size: Floats, angle: Floats) -> Floats:
    """The pictures ``(N, 16, 16)`` in [0, 1]: the share of each pixel that the shape covers.

    Args:
        shapes: ``(N,)`` places in ``SHAPES``.
        x, y: ``(N,)`` centres, from -1 (left, top) to 1 (right, bottom).
        size: ``(N,)`` half the side of the square. Ellipse and triangle cover about 40 % of the square's area, so that the
            amount of ink tells the size only to one who knows the shape.
        angle: ``(N,)`` degrees clockwise.
    """
    fine = (np.arange(SIDE * _FINE) + 0.5) / (SIDE * _FINE) * 2 - 1
    right, down = fine[None, None, :] - x[:, None, None], fine[None, :, None] - y[:, None, None]
    turn = np.deg2rad(angle)[:, None, None]
    # In the shape's own axes, in units of its size.
    u = (np.cos(turn) * right + np.sin(turn) * down) / size[:, None, None]
    v = (np.cos(turn) * down - np.sin(turn) * right) / size[:, None, None]
    square = (np.abs(u) <= 1) & (np.abs(v) <= 1)
    ellipse = u**2 + (v / 0.5) ** 2 <= 1
    triangle = (v <= 0.55) & (np.sqrt(3) * np.abs(u) - v <= 1.1)
    inside = np.choose(shapes[:, None, None], [square, ellipse, triangle])
    return np.asarray(inside.reshape(-1, SIDE, _FINE, SIDE, _FINE).mean(axis=(2, 4)))


SOURCE = Sprites()
