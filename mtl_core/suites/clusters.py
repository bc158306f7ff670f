"""Four tasks in two pairs: those of a pair read the same directions of the input, the pairs have nothing in common."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats
from mtl_core.suites.planted import ROWS, draw_directions, draw_inputs, regressions
from mtl_core.suites.suite import Suite, SuiteSource, Task

PAIRS = (0, 0, 1, 1)
"""The pair of each task: what learned structure should find."""

_SEED = 20252


class Clusters(SuiteSource):
    """Four regressions on ``x ~ N(0, I)`` in 20 dimensions, with 400 train rows, each through two directions.

    ``z = x A_q``, ``y_k = tanh(1.5 z) . v_k + 0.7 c_k z_1 z_2``, where ``q`` is the pair of task ``k``: tasks 1 and 2 read
    ``A_0``, tasks 3 and 4 ``A_1``, and all four directions are orthonormal.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict a number that depends on two hidden directions of the input, which one other task reads as well."
        return tuple(Task(f"pair_{pair + 1}_{'ab'[place % 2]}", "regression", help=ask) for place, pair in enumerate(PAIRS))

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
    directions = np.split(draw_directions(rng, 4), 2, axis=1)
    mixes = rng.standard_normal((len(PAIRS), 2))
    products = rng.standard_normal(len(PAIRS))

    def rule(x: Floats) -> Floats:
        columns = []
        for pair, mix, product in zip(PAIRS, mixes, products, strict=True):
            z = x @ directions[pair]
            columns.append(np.tanh(1.5 * z) @ mix + 0.7 * product * z[:, 0] * z[:, 1])
        return np.stack(columns, axis=1)

    return regressions("clusters", SOURCE.tasks(), inputs, rule, rng)


SOURCE = Clusters()
