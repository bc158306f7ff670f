"""What the generated suites that each show one idea have in common: sizes, inputs, and noise in training alone."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import Floats, make_split, make_suite, standardise
from mtl_core.suites.suite import Suite, Task

INPUTS = 20
ROWS = (400, 1000, 1000)
NOISE = 0.2


def draw_inputs(rng: np.random.Generator, rows: tuple[int, ...] = ROWS, width: int = INPUTS) -> tuple[Floats, ...]:
    """The inputs of train, validation and test: ``x ~ N(0, I)``, ``(N, width)`` each, standardised on train.

    A rule is planted in the inputs as they are given, so that the directions and regions it reads are known exactly.
    """
    return standardise(*(rng.standard_normal((count, width)) for count in rows))


def draw_directions(rng: np.random.Generator, count: int, width: int = INPUTS) -> Floats:
    """Orthonormal directions of the input: ``(width, count)``."""
    return np.asarray(np.linalg.qr(rng.standard_normal((width, count)))[0], dtype=np.float64)


def regressions(
    name: str,
    tasks: tuple[Task, ...],
    inputs: tuple[Floats, ...],
    rule: Callable[[Floats], Floats],
    rng: np.random.Generator,
    labelled: npt.NDArray[np.bool_] | None = None,
) -> Suite:
    """A suite of regressions on planted rules.

    Targets are scaled to standard deviation one, noise of standard deviation ``NOISE`` is added to those for training alone,
    and all are standardised on the train labels that are there.

    Args:
        name: the suite's name.
        tasks: its T tasks.
        inputs: what ``draw_inputs`` gave.
        rule: from inputs ``(N, D)`` to targets without noise ``(N, T)``.
        rng: where the noise is from.
        labelled: which train labels there are, ``(N, T)``; None for all.
    """
    clean = standardise(*(rule(x) for x in inputs))
    train = clean[0] + NOISE * rng.standard_normal(clean[0].shape)
    targets = standardise(train if labelled is None else np.where(labelled, train, np.nan), *clean[1:])
    masks = (labelled, None, None)
    splits = (make_split(x, list(y.T), mask) for x, y, mask in zip(inputs, targets, masks, strict=True))
    return make_suite(name, tasks, splits)
