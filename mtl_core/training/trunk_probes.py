"""What a trunk that learned one task alone knows of the others: heads fitted to it in closed form."""

from itertools import takewhile

import torch
from torch import Tensor

from mtl_core.kinds.meter import Meter
from mtl_core.models.model import Model, Pass
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Task
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.parameters import leaves
from mtl_core.training.stage_probes import numbers

RIDGE = 1e-3
"""The penalty on a head's weights beside a mean squared error, for features of variance one."""

ROWS = 10_000
"""At most so many examples of a split are looked at, evenly spread over it."""

_NUMBERS = 1 << 25
"""Numbers that pass through networks at once, to bound the memory."""


def probes(model: Model, data: Data, parameters: Tensor, example: int) -> tuple[Tensor, Tensor]:
    """How well each task is done on validation by a head fitted to a frozen trunk, and by the network's own head.

    A head is linear, with an offset, and fitted to the train split by ridge regression: of values, and of one number a class,
    1 for an example's own and 0 for others, of which the largest wins. So that what is compared differs in features alone,
    a trunk's own task is done again as well.

    Args:
        model: whose trunks they are.
        data: what they learned.
        parameters: ``(R, P)``.
        example: numbers that pass through one run for one example.

    Returns:
        Twice ``(R, T, M)`` metrics in each task's own order: of fitted heads, NaN for kinds that have neither classes nor
        values, and without labels; and of the network's own, trained or not.

    Cost: a forward pass over both splits, and for each task a system of as many equations as there are features.
    """
    seen, heads = {}, []
    for name, split in (("train", data.train), ("validation", data.validation)):
        rows = torch.arange(0, len(split), -(-len(split) // ROWS), device=split.inputs.device)
        seen[name], meters = _pass(model, data, split, rows, parameters, example)
        heads = [meter.result() for meter in meters]
    own = _table(data, heads)
    fitted = torch.full_like(own, torch.nan)
    train, validation = seen["train"], seen["validation"]
    if train.features.dim() != 4:  # no task reads a vector
        return fitted, own
    known = _Solver(train)
    for place, task in enumerate(data.tasks):
        if KINDS[task.kind].targets not in ("classes", "values"):
            continue
        labels = numbers(task, train.targets(data.train, place))
        stream = place if train.features.shape[1] > 1 else 0
        weights = known.fit(stream, labels, train.mask(data.train, place))
        if weights is None:
            continue
        answers = known.scaled(stream, validation.features[:, stream]) @ weights
        meter, runs = Meter(task, len(parameters), parameters.device), (len(parameters), -1)
        target, mask = validation.targets(data.validation, place), validation.mask(data.validation, place)
        meter.add(answers.float(), target.expand(len(parameters), *target.shape), None if mask is None else mask.expand(runs))
        result = meter.result()
        fitted[:, place, : result.shape[1]] = result
    return fitted, own


class _Seen:
    """What trunks make of some rows of a split: ``features`` ``(R, S, N, F)``, S streams, 1 where all tasks see the same."""

    def __init__(self, rows: Tensor, features: Tensor) -> None:
        self.rows, self.features = rows, features

    def targets(self, split: DeviceSplit, place: int) -> Tensor:
        """Of a task, by its place."""
        return split.targets[place][self.rows]

    def mask(self, split: DeviceSplit, place: int) -> Tensor | None:
        """Where it has labels; None for everywhere."""
        known = split.observed[place]
        return None if known is None else known[self.rows]


def _pass(
    model: Model, data: Data, split: DeviceSplit, rows: Tensor, parameters: Tensor, example: int
) -> tuple[_Seen, list[Meter]]:
    runs, views, last = len(parameters), leaves(model, parameters), model.rows[-1].name
    meters = [Meter(task, runs, parameters.device) for task in data.tasks]
    parts = []
    with torch.no_grad():
        for part in rows.split(max(1, _NUMBERS // (runs * max(1, example)))):
            inputs = split.inputs[part]
            found = model(views, data.arranged(inputs.expand(runs, *inputs.shape)), Pass(observe=True))
            parts.append(_closed(model, data.tasks, found.features[last]))
            for meter, output, target, mask in zip(meters, found.tasks, split.targets, split.observed, strict=True):
                here = target[part]
                meter.add(output, here.expand(runs, *here.shape), None if mask is None else mask[part].expand(runs, -1))
    return _Seen(rows, torch.cat(parts, dim=2)), meters


def _closed(model: Model, tasks: tuple[Task, ...], features: Tensor) -> Tensor:
    """``(R, S, B, ...) -> (R, S, B, F)`` as heads that read a vector close an open end; as they are where there are none."""
    head = next((head for head, task in zip(model.heads, tasks, strict=True) if KINDS[task.kind].reads == "vector"), None)
    if head is None or features.dim() == 4:
        return features
    x = features.flatten(1, 2)
    for layer in takewhile(lambda layer: layer.closing, head.layers):
        x = layer({}, x)
    vectors: Tensor = x.unflatten(1, features.shape[1:3])
    return vectors


class _Solver:
    """Ridge regressions on the same features, of which the products are taken once where all labels are there."""

    def __init__(self, seen: _Seen) -> None:
        features = seen.features.double()  # (R, S, N, F)
        self._centre = features.mean(2, keepdim=True)
        spread = features.std(2, keepdim=True, correction=0)
        self._spread = torch.where(spread > 1e-12, spread, 1.0)  # what does not vary is zero
        self._features = seen.features
        self._products: dict[int, Tensor] = {}

    def scaled(self, stream: int, features: Tensor) -> Tensor:
        """``(R, N, F) -> (R, N, F + 1)``: of variance one, with a one for the offset."""
        x = (features.double() - self._centre[:, stream]) / self._spread[:, stream]
        return torch.cat((x, torch.ones_like(x[..., :1])), dim=-1)

    def fit(self, stream: int, labels: Tensor, mask: Tensor | None) -> Tensor | None:
        """``(R, F + 1, K)`` from ``(N, K)``; None without a label."""
        if mask is not None and not bool(mask.any()):
            return None
        x = self.scaled(stream, self._features[:, stream] if mask is None else self._features[:, stream][:, mask])
        labels = labels if mask is None else labels[mask]
        products = self._products.get(stream) if mask is None else None
        if products is None:
            penalty = torch.full(x.shape[-1:], RIDGE * x.shape[1], dtype=x.dtype, device=x.device)
            penalty[-1] = 0  # the offset is free
            products = x.mT @ x + torch.diag(penalty)
            if mask is None:
                self._products[stream] = products
        weights: Tensor = torch.linalg.solve(products, x.mT @ labels)
        return weights


def _table(data: Data, results: list[Tensor]) -> Tensor:
    width = max(len(task.metrics) for task in data.tasks)
    table = torch.full((len(results[0]), len(results), width), torch.nan, device=results[0].device)
    for place, result in enumerate(results):
        table[:, place, : result.shape[1]] = result
    return table
