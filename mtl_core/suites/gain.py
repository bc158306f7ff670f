"""Eight tasks that are one network, each with other units of its first layer turned off."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats
from mtl_core.suites.planted import INPUTS, ROWS, draw_inputs, regressions
from mtl_core.suites.suite import Suite, SuiteSource, Task

TASKS = 8
UNITS = 8
OFF = 4

_SEED = 20253


class Gain(SuiteSource):
    """Eight regressions on ``x ~ N(0, I)`` in 20 dimensions, with 400 train rows, from one two-layer network.

    ``y_k = v . tanh(W_2 (g_k * relu(W_1 x)))``: ``W_1``, ``W_2`` and ``v`` are the same for all; the gains ``g_k`` of the
    eight units of the first layer are a task's own, ``off`` of them zero and the others one. The gains come before a
    nonlinearity that mixes the units, so a task's linear head cannot stand in for them.

    With four units off a plain shared trunk gains on most tasks; with six it gains on none and loses on some. In an untuned
    probe, per-task gains on that trunk added 0.02 R2 to it with four units off and 0.03 with six.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict the answer of one hidden network in which this task has some units turned off."
        return tuple(Task(f"task_{task + 1}", "regression", help=ask) for task in range(TASKS))

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, off: int = OFF, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(off)


@lru_cache(maxsize=UNITS)
def _load(off: int) -> Suite:
    rng = np.random.default_rng(_SEED)
    inputs = draw_inputs(rng)
    first = rng.standard_normal((INPUTS, UNITS)) / np.sqrt(INPUTS)
    second = 2 * rng.standard_normal((UNITS, UNITS)) / np.sqrt(UNITS)
    last = rng.standard_normal(UNITS)
    # An order of the units for each task: with a larger ``off`` a task has the same units off, and more.
    gains = np.stack([rng.permutation(UNITS) >= off for _ in range(TASKS)]).astype(np.float64)

    def rule(x: Floats) -> Floats:
        hidden = np.maximum(x @ first, 0)
        return np.stack([np.tanh((gain * hidden) @ second) @ last for gain in gains], axis=1)

    return regressions("gain", SOURCE.tasks(), inputs, rule, rng)


SOURCE = Gain()
