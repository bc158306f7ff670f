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
        self._slices, self._tasks = slices, tasks
        self._all = list(views.values())
        self._trunk = [views[p.name] for p in model.parameters if p.trunk]
        own = [p for p in model.parameters if p.users and not p.trunk]
        self._own = [[views[p.name] for p in own if p.users == (task,)] for task in range(tasks)]
        # Copies that lie side by side, one a task: a pass a task would walk all of them each time.
        self._private = [views[p.name] for p in own] if any(len(p.users) > 1 for p in own) else []
        like = self._all[0].detach()
        self.flat = like.new_zeros(len(like), slices.total)
        self._ones = like.new_ones(len(like))
        self._jacobian = like.new_empty(0)

    def weighted(self, losses: Sequence[Tensor], weights: Tensor, penalties: Sequence[Tensor] = ()) -> Tensor:
        """One backward pass: ``(R, P)`` gradient of ``sum_t w_t L_t`` and of the penalties, on all parameters.

        Args:
            losses: T of ``(R,)``, with autograd history.
            weights: ``(R, T)`` without.
            penalties: each ``(R,)``, with autograd history.
        """
        factors = (*weights.unbind(1), *(self._ones for _ in penalties))
        grads = _grad((*losses, *penalties), self._all, factors, retain=False)
        torch.cat([grad.flatten(1) for grad in grads], dim=1, out=self.flat)
        return self.flat

    def per_task(self, losses: Sequence[Tensor], *, retain: bool = False) -> Tensor:
        """T backward passes: ``(R, T, P_trunk)``, the Jacobian on the trunk; tasks' own gradients go to ``flat``, unscaled.

        A trunk parameter that a task does not use has a zero gradient; where tasks share nothing the Jacobian has no columns.
        What tasks own side by side comes from one pass of all losses, for each number hears of one task alone.

        Args:
            losses: T of ``(R,)``, with autograd history.
            retain: whether the history is needed once more.
        """
        tasks, shared = len(losses), len(self._trunk)
        if not self._jacobian.numel():  # cohorts that need only losses may never come here
            self._jacobian = self.flat.new_empty(tasks, len(self.flat), self._slices.trunk)
        if self._private:
            grads = _grad(losses, self._private, (self._ones,) * tasks, retain=retain or shared > 0)
            torch.cat([grad.flatten(1) for grad in grads], dim=1, out=self.flat[:, self._slices.own])
        place = self._slices.trunk
        for task, loss in enumerate(losses):
            own = [] if self._private else self._own[task]
            used = self._trunk + own
            grads = _grad((loss,), used, (self._ones,), retain=retain or task < tasks - 1) if used else ()
            if shared:
                torch.cat([grad.flatten(1) for grad in grads[:shared]], dim=1, out=self._jacobian[task])
            if own:
                end = place + sum(leaf[0].numel() for leaf in own)
                torch.cat([grad.flatten(1) for grad in grads[shared:]], dim=1, out=self.flat[:, place:end])
                place = end
        return self._jacobian.transpose(0, 1)

    def combine(self, jacobian: Tensor, weights: Tensor, head_scale: Tensor | None) -> Tensor:
        """``(R, P)`` update: ``w^T J`` on the trunk, tasks' own gradients times ``head_scale`` ``(R, T)`` or, None, 1, and zero
        on what is auxiliary."""
        trunk, own = self.flat[:, : self._slices.trunk], self._slices.own
        if self._tasks <= _ONE_BY_ONE:
            torch.mul(jacobian[:, 0], weights[:, :1], out=trunk)
            for task in range(1, self._tasks):
                trunk.addcmul_(jacobian[:, task], weights[:, task : task + 1])
        else:
            trunk.copy_(torch.bmm(weights.unsqueeze(1), jacobian).squeeze(1))
        if head_scale is not None:
            self.flat[:, own].mul_(head_scale.index_select(1, self._slices.owner))
        self.flat[:, own.stop :].zero_()
        return self.flat

    def add(self, penalties: Sequence[Tensor]) -> None:
        """Add the penalties' gradients to ``flat``: one backward pass more, over what ``per_task`` retained."""
        grads = _grad(penalties, self._all, (self._ones,) * len(penalties), retain=False)
        self.flat.add_(torch.cat([grad.flatten(1) for grad in grads], dim=1))


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
