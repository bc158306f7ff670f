"""Generated rooms with a few things in them: what each pixel is, how far, facing where, and where the largest thing is."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.rooms import CLASSES, Room, draw_rooms
from mtl_core.suites.suite import Suite, SuiteSource, Task

ROWS = (500, 200, 300)

CENTRE, SPREAD = 1.492, 0.622
"""What the logarithm of depth in metres is standardised by: its mean and standard deviation over ten thousand pictures, so that
a depth means the same whatever is drawn."""

_SEED = 20261


class Scenes(SuiteSource):
    """Colour pictures of 32 x 32 pixels, see ``rooms``. Albedos are random, so that colour alone says nothing; where no thing
    is to be seen another picture is drawn.

    Depth is the logarithm of metres by ``CENTRE`` and ``SPREAD``; normals point right, up and to the camera; the box is around
    what is to be seen of the thing that has most pixels, as parts of the picture.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("segmentation", "segmentation", len(CLASSES), "What is each pixel part of?", CLASSES),
            Task("depth", "depth", help="How far away is what each pixel shows?", at_chance=0.91, spread=SPREAD),
            Task("normals", "normals", help="Which way does the surface face that each pixel shows?"),
            Task("box", "box", help="Where is the thing that shows most?", at_chance=0.144, loss_scale=4.0),
        )

    def train_rows(self, pictures: int = ROWS[0], **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return pictures

    def load(self, pictures: int = ROWS[0], draw: int = 0, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(pictures, draw)


@lru_cache(maxsize=2)
def _load(pictures: int, draw: int) -> Suite:
    rng = np.random.default_rng([_SEED, draw])
    splits = []
    for rows in (pictures, *ROWS[1:]):
        room = visible(rng, rows)
        depth = (np.log(room.depth) - CENTRE) / SPREAD
        splits.append(make_split(room.pictures, (room.classes, depth, room.normals, boxes(room.things))))
    return make_suite("scenes", SOURCE.tasks(), splits)


def visible(rng: np.random.Generator, count: int) -> Room:
    """So many pictures on each of which a thing is to be seen."""
    room = draw_rooms(rng, count)
    while (gone := np.flatnonzero((room.things < 0).all(axis=(1, 2)))).size:
        again = draw_rooms(rng, len(gone))
        for name in Room._fields:
            getattr(room, name)[gone] = getattr(again, name)
    return room


def boxes(things: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """``(N, 4)`` left, top, right and bottom of the thing with most pixels, as parts of the picture.

    Args:
        things: ``(N, H, W)`` the number of the thing that each pixel shows, -1 for none.
    """
    sizes = (things[..., None] == np.arange(things.max() + 1)).sum(axis=(1, 2))
    largest = things == sizes.argmax(axis=1)[:, None, None]
    return around(largest)


def around(shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The box around the pixels ``(N, H, W)`` that are true; zeros where none is."""
    ends = []
    for axis in (1, 2):  # over rows, for the columns, then over columns
        line = np.asarray(shown.any(axis=axis))
        size = line.shape[1]
        ends.append((line.argmax(axis=1) / size, np.where(line.any(axis=1), 1 - line[:, ::-1].argmax(axis=1) / size, 0)))
    (left, right), (top, bottom) = ends
    return np.stack((left, top, right, bottom), axis=1)


SOURCE = Scenes()
