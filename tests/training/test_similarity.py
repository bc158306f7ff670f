"""Centred kernel alignment against its definition by kernels, and where it must be one or nothing."""

import pytest
import torch
from torch import Tensor

from mtl_core.training.similarity import alignment


def by_kernels(features: Tensor, others: Tensor) -> Tensor:
    """The estimator as it is written in Song et al. 2012, equation 5, one pair of tasks at a time."""

    def hsic(k: Tensor, other: Tensor) -> Tensor:
        m = len(k)
        k, other = k - k.diag().diag(), other - other.diag().diag()
        whole = k.sum() * other.sum() / ((m - 1) * (m - 2))
        return ((k * other).sum() + whole - 2 / (m - 2) * (k @ other).sum()) / (m * (m - 3))

    found = torch.empty(len(features), len(others))
    for place, a in enumerate(features):
        for other, b in enumerate(others):
            k, second = a @ a.T, b @ b.T
            found[place, other] = hsic(k, second) / (hsic(k, k) * hsic(second, second)).sqrt()
    return found


@pytest.mark.parametrize(("rows", "width"), [(40, 6), (12, 30), (20, 12)], ids=["narrow", "wide", "between"])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_it_is_the_estimator_of_its_source(rows: int, width: int, scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(3, rows, width, generator=generator)
    second = 0.5 * first[:2] + torch.randn(2, rows, width, generator=generator)
    expected = by_kernels(first.double(), second.double())
    torch.testing.assert_close(alignment(first * scale, second + 3), expected, atol=2e-5, rtol=0)


def test_turned_and_scaled_features_are_alike_and_constant_ones_are_like_nothing() -> None:
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(1, 50, 8, generator=generator)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    assert alignment(features, 7 * features @ turn).item() == pytest.approx(1, abs=1e-5)
    assert alignment(features, torch.ones_like(features)).isnan().all()
