"""Which examples each run sees at each step.

Every seed goes through the train split in an order of its own, reshuffled each epoch; epochs are joined end to end and cut
into batches. The order is a function of (seed, epoch), so runs of one seed see the same batches whatever cohort they are in,
and a resumed run needs no stored state.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.random import Purpose, Streams


class Batches:
    """The batches of R runs.

    Args:
        seeds: each run's seed, R of them.
        rows: examples of the train split.
        size: examples of a batch, at most ``rows``.
        device: where the indices are wanted.
        purpose: another one gives batches in another order, independent of these.
    """

    def __init__(
        self, seeds: Sequence[int], rows: int, size: int, device: torch.device, purpose: Purpose = Purpose.BATCHES
    ) -> None:
        distinct = sorted(set(seeds))
        self._streams = Streams.of(distinct, device).at(purpose)
        self._seed_of_run = torch.tensor([distinct.index(seed) for seed in seeds], device=device)
        self._rows, self._size = rows, size
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
        known = self._orders.get(epoch)
        return self._streams.at(epoch).permutations(self._rows) if known is None else known  # (seeds, rows)
