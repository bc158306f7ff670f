"""PBI and COSMOS, which bring losses to asked proportions."""

import pytest
import torch

from mtl_core.balancing import weights
from mtl_core.balancing.once import build

EYE = torch.eye(3, dtype=torch.float64)[None]
P = [0.2, 0.3, 0.5]


def on_a_front(name: str, steps: int = 4000, **options) -> torch.Tensor:
    """Where descent on the concave front ``L = 1 - exp(-|x -+ c|^2)`` of two tasks ends."""
    centres = torch.full((2, 4), 0.5, dtype=torch.float64) * torch.tensor([[1.0], [-1.0]])
    x = torch.tensor([[0.1, -0.2, 0.3, 0.0]], dtype=torch.float64)
    for _ in range(steps):
        away = x - centres
        fall = torch.exp(-away.square().sum(1))
        gradients = 2 * away * fall[:, None]
        w = weights(name, (gradients @ gradients.T)[None], (1 - fall)[None], **options)[0]
        x = x - 0.002 * (w @ gradients)
    return 1 - torch.exp(-(x - centres).square().sum(1))


@pytest.mark.parametrize("p", [(0.5, 0.5), (0.35, 0.65)])
@pytest.mark.parametrize(("name", "options"), [("pbi", {}), ("cosmos", {"penalty": 5.0})])
def test_losses_end_in_the_proportions_on_a_concave_front(name, options, p):
    losses = on_a_front(name, p=list(p), **options)
    assert (losses / losses.sum()).tolist() == pytest.approx(p, abs=0.05)


def test_pbi_on_its_ray_goes_straight_down():
    losses = torch.tensor([[0.4, 0.6, 1.0]], dtype=torch.float64)
    p = torch.tensor(P, dtype=torch.float64)
    torch.testing.assert_close(weights("pbi", EYE, losses, p=P)[0], p / p.norm())
    assert weights("pbi", EYE, torch.zeros(1, 3, dtype=torch.float64)).isfinite().all()


def test_pbi_of_theta_zero_and_cosmos_without_penalty_are_fixed_weights():
    losses = torch.rand(1, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p = torch.tensor(P, dtype=torch.float64)
    torch.testing.assert_close(weights("pbi", EYE, losses, theta=0.0, p=P)[0], p / p.norm())
    torch.testing.assert_close(weights("cosmos", EYE, losses, penalty=0.0, p=P)[0], p)


def test_pbi_measures_from_the_least_loss_so_far(signals):
    method = build("pbi", {"ideal": "least"})[1]
    losses = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    jacobian = torch.eye(2, dtype=torch.float64)[None]
    _, state = method(signals(jacobian, losses), method.init(losses))
    found, _ = method(signals(jacobian, losses + torch.tensor([1.0, 1.0]), step=1), state)
    torch.testing.assert_close(found.weights, torch.full((1, 2), 0.5**0.5, dtype=torch.float64))
    found, _ = method(signals(jacobian, losses + torch.tensor([1.0, 0.0]), step=1), state)
    assert found.weights[0, 0] > 3
    assert found.weights[0, 1] < 0


def test_cosmos_of_vanishing_losses_is_finite():
    assert weights("cosmos", EYE, torch.zeros(1, 3, dtype=torch.float64)).isfinite().all()
