"""CAGrad against its dual, SciPy and its limits."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.balancing.solvers.worst_gain import worst_gain


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
@pytest.mark.parametrize("radius", [0.1, 0.5, 0.9])
def test_gap_to_the_dual_is_closed(tasks, radius, jacobian):
    for kind in ("plain", "conflict", "duplicate"):  # in general position the best update lies on the ball's surface
        values = jacobian(kind, 100, tasks, 12)
        gramian = values @ values.mT
        found = worst_gain(gramian, radius)
        assert (found >= 1 / tasks - 1e-12).all()
        update, mean = (found.unsqueeze(1) @ values).squeeze(1), values.mean(1)
        torch.testing.assert_close((update - mean).norm(dim=1), radius * mean.norm(dim=1), rtol=1e-6, atol=1e-12)
        primal = (values @ update.unsqueeze(-1)).squeeze(-1).amin(1)
        added = found - 1 / tasks
        hull = ((added / added.sum(1, keepdim=True)).unsqueeze(1) @ values).squeeze(1)
        dual = (hull * mean).sum(1) + radius * mean.norm(dim=1) * hull.norm(dim=1)
        longest = values.norm(dim=-1).amax(1)
        assert ((dual - primal).abs() / (mean.norm(dim=1) * longest)).max() < 1e-8


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_agrees_with_scipy(tasks, jacobian):
    values = jacobian("plain", 8, tasks, 12, seed=1)
    found = worst_gain(values @ values.mT, 0.4)
    for run in range(8):
        j, mean = values[run].numpy(), values[run].mean(0).numpy()
        length = 0.4 * np.linalg.norm(mean)
        dual = lambda w, j=j, mean=mean, length=length: (w @ j) @ mean + length * np.linalg.norm(w @ j)  # noqa: E731
        answer = minimize(
            dual,
            np.full(tasks, 1 / tasks),
            bounds=[(0, 1)] * tasks,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 1000},
        )
        expected = 1 / tasks + length / np.linalg.norm(answer.x @ j) * answer.x
        np.testing.assert_allclose(found[run].numpy(), expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("tasks", [2, 3, 5, 10])
@pytest.mark.parametrize("kind", ["opposite", "stationary", "rank1", "mixed_scales", "zero"])
def test_stays_in_the_ball_and_hurts_the_worst_no_more_than_the_mean_does(tasks, kind, jacobian):
    values = jacobian(kind, 50, tasks, 12)
    update, mean = direction("cagrad", values, c=0.5), values.mean(1)
    longest = values.norm(dim=-1).amax(1)
    assert ((update - mean).norm(dim=1) <= 0.5 * mean.norm(dim=1) + 1e-5 * longest).all()
    alive = values.norm(dim=-1) > 0
    worst = [((values @ each.unsqueeze(-1)).squeeze(-1).masked_fill(~alive, torch.inf)).amin(1) for each in (update, mean)]
    assert (worst[0] >= worst[1] - 1e-6 * longest**2).all()


def test_radius_zero_is_the_mean_and_more_radius_helps_the_worst(jacobian):
    values = jacobian("conflict", tasks=4)
    torch.testing.assert_close(weights("cagrad", values @ values.mT, c=0.0), torch.full((8, 4), 0.25, dtype=torch.float64))
    worst = [(values @ direction("cagrad", values, c=c).unsqueeze(-1)).amin(1) for c in (0.0, 0.3, 0.6, 0.9)]
    for less, more in pairwise(worst):
        assert (more > less).all()


@pytest.mark.parametrize("tasks", [2, 4])
def test_zero_gradients_are_left_out(tasks, jacobian):
    values = jacobian("zero", tasks=tasks)
    found = direction("cagrad", values)
    assert ((found - values.mean(1)).norm(dim=1) > 0).all()
    assert (weights("cagrad", values @ values.mT)[:, 0] == 1 / tasks).all()


@pytest.mark.parametrize("scale", [1e-10, 1e10])
@pytest.mark.parametrize("tasks", [2, 4])
def test_no_effect_of_scale(scale, tasks, jacobian):
    values = jacobian(tasks=tasks)
    gramian = values @ values.mT
    torch.testing.assert_close(worst_gain(gramian * scale**2, 0.4), worst_gain(gramian, 0.4), rtol=1e-7, atol=1e-9)
