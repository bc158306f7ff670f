"""Pieces of a network as one autograd function each, where autograd's own chain of operations costs more than the arithmetic.

What they save: a gradient that reaches an activation in another memory order than the activation (which costs it tenfold), a
pass over memory for every small operation, and the gradient of inputs that nobody asked for.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class ReadoutProduct(torch.autograd.Function):
    """``y = W x^T + b`` for ``x`` ``(R, B, I)``, ``W`` ``(R, C, I)``, ``b`` ``(R, C)``: ``(R, C, B)``.

    Backward gives the gradient of ``x`` as ``g^T W``, which lies in memory like ``x``; autograd's would lie transposed.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.baddbmm(bias.unsqueeze(2), weight, x.mT)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        back = torch.bmm(gradient.mT, weight) if ctx.needs_input_grad[0] else None
        return back, torch.bmm(gradient, x), gradient.sum(2)


class FirstConvolution(torch.autograd.Function):
    """A convolution of inputs that need no gradient, in ``(B, R, ...)`` order: ``y_br = W_r unfold(x_br) + b_r``.

    With one or three channels a product over unfolded images beats a convolution in groups by two, where channels come first in
    memory.

    ``columns`` ``(B R, C k k, H W)``, ``W`` ``(R, F, C k k)``, ``b`` ``(R, F)``; gives ``(B R, F, H W)``.
    """

    @staticmethod
    def forward(ctx: Any, columns: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(columns)
        ctx.runs = len(weight)
        batch = len(columns) // len(weight)
        return torch.baddbmm(bias.repeat(batch, 1).unsqueeze(2), weight.repeat(batch, 1, 1), columns)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (columns,) = ctx.saved_tensors
        each = torch.bmm(gradient, columns.mT)  # (B R, F, C k k)
        return None, each.unflatten(0, (-1, ctx.runs)).sum(0), gradient.sum(2).unflatten(0, (-1, ctx.runs)).sum(0)


class Blend(torch.autograd.Function):
    """``y_t = sum_k W_tk x_k`` for ``W`` ``(R, T, K, B or 1)`` and K of ``x`` ``(R, T or 1, B, ...)``: ``(R, T, B, ...)``.

    Module by module, for the product over all at once would hold ``(R, T, K, B, ...)`` and batched products are too small here;
    and backward task by task, so that nothing larger than one activation is held either.
    """

    @staticmethod
    def forward(ctx: Any, weights: Tensor, *choices: Tensor) -> Tensor:
        ctx.save_for_backward(weights, *choices)
        weights = Blend._spread(weights, choices[0])
        total = weights[:, :, 0] * choices[0]
        for k in range(1, len(choices)):
            total.addcmul_(weights[:, :, k], choices[k])
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weights, *choices = ctx.saved_tensors
        spread, tasks = Blend._spread(weights, gradient), range(gradient.shape[1])
        over = tuple(range(2 if weights.shape[3] > 1 else 1, gradient.dim() - 1))
        of_weights = [
            torch.stack([(gradient[:, t] * x[:, t if x.shape[1] > 1 else 0]).sum(over) for x in choices], dim=1) for t in tasks
        ]
        found: list[Tensor | None] = [torch.stack(of_weights, dim=1).view_as(weights)]
        for k, x in enumerate(choices):
            if x.shape[1] > 1 or len(tasks) == 1:
                found.append(spread[:, :, k] * gradient if ctx.needs_input_grad[1 + k] else None)
                continue
            total = spread[:, 0, k] * gradient[:, 0]
            for t in tasks[1:]:
                total.addcmul_(spread[:, t, k], gradient[:, t])
            found.append(total.unsqueeze(1))
        return tuple(found)

    @staticmethod
    def _spread(weights: Tensor, x: Tensor) -> Tensor:
        return weights.reshape(*weights.shape, *(1,) * (x.dim() - 3))
