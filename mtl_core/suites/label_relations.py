"""How strongly the labels of two tasks go together, without any training: the baseline of all measures of affinity."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Suite, Task

FEWEST = 10
"""Examples with labels of both tasks, of which less is said nothing."""

Labels = npt.NDArray[np.generic]

Relations = tuple[tuple[float | None, ...], ...]
"""``(T, T)``, symmetric, each between 0 and 1; None where labels cannot be compared."""


def label_relations(suite: Suite) -> Relations:
    """The association of every two tasks' labels over the train split: of two numbers the absolute Pearson correlation, of two
    classes Cramér's V, of a class and a number the correlation ratio. For two classes each all three are the same number.

    None where an answer is neither one class nor one number, where labels do not vary or are rarely there together, and
    where every task has examples of its own. On the diagonal is 1 for a task whose labels can be compared.
    """
    tasks, split = suite.tasks, suite.train
    count = len(tasks)
    found: list[list[float | None]] = [[None] * count for _ in tasks]
    fit = [] if suite.per_task else [place for place, task in enumerate(tasks) if comparable(task)]
    for at, i in enumerate(fit):
        found[i][i] = 1.0
        for j in fit[:at]:
            both = split.observed[:, i] & split.observed[:, j]
            if both.sum() >= FEWEST:
                value = _association((tasks[i], tasks[j]), (split.targets[i][both], split.targets[j][both]))
                found[i][j] = found[j][i] = None if value is None else round(min(value, 1.0), 6)
    return tuple(map(tuple, found))


def comparable(task: Task) -> bool:
    """Whether an answer is one class or one number."""
    return task.single and KINDS[task.kind].targets in ("classes", "values")


def _association(tasks: Sequence[Task], labels: Sequence[Labels]) -> float | None:
    (a, b), (x, y) = [KINDS[task.kind].targets == "classes" for task in tasks], labels
    if a and b:
        return cramer(x, y)
    if a or b:
        return correlation_ratio(x, y) if a else correlation_ratio(y, x)
    return correlation(x, y)


def correlation(x: Labels, y: Labels) -> float | None:
    """``|r|`` of two ``(N,)`` of numbers, Pearson's; None where one does not vary."""
    a, b = (each.astype(np.float64) - each.mean(dtype=np.float64) for each in (x, y))
    scale = np.sqrt((a @ a) * (b @ b))
    return float(abs(a @ b) / scale) if scale > 0 else None


def cramer(x: Labels, y: Labels) -> float | None:
    """``V = sqrt(χ² / (N min(r - 1, c - 1)))`` of two ``(N,)`` of classes, r and c of which occur; None where one is constant.

    Source: Cramér 1946, without a correction for few examples.
    """
    (_, a), (_, b) = np.unique(x, return_inverse=True), np.unique(y, return_inverse=True)
    rows, columns = int(a.max()) + 1, int(b.max()) + 1
    if min(rows, columns) < 2:
        return None
    table = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (table.sum() * (min(rows, columns) - 1))))


def correlation_ratio(classes: Labels, values: Labels) -> float | None:
    """``η = sqrt(Σ_c n_c (mean_c - mean)² / Σ (y - mean)²)`` of ``(N,)`` classes and values; None where one does not vary.

    Source: Pearson 1905.
    """
    _, place, count = np.unique(classes, return_inverse=True, return_counts=True)
    apart = values.astype(np.float64) - values.mean(dtype=np.float64)
    whole = apart @ apart
    if len(count) < 2 or not whole > 0:
        return None
    return float(np.sqrt((np.bincount(place, apart) ** 2 / count).sum() / whole))
