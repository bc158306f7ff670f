"""What strategies are composed of, between stages: activations carry ``(R, S, B, ...)`` with S streams, 1 where all tasks see
the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.attention import real
from mtl_core.layers.fused import Blend
from mtl_core.layers.stage import Stage

_IMAGES = 6
"""Dimensions of ``(R, S, B, C, H, W)``: the one kind of activations whose channels are not last."""


_counts: ContextVar[list[int] | None] = ContextVar("counts", default=None)


@contextmanager
def counted_mixes() -> Iterator[list[int]]:
    """Meanwhile the floating-point operations of every mix that is made number by number, two for each weight and number, are
    added to a list: whoever counts products of matrices does not see them."""
    counts: list[int] = []
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)


def _count(mixed: Tensor, modules: int) -> Tensor:
    counts = _counts.get()
    if counts is not None:
        counts.append(2 * modules * mixed.numel())
    return mixed


def side_by_side(stage: Stage, parameters: Mapping[str, Tensor], x: Tensor, prefix: str) -> Tensor:
    """K copies of a stage at once, each on a stream of its own or all on the same: the copies are folded into the run axis.

    ``(R, 1 or K, B, ...) -> (R, K, B, ...)`` with parameters ``(R, K, *shape)``.
    """
    own = {name: parameters[f"{prefix}{name}"] for name in stage.shapes}
    runs, copies = next(iter(own.values())).shape[:2]
    folded = x.expand(runs, copies, *x.shape[2:]).flatten(0, 1)  # a copy only where all read one stream
    y: Tensor = stage({name: value.flatten(0, 1) for name, value in own.items()}, folded)
    apart: Tensor = y.unflatten(0, (runs, copies))
    return apart


Module = Callable[[Mapping[str, Tensor], Tensor, str], Tensor]
"""A stage or a part of one: parameters, ``(R, B, ...)`` and their prefix."""


def together(stage: Module, parameters: Mapping[str, Tensor], x: Tensor, prefix: str) -> Tensor:
    """One module on all streams, which are folded into the batch: ``(R, S, B, ...) -> (R, S, B, ...)``."""
    streams = x.shape[1]
    if streams == 1:
        # A choice of stream would lay its gradient into zeros; without an axis there is nothing to copy.
        return stage(parameters, x.squeeze(1), prefix).unsqueeze(1)
    y: Tensor = stage(parameters, x.flatten(1, 2), prefix).unflatten(1, (streams, -1))
    return y


def mix(weights: Tensor, x: Tensor) -> Tensor:
    """``y_t = sum_k W_tk x_k`` with one weight a pair: ``(R, T, K)``, ``(R, K, B, ...) -> (R, T, B, ...)``."""
    mixed: Tensor = torch.bmm(weights, x.flatten(2)).unflatten(2, x.shape[2:])
    return mixed


def mix_channels(weights: Tensor, x: Tensor) -> Tensor:
    """``mix`` with one weight a pair and channel: ``(R, T, K, C)``."""
    shape = (*weights.shape[:3], 1, weights.shape[3]) if x.dim() == 4 else _spread(weights, x)
    return _count(_summed(weights.view(shape), x), x.shape[1])


def blend(weights: Tensor, choices: Sequence[Tensor]) -> Tensor:
    """``mix`` with one weight a pair and example, where tasks may choose among modules of their own: ``weights``
    ``(R, T, K, B or 1)``, and K ``choices``, each ``(R, T or 1, B, ...)``: a module for every task or one for all."""
    return _count(Blend.apply(weights, *choices), len(choices))  # type: ignore[no-untyped-call]


def project(weights: Tensor, x: Tensor) -> Tensor:
    """``y_t = sum_k W_tk x_k`` with a matrix a pair, at every position: ``(R, T, D, K, C)``, ``(R, K, B, ...) -> (R, T, B,
    ...)`` with D channels."""
    tasks, outputs = weights.shape[1:3]
    matrix = weights.flatten(3).flatten(1, 2)  # (R, T D, K C)
    if x.dim() == _IMAGES:  # a convolution of one pixel keeps the order (B, R, K C, H, W) that images have in memory
        runs, stacked = len(x), x.permute(2, 0, 1, 3, 4, 5).flatten(1, 3)
        images = F.conv2d(stacked, matrix.reshape(-1, matrix.shape[2], 1, 1), groups=runs)
        apart: Tensor = images.unflatten(1, (runs, tasks, outputs)).permute(1, 2, 0, 3, 4, 5)
        return apart
    rows = x.movedim(1, -2).flatten(-2)  # (R, B, ..., K C)
    y = torch.bmm(rows.flatten(1, -2), matrix.mT).view(*rows.shape[:-1], tasks, outputs)
    return y.movedim(-2, 1)


def channel_axis(x: Tensor) -> int:
    """Which axis of ``(R, S, B, ...)`` has the channels."""
    return 3 if x.dim() == _IMAGES else x.dim() - 1


def _spread(weights: Tensor, x: Tensor) -> tuple[int, ...]:
    """The shape in which ``(R, T, K, C)`` weights lie over ``(R, T, K, B, ...)``: channels are third of images, else last."""
    positions = x.dim() - 4
    if x.dim() == _IMAGES:
        return (*weights.shape[:3], 1, weights.shape[3], 1, 1)
    return (*weights.shape[:3], *(1,) * (1 + positions), weights.shape[3])


def _summed(weights: Tensor, x: Tensor) -> Tensor:
    # Module by module: the product over all at once would hold (R, T, K, B, ...), and its batched products are too small.
    total = weights[:, :, 0] * x[:, None, 0]
    for place in range(1, x.shape[1]):
        total = torch.addcmul(total, weights[:, :, place], x[:, None, place])
    return total


def pooled(x: Tensor, *, padded: bool = False) -> Tensor:
    """The mean over positions, where ``padded`` over those that are no padding: ``(R, S, B, ...) -> (R, S, B, C)``; vectors
    stay as they are."""
    if x.dim() == _IMAGES:
        return x.mean((4, 5))
    if padded and x.dim() == 5:
        return x.sum(3) / real(x).sum(3).clamp(min=1)
    return x if x.dim() == 4 else x.mean(tuple(range(3, x.dim() - 1)))


def channels(shape: tuple[int, ...]) -> int:
    """How many channels activations of one example ``(...)`` have."""
    return shape[0] if len(shape) == 3 else shape[-1]
