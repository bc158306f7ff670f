"""Generated views of a road: what each pixel is, how far, how to steer, what a light says, and where the next car is."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import centre_and_scale, make_split, make_suite, standardise
from mtl_core.suites.scenes import around
from mtl_core.suites.suite import Suite, SuiteSource, Task

HEIGHT, WIDTH = 24, 40
FOCAL, CAMERA, FARTHEST = 30.0, 1.2, 60.0
ROWS = (500, 200, 300)

CLASSES = ("sky", "verge", "road", "line", "car")
SKY, VERGE, ROAD, LINE, CAR = range(len(CLASSES))
LIGHTS = ("none", "red", "green")

MOST = 3
"""Cars on a road at most."""

CENTRE, SPREAD = 2.582, 1.291
"""What the logarithm of depth in metres is standardised by: its mean and standard deviation over ten thousand pictures, so that
a depth means the same whatever is drawn."""

NOISE = 0.05

_COLOURS = np.array([[0.55, 0.7, 0.9], [0.3, 0.5, 0.25], [0.35, 0.35, 0.37], [0.9, 0.9, 0.85]], dtype=np.float32)
_LAMPS = np.array([[0, 0, 0], [0.95, 0.1, 0.1], [0.1, 0.9, 0.2]], dtype=np.float32)
_WINDOW = np.array([0.08, 0.08, 0.12], dtype=np.float32)

_SEED = 20262

Floats = npt.NDArray[np.float32]


class View(NamedTuple):
    """What is to be seen and done: ``pictures`` ``(N, 3, H, W)`` from 0 to 1, ``classes`` and ``depth`` ``(N, H, W)``,
    ``steering`` and ``light`` ``(N,)``, and ``car`` ``(N, H, W)``, the pixels of the nearest car."""

    pictures: Floats
    classes: npt.NDArray[np.int64]
    depth: Floats
    steering: Floats
    light: npt.NDArray[np.int64]
    car: npt.NDArray[np.bool_]


class Driving(SuiteSource):
    """Colour pictures of 24 x 40 pixels from a car on a road that bends, see ``draw_roads``.

    ``steering`` is ``10 k - 0.35 o`` with the road's curvature k and the car's offset o, standardised on train; the box is
    around the nearest car, as parts of the picture, and unknown where none is to be seen. Depth is the logarithm of metres by
    ``CENTRE`` and ``SPREAD``.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("segmentation", "segmentation", len(CLASSES), "What is each pixel part of?", CLASSES),
            Task("depth", "depth", help="How far away is what each pixel shows?", at_chance=0.92, spread=SPREAD),
            Task("steering", "regression", help="How far must the wheel be turned to stay on the road?"),
            Task("light", "classification", len(LIGHTS), "What does the traffic light say, if there is one?", LIGHTS),
            Task("box", "box", help="Where is the nearest car?", at_chance=0.101, loss_scale=6.0),
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
    views = [draw_roads(rng, rows) for rows in (pictures, *ROWS[1:])]
    wheels = [view.steering.astype(np.float64) for view in views]
    splits = []
    for view, steering in zip(views, standardise(*wheels), strict=True):
        depth = (np.log(view.depth) - CENTRE) / SPREAD
        seen = np.asarray(view.car.any(axis=(1, 2)))
        observed = np.ones((len(seen), 5), dtype=np.bool_)
        observed[:, 4] = seen
        splits.append(make_split(view.pictures, (view.classes, depth, steering, view.light, around(view.car)), observed))
    centre, scale = (float(each) for each in centre_and_scale(wheels[0]))
    plain = (0.0, 1.0)
    return make_suite("driving", SOURCE.tasks(), splits, units=(plain, plain, (centre, scale), plain, plain))


def draw_roads(rng: np.random.Generator, count: int) -> View:
    """So many views.

    The horizon is at row 6.5 to 9.5; the ground at row y is ``1.2 f / (y - horizon)`` away, at most 60 metres, and a pixel at
    column x lies ``(x - 20) z / f + o - k z² / 2`` metres from the middle of a road of 3.5 metres to each side, with solid
    lines at 3.2 and a dashed one in the middle. None to three cars of 1.8 x 1.5 metres at 5 to 28 metres, each in one of two
    lanes, the nearer in front; a traffic light at 7 to 15 metres, 4.3 to the right and 3 high, in red, in green or none, which
    belongs to the sky. Brightness is 0.5 to 1.1, noise of every pixel has a standard deviation of 0.05.
    """

    def uniform(low: float, high: float, *more: int) -> Floats:
        return rng.uniform(low, high, size=(count, *(more or (1, 1)))).astype(np.float32)

    across = np.arange(WIDTH, dtype=np.float32)[None, None, :]
    down = np.arange(HEIGHT, dtype=np.float32)[None, :, None]
    horizon, bend, offset = uniform(6.5, 9.5), uniform(-0.03, 0.03), uniform(-0.9, 0.9)
    below = down - horizon
    ground = np.minimum(FARTHEST, np.where(below > 0, CAMERA * FOCAL / np.where(below > 0, below, 1), FARTHEST))
    side = np.abs((across - WIDTH / 2) * ground / FOCAL + offset - bend * ground**2 / 2)
    middle = (side < 0.12 + 0.012 * ground) & (ground % 6 < 3)
    line = (np.abs(side - 3.2) < 0.18 + 0.012 * ground) | middle
    kind = np.where(line & (side < 3.5), LINE, np.where(side < 3.5, ROAD, VERGE))
    classes = np.where(below > 0, kind, SKY)
    depth = np.broadcast_to(ground, classes.shape).copy()
    picture = _COLOURS[classes]

    def column(metres: Floats, away: Floats) -> Floats:
        """Where something is seen that stands so far from the middle of the road."""
        return np.asarray(WIDTH / 2 + (metres - offset + bend * away**2 / 2) * FOCAL / away)

    light, away = rng.integers(len(LIGHTS), size=count), uniform(7, 15)
    half, high = np.maximum(1, 0.5 * FOCAL / away), np.maximum(2, 1.2 * FOCAL / away)
    top = horizon + (CAMERA - 3) * FOCAL / away
    lamp = (np.abs(across - column(np.float32(4.3) + 0 * away, away)) <= half) & (down >= top) & (down < top + high)
    lamp &= light[:, None, None] > 0
    picture[lamp] = np.broadcast_to(_LAMPS[light][:, None, None], picture.shape)[lamp]
    classes[lamp] = SKY

    number, order = rng.integers(MOST + 1, size=count), -np.sort(-uniform(5, 28, MOST), axis=1)
    lanes = np.where(rng.random((count, MOST)) < 0.5, np.float32(-1.7), np.float32(1.7))
    paint = uniform(0.1, 1, MOST, 3)
    car = np.zeros(classes.shape, dtype=np.bool_)
    for place in range(MOST):  # far to near, the last of them the nearest
        away = order[:, place, None, None]
        base = horizon + CAMERA * FOCAL / away
        high = 1.5 * FOCAL / away
        shown = (np.abs(across - column(lanes[:, place, None, None], away)) < 0.9 * FOCAL / away) & (down < base)
        shown &= (down >= base - high) & (place >= MOST - number)[:, None, None]
        window = shown & (down < base - 0.55 * high)
        picture[shown] = np.broadcast_to(paint[:, place, None, None], picture.shape)[shown]
        picture[window] = _WINDOW
        depth[shown], classes[shown] = np.broadcast_to(away, depth.shape)[shown], CAR
        seen = shown.any(axis=(1, 2))
        car[seen] = shown[seen]
    pictures = picture.transpose(0, 3, 1, 2) * uniform(0.5, 1.1, 1, 1, 1)
    noisy = pictures + np.float32(NOISE) * rng.standard_normal(pictures.shape, dtype=np.float32)
    steering = (10 * bend - 0.35 * offset)[:, 0, 0]
    return View(np.clip(noisy, 0, 1), classes, depth, steering, light, car)


SOURCE = Driving()
