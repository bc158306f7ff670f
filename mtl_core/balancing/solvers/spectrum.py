"""Eigenvalues and pseudo-inverse of Gramians, for batches in which one run may have diverged."""

import torch
from torch import Tensor


def spectrum(matrix: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """Eigenvalues, eigenvectors and which eigenvalues are not just rounding.

    An eigensolver stops the whole batch at one run's NaN. Here such a run is decomposed as zeros; its caller's other inputs
    still hold the NaN, so its answer does too.

    Args:
        matrix: ``(R, T, T)`` symmetric, float64.
        epsilon: the relative rounding of its entries.

    Returns:
        ``(R, T)`` ascending, ``(R, T, T)`` in columns, and ``(R, T)`` bool: above ``4 T epsilon`` of the largest.
    """
    sound = matrix.isfinite().all(-1).all(-1)[:, None, None]
    values, vectors = torch.linalg.eigh(torch.where(sound, matrix, 0.0))
    counted = values > 4 * matrix.shape[-1] * epsilon * values[:, -1:].clamp(min=0)
    return values, vectors, counted & (values > 0)


def shortest_solution(matrix: Tensor, target: Tensor, epsilon: float) -> Tensor:
    """``A^+ y`` ``(R, T)``: among the least-squares solutions of ``A x = y`` the shortest.

    Args:
        matrix: ``(R, T, T)`` ``A``, symmetric positive semi-definite, float64.
        target: ``(R, T)`` ``y``.
        epsilon: the relative rounding of the entries of ``A``.
    """
    values, vectors, counted = spectrum(matrix, epsilon)
    inverse = torch.where(counted, 1 / values, 0.0)
    share = (vectors.mT @ target.unsqueeze(-1)).squeeze(-1)
    return (vectors @ (inverse * share).unsqueeze(-1)).squeeze(-1)
