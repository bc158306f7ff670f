"""GradDrop against its definition, torchjd and least squares."""

import numpy as np
import pytest
import torch
import torchjd.aggregation as torchjd

from mtl_core.balancing.explained import explained
from mtl_core.balancing.graddrop import GradDrop, masked


def by_definition(jacobian, chance, leak):
    purity = 0.5 * (1 + jacobian.sum(0) / jacobian.abs().sum(0))
    mask = ((purity > chance) & (jacobian > 0)) | ((purity < chance) & (jacobian < 0))
    return ((leak + (1 - leak) * mask) * jacobian).sum(0)


@pytest.mark.parametrize("leak", [0.0, 0.3, 1.0])
def test_masks_as_defined(leak, jacobian):
    values = jacobian(tasks=4, size=50)
    chance = torch.rand(8, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = torch.stack([by_definition(each, u, leak) for each, u in zip(values, chance, strict=True)])
    torch.testing.assert_close(masked(values, chance, leak), expected)


@pytest.mark.parametrize("leak", [0.0, 0.25])
def test_agrees_with_torchjd_on_the_same_draws(leak, jacobian):
    values = jacobian(tasks=3, size=40)
    oracle = torchjd.GradDrop(leak=torch.full((3,), leak, dtype=torch.float64))
    for each in values:
        torch.manual_seed(5)
        expected = oracle(each)
        torch.manual_seed(5)
        chance = torch.rand(40, dtype=torch.float64)
        torch.testing.assert_close(masked(each[None], chance[None], leak)[0], expected)


def test_weights_are_least_squares_and_the_rest_is_stated(jacobian, signals):
    values = jacobian(tasks=3, size=30)
    update, _ = GradDrop()(signals(values), {})
    for run in range(8):
        answer, left, *_ = np.linalg.lstsq(values[run].T.numpy(), update.direction[run].numpy(), rcond=None)
        np.testing.assert_allclose(update.weights[run].numpy(), answer, atol=1e-9)
        np.testing.assert_allclose(
            update.unexplained[run].item(), left[0] / update.direction[run].square().sum().item(), atol=1e-9
        )


def test_without_conflict_it_is_the_sum_and_fully_explained(signals):
    values = torch.rand(4, 3, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    update, _ = GradDrop()(signals(values), {})
    torch.testing.assert_close(update.weights, torch.ones(4, 3, dtype=torch.float64))
    assert update.unexplained.max() < 1e-12


def test_sign_is_drawn_in_proportion_to_its_strength(signals):
    values = torch.tensor([[3.0], [-1.0]]).expand(4000, 2, 1)
    update, _ = GradDrop()(signals(values), {})
    assert set(update.direction.flatten().tolist()) == {3.0, -1.0}
    assert abs((update.direction > 0).float().mean() - 0.75) < 0.03


def test_dependent_gradients_share_the_explanation():
    values = torch.tensor([[[1.0, 2.0], [2.0, 4.0]]], dtype=torch.float64)
    weights, unexplained = explained(values, torch.tensor([[3.0, 6.0]], dtype=torch.float64))
    torch.testing.assert_close(weights @ values[0], torch.tensor([[3.0, 6.0]], dtype=torch.float64))
    torch.testing.assert_close(weights[0, 0], 2 * weights[0, 1])  # equal shares at unit length
    assert unexplained.max() < 1e-12
