"""Methods at the mean gradient's length."""

import pytest
import torch

from mtl_core.balancing import direction, weights
from mtl_core.spec.methods import METHODS

GRADIENT = [name for name, entry in METHODS.items() if entry.scope == "trunk"]


def test_every_gradient_method_has_it_and_no_loss_weighting():
    for name, entry in METHODS.items():
        assert any(option.name == "norm_match" for option in entry.options) == (entry.scope == "trunk"), name


@pytest.mark.parametrize("name", GRADIENT)
@pytest.mark.parametrize("kind", ["plain", "conflict"])
def test_the_update_keeps_its_direction_and_gets_the_length_of_the_mean(name, kind, jacobian):
    values = jacobian(kind, tasks=4, size=20)
    plain, matched = direction(name, values), direction(name, values, norm_match=True)
    torch.testing.assert_close(matched.norm(dim=1), values.mean(1).norm(dim=1))
    cosine = (plain * matched).sum(1) / plain.norm(dim=1) / matched.norm(dim=1)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))


@pytest.mark.parametrize("name", [name for name in GRADIENT if METHODS[name].signals == "gramian"])
def test_recorded_weights_are_the_effective_ones(name, jacobian):
    values = jacobian("conflict")
    found = weights(name, values @ values.mT, norm_match=True)
    torch.testing.assert_close((found.unsqueeze(1) @ values).squeeze(1), direction(name, values, norm_match=True))


@pytest.mark.parametrize("name", GRADIENT)
def test_without_any_gradient_nothing_moves(name):
    found = direction(name, torch.zeros(2, 3, 5), norm_match=True)
    assert torch.equal(found, torch.zeros(2, 5))
