"""How much a test result hangs on the test examples that happened to be drawn."""

import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.kinds.meter import Meter
from mtl_core.models.model import Model
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.parameters import leaves

BLOCKS = 20
"""Parts that the test split is cut into, or one an example where there are fewer."""

_NUMBERS = 1 << 25
"""Numbers that pass through networks at once, to bound the memory."""


def left_out(model: Model, data: Data, parameters: Tensor, example: int) -> Tensor:
    """``(R, T, M, 1 + K)`` each run's test metrics, then those without the k-th part of the test split; NaN past a task's own.

    Example i lies in part ``i mod K``, the same for all runs, so that differences between runs can be taken part by part. Works
    for every metric that a kind adds up, also those that are no mean over examples. Where one run's test split does not fit
    the memory, its first examples stand for it.

    Args:
        model: of one run.
        data: its test split is read.
        parameters: ``(R, P)``.
        example: numbers that pass through one run for one example.

    Cost: one forward pass, and K times adding up.
    """
    rows = min(len(data.test), max(2, _NUMBERS // max(1, example)))
    at_once = max(1, _NUMBERS // (rows * max(1, example)))
    part = torch.arange(rows, device=parameters.device) % min(BLOCKS, rows)
    found = [_of_runs(model, data, parameters[start : start + at_once], part) for start in range(0, len(parameters), at_once)]
    return torch.cat(found)


def _of_runs(model: Model, data: Data, parameters: Tensor, part: Tensor) -> Tensor:
    runs, rows, split = len(parameters), len(part), data.test
    blocks = int(part.max()) + 1
    with torch.no_grad():
        inputs = split.inputs[:rows]
        outputs = model(leaves(model, parameters), inputs.expand(runs, *inputs.shape))
    width = max(len(task.metrics) for task in data.tasks)
    table = parameters.new_full((runs, len(data.tasks), width, 1 + blocks), torch.nan)
    for place, (task, output) in enumerate(zip(data.tasks, outputs, strict=True)):
        target, mask = split.targets[place][:rows].expand(runs, -1), split.observed[place]
        for block in range(-1, blocks):
            kept = part != block if mask is None else (part != block) & mask[:rows]
            meter = Meter(task, runs, parameters.device)
            meter.add(output, target, kept.expand(runs, -1))
            table[:, place, : len(task.metrics), 1 + block] = meter.result()
    return table


def chance(data: Data) -> Tensor:
    """``(T, M)`` the test metrics of the best answer that looks at no input: the commonest class of the train split, or the
    mean of its targets; NaN past a task's own."""
    width = max(len(task.metrics) for task in data.tasks)
    table = data.test.inputs.new_full((len(data.tasks), width), torch.nan)
    for place, task in enumerate(data.tasks):
        target, mask = _column(data.train, place)
        answer = kind_of(task.kind).constant(task, target if mask is None else target[mask])
        target, mask = _column(data.test, place)
        meter = Meter(task, 1, target.device)
        meter.add(answer.expand(1, len(target), -1), target[None], None if mask is None else mask[None])
        table[place, : len(task.metrics)] = meter.result()[0]
    return table


def labels(split: DeviceSplit) -> Tensor:
    """``(T,)`` int64: how many examples have a label."""
    return torch.stack(
        [torch.tensor(len(split), device=split.inputs.device) if mask is None else mask.sum() for mask in split.observed]
    )


def _column(split: DeviceSplit, task: int) -> tuple[Tensor, Tensor | None]:
    return split.targets[task], split.observed[task]
