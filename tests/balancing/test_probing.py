"""Methods that look beyond their batch, against their updates by hand, autograd and torchjd."""

from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
import torchjd.aggregation as torchjd
from scipy.optimize import minimize
from torch import Tensor

from mtl_core.balancing.double_sampling import MoDo, SDMGrad
from mtl_core.balancing.famo import FAMO
from mtl_core.balancing.forum import FORUM
from mtl_core.balancing.lookahead import AutoLambda, MoML
from mtl_core.balancing.method import Signals
from mtl_core.balancing.numerics import probe_of
from mtl_core.errors import SpecError
from mtl_core.random import Streams

RATE = 0.1
GENERATOR = torch.Generator().manual_seed(0)
CURVES = torch.rand(2, 3, 4, generator=GENERATOR, dtype=torch.float64) + 0.5
GOALS = torch.randn(2, 3, 4, generator=GENERATOR, dtype=torch.float64)


def losses_at(x: Tensor, batch: int) -> Tensor:
    """``(R, 3)`` three quadratic losses of four numbers; two batches differ in curvature and goal."""
    return (CURVES[batch] * (x.unsqueeze(1) - GOALS[batch]).square()).sum(-1)


def gradients_at(x: Tensor, batch: int) -> Tensor:
    return 2 * CURVES[batch] * (x.unsqueeze(1) - GOALS[batch])


@dataclass
class Looking:
    """A probe over the quadratics."""

    x: Tensor

    def revisited(self) -> Tensor:
        return losses_at(self.x, 0)

    def losses(self, weights: Tensor) -> Tensor:
        return losses_at(self.trial(weights), 0)

    def gradients(self, weights: Tensor | None = None) -> Tensor:
        return gradients_at(self.x if weights is None else self.trial(weights), 1)

    def trial(self, weights: Tensor) -> Tensor:
        return self.x - RATE * (weights.unsqueeze(1) @ gradients_at(self.x, 0)).squeeze(1)


def signals_at(x: Tensor, step: int = 0) -> Signals:
    jacobian = gradients_at(x, 0)
    losses = losses_at(x, 0)
    seen = torch.ones_like(losses, dtype=torch.bool)
    return Signals(losses, seen, step, 5, Streams.of(range(len(x))), jacobian @ jacobian.mT, jacobian, Looking(x))


X = torch.tensor([[1.0, -1.0, 0.5, 2.0]], dtype=torch.float64)


@pytest.mark.parametrize("p", [None, (0.2, 0.3, 0.5)])
def test_famo_against_the_papers_update_with_autograd(p):
    method, x = FAMO(weight_learning_rate=0.05, gamma=0.01, p=p), X.clone()
    state = method.init(losses_at(x, 0))
    xi = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    learner = torch.optim.Adam([xi], lr=0.05, weight_decay=0.01, eps=1e-12)
    anchor = torch.tensor(p or (1 / 3,) * 3, dtype=torch.float64).log()
    for step in range(12):
        update, state = method(signals_at(x, step), state)
        losses = losses_at(x, 0)[0] + 1e-8
        z = torch.softmax(xi.detach() + anchor, 0)
        expected = z / losses / (z / losses).sum()
        torch.testing.assert_close(update.weights[0], expected)
        x = x - RATE * (update.weights.unsqueeze(1) @ gradients_at(x, 0)).squeeze(1)
        fell = losses.log() - (losses_at(x, 0)[0] + 1e-8).log()
        learner.zero_grad()
        (torch.softmax(xi + anchor, 0) * fell).sum().backward()
        learner.step()


def test_famo_weighs_the_gradient_of_the_weighted_logarithm():
    x = X.clone().requires_grad_()
    method = FAMO()
    update, _ = method(signals_at(X), method.init(losses_at(X, 0)))
    (gradient,) = torch.autograd.grad(losses_at(x, 0).log().mean(), x)
    combined = (update.weights.unsqueeze(1) @ gradients_at(X, 0)).squeeze(1)
    assert F.cosine_similarity(combined, gradient).item() == pytest.approx(1, abs=1e-7)
    assert update.weights.sum().item() == pytest.approx(1)


def test_modo_agrees_with_torchjd_one_step_behind():
    method = MoDo(gamma=0.1, rho=0.05)
    state = method.init(losses_at(X, 0))
    products = gradients_at(X, 0)[0] @ gradients_at(X, 1)[0].T
    unit = gradients_at(X, 0)[0].square().sum(1).mean()
    oracle = torchjd.MoDoWeighting(gamma=0.1, rho=0.05)
    theirs = torch.full((3,), 1 / 3, dtype=torch.float64)
    for step in range(8):
        update, state = method(signals_at(X, step), state)
        torch.testing.assert_close(update.weights[0], theirs)
        theirs = oracle(products / unit)


def test_sdmgrad_agrees_with_torchjd_one_step_behind():
    method = SDMGrad(pull=0.3, weight_learning_rate=0.1, p=(0.2, 0.3, 0.5))
    state = method.init(losses_at(X, 0))
    products = gradients_at(X, 0)[0] @ gradients_at(X, 1)[0].T
    aim = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    unit = gradients_at(X, 0)[0].square().sum(1).mean()
    theirs_unit = products.diagonal().clamp(min=0).sqrt().mean().square() + 1e-8
    oracle = torchjd.SDMGradWeighting((0.1 * theirs_unit / unit).item(), 0.0, 1, 0.3, aim)
    theirs = (torch.full((3,), 1 / 3, dtype=torch.float64) + 0.3 * aim) / 1.3
    for step in range(8):
        update, state = method(signals_at(X, step), state)
        torch.testing.assert_close(update.weights[0], 1.3 * theirs)
        theirs = oracle(products)


def outer_slopes(weights: Tensor) -> Tensor:
    """``(3, 3)`` derivatives of the outer losses after a trial step by the weights, with autograd."""
    return torch.autograd.functional.jacobian(lambda w: losses_at(Looking(X).trial(w[None]), 1)[0], weights)


def test_auto_lambda_descends_along_the_exact_hypergradient():
    method = AutoLambda(weight_learning_rate=0.01)
    state = method.init(losses_at(X, 0))
    update, after = method(signals_at(X), state)
    slope = outer_slopes(state["weights"][0]).sum(0)
    torch.testing.assert_close(after["first"][0], 0.1 * slope / RATE)  # Adam's first moment: the slope, up to the rate
    torch.testing.assert_close(update.weights[0], (1 / 3 - 0.01 * slope.sign()).clamp(min=0))


def test_moml_moves_where_every_outer_loss_falls():
    method = MoML(weight_learning_rate=1e-4)
    state = method.init(losses_at(X, 0))
    update, after = method(signals_at(X), state)
    logits = torch.zeros(3, dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(lambda a: losses_at(Looking(X).trial(torch.softmax(a, 0)[None]), 1)[0], logits)
    slopes = slopes / slopes.norm(dim=1, keepdim=True)
    moved = after["first"][0]
    if moved.norm() > 0:
        assert (slopes @ moved > -1e-9).all()
    assert update.weights.sum().item() == pytest.approx(1)


def test_forum_solves_its_problem():
    method = FORUM(phi=0.4)
    state = method.init(losses_at(X, 0))
    update, after = method(signals_at(X), state)
    weights = torch.full((1, 3), 1 / 3, dtype=torch.float64)
    inner = gradients_at(X, 0)[0].mean(0)
    room = (losses_at(X, 0) - Looking(X).losses(weights))[0]
    by_a = (room - room.mean()) / 3
    outer = F.normalize(gradients_at(X, 1)[0], dim=1)
    square = inner.square().sum() + by_a.square().sum()
    full = torch.cat([torch.cat([outer, torch.zeros(3, 3, dtype=torch.float64)], 1), torch.cat([inner, by_a])[None]])
    answer = minimize(
        lambda z: 0.5 * ((z @ full.numpy()) ** 2).sum() - 0.4 * square.item() * z[-1],
        [1 / 3, 1 / 3, 1 / 3, 0.1],
        bounds=[(0, 1)] * 3 + [(0, None)],
        constraints={"type": "eq", "fun": lambda z: z[:-1].sum() - 1},
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    torch.testing.assert_close(after["shares"][0], torch.tensor(answer.x[:3]), rtol=0, atol=1e-4)
    expected = torch.tensor(answer.x) @ torch.cat([outer, inner[None]])
    torch.testing.assert_close(update.direction[0], expected, rtol=1e-3, atol=1e-3)
    best = torch.linalg.lstsq(gradients_at(X, 0)[0].T, update.direction[0]).solution
    torch.testing.assert_close(update.weights[0], best)


def test_a_method_that_looks_beyond_the_batch_says_so_where_it_cannot():
    with pytest.raises(SpecError, match="looks beyond the batch"):
        probe_of(Signals(torch.ones(1, 2), torch.ones(1, 2, dtype=torch.bool), 0, 1, Streams.of([0])))
