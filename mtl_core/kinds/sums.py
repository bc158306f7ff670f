"""Sums over the examples that have a label."""

import torch
from torch import Tensor


def zeros(runs: int, device: torch.device) -> Tensor:
    """``(R,)`` sums over nothing: in float64, in which counts are exact and long sums lose nothing; MPS has float32 alone."""
    return torch.zeros(runs, dtype=torch.float32 if device.type == "mps" else torch.float64, device=device)


def total(values: Tensor, observed: Tensor | None, like: Tensor) -> Tensor:
    """``(R, B, ...) -> (R, ...)`` sum of the values that have a label (None: all), in the dtype of ``like``."""
    if observed is not None:
        values = torch.where(observed.view(*observed.shape, *(1,) * (values.dim() - 2)), values, 0)
    return values.sum(1, dtype=like.dtype)


def count(target: Tensor, observed: Tensor | None, like: Tensor) -> Tensor:
    """``(R,)`` how many examples of ``target`` ``(R, B)`` have a label."""
    return like.new_full((len(target),), target.shape[1]) if observed is None else observed.sum(1, dtype=like.dtype)
