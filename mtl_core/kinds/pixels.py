"""Sums over the pixels that have a label."""

import torch
from torch import Tensor


def example_mean(values: Tensor, known: Tensor) -> Tensor:
    """``(R, B, H, W) -> (R, B)`` the mean over an example's known pixels; 0 for one without any."""
    return torch.where(known, values, 0).sum((2, 3)) / known.sum((2, 3)).clamp(min=1)


def labelled(known: Tensor, observed: Tensor | None) -> Tensor:
    """``(R, B, H, W)`` bool: which pixels are known, of examples that have a label ``(R, B)`` (None: all)."""
    return known if observed is None else known & observed[:, :, None, None]


def pixel_sum(values: Tensor, known: Tensor, like: Tensor) -> Tensor:
    """``(R, B, H, W) -> (R,)`` the sum over known pixels, in the dtype of ``like``."""
    return torch.where(known, values, 0).sum((1, 2, 3), dtype=like.dtype)


def counts(cells: Tensor, known: Tensor, many: int, like: Tensor) -> Tensor:
    """``(R, many)`` how often each of ``many`` whole numbers occurs among the known of ``cells`` ``(R, B, H, W)``."""
    runs = len(cells)
    first = torch.arange(0, runs * many, many, device=cells.device).view(-1, 1, 1, 1)
    # What is not known is counted behind all others and left out: to choose what is known takes as long as to count it.
    each = torch.where(known, cells + first, runs * many)
    return torch.bincount(each.flatten(), minlength=runs * many + 1)[:-1].view(runs, many).to(like.dtype)
