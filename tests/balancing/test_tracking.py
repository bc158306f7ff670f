"""Methods that keep gradients from step to step, against their updates by hand and torchjd."""

import pytest
import torch
import torchjd.aggregation as torchjd
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.balancing.conicgrad import ConicGrad
from mtl_core.balancing.cr_mogm import CRMOGM
from mtl_core.balancing.db_mtl import DBMTL
from mtl_core.balancing.excess_mtl import ExcessMTL
from mtl_core.balancing.go4align import GO4Align
from mtl_core.balancing.moco import MoCo
from mtl_core.balancing.solvers.groups import group_means
from mtl_core.balancing.solvers.simplex import project

J = torch.tensor([[1, 2, 0, -1, 0.5], [-2, 1, 1, 0, 0], [0.5, -3, 2, 1, 1]], dtype=torch.float64)


def walk(method, signals, jacobians, losses):
    """The updates of some steps of one run."""
    state, updates = method.init(losses[0][None]), []
    for step, (jacobian, loss) in enumerate(zip(jacobians, losses, strict=True)):
        update, state = method(signals(jacobian[None], loss[None], step=step), state)
        updates.append(update)
    return updates


@pytest.fixture
def steps():
    generator = torch.Generator().manual_seed(0)
    jacobians = [J * (1 + k) + torch.randn(3, 5, generator=generator, dtype=torch.float64) for k in range(6)]
    losses = [torch.rand(3, generator=generator, dtype=torch.float64) + 0.2 for _ in range(6)]
    return jacobians, losses


def test_db_mtl_by_hand(steps, signals):
    tracked = None
    for update, jacobian, losses in zip(walk(DBMTL(beta=0.7), signals, *steps), *steps, strict=True):
        logarithmic = jacobian / (losses[:, None] + 1e-8)
        tracked = logarithmic if tracked is None else 0.7 * tracked + 0.3 * logarithmic
        norms = tracked.norm(dim=1)
        torch.testing.assert_close(update.direction[0], norms.max() * (tracked / norms[:, None]).sum(0))
        torch.testing.assert_close(update.heads[0], 1 / (losses + 1e-8))
        best = torch.linalg.lstsq(jacobian.T, update.direction[0]).solution
        torch.testing.assert_close(update.weights[0], best)


def test_db_mtl_without_memory_is_a_weighted_sum(signals):
    losses = torch.tensor([2.0, 0.5, 1.0], dtype=torch.float64)
    (update,) = walk(DBMTL(beta=0.0), signals, [J], [losses])
    norms = J.norm(dim=1)
    torch.testing.assert_close(update.weights[0], (norms / losses).max() / norms, rtol=1e-6, atol=1e-9)
    assert update.unexplained[0] < 1e-12


def test_moco_by_hand(steps, signals):
    tracked, share = None, torch.full((3,), 1 / 3, dtype=torch.float64)
    for update, jacobian in zip(walk(MoCo(beta=0.3, gamma=0.2, rho=0.1), signals, *steps), steps[0], strict=True):
        tracked = jacobian if tracked is None else tracked + 0.3 * (jacobian - tracked)
        gramian = tracked @ tracked.T
        moved = share - 0.2 * (gramian @ share / gramian.diagonal().mean() + 0.1 * share)
        nearest = minimize(
            lambda w, moved=moved: ((w - moved.numpy()) ** 2).sum(),
            share.numpy(),
            bounds=[(0, 1)] * 3,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-16},
        )
        torch.testing.assert_close(project(moved[None])[0], torch.tensor(nearest.x), rtol=0, atol=1e-6)
        share = project(moved[None])[0]
        torch.testing.assert_close(update.direction[0], share @ tracked)


def test_moco_comes_to_rest_at_the_shortest_vector(signals):
    updates = walk(MoCo(gamma=0.5), signals, [J] * 400, [torch.ones(3, dtype=torch.float64)] * 400)
    torch.testing.assert_close(updates[-1].direction[0], direction("mgda", J), rtol=0, atol=1e-6)


def test_excess_mtl_agrees_with_torchjd(steps, signals):
    oracle = torchjd.ExcessMTL(robust_step_size=0.5, n_warmup_steps=1).weighting
    for update, jacobian in zip(walk(ExcessMTL(0.5), signals, *steps), steps[0], strict=True):
        torch.testing.assert_close(update.weights[0], oracle(jacobian), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["upgrad", "mgda", "pcgrad"])
def test_cr_mogm_is_the_average_of_the_other_methods_weights(name, steps, signals):
    own = torch.zeros(3, dtype=torch.float64)
    for step, update in enumerate(walk(CRMOGM(name, 0.8), signals, *steps)):
        fresh = weights(name, steps[0][step] @ steps[0][step].T) if name != "pcgrad" else update.weights[0]
        own = fresh if step == 0 else 0.8 * own + 0.2 * fresh
        if name != "pcgrad":
            torch.testing.assert_close(update.weights[0], own)
    assert update.weights.isfinite().all()


@pytest.mark.parametrize("name", ["uw", "dwa", "gradnorm", "gradvac", "famo"])
def test_cr_mogm_keeps_the_state_of_the_other_method(name, steps, signals):
    from mtl_core.balancing.once import build
    from mtl_core.spec.methods import METHODS

    choices = METHODS["cr_mogm"].options[0].choices
    if name not in choices:
        assert METHODS[name].extra
        return
    inner = walk(build(name, {})[1], signals, *steps)
    found = walk(CRMOGM(name, 0.0), signals, *steps)
    torch.testing.assert_close(found[-1].weights, inner[-1].weights)


def test_go4align_by_hand(steps, signals):
    logarithm = torch.zeros(3, dtype=torch.float64)
    for update, losses in zip(walk(GO4Align(groups=3, step_size=0.1), signals, *steps), steps[1], strict=True):
        logarithm = logarithm - 0.1 * losses
        torch.testing.assert_close(update.weights[0], torch.softmax(logarithm, 0) * losses.sum() / losses)


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
def test_groups_are_the_best_of_all(groups):
    values = torch.rand(6, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = group_means(values, groups)
    for row, means in zip(values, found, strict=True):
        best = min(
            sum(((row[labels == k] - row[labels == k].mean()) ** 2).sum().item() for k in labels.unique())
            for labels in torch.cartesian_prod(*[torch.arange(groups)] * 5).view(-1, 5)
        )
        assert ((row - means) ** 2).sum().item() == pytest.approx(best, abs=1e-12)
        assert len(means.round(decimals=12).unique()) <= groups


@pytest.mark.parametrize("cosine", [0.0, 0.25, 0.7, 0.95])
@pytest.mark.parametrize(("tasks", "kind"), [(2, "conflict"), (3, "plain"), (5, "conflict"), (5, "plain")])
def test_conicgrad_is_optimal_in_its_cone(cosine, tasks, kind, jacobian, signals):
    values = jacobian(kind, 6, tasks, 12)
    update, _ = ConicGrad(cosine)(signals(values), {})
    found = (update.weights.unsqueeze(1) @ values).squeeze(1)
    mean = values.mean(1)
    torch.testing.assert_close(found.norm(dim=1), mean.norm(dim=1))
    reached = (found * mean).sum(1) / mean.square().sum(1)
    assert (reached >= cosine - 1e-9).all()
    for run in range(6):
        jac, unit = values[run].numpy(), (mean[run] / mean[run].norm()).numpy()
        # With t the worst gain per unit length: max t over |d| <= 1, J d >= t, <u, d> >= c |d|.
        answer = minimize(
            lambda z: -z[-1],
            [*(found[run] / found[run].norm()).tolist(), 0.0],
            constraints=[
                {"type": "ineq", "fun": lambda z, jac=jac: jac @ z[:-1] - z[-1]},
                {"type": "ineq", "fun": lambda z: 1 - z[:-1] @ z[:-1]},
                {"type": "ineq", "fun": lambda z, unit=unit: unit @ z[:-1] - cosine},
            ],
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 500},
        )
        ours = (values[run] @ found[run]).min().item() / found[run].norm().item()
        theirs = (jac @ answer.x[:-1]).min() / max(1.0, (answer.x[:-1] @ answer.x[:-1]) ** 0.5)
        assert ours >= theirs - 1e-6
