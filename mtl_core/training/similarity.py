"""How alike two tasks see the same examples: linear centred kernel alignment of their features."""

import torch
from torch import Tensor


def alignment(features: Tensor, others: Tensor) -> Tensor:
    """Linear CKA with the unbiased estimator of HSIC: 1 for the same up to rotation and scale, 0 in mean for independent ones.

    ``HSIC(K, L) = (tr(K L) + (1'K1)(1'L1) / ((m-1)(m-2)) - 2/(m-2) 1'KL1) / (m (m-3))`` with the diagonals of K and L set to
    zero. The plain estimator gives independent Gaussian features of d dimensions about ``d / (m + d)``; this one may be
    slightly negative. Features are centred first: exactly neutral here, but an offset costs single precision its digits.

    Args:
        features: ``(..., T, m, d)``, m of 4 or more.
        others: ``(..., U, m, d)``.

    Returns:
        ``(..., T, U)``; NaN where a feature does not vary.

    Source: Kornblith et al. 2019; Song et al. 2012, equation 5; Nguyen, Raghu & Kornblith 2021.
    Cost: ``m² d (T + U) + m² T U``.
    """
    k, other = _kernel(features), _kernel(others)
    cross = _hsic(k, other)
    own = _hsic_of_itself(k)[..., :, None] * _hsic_of_itself(other)[..., None, :]
    return cross / own.clamp(min=0).sqrt()


def _kernel(features: Tensor) -> Tensor:
    centred = features - features.mean(-2, keepdim=True)
    # Scale cancels in the ratio, and squares of squares of large or small features would leave single precision.
    centred = centred / centred.square().mean((-2, -1), keepdim=True).sqrt()
    kernel = centred @ centred.mT
    return kernel - torch.diag_embed(kernel.diagonal(dim1=-2, dim2=-1))


def _hsic(k: Tensor, other: Tensor) -> Tensor:
    rows = k.shape[-1]
    sums, other_sums = k.sum(-1), other.sum(-1)  # (..., T, m)
    product = k.flatten(-2) @ other.flatten(-2).mT
    whole = sums.sum(-1)[..., :, None] * other_sums.sum(-1)[..., None, :] / ((rows - 1) * (rows - 2))
    return (product + whole - 2 / (rows - 2) * sums @ other_sums.mT) / (rows * (rows - 3))


def _hsic_of_itself(k: Tensor) -> Tensor:
    rows = k.shape[-1]
    sums = k.sum(-1)
    whole = sums.sum(-1).square() / ((rows - 1) * (rows - 2))
    return (k.square().sum((-2, -1)) + whole - 2 / (rows - 2) * sums.square().sum(-1)) / (rows * (rows - 3))
