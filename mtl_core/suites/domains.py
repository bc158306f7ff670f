"""One rule in six places: every task has examples of its own, moved by an offset that has nothing to do with the answer."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split, make_suite, standardise
from mtl_core.suites.planted import INPUTS, NOISE, draw_directions
from mtl_core.suites.suite import Suite, SuiteSource, Task

TASKS = 6
ROWS = (80, 1000, 1000)
NEWCOMER_LABELS = 10
DIRECTIONS = 2
OFFSET = 2.0

_SEED = 20256


class Domains(SuiteSource):
    """Six times the same question of two classes, each asked of examples of its own: inputs ``(N, 6, 20)``.

    ``x = e + offset o_k`` with ``e ~ N(0, I)`` and a random sign in every entry of ``o_k`` that is left once the rule's
    directions are taken out of it; the answer is whether ``tanh(1.5 z) . v + 0.7 z_1 z_2 > 0`` for ``z = x A``, two
    orthonormal directions, with noise of standard deviation 0.2 on the train labels alone. Each domain has 80 train examples;
    the last, ``newcomer``, has labels for 10 of them, five of each class, and its test split asks what the others are worth to
    it.

    Classes rather than numbers: standardising each domain's targets would make six rules of the one. The setting is that of
    the reviews of sixteen products in Liu, Qiu & Huang, Adversarial Multi-task Learning for Text Classification, ACL 2017.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        ask = "Is the answer above zero? The rule is the same in every domain; the examples are this domain's own."
        names = (*(f"domain_{task + 1}" for task in range(TASKS - 1)), "newcomer")
        return tuple(Task(name, "classification", 2, ask, ("below", "above")) for name in names)

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, offset: float = OFFSET, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(offset)


@lru_cache(maxsize=8)
def _load(offset: float) -> Suite:
    rng = np.random.default_rng(_SEED)
    own = [rng.standard_normal((rows, TASKS, INPUTS)) for rows in ROWS]
    directions = draw_directions(rng, DIRECTIONS)
    mix, product = rng.standard_normal(DIRECTIONS), rng.standard_normal()
    signs = rng.choice((-1.0, 1.0), (TASKS, INPUTS))
    nuisance = signs - signs @ directions @ directions.T
    noise = NOISE * rng.standard_normal((ROWS[0], TASKS))

    pooled = standardise(*((x + offset * nuisance).reshape(-1, INPUTS) for x in own))
    splits = []
    for place, (x, inputs) in enumerate(zip(own, pooled, strict=True)):
        z = x @ directions
        answer = np.tanh(1.5 * z) @ mix + 0.7 * product * z[..., 0] * z[..., 1]
        classes = (answer + (noise if place == 0 else 0) > 0).astype(np.int64)
        labelled = _labelled(classes) if place == 0 else None
        splits.append(make_split(inputs.reshape(x.shape), list(classes.T), labelled))
    return make_suite("domains", SOURCE.tasks(), splits, per_task=True)


def _labelled(classes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which train labels there are, ``(N, T)``: the newcomer's first few of either class, and all the others."""
    labelled = np.ones(classes.shape, dtype=np.bool_)
    labelled[:, -1] = False
    for answer in (0, 1):
        labelled[np.flatnonzero(classes[:, -1] == answer)[: NEWCOMER_LABELS // 2], -1] = True
    return labelled


SOURCE = Domains()
