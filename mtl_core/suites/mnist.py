"""One handwritten digit and two questions about it."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.errors import DataError
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.idx import CLASSES
from mtl_core.suites.mnist_files import CLASS_NAMES, DIGITS, ROWS, Ids, IdxSource, standardised
from mtl_core.suites.suite import Split, Suite, Task

_SEED = 20261


class MnistTwo(IdxSource):
    """One digit and two questions, side by side on one trunk: which digit, and is it even or odd, or at least five.

    Train images are drawn from the first 50,000 of MNIST's, validation ones from the last 10,000, test ones from its test
    images. With few ``labels`` the digit is known of so many train images alone, as many of each digit as there can be; the
    fewer are among the more. The second question is always answered.
    """

    def tasks(self, second: str = "parity", **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        asked = {
            "parity": ("Is the digit even or odd?", ("even", "odd")),
            "at_least_five": ("Is the digit five or more?", ("no", "yes")),
        }
        words, labels = asked[second]
        return (
            Task("digit", "classification", CLASSES, "Which digit is it?", CLASS_NAMES[DIGITS]),
            Task(second, "classification", 2, words, labels),
        )

    def train_rows(self, images: int = 3000, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return images

    def load(self, **options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        options = self.settle(**options)
        return _load_two(options["sha256"], options["second"], options["images"], options["labels"])


@lru_cache(maxsize=4)
def _load_two(sha256: str, second: str, images: int, labels: int | None) -> Suite:
    found = SOURCE.sources(sha256)[DIGITS]
    if images > len(found.images[0]):
        raise DataError(
            f"mnist_two.images must be at most {len(found.images[0]):,}, which the files have for training, found {images:,}; "
            "choose fewer."
        )

    def split(place: int, count: int) -> Split:
        order = np.random.default_rng([_SEED, place]).permutation(len(found.images[place]))[:count]
        digits = found.labels[place][order]
        observed = np.ones((len(order), 2), dtype=np.bool_)
        if place == 0 and labels is not None:
            observed[:, 0] = False
            observed[np.argsort(_turns(digits), kind="stable")[:labels], 0] = True
        answers = digits % 2 if second == "parity" else (digits >= 5).astype(np.int64)
        return make_split(standardised(found.images[place][order]), (digits, answers), observed)

    return make_suite("mnist_two", SOURCE.tasks(second), map(split, range(3), (images, ROWS, ROWS)), found.notes)


def _turns(digits: Ids) -> Ids:
    """How many of its own kind come before each ``(N,)``: in that order every digit has its turn."""
    turns = np.empty_like(digits)
    for digit in range(CLASSES):
        own = digits == digit
        turns[own] = np.arange(own.sum())
    return turns


SOURCE = MnistTwo()
