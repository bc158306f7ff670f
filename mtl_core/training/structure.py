"""Looking at what a strategy's model has come to share."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from statistics import median

import torch
from torch import Tensor

from mtl_core.models.model import Model, Outputs, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.records.sharing import Trace
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.forward import batch_losses
from mtl_core.training.parameters import leaves
from mtl_core.training.similarity import alignment

ROWS = 256
"""Validation examples that structure is read on, the same for all runs; with folds the first of all pooled examples."""

_NUMBERS = 1 << 24
"""Numbers that pass through networks at once, to bound the memory."""


def observe(cohort: Cohort, model: Model, data: Data, example: int) -> dict[str, Tensor]:
    """The traces of a cohort's model, ``(R, ...)`` by name, on the first ``ROWS`` validation examples, and of each stage that
    tasks see differently ``similarity`` ``(R, T, T)`` and ``ceiling`` ``(R, T)``: the alignment of two tasks, and of one task
    with itself in the next seed.

    NaN for runs that diverged and for tasks that a run does not train.
    """
    differ = [row.name for row in model.rows if row.name in model.differing]
    if not model.traces and not differ:
        return {}
    inputs = data.validation.inputs[:ROWS]
    at_once = max(1, _NUMBERS // (len(inputs) * max(1, example)))
    pieces = [slice(start, start + at_once) for start in range(0, len(cohort.runs), at_once)]
    own = [None if cohort.part is None else cohort.part[piece] for piece in pieces]
    parts = [_look(model, data, cohort.parameters[s], inputs, part) for s, part in zip(pieces, own, strict=True)]
    tables = {trace.name: torch.cat([part.traces[trace.name] for part in parts]) for trace in model.traces}
    for name in differ if len(inputs) > 3 else ():
        features = torch.cat([part.features[name] for part in parts]).flatten(3)
        tables[f"similarity.{name}"] = alignment(features, features)
        following = _next_seed(cohort, features.device)
        ceiling = alignment(features.unsqueeze(2), features[following].unsqueeze(2))[..., 0, 0]  # of each task with itself
        alone = following == torch.arange(len(following), device=features.device)
        tables[f"ceiling.{name}"] = ceiling.masked_fill(alone[:, None], torch.nan)  # of one seed nothing is known
    axes = {trace.name: trace.axes for trace in layout_traces(model)}
    return {name: _masked(table, axes[name], cohort) for name, table in tables.items()}


def layout_traces(model: Model) -> tuple[Trace, ...]:
    """All that ``observe`` gives, and what its axes are."""
    names, similar = model.names, []
    for row in model.rows:
        if row.name in model.differing:
            similar.append(
                Trace(f"similarity.{row.name}", ("task", "task"), (names, names), "how alike two tasks see examples")
            )
            similar.append(Trace(f"ceiling.{row.name}", ("task",), (names,), "how alike one task sees them in two seeds"))
    return (*model.traces, *similar)


def _look(model: Model, data: Data, parameters: Tensor, inputs: Tensor, part: Tensor | None) -> Outputs:
    def seen(shown: Tensor) -> Outputs:
        x = data.arranged(data.seen(shown.expand(len(parameters), *shown.shape), part))
        return model(leaves(model, parameters), x, Pass(observe=True))

    with torch.no_grad():
        outputs = seen(inputs)
        if data.per_task:  # what tasks see of different examples cannot be compared: features are of one set for all
            outputs = replace(outputs, features=seen(inputs[:, :1].expand_as(inputs)).features)
    return outputs


def _next_seed(cohort: Cohort, device: torch.device) -> Tensor:
    """For each run the place of the same question in the next seed; its own where there is one seed alone."""
    places = sorted(range(len(cohort.runs)), key=lambda place: (cohort.runs[place].label, place))
    following = list(range(len(places)))
    for _, group in groupby(places, key=lambda place: cohort.runs[place].label):
        members = list(group)
        for member, other in zip(members, members[1:] + members[:1], strict=True):
            following[member] = other
    return torch.tensor(following, device=device)


def _masked(table: Tensor, axes: tuple[str, ...], cohort: Cohort) -> Tensor:
    hidden = ~cohort.alive
    table = table.masked_fill(hidden.view(-1, *(1,) * (table.dim() - 1)), torch.nan)
    for place, axis in enumerate(axes, start=1):
        if axis == "task":
            shape = [len(table), *(1,) * (table.dim() - 1)]
            shape[place] = -1
            table = table.masked_fill(~cohort.trained.view(shape), torch.nan)
    return table


def latency(model: Model, data: Data, parameters: Tensor) -> float:
    """Seconds from one example to the answers of all tasks, for one run by itself."""
    views, x = leaves(model, parameters), data.arranged(data.validation.inputs[:1].unsqueeze(0))

    def answer() -> None:
        with torch.no_grad():
            model(views, x).tasks[0].sum().item()

    return _typical(answer)


def step_time(model: Model, data: Data, parameters: Tensor, batch: int) -> float:
    """Seconds of the forward and the backward pass of one batch, for one run by itself: cohorts of different sizes would not
    compare. Of a strategy that searches it is what was found that is timed, as ``latency`` does."""
    views = leaves(model, parameters)
    rows = torch.arange(min(batch, len(data.train)), device=parameters.device)[None]
    last = max(model.turns, default=0)
    at = Pass(last, Streams.of([0], parameters.device).at(Purpose.SHARING).at(last))

    def passes() -> None:
        losses, _, answered = batch_losses(model, data, views, rows, at)
        total = torch.stack([*losses, *answered.penalties.values()]).sum()
        grads = torch.autograd.grad(total, list(views.values()), allow_unused=True)
        next(grad for grad in grads if grad is not None).sum().item()  # waits for the device

    return _typical(passes)


def _typical(action: Callable[[], None], times: int = 15) -> float:
    """Median seconds of an action, after a few for warmth."""
    taken = []
    for _ in range(times + 3):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return median(taken[3:])
