"""Two tasks in a chain: the answer to the first is part of the question of the second."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats
from mtl_core.suites.planted import ROWS, draw_directions, draw_inputs, regressions
from mtl_core.suites.suite import Suite, SuiteSource, Task

_SEED = 20255


class Chain(SuiteSource):
    """Two regressions on ``x ~ N(0, I)`` in 20 dimensions, with 400 train rows.

    ``lower = tanh(1.5 z_1) + 0.7 z_1 z_2`` and ``upper = lower * tanh(2 z_3)``, where ``z = x A`` are three orthonormal
    directions: ``upper = g(lower, x)`` is short once ``lower`` is known. What is multiplied is the rule without noise.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("lower", "regression", help="Predict a number that depends on two hidden directions of the input."),
            Task("upper", "regression", help="Predict the same number with a sign and size that a third direction sets."),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load()


@lru_cache(maxsize=1)
def _load() -> Suite:
    rng = np.random.default_rng(_SEED)
    inputs = draw_inputs(rng)
    directions = draw_directions(rng, 3)

    def rule(x: Floats) -> Floats:
        z = x @ directions
        lower = np.tanh(1.5 * z[:, 0]) + 0.7 * z[:, 0] * z[:, 1]
        return np.stack((lower, lower * np.tanh(2 * z[:, 2])), axis=1)

    return regressions("chain", SOURCE.tasks(), inputs, rule, rng)


SOURCE = Chain()
