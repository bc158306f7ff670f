"""Suites on scikit-learn's 1,797 handwritten digits: two overlaid, turned, and with scarce labels."""

from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.intake.picture import Pad, PictureIntake, Shades, resized
from mtl_core.suites.suite import Split, Suite, SuiteSource, Task

SOURCE_SIZES = (997, 400, 400)
"""Source images of train, validation and test; whatever is made of an image stays in its split."""

PAIRS = (1200, 800, 800)
CANVAS = 10
SHIFT = 2
LABELS_A_DIGIT = 6
CLOSED_LOOP = (0, 6, 8, 9)

DIGIT = Pad("digit", 32, 32, upright=True, widest=20)
"""What a digit is drawn on, as those of the source were brought to one form by NIST; ``_as_source`` does the rest."""

_SEED = 20240
_DIGITS = tuple(str(digit) for digit in range(10))

Images = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@lru_cache(maxsize=1)
def sources() -> tuple[tuple[Images, Ids, Ids], ...]:
    """The source images by split: pictures ``(N, 8, 8)`` in [0, 1], digits ``(N,)``, places in the original table ``(N,)``."""
    table = _table()
    images, digits = table[:, :-1].reshape(-1, 8, 8), table[:, -1]
    order = np.random.default_rng(_SEED).permutation(len(table))
    parts = np.split(order, np.cumsum(SOURCE_SIZES)[:-1])
    return tuple(((images[part] / 16).astype(np.float32), digits[part].astype(np.int64), part) for part in parts)


def _table() -> npt.NDArray[np.float64]:
    """What ``sklearn.datasets.load_digits`` reads, ``(1797, 65)``: 64 pixels from 0 to 16, and the digit."""
    # Read from scikit-learn's folder without importing it: that takes as long as training the first study.
    found = find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        file = Path(folder, "datasets", "data", "digits.csv.gz")
        if file.is_file():
            return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits  # a version that keeps it elsewhere

    data = load_digits()
    return np.column_stack((data.data, data.target))


class DigitsPair(SuiteSource):
    """Two digits on one picture: digit A at the upper left, digit B at the lower right, the brighter pixel wins."""

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("left", "classification", 10, "Which digit lies at the upper left?", _DIGITS),
            Task("right", "classification", 10, "Which digit lies at the lower right?", _DIGITS),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return PAIRS[0]

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        pads = tuple(replace(DIGIT, name=name) for name in ("left", "right"))
        return PictureIntake(suite, pads=pads, compose=lambda drawn: _overlaid(*(_as_source(each)[None] for each in drawn))[0])

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load_pair()

    @staticmethod
    def pairs(split: int) -> tuple[Ids, Ids]:
        """Which of the split's source images (0 train, 1 validation, 2 test) lie left and right in each example."""
        rng = np.random.default_rng((_SEED, 1, split))
        left, right = rng.integers(SOURCE_SIZES[split], size=(2, PAIRS[split]))
        return left, right


@lru_cache(maxsize=1)
def _load_pair() -> Suite:
    splits = []
    for split, (images, digits, _) in enumerate(sources()):
        left, right = DigitsPair.pairs(split)
        splits.append(make_split(_overlaid(images[left], images[right])[:, None], (digits[left], digits[right])))
    return make_suite("digits_pair", PAIR.tasks(), splits)


def _as_source(drawn: Shades) -> Shades:
    """A drawing of 32x32 as those of the source, 8x8: the ink of each 4x4."""
    found = resized(drawn, 8, 8)
    return found / found.max()


def _overlaid(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> Images:
    """Pairs ``(N, 8, 8)`` on one picture each ``(N, 10, 10)``."""
    canvas = np.zeros((len(left), CANVAS, CANVAS), dtype=np.float32)
    canvas[:, :-SHIFT, :-SHIFT] = left
    canvas[:, SHIFT:, SHIFT:] = np.maximum(canvas[:, SHIFT:, SHIFT:], right)
    return canvas


class DigitsRotated(SuiteSource):
    """One digit, turned by a quarter turn or not: what is it, and how was it turned?"""

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        turns = ("0°", "90°", "180°", "270°")
        return (
            Task("digit", "classification", 10, "Which digit is it, however it was turned?", _DIGITS),
            Task("rotation", "classification", 4, "By how much was the picture turned to the left?", turns),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return SOURCE_SIZES[0]

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        return PictureIntake(suite, pads=(Pad("digit", 8, 8),))

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load_rotated()


@lru_cache(maxsize=1)
def _load_rotated() -> Suite:
    rng = np.random.default_rng((_SEED, 2))
    splits = []
    for images, digits, _ in sources():
        turns = rng.integers(4, size=len(digits))
        turned = np.stack([np.rot90(image, turn) for image, turn in zip(images, turns, strict=True)])
        splits.append(make_split(turned[:, None], (digits, turns)))
    return make_suite("digits_rotated", ROTATED.tasks(), splits)


class DigitsScarce(SuiteSource):
    """Digits of which only 60 are labelled for training, beside three easy questions that are labelled throughout."""

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        no_yes = ("no", "yes")
        return (
            Task("digit", "classification", 10, "Which digit is it? Only 60 training pictures say so.", _DIGITS),
            Task("parity", "classification", 2, "Is the digit even or odd?", ("even", "odd")),
            Task("at_least_five", "classification", 2, "Is the digit five or more?", no_yes),
            Task("closed_loop", "classification", 2, "Does the digit have a closed loop (0, 6, 8 or 9)?", no_yes),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return SOURCE_SIZES[0]

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        return PictureIntake(suite, pads=(DIGIT,), compose=lambda drawn: _as_source(drawn[0]))

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load_scarce()


@lru_cache(maxsize=1)
def _load_scarce() -> Suite:
    rng = np.random.default_rng((_SEED, 3))

    def split(images: Images, digits: Ids, scarce: bool) -> Split:
        targets = (digits, digits % 2, (digits >= 5).astype(np.int64), np.isin(digits, CLOSED_LOOP).astype(np.int64))
        observed = np.ones((len(digits), len(targets)), dtype=np.bool_)
        if scarce:
            # The same number of each digit: with 60 labels drawn at will, luck would decide which digits can be learned.
            kept = [rng.choice(np.flatnonzero(digits == digit), LABELS_A_DIGIT, replace=False) for digit in range(10)]
            observed[:, 0] = False
            observed[np.concatenate(kept), 0] = True
        return make_split(images[:, None], targets, observed)

    splits = [split(images, digits, scarce=part == 0) for part, (images, digits, _) in enumerate(sources())]
    return make_suite("digits_scarce", SCARCE.tasks(), splits)


PAIR = DigitsPair()
ROTATED = DigitsRotated()
SCARCE = DigitsScarce()
