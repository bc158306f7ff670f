"""What methods make of a task that is solved: its loss rounds to zero and its gradient vanishes."""

import pytest
import torch

from mtl_core.balancing import direction, weights
from mtl_core.balancing.numerics import resolved

SHORT = (1e-5, 1e-12, 1e-21, 1e-30)


def solved(length: float, jacobian) -> torch.Tensor:
    """Single-precision gradients, the second as short as it gets when a two-class task is solved."""
    values = jacobian("conflict", 32, 3, 40, torch.float32)
    values[:, 1] *= length / values[:, 1].norm(dim=1, keepdim=True)
    return values


@pytest.mark.parametrize("length", SHORT)
@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("nash_mtl", lambda g: 3**0.5),
        ("cagrad", lambda g: 1.4 * g.mean(1).norm(dim=1)),
        ("config", lambda g: g.norm(dim=2).sum(1)),
        ("conicgrad", lambda g: g.mean(1).norm(dim=1)),
    ],
)
def test_the_update_keeps_the_papers_length_however_large_the_weights(length, name, bound, jacobian):
    values = solved(length, jacobian)
    found = direction(name, values).double()
    assert (found.norm(dim=1) <= bound(values.double()) * (1 + 1e-4)).all()


@pytest.mark.parametrize("length", SHORT)
def test_conicgrad_is_as_long_as_the_mean_gradient(length, jacobian):
    values = solved(length, jacobian)
    torch.testing.assert_close(direction("conicgrad", values).norm(dim=1), values.mean(1).norm(dim=1), rtol=1e-4, atol=0)


def test_what_single_precision_cannot_tell_from_zero_is_zero(jacobian):
    values = solved(1e-21, jacobian)
    gramian = values @ values.mT
    assert (gramian[:, 1, 1] > 0).any(), "the digits that are left are rounding"
    kept = resolved(gramian)
    assert (kept[:, 1] == 0).all()
    assert (kept[:, :, 1] == 0).all()
    assert torch.equal(kept[:, ::2, ::2], gramian[:, ::2, ::2])
    double = values.double() @ values.double().mT
    assert torch.equal(resolved(double), double)
    assert resolved(torch.full((1, 2, 2), torch.nan)).isnan().all()


def test_si_takes_a_loss_that_rounds_to_zero_for_the_least_that_is_not():
    losses = torch.tensor([[0.0, 1e-9, 0.5]])
    found = weights("si", torch.eye(3)[None], losses=losses)
    # The cross-entropy of an example is computed to 6e-8, and its gradient is no larger than the loss really is.
    assert (found[0, :2] * 6e-8 < 1).all()
    torch.testing.assert_close(found[0, 2].item(), 2.0)


@pytest.mark.parametrize("length", [1e-3, 1e-6, 1e-12])
def test_fairgrad_of_a_solved_task_alone_is_as_long_as_the_paper_says_unless_bounded(length):
    jacobian = torch.zeros(1, 1, 4, dtype=torch.float64)
    jacobian[..., 0] = length
    torch.testing.assert_close(direction("fairgrad", jacobian).norm().item(), length ** (-1 / 3), rtol=1e-6, atol=0)
    torch.testing.assert_close(direction("fairgrad", jacobian, max_norm=1.0).norm().item(), 1.0)


@pytest.mark.parametrize("name", ["fairgrad", "nash_mtl"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_max_norm_keeps_the_direction(name, dtype, jacobian):
    values = jacobian("plain", 8, 3, 12, dtype) / 10
    free, short, long = (direction(name, values, max_norm=bound) for bound in (0.0, 0.5, 1e6))
    torch.testing.assert_close(short.norm(dim=1), torch.full((8,), 0.5, dtype=dtype))
    torch.testing.assert_close(torch.cosine_similarity(short, free), torch.ones(8, dtype=dtype))
    assert torch.equal(long, free)
