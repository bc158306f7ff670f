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
    cohort: Cohort, data: Data, split: DeviceSplit, example: int, rows: int | None = None, at: Pass = EVALUATION
) -> Tensor:
    """``(R, T, M)`` metrics of every run and task on the first ``rows`` examples of the split; NaN past a task's own,
    for runs that diverged and for tasks that a run does not train.

    Args:
        cohort: the runs.
        data: whose tasks they learn.
        split: one of its splits.
        example: numbers that pass through one run for one example.
        rows: how many examples; None for all.
        at: the occasion, such as a preference.
    """
    runs, device = len(cohort.runs), split.inputs.device
    meters = [Meter(task, runs, device) for task in data.tasks]
    chunk = max(1, _NUMBERS // (runs * max(1, example)))
    end = len(split) if rows is None else min(rows, len(split))
    for start in range(0, end, chunk):
        part = slice(start, min(start + chunk, end))
        outputs = cohort.predict(split.inputs[part], at)
        for meter, output, target, mask in zip(meters, outputs, split.targets, split.observed, strict=True):
            meter.add(
                output, target[part].expand(runs, *target[part].shape), None if mask is None else mask[part].expand(runs, -1)
            )
    results = [meter.result() for meter in meters]
    table = torch.full((runs, len(results), max(result.shape[1] for result in results)), torch.nan, device=device)
    for place, result in enumerate(results):
        table[:, place, : result.shape[1]] = result
    return table.masked_fill(~(cohort.alive[:, None] & cohort.trained)[:, :, None], torch.nan)
