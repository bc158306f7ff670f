"""Trajectories as a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from mtl_core.errors import SpecError
from mtl_core.landscapes.problem import Problem
from mtl_core.landscapes.walk import Recorded, built, placed, walk
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.landscapes import Walk, check_methods, check_starts, method_label
from mtl_core.spec.optimizers import OPTIMIZERS


def trajectories(
    problem: str | Problem,
    methods: Any,
    starts: Sequence[Sequence[float]] | None = None,
    *,
    scale: float | None = None,
    steps: int | None = None,
    learning_rate: float | None = None,
    optimizer: Any = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Where every method goes from every start, all as one batch in float64.

        >>> import mtl_core as mtl
        >>> table = mtl.landscapes.trajectories("valley", ["equal", "mgda"], [(0, 0)], steps=100)
        >>> table.groupby("method")["distance_to_front"].last()  # doctest: +SKIP

    Args:
        problem: a name of ``PROBLEMS``, or a problem of your own making, such as ``Quadratics(matrices, optima)``.
        methods: names of ``METHODS``, with options as text (``cagrad:c=0.5``) or as mappings; fixed weights are
            ``{"name": "fixed", "weights": (0.3, 0.7)}``.
        starts: points with n numbers, or with two for a place in the problem's picture; None for those of the paper. A
            problem of your own needs them.
        scale: what the first loss is multiplied by; None for the paper's. A problem of your own has one already.
        steps: updates of each trajectory; None for the paper's.
        learning_rate: of the optimizer; None for the paper's.
        optimizer: a name of ``OPTIMIZERS`` or a mapping with options; None for the paper's.
        seed: what methods with random numbers draw from.

    Returns:
        A row for each method, start (its place in ``starts``) and kept step: ``method``, ``start``, ``step``, ``x1`` to
        ``xn``, ``L1``, ``L2``, ``distance_to_front`` (in parameter space). Of long trajectories 500 evenly spaced steps are
        kept, and the last one.

    Raises:
        SpecError: an unknown name, or a value that is refused.
    """
    if isinstance(problem, Problem):
        chosen = check_methods(methods)
        points = check_starts(starts or (), problem.dimensions)
        if not points:
            raise SpecError("starts must be given for a problem of your own, found none; give a list of points.")
        rule = choose("optimizer", OPTIMIZERS, optimizer or "adam")
        usual = Walk("quadratics", chosen, steps=steps, learning_rate=learning_rate, seed=seed)
        return _table(problem, chosen, points, usual, rule)
    asked = Walk(problem, methods, starts, scale, steps, learning_rate, optimizer, seed)
    return _table(built(asked), asked.methods, asked.starts, asked, asked.optimizer)


def _table(problem: Problem, methods: Sequence[Choice], starts: Sequence[Any], asked: Walk, rule: Choice) -> pd.DataFrame:
    assert asked.steps is not None and asked.learning_rate is not None  # noqa: S101, PT018 - a checked walk has both
    points = placed(problem, starts)
    found = walk(
        problem, methods, points, steps=asked.steps, learning_rate=asked.learning_rate, optimizer=rule, seed=asked.seed
    )
    return tabulate(problem, found, [method_label(method) for method in methods])


def tabulate(problem: Problem, found: Recorded, labels: Sequence[str]) -> pd.DataFrame:
    """What was recorded, as the table that ``trajectories`` returns."""
    count, runs = found.x.shape[:2]
    starts = runs // len(labels)

    def column(values: torch.Tensor) -> np.ndarray[Any, Any]:
        return values.transpose(0, 1).reshape(-1).numpy()  # (S, R) -> one trajectory after the other

    data: dict[str, Any] = {
        "method": pd.Categorical(np.repeat(np.array(labels, dtype=object), starts * count), list(labels)),
        "start": np.tile(np.repeat(np.arange(starts), count), len(labels)),
        "step": np.tile(found.steps, runs),
    }
    data |= {f"x{place + 1}": column(found.x[..., place]) for place in range(problem.dimensions)}
    data |= {f"L{task + 1}": column(found.losses[..., task]) for task in range(2)}
    return pd.DataFrame(data | {"distance_to_front": column(problem.distance_to_front(found.x))})
