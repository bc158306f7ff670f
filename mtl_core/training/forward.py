"""The losses of many runs on their batches."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.models.model import EVALUATION, Model, Outputs, Pass
from mtl_core.training.data import Data


def batch_losses(
    model: Model, data: Data, views: Mapping[str, Tensor], rows: Tensor, at: Pass = EVALUATION
) -> tuple[list[Tensor], Tensor | None, Outputs]:
    """One forward pass on the train split.

    Args:
        model: of one run.
        data: the suite on its device.
        views: the runs' parameters, by name.
        rows: ``(R, B)`` the examples of each run; where there are folds, numbers that say the part too.
        at: the occasion.

    Returns:
        One ``(R,)`` tensor of losses a task, 0 where it has no label in the batch: apart, so that a task's backward pass walks
        its own graph and no other head's. And ``(R, T)`` bool whether there is a label, None when all have one.
        And what the model answered.
    """
    split, (flat, part) = data.train, data.rows(rows)
    inputs = data.seen(split.inputs.index_select(0, flat).unflatten(0, rows.shape), part)
    answered = model(views, data.arranged(inputs), at)
    losses, observed = [], None
    for place, (task, output) in enumerate(zip(data.tasks, answered.tasks, strict=True)):
        target = data.asked(place, split.targets[place].index_select(0, flat).unflatten(0, rows.shape), part)
        mask = split.observed[place]
        known = None if mask is None else mask.index_select(0, flat).view(rows.shape)
        each = kind_of(task.kind).losses(output, target)
        if task.loss_scale != 1:
            each = task.loss_scale * each
        weight = data.weights[place] if data.weights else None
        if weight is not None:
            each = each * weight.index_select(0, rows.flatten()).view(rows.shape)
        if answered.emphasis is not None:
            each = each * answered.emphasis[:, :, place]
        losses.append(masked_mean(each, known))
        if known is not None:
            if observed is None:
                observed = torch.ones(len(rows), len(data.tasks), dtype=torch.bool, device=rows.device)
            observed[:, place] = known.any(1)
    return losses, observed, answered


def table(losses: Sequence[Tensor]) -> Tensor:
    """The losses of ``batch_losses`` as ``(R, T)``, without autograd history."""
    return torch.stack([loss.detach() for loss in losses], dim=1)


def masked_mean(values: Tensor, observed: Tensor | None) -> Tensor:
    """Mean over the examples that have a label, ``(R, B) -> (R,)``; 0 where none has. None means that all have."""
    if observed is None:
        return values.mean(1)
    return torch.where(observed, values, 0).sum(1) / observed.sum(1).clamp(min=1)
