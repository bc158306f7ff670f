"""Two regressions whose weight vectors have a cosine to choose: the synthetic data of the MMoE paper."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import Floats, make_split, make_suite, standardise
from mtl_core.suites.planted import draw_directions, draw_inputs
from mtl_core.suites.suite import Suite, SuiteSource, Task

INPUTS = 100
ROWS = (2000, 1000, 1000)
NOISE = 0.1
COSINE = 0.5
SINES = 4
SCALE = 1.0

_SEED = 20257


class Relatedness(SuiteSource):
    """Two regressions on ``x ~ N(0, I)`` in 100 dimensions.

    ``w_1 = c u_1``, ``w_2 = c (p u_1 + sqrt(1 - p^2) u_2)`` with ``u_1``, ``u_2`` orthonormal, so that ``p`` is the cosine of
    the two weight vectors, and ``y_k = w_k . x + sum_{i=1..m} sin(a_i w_k . x + b_i) + noise`` with noise of variance 0.01 in
    every split, as in the paper; then standardised on train, as everywhere. ``draw`` draws other inputs, directions and noise;
    the other options change none of these, so differences between them are paired. The paper's claims are about means and
    spread over such draws: one draw says nothing for or against them.

    The paper gives the 100 dimensions, ``p`` and the noise. Guesses, since it does not give them: the number of rows (2000 for
    training), the number of sines ``m`` (``sines``), the scale ``c`` (``scale``), and ``a_i = i``, ``b_i = (i - 1)^2``, which
    are those of the google-research code. The paper draws fresh data throughout; here they are fixed.

    Source: Ma et al., Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, KDD 2018,
    section 3.2.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Predict a wavy function of one hidden direction of the input."
        return tuple(Task(f"task_{task + 1}", "regression", help=ask) for task in range(2))

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, p: float = COSINE, sines: int = SINES, scale: float = SCALE, draw: int = 0, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(p, sines, scale, draw)


def weight_vectors(directions: Floats, p: float, scale: float) -> Floats:
    """``w_1`` and ``w_2`` as columns ``(D, 2)``, from the orthonormal ``u_1`` and ``u_2`` ``(D, 2)``."""
    mixes = np.array([[1.0, p], [0.0, np.sqrt(1 - p**2)]])
    return np.asarray(scale * directions @ mixes, dtype=np.float64)


@lru_cache(maxsize=8)
def _load(p: float, sines: int, scale: float, draw: int) -> Suite:
    rng = np.random.default_rng([_SEED, draw])
    inputs = draw_inputs(rng, ROWS, INPUTS)
    weights = weight_vectors(draw_directions(rng, 2, INPUTS), p, scale)
    index = np.arange(1, sines + 1)

    def answers(x: Floats) -> Floats:
        along = x @ weights
        waves = np.sin(along[..., None] * index + (index - 1) ** 2).sum(axis=-1)
        return np.asarray(along + waves + NOISE * rng.standard_normal(along.shape), dtype=np.float64)

    targets = standardise(*(answers(x) for x in inputs))
    splits = (make_split(x, list(y.T)) for x, y in zip(inputs, targets, strict=True))
    return make_suite("relatedness", SOURCE.tasks(), splits)


SOURCE = Relatedness()
