"""How much a test result hangs on the test examples that happened to be drawn."""

from collections.abc import Iterator, Sequence
from functools import reduce

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

_RUNS, _SUMS = 256, 1 << 26
"""Runs that are added up at once, and numbers that they keep meanwhile, for the same reason."""


def left_out(model: Model, data: Data, parameters: Tensor, example: int, part: Tensor | None = None) -> Tensor:
    """``(R, T, M, 1 + K)`` each run's test metrics, then those without the k-th part of the test split; NaN past a task's own.

    Example i lies in part ``i mod K``, the same for all runs, so that differences between runs can be taken part by part. Works
    for every metric that a kind adds up, also those that are no mean over examples.

    Args:
        model: of one run.
        data: its test split is read.
        parameters: ``(R, P)``.
        example: numbers that pass through one run for one example.
        part: ``(R,)`` of runs with folds which rows each was trained on.

    Cost: one forward pass, and 1 + K times adding up; once, for kinds that add up part by part.
    """
    rows = max(1, min(len(data.test), _NUMBERS // max(1, example)))
    kept = (1 + BLOCKS) * sum(Meter(task, 1, parameters.device).size for task in data.tasks)
    at_once = max(1, min(_RUNS, _NUMBERS // (rows * max(1, example)), _SUMS // max(1, kept)))
    pieces = [slice(start, start + at_once) for start in range(0, len(parameters), at_once)]
    own = [None if part is None else part[piece] for piece in pieces]
    return torch.cat([_of_runs(model, data, parameters[some], rows, which) for some, which in zip(pieces, own, strict=True)])


def _of_runs(model: Model, data: Data, parameters: Tensor, rows: int, own_part: Tensor | None) -> Tensor:
    """``left_out`` of runs that fit the memory, so many rows at a time."""
    runs, split, device = len(parameters), data.test, parameters.device
    parts = min(BLOCKS, len(split))
    part = torch.arange(len(split), device=device) % parts
    adds = [kind_of(task.kind).adds for task in data.tasks]
    each = [parts if add else 1 + parts for add in adds]
    meters = [[Meter(task, runs, device) for _ in range(count)] for task, count in zip(data.tasks, each, strict=True)]
    views = leaves(model, parameters)
    for start in range(0, len(split), rows):
        piece = slice(start, start + rows)
        inputs = data.seen(split.inputs[piece].expand(runs, *split.inputs[piece].shape), own_part)
        with torch.no_grad():
            outputs = model(views, data.arranged(inputs)).tasks
        for place, (own, output) in enumerate(zip(meters, outputs, strict=True)):
            target, mask = split.targets[place][piece], split.observed[place]
            targets = data.asked(place, target.expand(runs, *target.shape), own_part)
            if adds[place]:
                for number, meter in enumerate(own):
                    (which,) = torch.nonzero(part[piece] == number, as_tuple=True)
                    known = None if mask is None else mask[piece][which].expand(runs, -1)
                    meter.add(output[:, which], targets[:, which], known)
                continue
            for left, meter in enumerate(own, start=-1):
                kept = part[piece] != left if mask is None else (part[piece] != left) & mask[piece]
                meter.add(output, targets, kept.expand(runs, -1))
    table = parameters.new_full((runs, len(meters), max(len(task.metrics) for task in data.tasks), 1 + parts), torch.nan)
    for place, (task, own) in enumerate(zip(data.tasks, meters, strict=True)):
        each_left = _without_each(own) if adds[place] else own
        table[:, place, : len(task.metrics)] = torch.stack([meter.result() for meter in each_left], dim=2)
    return table


def _without_each(parts: Sequence[Meter]) -> Iterator[Meter]:
    """The whole, and the whole without each part, one after another."""
    whole = reduce(Meter.joined, parts)
    yield whole
    yield from (whole.joined(part, -1) for part in parts)


def chance(data: Data, part: int | None = None) -> Tensor:
    """``(T, M)`` the test metrics of the best answer that looks at no input: the commonest class of the train split, with folds
    of a part's train rows, or the mean of its targets; NaN past a task's own."""
    width = max(len(task.metrics) for task in data.tasks)
    table = torch.full((len(data.tasks), width), torch.nan, device=data.test.inputs.device)
    for place, task in enumerate(data.tasks):
        which = None if part is None else torch.full((1,), part, device=table.device)
        target, mask = data.train.targets[place], data.train.observed[place]
        target = data.asked(place, target[None], which)[0]
        if data.folds is not None and part is not None:
            rows = data.folds.train.rows[part, : data.folds.train.count[part]]
            target, mask = target[rows], None if mask is None else mask[rows]
        answer = kind_of(task.kind).constant(task, target if mask is None else target[mask])
        target, mask = data.test.targets[place], data.test.observed[place]
        meter = Meter(task, 1, target.device)
        targets = data.asked(place, target[None], which)
        meter.add(answer.expand(1, len(target), *answer.shape), targets, None if mask is None else mask[None])
        table[place, : len(task.metrics)] = meter.result()[0]
    return table


def labels(split: DeviceSplit) -> Tensor:
    """``(T,)`` int64: how many examples have a label."""
    return torch.stack(
        [torch.tensor(len(split), device=split.inputs.device) if mask is None else mask.sum() for mask in split.observed]
    )
