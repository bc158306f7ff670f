"""Two pictures overlaid: MultiMNIST and its kin."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.idx import CLASSES, SIDE
from mtl_core.suites.intake.picture import PictureIntake, Shades
from mtl_core.suites.mnist_files import (
    CLASS_NAMES,
    DIGIT,
    DIGITS,
    GARMENTS,
    MEAN,
    ROWS,
    SPREAD,
    Ids,
    IdxSource,
    Images,
    standardised,
)
from mtl_core.suites.suite import Suite, Task

FOLDERS = {"digits": (DIGITS, DIGITS), "fashion": (GARMENTS, GARMENTS), "fashion_and_mnist": (GARMENTS, DIGITS)}
"""Where the left and the right picture are from."""

CANVAS = 36

_ASKED = {DIGITS: "digit", GARMENTS: "garment"}
_SEED = 20262


class MultiMnist(IdxSource):
    """Two pictures of 28x28 on one canvas of 36x36, the brighter pixel wins: which is the left one, which the right?

    Every train image of MNIST's first 50,000 is a left one in turn, in an order drawn once, beside a right one drawn from the
    same images, whatever it shows; so are those of the last 10,000 for validation and of the test images for testing.

    - ``sener``: left in rows and columns 0 to 27, right in 6 to 33; then the nearest of 36 rows and columns for each of 28,
      ``floor((k + 1/2) 36/28)``.
    - ``pareto``: left at (0, 0), right at (8, 8), and 36x36 as it is.

    Source: Sener & Koltun 2018 and their loader; Lin et al. 2019. Deviations: of 60,000 train images 10,000 validate; the
    loader's SciPy also stretched the darkest and brightest shade of a picture to 0 and 255, nearly nothing, left out here; Lin
    et al. do not say how they place digits; and both sizes are standardised by MNIST's mean and spread, garments too.
    """

    def folders(self, pictures: str = "digits", **_options: Any) -> tuple[str, ...]:
        """See ``IdxSource.folders``."""
        return tuple(dict.fromkeys(FOLDERS[pictures]))

    def tasks(self, pictures: str = "digits", **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        sides = (("left", "upper left"), ("right", "lower right"))
        return tuple(
            Task(name, "classification", CLASSES, f"Which {_ASKED[folder]} lies at the {where}?", CLASS_NAMES[folder])
            for (name, where), folder in zip(sides, FOLDERS[pictures], strict=True)
        )

    def train_rows(self, pairs: int = 10_000, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return pairs

    def intake(self, suite: Suite, pictures: str = "digits", construction: str = "sener", **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``: two digits are drawn; nobody draws garments."""
        pads = tuple(replace(DIGIT, name=name) for name in ("left", "right")) if pictures == "digits" else ()

        def compose(drawn: Sequence[Shades]) -> Shades:
            left, right = (np.rint(255 * each[None]).astype(np.uint8) for each in drawn)
            return np.asarray(overlaid(left, right, construction)[0] / 255)

        return PictureIntake(suite, (MEAN,), (SPREAD,), pads, compose, construction=construction)

    def load(self, **options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        options = self.settle(**options)
        names = ("sha256", "construction", "pictures", "pairs", "test_pairs")
        return _load_multi(*(options[name] for name in names))


@lru_cache(maxsize=2)
def _load_multi(sha256: str, construction: str, pictures: str, pairs: int, test_pairs: int) -> Suite:
    found = SOURCE.sources(sha256, pictures=pictures)
    left, right = (found[folder] for folder in FOLDERS[pictures])
    splits = []
    for place, count in enumerate((pairs, ROWS, test_pairs)):
        one, other = drawn(place, count, len(left.images[place]), len(right.images[place]))
        canvas = overlaid(left.images[place][one], right.images[place][other], construction)
        splits.append(make_split(standardised(canvas), (left.labels[place][one], right.labels[place][other])))
    notes = found[DIGITS].notes if DIGITS in found else ()
    return make_suite("multi_mnist", SOURCE.tasks(pictures), splits, notes)


def drawn(place: int, count: int, lefts: int, rights: int) -> tuple[Ids, Ids]:
    """Which images lie left and right in each of ``count`` pairs of a split (0 train, 1 validation, 2 test): every left one
    once before any is there twice."""
    rng = np.random.default_rng([_SEED, place])
    order = rng.permutation(lefts)
    return np.resize(order, count), rng.integers(rights, size=count)


def overlaid(left: Images, right: Images, construction: str) -> Images:
    """Two ``(N, 28, 28)`` on one canvas: ``(N, 28, 28)`` of ``sener``, ``(N, 36, 36)`` of ``pareto``."""
    shift = 6 if construction == "sener" else CANVAS - SIDE
    canvas = np.zeros((len(left), CANVAS, CANVAS), dtype=np.uint8)
    canvas[:, :SIDE, :SIDE] = left
    below = canvas[:, shift : shift + SIDE, shift : shift + SIDE]
    np.maximum(below, right, out=below)
    if construction == "pareto":
        return canvas
    nearest = ((np.arange(SIDE) + 0.5) * CANVAS / SIDE).astype(int)
    return canvas[:, nearest[:, None], nearest]


SOURCE = MultiMnist()
