"""Where the rows of a suite are of several sources: which rows are whose, and how many of each an epoch has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.spec.choice import Choice
from mtl_core.spec.sampling import PROPORTIONAL, shares, sources
from mtl_core.suites.suite import Suite


@dataclass(frozen=True)
class Source:
    """Rows of the train split that have labels of the same tasks.

    Args:
        rows: ``(n,)`` int64 their numbers.
        count: how many examples of an epoch come from it.
    """

    rows: Tensor
    count: int


def sources_of(
    suite: Suite, sampling: Choice, device: torch.device, observed: npt.NDArray[np.bool_] | None = None
) -> tuple[Source, ...]:
    """The sources of a suite with the tasks it is left with; none where rows are drawn as often as they occur.

    An epoch is as long as there are rows with a label. Rows that have none, such as those of a task that was left out, are in
    no source. ``observed`` says which labels there are, in place of the train split's.
    """
    if sampling.name == PROPORTIONAL:
        return ()
    names = [task.name for task in suite.tasks]
    found = []
    for tasks in sources(suite.name, names):
        there = (suite.train.observed if observed is None else observed)[:, [names.index(task) for task in tasks]].any(axis=1)
        found.append(torch.from_numpy(np.flatnonzero(there)).to(device))
    rows = [len(each) for each in found]
    return tuple(Source(each, count) for each, count in zip(found, parted(sum(rows), shares(sampling, rows)), strict=True))


def parted(total: int, parts: Sequence[float]) -> list[int]:
    """A whole number in parts, each at least one, as near as can be to ``total * part``: what is left over goes where most was
    cut off.

    >>> parted(10, [0.05, 0.45, 0.5])
    [1, 4, 5]
    """
    counts = [max(1, int(total * part)) for part in parts]
    left = sorted(range(len(parts)), key=lambda place: counts[place] - total * parts[place])
    for place in left[: max(0, total - sum(counts))]:
        counts[place] += 1
    return counts
