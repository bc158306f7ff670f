"""How alike two tasks see the same examples: linear centred kernel alignment of their features."""

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
    Cost: the cheaper of ``m d² T U`` and ``m² d (T + U) + m² T U``.
    """
    x, y = _centred(features), _centred(others)
    own = _hsic_of_itself(x)[..., :, None] * _hsic_of_itself(y)[..., None, :]
    return _hsic(x, y, _overlaps(x, y)) / own.clamp(min=0).sqrt()


def _centred(features: Tensor) -> Tensor:
    centred = features - features.mean(-2, keepdim=True)
    # Scale cancels in the ratio, and squares of squares of large or small features would leave single precision.
    return centred / centred.square().mean((-2, -1), keepdim=True).sqrt()


def _overlaps(x: Tensor, y: Tensor) -> Tensor:
    """``tr(X X' Y Y') = |X' Y|²`` of every pair ``(..., T, U)``."""
    tasks, rows, width = x.shape[-3:]
    if tasks * width**2 > rows**2:  # of the two ways the one that makes fewer numbers
        return (x @ x.mT).flatten(-2) @ (y @ y.mT).flatten(-2).mT
    side_by_side = [each.transpose(-3, -2).flatten(-2) for each in (x, y)]  # (..., m, T d)
    products = side_by_side[0].mT @ side_by_side[1]  # (..., T d, U d)
    overlaps: Tensor = products.square().unflatten(-1, (-1, width)).sum(-1).unflatten(-2, (tasks, width)).sum(-2)
    return overlaps


def _hsic(x: Tensor, y: Tensor, overlap: Tensor) -> Tensor:
    rows = x.shape[-2]
    # The rows of a centred kernel sum to zero, and to minus their diagonal entry once that is taken out.
    k, other = x.square().sum(-1), y.square().sum(-1)  # (..., T, m)
    whole = k.sum(-1)[..., :, None] * other.sum(-1)[..., None, :] / ((rows - 1) * (rows - 2))
    found: Tensor = overlap + whole - rows / (rows - 2) * k @ other.mT
    return found / (rows * (rows - 3))


def _hsic_of_itself(x: Tensor) -> Tensor:
    one = x.unsqueeze(-3)
    return _hsic(one, one, _overlaps(one, one))[..., 0, 0]
