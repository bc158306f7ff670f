"""How far tasks pull apart, from their Gramians."""

from itertools import combinations

import torch
from torch import Tensor


def conflict(gramians: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cosine, magnitude similarity and gradient norms.

    ``cos = <g_i, g_j> / (|g_i| |g_j|)``; ``similarity = 2 |g_i| |g_j| / (|g_i|² + |g_j|²)`` (Yu et al. 2020, definitions 1
    and 2). NaN where a gradient is zero (a task without labels in the batch): there is no angle to speak of.

    Args:
        gramians: ``(..., T, T)``.

    Returns:
        ``(..., Q)`` and ``(..., Q)`` for the Q task pairs in ``itertools.combinations`` order, and ``(..., T)``.
    """
    tasks = gramians.shape[-1]
    first, second = torch.tensor(list(combinations(range(tasks), 2)), device=gramians.device).T
    norms = gramians.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
    a, b = norms[..., first], norms[..., second]
    # Ratios of norms rather than products: a product of two gradients of 1e-20 would underflow to zero.
    cosine = (gramians[..., first, second] / a / b).clamp(-1, 1)
    similarity = 2 / (a / b + b / a)
    return cosine, similarity, norms
