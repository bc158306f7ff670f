"""The bargaining equation against its residual, SciPy and invariances."""

import numpy as np
import pytest
import torch
from scipy.optimize import root

from mtl_core.balancing import direction, weights
from mtl_core.balancing.once import build
from mtl_core.balancing.solvers.nash import bargain


@pytest.mark.parametrize("tasks", [1, 2, 3, 5, 8, 10, 40])
@pytest.mark.parametrize("kind", ["plain", "duplicate", "tiny", "huge", "mixed_scales"])
def test_residual(tasks, kind, jacobian):
    values = jacobian(kind, 64, tasks, 3 * tasks + 5)
    gramian = values @ values.mT
    found = bargain(gramian)
    assert (found > 0).all()
    # a (G a) = 1 for every task: the residual of G a = 1 / a, free of the gradients' scale.
    assert (found * (gramian @ found.unsqueeze(-1)).squeeze(-1) - 1).abs().max() < 1e-8


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_agrees_with_scipy(tasks, jacobian):
    values = jacobian("conflict", 10, tasks, 20)
    gramian = values @ values.mT
    found = bargain(gramian).numpy()
    for run in range(10):
        g = gramian[run].numpy()
        answer = root(lambda y, g=g: g @ np.exp(y) - np.exp(-y), np.log(found[run]) + 0.1, tol=1e-13)
        assert answer.success
        np.testing.assert_allclose(found[run], np.exp(answer.x), rtol=1e-6)


def test_scaling_one_gradient_leaves_the_direction(jacobian):
    values = jacobian(tasks=4)
    scaled = values * torch.tensor([1e-6, 1.0, 1e3, 1e8], dtype=torch.float64)[:, None]
    torch.testing.assert_close(direction("nash_mtl", scaled), direction("nash_mtl", values), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("tasks", [2, 5])
def test_every_task_gains_and_the_update_has_length_root_t(tasks, jacobian):
    values = jacobian("conflict", tasks=tasks)
    found = direction("nash_mtl", values)
    assert ((values @ found.unsqueeze(-1)) > 0).all()
    torch.testing.assert_close(found.norm(dim=1), torch.full((8,), tasks**0.5, dtype=torch.float64), rtol=1e-6, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("kind", ["opposite", "rank1", "stationary"])
def test_without_agreement_the_update_stays_moderate(kind, dtype, jacobian):
    values = jacobian(kind, 50, 3, 20, dtype)
    assert direction("nash_mtl", values).norm(dim=1).max() < 10


def test_max_norm_shortens_only_longer_updates(jacobian):
    values = jacobian(tasks=3)
    short, long = (direction("nash_mtl", values, max_norm=bound) for bound in (1.0, 5.0))
    torch.testing.assert_close(short.norm(dim=1), torch.ones(8, dtype=torch.float64))
    torch.testing.assert_close(long, direction("nash_mtl", values))


def test_weights_are_kept_between_updates(jacobian, signals):
    _, method = build("nash_mtl", {"update_every": 3})
    values = jacobian(tasks=3)
    state, seen = method.init(torch.ones(8, 3, dtype=torch.float64)), []
    for step in range(5):
        update, state = method(signals(values.roll(step, -1) * (step + 1), step=step), state)
        seen.append(update.weights)
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[2], seen[3])
    torch.testing.assert_close(seen[3], weights("nash_mtl", values @ values.mT) / 4)
