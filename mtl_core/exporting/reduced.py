"""What some tasks need of a trained model: the network that leaves."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from mtl_core.exporting.network import Network
from mtl_core.models.model import EVALUATION, Model, Parameter, Pass

NEAR = 1e-5
"""How far an answer ``a`` may be from that of the model that was trained: ``NEAR * (1 + |a|)``."""

_ROWS = 256
"""Examples that are answered at once."""

Answer = Callable[[Tensor], Mapping[str, Tensor]]
"""From a batch of examples to an answer a task."""


class Whole(NamedTuple):
    """A run's whole model, as it was trained.

    Args:
        model: of its strategy.
        values: the parameters ``(1, *shape)`` by name.
        at: the occasion that it is asked on, such as a preference.
        per_task: whether every task has inputs of its own.
    """

    model: Model
    values: Mapping[str, Tensor]
    at: Pass = EVALUATION
    per_task: bool = False

    def answer(self, x: Tensor) -> dict[str, Tensor]:
        """What it answers to ``(B, ...)``, or ``(B, T, ...)`` where tasks have inputs of their own."""
        with torch.no_grad():
            outputs = self.model(self.values, x.transpose(0, 1)[None] if self.per_task else x[None], self.at).tasks
        return {name: output[0] for name, output in zip(self.model.names, outputs, strict=True)}


def reduced(whole: Whole, answers: Mapping[str, int], x: Tensor, smaller: Model | None = None) -> Network:
    """The network that answers these tasks, with the parameters that they use alone.

    One task alone gets the same strategy built for it alone where that comes to the same answers, as wherever tasks do not read
    each other. Else it is the whole strategy, in which zeros stand for what the tasks' losses do not reach, and a task's own
    copies for those of the others.

    Args:
        whole: the model.
        answers: the tasks, each with its place among the model's.
        x: examples that answers are compared on.
        smaller: the same strategy built for the task; None where it cannot be.
    """
    if smaller is not None and len(answers) == 1:
        (task,) = answers.values()
        values = _of_smaller(whole, task, smaller)
        if values is not None:
            network = Network(smaller, values, dict.fromkeys(answers, 0), per_task=whole.per_task)
            if farthest(whole, network, answers, x) <= NEAR:
                return network
    values, rows = {}, {}
    for parameter in whole.model.parameters:
        value = whole.values[parameter.name][0]
        mine = [copy for copy, user in enumerate(parameter.users) if user in answers.values()]
        if parameter.users and not mine:
            continue
        if parameter.each and len(mine) < len(parameter.users):
            value = value[mine]
            rows[parameter.name] = [mine.index(copy) if copy in mine else 0 for copy in range(len(parameter.users))]
        values[parameter.name] = value
    return Network(whole.model, values, answers, rows, per_task=whole.per_task)


def farthest(whole: Whole, answer: Answer, answers: Mapping[str, int], x: Tensor) -> float:
    """The largest difference between the answers of ``answer`` and those of the whole model, each by ``1 + |the model's|``."""
    found = 0.0
    for part in x.split(_ROWS):
        wanted, given = whole.answer(part), answer(asked(part, answers, per_task=whole.per_task))
        for name in answers:
            if wanted[name].shape != given[name].shape:
                return float("inf")
            apart = (wanted[name] - given[name]).abs() / (1 + wanted[name].abs())
            found = max(found, float(apart.nan_to_num(nan=float("inf")).max()))
    return found


def asked(x: Tensor, answers: Mapping[str, int], *, per_task: bool) -> Tensor:
    """What the network is given of examples: where tasks have inputs of their own and one is asked, those of that task."""
    return x[:, next(iter(answers.values()))] if per_task and len(answers) == 1 else x


def _of_smaller(whole: Whole, task: int, smaller: Model) -> dict[str, Tensor] | None:
    """The values of a model that was built for one task, out of those of all; None where they are not the same parameters."""
    known = {parameter.name: parameter for parameter in whole.model.parameters}
    found: dict[str, Tensor] = {}
    for parameter in smaller.parameters:
        of_head = parameter.name.startswith("head.0.")
        name = f"head.{task}.{parameter.name.removeprefix('head.0.')}" if of_head else parameter.name
        if name not in known or (rows := _rows(known[name], parameter, task)) is None:
            return None
        value = whole.values[name][0]
        found[parameter.name] = value[rows] if rows else value
    return found


def _rows(source: Parameter, wanted: Parameter, task: int) -> list[int] | None:
    """Which copies of a parameter a task has, none where there are no copies; None where the two are not the same."""
    copies = list(source.users) if source.each else list(range(source.shape[0])) if source.shape and not source.users else []
    mine = [copy for copy, user in enumerate(copies) if user == task]
    if source.shape == wanted.shape and not source.each:
        return []
    return mine if mine and wanted.shape == (len(mine), *source.shape[1:]) else None
