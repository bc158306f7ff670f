"""GradNorm's analytic step against autograd of the paper's loss."""

import pytest
import torch

from mtl_core.balancing.gradnorm import GradNorm, gradient


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.5])
def test_gradient_is_that_of_the_papers_loss(alpha, jacobian):
    values = jacobian(tasks=4)
    generator = torch.Generator().manual_seed(0)
    losses, first = (torch.rand(8, 4, generator=generator, dtype=torch.float64) + 0.1 for _ in range(2))
    weights = (torch.rand(8, 4, generator=generator, dtype=torch.float64) + 0.1).requires_grad_()
    lengths = (weights.unsqueeze(-1) * values).norm(dim=-1)
    relative = losses / first
    rate = relative / relative.mean(1, keepdim=True)
    target = (lengths.mean(1, keepdim=True) * rate**alpha).detach()  # "treated as a constant"
    (expected,) = torch.autograd.grad((lengths - target).abs().sum(), weights)
    observed = torch.ones(8, 4, dtype=torch.bool)
    found = gradient(weights.detach(), values.norm(dim=-1), losses, first, observed, alpha)
    torch.testing.assert_close(found, expected)


def test_gradients_end_equally_long_when_no_task_lags(jacobian, signals):
    values = jacobian(tasks=3) * torch.tensor([1.0, 4.0, 0.5], dtype=torch.float64)[:, None]
    method = GradNorm(alpha=0.0, weight_learning_rate=0.01)
    state = method.init(torch.ones(8, 3, dtype=torch.float64))
    for step in range(600):
        update, state = method(signals(values, step=step), state)
    lengths = update.weights * values.norm(dim=-1)
    assert ((lengths.amax(1) - lengths.amin(1)) / lengths.mean(1)).max() < 0.1


def test_tasks_that_lag_behind_gain_weight(jacobian, signals):
    values = jacobian(tasks=2)
    values = values / values.norm(dim=-1, keepdim=True)
    method = GradNorm()
    state = method.init(torch.ones(8, 2, dtype=torch.float64))
    for step in range(20):
        losses = torch.tensor([1.0, 1.0 if step == 0 else 0.1], dtype=torch.float64).expand(8, 2)
        update, state = method(signals(values, losses, step=step), state)
    assert (update.weights[:, 0] > update.weights[:, 1]).all()
    assert (state["first_losses"] == 1).all()


def test_reference_is_the_first_loss_that_was_observed(jacobian, signals):
    method, values = GradNorm(), jacobian(tasks=2)
    state = method.init(torch.ones(8, 2, dtype=torch.float64))
    for step, (loss, seen) in enumerate([(9.0, False), (5.0, True), (4.0, True)]):
        losses = torch.tensor([1.0, loss], dtype=torch.float64).expand(8, 2)
        _, state = method(signals(values, losses, torch.tensor([True, seen]).expand(8, 2), step), state)
    assert state["first_losses"][0].tolist() == [1.0, 5.0]
