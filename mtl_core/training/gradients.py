"""Gradients of many runs at once.

Runs share no parameter, so the gradient of a task's losses summed over runs holds each run's own gradient: one ordinary
backward pass a task serves all runs.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.models.model import Model
from mtl_core.training.parameters import Slices

_ONE_BY_ONE = 3
"""Up to so many tasks their gradients are added up one by one: a product of one row with so few leaves the processor idle."""


class Gradients:
    """The gradient program of a cohort, with the memory that it fills anew each step.

    Args:
        model: the model of one run.
        slices: where its parameters lie.
        views: its autograd leaves, by name.
        tasks: T.
    """

    def __init__(self, model: Model, slices: Slices, views: dict[str, Tensor], tasks: int) -> None:
        self._slices = slices
        self._all = list(views.values())
        self._trunk = [views[parameter.name] for parameter in model.parameters if parameter.stage is not None]
        self._own = [[views[p.name] for p in model.parameters if p.task == task] for task in range(tasks)]
        like = self._all[0].detach()
        self.flat = like.new_zeros(len(like), slices.total)
        self._ones = like.new_ones(len(like))
        self._jacobian = like.new_empty(0)

    def weighted(self, losses: Sequence[Tensor], weights: Tensor) -> Tensor:
        """One backward pass: ``(R, P)`` gradient of ``sum_t w_t L_t``, on trunk and heads.

        Args:
            losses: T of ``(R,)``, with autograd history.
            weights: ``(R, T)`` without.
        """
        grads = _grad(losses, self._all, weights.unbind(1), retain=False)
        torch.cat([grad.flatten(1) for grad in grads], dim=1, out=self.flat)
        return self.flat

    def per_task(self, losses: Sequence[Tensor]) -> Tensor:
        """T backward passes: ``(R, T, P_trunk)``, the Jacobian on the trunk; heads' own gradients go to ``flat``, unscaled.

        A trunk parameter that a task does not use has a zero gradient; where tasks share nothing the Jacobian has no columns.
        """
        tasks, shared = len(losses), len(self._trunk)
        if not self._jacobian.numel():  # cohorts that need only losses may never come here
            self._jacobian = self.flat.new_empty(tasks, len(self.flat), self._slices.trunk)
        for task, loss in enumerate(losses):
            used = self._trunk + self._own[task]
            grads = _grad((loss,), used, (self._ones,), retain=task < tasks - 1) if used else ()
            if shared:
                torch.cat([grad.flatten(1) for grad in grads[:shared]], dim=1, out=self._jacobian[task])
            start, end = self._slices.tasks[task]
            if self._own[task]:
                torch.cat([grad.flatten(1) for grad in grads[shared:]], dim=1, out=self.flat[:, start:end])
        return self._jacobian.transpose(0, 1)

    def combine(self, jacobian: Tensor, weights: Tensor, head_scale: Tensor | None) -> Tensor:
        """``(R, P)`` update: ``w^T J`` on the trunk, each head's own gradient times ``head_scale`` ``(R, T)`` or, None, 1."""
        trunk = self.flat[:, : self._slices.trunk]
        if len(self._own) <= _ONE_BY_ONE:
            torch.mul(jacobian[:, 0], weights[:, :1], out=trunk)
            for task in range(1, len(self._own)):
                trunk.addcmul_(jacobian[:, task], weights[:, task : task + 1])
        else:
            trunk.copy_(torch.bmm(weights.unsqueeze(1), jacobian).squeeze(1))
        if head_scale is not None:
            for task, (start, end) in enumerate(self._slices.tasks):
                self.flat[:, start:end].mul_(head_scale[:, task : task + 1])
        return self.flat


def _grad(losses: Sequence[Tensor], inputs: list[Tensor], weights: Sequence[Tensor], *, retain: bool) -> tuple[Tensor, ...]:
    """Gradients of ``sum_t w_t L_t`` on ``inputs``, zero where nothing leads there.

    The weights enter where the backward pass starts, so that weighting and summing need no graph of their own.
    """
    return torch.autograd.grad(losses, inputs, weights, retain_graph=retain, allow_unused=True, materialize_grads=True)


def gramians(jacobian: Tensor, stages: Sequence[tuple[str, int, int]]) -> Tensor:
    """``(R, L, T, T)`` inner products of the task gradients: the whole trunk, then each stage.

    The whole is the sum of the stages, so no product is taken twice. Without a trunk it is zero and stands alone.
    """
    if not stages:
        return gramian(jacobian).unsqueeze(1)
    parts = [torch.bmm(part, part.transpose(1, 2)) for part in (jacobian[:, :, start:end] for _, start, end in stages)]
    each = torch.stack(parts, dim=1)  # (R, stages, T, T)
    return torch.cat((each.sum(1, keepdim=True), each), dim=1)


def gramian(jacobian: Tensor) -> Tensor:
    """``(R, T, P) @ (R, P, T) -> (R, T, T)``."""
    return torch.bmm(jacobian, jacobian.transpose(1, 2))
