"""A product with few labels, and its two factors as helpers: Caruana's eavesdropping."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.planted import ROWS, draw_directions, draw_inputs, regressions
from mtl_core.suites.suite import Suite, SuiteSource, Task

LABELS = 80

_SEED = 20251


class Hint(SuiteSource):
    """Three regressions on ``x ~ N(0, I)`` in 20 dimensions, with 400 train rows: ``main = z_1 z_2`` and the helpers ``z_1``
    and ``z_2``, where ``z = x A`` are two orthonormal directions.

    A product has no linear trace in its factors, so the first ``labels`` rows alone, those where ``main`` is known, do not
    show which directions matter; the helpers, known everywhere, do.

    Source: Caruana, Multitask Learning, Machine Learning 28, 1997, section 5.2 (eavesdropping); the data are Seesaw's own.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("main", "regression", help="Predict the product of two hidden directions of the input, from few labels."),
            Task("first_factor", "regression", help="Predict the first of the two factors, the position along one direction."),
            Task("second_factor", "regression", help="Predict the second factor, the position along the other direction."),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, labels: int = LABELS, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(labels)


@lru_cache(maxsize=8)
def _load(labels: int) -> Suite:
    rng = np.random.default_rng(_SEED)
    inputs = draw_inputs(rng)
    directions = draw_directions(rng, 2)
    labelled = np.ones((ROWS[0], 3), dtype=np.bool_)
    labelled[labels:, 0] = False
    return regressions(
        "hint",
        SOURCE.tasks(),
        inputs,
        lambda x: np.column_stack((np.prod(x @ directions, axis=1), x @ directions)),
        rng,
        labelled,
    )


SOURCE = Hint()
