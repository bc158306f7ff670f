"""Generated regressions that read a few directions of the input; how many tasks share them is the knob."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats, make_split, make_suite, standardise
from mtl_core.suites.suite import Suite, SuiteSource, Task

TASKS = 8
INPUTS = 30
DIRECTIONS = 3
ROWS = (200, 1000, 1000)
NOISE = 0.3

_SEED = 20241


class Subspace(SuiteSource):
    """Eight regressions on ``x ~ N(0, I)`` in 30 dimensions, each through three directions ``A_k``.

    ``z = x A_k``, ``y_k = tanh(1.5 z) . v_k + 0.7 c_k z_1 z_2``, scaled to standard deviation one, with noise of standard
    deviation 0.3 on the training targets alone. The first ``shared_tasks`` tasks read the same orthonormal directions, each
    other task its own. The inputs, ``v`` and ``c`` do not change with the knob.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict a number that depends on three hidden directions of the input."
        return tuple(Task(f"task_{task + 1}", "regression", help=ask) for task in range(TASKS))

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, shared_tasks: int = TASKS, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(shared_tasks)


@lru_cache(maxsize=TASKS + 1)
def _load(shared_tasks: int) -> Suite:
    rng = np.random.default_rng(_SEED)
    examples = [rng.standard_normal((rows, INPUTS)) for rows in ROWS]
    mixes = rng.standard_normal((TASKS, DIRECTIONS))
    products = rng.standard_normal(TASKS)
    bases = [np.linalg.qr(rng.standard_normal((INPUTS, DIRECTIONS)))[0] for _ in range(TASKS + 1)]
    noise = NOISE * rng.standard_normal((ROWS[0], TASKS))

    def clean(x: Floats) -> Floats:
        columns = []
        for task in range(TASKS):
            z = x @ bases[0 if task < shared_tasks else task + 1]
            columns.append(np.tanh(1.5 * z) @ mixes[task] + 0.7 * products[task] * z[:, 0] * z[:, 1])
        return np.stack(columns, axis=1)

    scaled = standardise(*(clean(x) for x in examples))
    targets = standardise(scaled[0] + noise, *scaled[1:])
    inputs = standardise(*examples)
    splits = (make_split(x, list(y.T)) for x, y in zip(inputs, targets, strict=True))
    return make_suite("subspace", SOURCE.tasks(), splits)


SOURCE = Subspace()
