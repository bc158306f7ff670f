"""Three regressions that are nearly the same, in units that differ a hundredfold: the toy example of GradNorm."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats, make_split, make_suite, standardise
from mtl_core.suites.planted import draw_inputs
from mtl_core.suites.suite import Suite, SuiteSource, Task

INPUTS = 20
ROWS = (1000, 500, 1000)
SCALES = (1, 10, 100)
APART = 0.35
"""The standard deviation of what is a task's own in its direction, where that of what all share is one."""

_SEED = 20260


class Scales(SuiteSource):
    """``y_k = s_k tanh(0.15 x . (b + e_k))`` on ``x ~ N(0, I)`` in 20 dimensions with ``s = (1, 10, 100)``, without noise.

    ``b ~ N(0, I)`` is the same for all, ``e_k ~ N(0, 0.35^2 I)`` a task's own. Alone each is learned perfectly. Together the
    squared error of the third is ten thousand times that of the first, the trunk follows it, and the others read what is left
    over. Targets stay as they are unless ``standardised``, so that the loss of knowing nothing is the variance of the train
    targets.

    Source: Chen et al., GradNorm, ICML 2018, section 4. Deviations: one number a task for a hundred, 20 inputs for 250,
    directions of standard deviation 1 and 0.35 with a factor 0.15 for 10 and 3.5, and three tasks.
    """

    def tasks(self, standardised: bool = False, draw: int = 0, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict a bent line along one hidden direction of the input, in numbers of about {}."
        chances = [None if standardised else float(y.var()) for y in _drawn(draw)[1][0].T]
        return tuple(
            Task(f"scale_{scale}", "regression", help=ask.format(1 if standardised else scale), at_chance=chance)
            for scale, chance in zip(SCALES, chances, strict=True)
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, standardised: bool = False, draw: int = 0, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(standardised, draw)


@lru_cache(maxsize=8)
def _drawn(draw: int) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Inputs ``(N, 20)`` and targets ``(N, 3)`` of train, validation and test."""
    rng = np.random.default_rng([_SEED, draw])
    inputs = draw_inputs(rng, ROWS, INPUTS)
    shared, own = rng.standard_normal((INPUTS, 1)), APART * rng.standard_normal((INPUTS, len(SCALES)))
    return inputs, tuple(np.array(SCALES) * np.tanh(0.15 * x @ (shared + own)) for x in inputs)


@lru_cache(maxsize=8)
def _load(standardised: bool, draw: int) -> Suite:
    inputs, targets = _drawn(draw)
    answers = standardise(*targets) if standardised else targets
    splits = (make_split(x, list(y.T)) for x, y in zip(inputs, answers, strict=True))
    return make_suite("scales", SOURCE.tasks(standardised, draw), splits)


SOURCE = Scales()
