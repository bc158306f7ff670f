"""Which examples each run sees at each step.

Every seed goes through the train split in an order of its own, reshuffled each epoch; epochs are joined end to end and cut
into batches. The order is a function of (seed, epoch), so runs of one seed see the same batches whatever cohort they are in,
and a resumed run needs no stored state.

Where rows are of several sources and some are to be seen more often than they occur, an epoch has a fixed number of each
source's rows, in random order. Each source is gone through in an order of its own, reshuffled when it is through: that is a
function of (seed, epoch) too, for so many of its rows were seen in each epoch before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.random import Purpose, Streams
from mtl_core.training.sources import Source

_SOURCES = 1 << 31
"""Where the draws of sources begin among those of epochs, of which there are never so many."""


class Batches:
    """The batches of R runs.

    Args:
        seeds: each run's seed, R of them.
        rows: examples of the train split.
        size: examples of a batch, at most ``rows``.
        device: where the indices are wanted.
        purpose: another one gives batches in another order, independent of these.
        sources: of which an epoch consists; none for every row once.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        rows: int,
        size: int,
        device: torch.device,
        purpose: Purpose = Purpose.BATCHES,
        sources: Sequence[Source] = (),
    ) -> None:
        distinct = sorted(set(seeds))
        self._streams = Streams.of(distinct, device).at(purpose)
        self._seed_of_run = torch.tensor([distinct.index(seed) for seed in seeds], device=device)
        self._sources = tuple(sources)
        self._rows, self._size = sum(source.count for source in sources) or rows, size
        self._orders: dict[int, Tensor] = {}

    def at(self, step: int) -> Tensor:
        """``(R, B)`` int64 row numbers of this step (from 0)."""
        start = step * self._size
        first, last = start // self._rows, (start + self._size - 1) // self._rows
        self._orders = {epoch: self._order(epoch) for epoch in range(first, last + 1)}
        rows = torch.cat([*self._orders.values()], dim=1) if last > first else self._orders[first]
        offset = start - first * self._rows
        return rows[:, offset : offset + self._size].index_select(0, self._seed_of_run)

    def _order(self, epoch: int) -> Tensor:
        """``(seeds, rows)`` int64, the rows of an epoch."""
        if (known := self._orders.get(epoch)) is not None:
            return known
        mixed = self._streams.at(epoch).permutations(self._rows)
        if not self._sources:
            return mixed
        taken = [self._taken(place, source, epoch) for place, source in enumerate(self._sources)]
        return torch.cat(taken, dim=1).gather(1, mixed)

    def _taken(self, place: int, source: Source, epoch: int) -> Tensor:
        """``(seeds, count)`` int64, the rows of a source that come next in this epoch."""
        start, size = epoch * source.count, len(source.rows)
        rounds = range(start // size, (start + source.count - 1) // size + 1)
        streams = self._streams.at(_SOURCES + place)
        order = torch.cat([streams.at(number).permutations(size) for number in rounds], dim=1)
        offset = start - rounds[0] * size
        return source.rows[order[:, offset : offset + source.count]]
