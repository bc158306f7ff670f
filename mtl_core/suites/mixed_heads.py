"""A classification and a five-number regression over 100 numbers, as alike as a dial says."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import make_split, make_suite, standardise
from mtl_core.suites.planted import draw_directions, draw_inputs
from mtl_core.suites.suite import Suite, SuiteSource, Task

INPUTS, CLASSES, NUMBERS, READ = 100, 10, 5, 6
ROWS = (1000, 500, 2000)
NOISE = 0.3

_SEED = 20259


class MixedHeads(SuiteSource):
    """``x ~ N(0, I)`` in 100 dimensions, of which each task reads six orthonormal directions: ``A`` the first task, ``B = r A +
    sqrt(1 - r^2) A'`` the second, with ``A'`` orthogonal to ``A``, so that ``r`` is the cosine of the pairs of directions.

    - ``class``: ``argmax(3 tanh(x A) W + 0.3 G)`` over ten columns of ``W`` of length one, ``G`` Gumbel noise in every split.
    - ``numbers``: ``tanh(1.5 x B) V + 0.7 (x B)_1 (x B)_2 c``, five numbers, standardised on train, then noise of standard
      deviation 0.3 on train alone, and standardised again, for the noise makes them wider.

    With ``noise`` both are drawn without looking at the input: nothing can be learned, and nothing should be found.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        labels = tuple(str(number) for number in range(CLASSES))
        return (
            Task("class", "classification", CLASSES, "Which of ten classes do the hundred numbers belong to?", labels),
            Task("numbers", "regression", help="Predict five numbers from the hundred.", outputs=NUMBERS),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, relatedness: float = 1.0, noise: bool = False, draw: int = 0, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(relatedness, noise, draw)


@lru_cache(maxsize=8)
def _load(relatedness: float, noise: bool, draw: int) -> Suite:
    rng = np.random.default_rng([_SEED, draw])
    inputs = draw_inputs(rng, ROWS, INPUTS)
    directions = draw_directions(rng, 2 * READ, INPUTS)
    first, other = directions[:, :READ], directions[:, READ:]
    second = relatedness * first + np.sqrt(1 - relatedness**2) * other
    weights = rng.standard_normal((READ, CLASSES))
    weights /= np.linalg.norm(weights, axis=0)
    mixes, product = rng.standard_normal((READ, NUMBERS)), rng.standard_normal(NUMBERS)
    classes, clean = [], []
    for x in inputs:
        scores = 3 * np.tanh(x @ first) @ weights
        gumbel = rng.gumbel(size=scores.shape)
        along = x @ second
        answers = np.tanh(1.5 * along) @ mixes + 0.7 * np.outer(along[:, 0] * along[:, 1], product)
        if noise:
            scores, answers = 0 * scores, rng.standard_normal(answers.shape)
        classes.append(np.argmax(scores + NOISE * gumbel, axis=1))
        clean.append(answers)
    numbers = list(standardise(*clean))
    numbers[0] = numbers[0] + NOISE * rng.standard_normal(numbers[0].shape)
    splits = (make_split(x, parts) for x, *parts in zip(inputs, classes, standardise(*numbers), strict=True))
    return make_suite("mixed_heads", SOURCE.tasks(), splits)


SOURCE = MixedHeads()
