"""Reading a cohort's metrics on a split."""

import torch
from torch import Tensor

from mtl_core.kinds.meter import Meter
from mtl_core.models.model import EVALUATION, Pass
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data, DeviceSplit

_NUMBERS = 1 << 25
"""Numbers that pass through the networks of all runs at once: bounds the memory of an evaluation."""

TRAIN_ROWS, FEWEST_ROWS = 500, 100
"""Examples of the train split that a train curve is read on: enough for a curve, a fraction of the cost; and so many at least,
where an example takes so long that these would take as long as training."""


def train_rows(example: int) -> int:
    """On how many examples a train curve is read, of which each passes so many numbers through one run."""
    return max(FEWEST_ROWS, min(TRAIN_ROWS, _NUMBERS // (2 * max(1, example))))


def evaluate(
    cohort: Cohort, data: Data, split: str | DeviceSplit, example: int, rows: int | None = None, at: Pass = EVALUATION
) -> Tensor:
    """``(R, T, M)`` metrics of every run and task on the first ``rows`` examples of the split; NaN past a task's own,
    for runs that diverged and for tasks that a run does not train.

    Args:
        cohort: the runs.
        data: whose tasks they learn.
        split: the name of one of its splits, or one that all runs read; of runs with folds each reads its own train and
            validation examples, and ``besides`` is the other fold that it is trained without.
        example: numbers that pass through one run for one example.
        rows: how many examples; None for all.
        at: the occasion, such as a preference.
    """
    runs, device = len(cohort.runs), data.train.inputs.device
    meters = [Meter(task, runs, device) for task in data.tasks]
    chunk = max(1, _NUMBERS // (runs * max(1, example)))
    own = isinstance(split, str) and split != "test" and data.folds is not None
    read = _Own(cohort, data, str(split)) if own else _Same(cohort, data, split)
    end = len(read) if rows is None else min(rows, len(read))
    for start in range(0, end, chunk):
        inputs, targets, observed = read.piece(start, min(start + chunk, end))
        outputs = cohort.answer(inputs, at)
        for meter, output, target, mask in zip(meters, outputs, targets, observed, strict=True):
            meter.add(output, target, mask)
    results = [meter.result() for meter in meters]
    table = torch.full((runs, len(results), max(result.shape[1] for result in results)), torch.nan, device=device)
    for place, result in enumerate(results):
        table[:, place, : result.shape[1]] = result
    return table.masked_fill(~(cohort.alive[:, None] & cohort.trained)[:, :, None], torch.nan)


Piece = tuple[Tensor, list[Tensor], list[Tensor | None]]
"""Inputs ``(R, B, ...)``, and for each task targets ``(R, B, ...)`` and masks ``(R, B)``, None where all labels are there."""


class _Same:
    """A split that all runs read."""

    def __init__(self, cohort: Cohort, data: Data, split: str | DeviceSplit) -> None:
        self._runs, self._data, self._part = len(cohort.runs), data, cohort.part
        self._split: DeviceSplit = getattr(data, split) if isinstance(split, str) else split

    def __len__(self) -> int:
        return len(self._split)

    def piece(self, start: int, end: int) -> Piece:
        """The examples in these places."""

        def every(values: Tensor) -> Tensor:
            return values[start:end].expand(self._runs, *values[start:end].shape)

        split, data, part = self._split, self._data, self._part
        targets = [data.asked(task, every(target), part) for task, target in enumerate(split.targets)]
        masks = [None if mask is None else every(mask) for mask in split.observed]
        return data.seen(every(split.inputs), part), targets, masks


class _Own:
    """Rows of the pool that are each run's own; a run with fewer than others has none in the last places."""

    def __init__(self, cohort: Cohort, data: Data, split: str) -> None:
        assert data.folds is not None  # noqa: S101 - whoever asks has looked
        self._data, self._part = data, data.folds.parts_of(cohort.runs)
        if split == "train":
            self._table, self._of = data.folds.train, self._part
        else:
            fold = [run.fold if split == "validation" else run.besides for run in cohort.runs]
            self._table, self._of = data.folds.held, self._part.new_tensor([each or 0 for each in fold])
        self._even = bool((self._table.count == self._table.count[0]).all())

    def __len__(self) -> int:
        return int(self._table.rows.shape[1])

    def piece(self, start: int, end: int) -> Piece:
        """The examples in these places."""
        data, split, part = self._data, self._data.train, self._part
        rows, there = self._table.of_runs(self._of, start, end)
        flat, shape = rows.flatten(), rows.shape

        def own(values: Tensor) -> Tensor:
            found: Tensor = values.index_select(0, flat).unflatten(0, shape)
            return found

        targets = [data.asked(task, own(target), part) for task, target in enumerate(split.targets)]
        masks: list[Tensor | None] = [None if self._even else there] * len(targets)
        for task, mask in enumerate(split.observed):
            if mask is not None:
                masks[task] = own(mask) & there
        return data.seen(own(split.inputs), part), targets, masks
