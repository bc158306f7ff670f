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

    With one or three channels a product over unfolded images beats a convolution in groups by two.

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
