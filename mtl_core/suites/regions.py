"""Three tasks whose rule depends on the quadrant in which two of the inputs lie."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import Floats
from mtl_core.suites.planted import draw_directions, draw_inputs, regressions
from mtl_core.suites.suite import Suite, SuiteSource, Task

TASKS = 3
INPUTS = 10
ROWS = (800, 1000, 1000)
REGIONS = 4
DIRECTIONS = 2

_SEED = 20254


def quadrant(inputs: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The region of each example, 0 to 3: the signs of its first two inputs.

    Args:
        inputs: ``(N, D)``.
    """
    return (2 * (inputs[:, 0] > 0) + (inputs[:, 1] > 0)).astype(np.int64)


class Regions(SuiteSource):
    """Three regressions on ``x ~ N(0, I)`` in 10 dimensions, with 800 train rows: from 400 in 20 dimensions
    a single task learns a fifth of what there is, as every region has its own quarter of the rows.

    ``y_k = f_{k,q}(x) = tanh(1.5 x A_q) . v_{k,q}``, where ``q`` is ``quadrant(x)`` and ``A_q`` are two orthonormal
    directions of that quadrant, the same for all tasks.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict a number that follows another rule in each quadrant of the first two inputs."
        return tuple(Task(f"task_{task + 1}", "regression", help=ask) for task in range(TASKS))

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load()


@lru_cache(maxsize=1)
def _load() -> Suite:
    rng = np.random.default_rng(_SEED)
    inputs = draw_inputs(rng, ROWS, INPUTS)
    directions = np.stack([draw_directions(rng, DIRECTIONS, INPUTS) for _ in range(REGIONS)])
    mixes = rng.standard_normal((REGIONS, DIRECTIONS, TASKS))

    def rule(x: Floats) -> Floats:
        here = quadrant(x)
        answers = np.tanh(1.5 * np.einsum("nd,qdz->nqz", x, directions))
        return np.asarray(np.einsum("nz,nzk->nk", answers[np.arange(len(x)), here], mixes[here]), dtype=np.float64)

    return regressions("regions", SOURCE.tasks(), inputs, rule, rng)


SOURCE = Regions()
