"""Reading a cohort's metrics on a split."""

import torch
from torch import Tensor

from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.losses import example_losses
from mtl_core.training.metrics import measure

_NUMBERS = 1 << 25
"""Numbers that pass through the networks of all runs at once: bounds the memory of an evaluation."""

TRAIN_ROWS = 500
"""Examples of the train split that a train curve is read on: enough for a curve, a fraction of the cost."""


def evaluate(cohort: Cohort, data: Data, split: DeviceSplit, example: int, rows: int | None = None) -> Tensor:
    """``(R, T, M)`` metrics of every run and task on the first ``rows`` examples of the split; NaN past a task's own
    and for runs that diverged.

    Args:
        cohort: the runs.
        data: whose tasks they learn.
        split: one of its splits.
        example: numbers that pass through one run for one example.
        rows: how many examples; None for all.
    """
    inputs = split.inputs[:rows]
    chunk = max(1, _NUMBERS // (len(cohort.runs) * max(1, example)))
    pieces = [cohort.predict(part) for part in inputs.split(chunk)]
    columns = max(len(task.metrics) for task in data.tasks)
    table = torch.full((len(cohort.runs), len(data.tasks), columns), torch.nan, device=inputs.device)
    for place, task in enumerate(data.tasks):
        output = torch.cat([piece[place] for piece in pieces], dim=1)
        target, mask = split.targets[place][:rows], split.observed[place]
        losses = example_losses(task, output, target.expand(len(cohort.runs), -1))
        known = torch.ones_like(target, dtype=torch.bool) if mask is None else mask[:rows]
        table[:, place, : len(task.metrics)] = measure(task, output, target, losses, known)
    return table.masked_fill(~cohort.alive[:, None, None], torch.nan)
