"""A suite's folds on the device: which rows each run has, and how it sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtl_core.random import Purpose
from mtl_core.spec.choice import Choice
from mtl_core.spec.plan import Run
from mtl_core.suites.folds import Folded, Rows, Scale
from mtl_core.training.batches import Batches
from mtl_core.training.sources import Source, sources_of

Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of several parts: ``rows`` ``(P, n)`` int64, past the end of a shorter part its first again; ``count`` ``(P,)``."""

    rows: Tensor
    count: Tensor

    @classmethod
    def of(cls, parts: Sequence[Rows], device: torch.device) -> "Table":
        """Of the parts' own rows."""
        width = max(map(len, parts))
        padded = np.stack([np.concatenate([rows, np.repeat(rows[:1], width - len(rows))]) for rows in parts])
        return cls(torch.from_numpy(padded).to(device), torch.tensor([len(rows) for rows in parts], device=device))

    def of_runs(self, part: Tensor, start: int, end: int) -> tuple[Tensor, Tensor]:
        """For runs of these parts ``(R,)`` the rows in the places from ``start`` to before ``end``, ``(R, B)``, and whether
        there is one."""
        places = torch.arange(start, end, device=part.device)
        return self.rows[:, start:end].index_select(0, part), places < self.count.index_select(0, part)[:, None]


@dataclass(frozen=True, eq=False)
class Folds:
    """What runs of P parts and K folds read of a pool of N rows.

    Args:
        folded: the folds themselves.
        size: N.
        train: the rows that runs of each part train on.
        held: the rows of each fold.
        inputs: ``(P, ...)`` each what inputs are standardised by; None where they are left as they are.
        targets: the same of every task.
        sources: for each part those of its train rows, by their places among these.
    """

    folded: Folded
    size: int
    train: Table
    held: Table
    inputs: Pair | None
    targets: tuple[Pair | None, ...]
    sources: tuple[tuple[Source, ...], ...]

    @classmethod
    def of(cls, folded: Folded, sampling: Choice | None, device: torch.device) -> "Folds":
        """Send what is needed of a suite's folds to the device."""
        parts = range(len(folded.parts))
        training = [folded.training(part) for part in parts]
        held = [folded.held(fold) for fold in range(1 + max(folded.fold))]
        suite, observed = folded.suite, folded.pool.observed
        return cls(
            folded,
            len(folded.pool),
            Table.of(training, device),
            Table.of(held, device),
            _stacked([folded.inputs_scale(part) for part in parts], device),
            tuple(_stacked([folded.targets_scale(task, part) for part in parts], device) for task in range(len(suite.tasks))),
            tuple(sources_of(suite, sampling, device, observed[rows]) if sampling else () for rows in training),
        )

    @property
    def fewest(self) -> int:
        """The fewest rows that a run trains on that is trained without one fold."""
        return int(self.train.count[: len(self.held.count)].min())

    def parts_of(self, runs: Sequence[Run]) -> Tensor:
        """``(R,)`` int64 the parts of runs."""
        return torch.tensor([self.folded.part_of(run.fold or 0, run.besides) for run in runs], device=self.train.rows.device)


def _stacked(scales: Sequence[Scale | None], device: torch.device) -> Pair | None:
    known = [scale for scale in scales if scale is not None]
    if not known:
        return None
    centre, spread = (torch.from_numpy(np.stack(each)).to(device) for each in zip(*known, strict=True))
    return centre, spread


class FoldBatches:
    """The batches of R runs of which each has rows of its own: runs of one seed and fold see the same, in the order in which
    they would if a suite had just these rows for training.

    Args:
        runs: the runs.
        folds: their rows.
        size: examples of a batch.
        purpose: as for ``Batches``.
    """

    def __init__(self, runs: Sequence[Run], folds: Folds, size: int, purpose: Purpose = Purpose.BATCHES) -> None:
        self._folds, self._part = folds, folds.parts_of(runs)
        own, counts = self._part.tolist(), folds.train.count.tolist()
        # Parts with as many rows go through them alike; with several sources each has numbers of its own.
        kinds = [(counts[part], part if folds.sources[part] else -1) for part in own]
        self._groups = []
        for kind in dict.fromkeys(kinds):
            places = [place for place, other in enumerate(kinds) if other == kind]
            seeds, sources = [runs[place].seed for place in places], folds.sources[own[places[0]]]
            batches = Batches(seeds, kind[0], size, self._part.device, purpose, sources)
            self._groups.append((torch.tensor(places, device=self._part.device), batches))

    def at(self, step: int) -> Tensor:
        """``(R, B)`` int64 row numbers of this step (from 0), which say their part too; see ``Data.folds``."""
        found: list[Tensor] = []
        for places, batches in self._groups:
            part = self._part.index_select(0, places)
            found.append(self._folds.train.rows.index_select(0, part).gather(1, batches.at(step)))
        rows = found[0]
        if len(found) > 1:
            rows = torch.empty(len(self._part), rows.shape[1], dtype=rows.dtype, device=rows.device)
            for (places, _), own in zip(self._groups, found, strict=True):
                rows[places] = own
        return rows + self._part[:, None] * self._folds.size
