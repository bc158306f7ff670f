"""UPGrad and DualProj against SciPy and the conditions of projection."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.balancing.solvers.dual_cone import project


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_agrees_with_scipy(tasks, jacobian):
    values = jacobian("conflict", 8, tasks, 20)
    gramian = values @ values.mT
    mean = torch.full((8, 1, tasks), 1 / tasks, dtype=torch.float64)
    found = project(gramian, mean)[:, 0]
    for run in range(8):
        g = gramian[run].numpy()
        answer = minimize(
            lambda v, g=g: v @ g @ v / 2,
            np.full(tasks, 1 / tasks),
            jac=lambda v, g=g: g @ v,
            bounds=[(1 / tasks, None)] * tasks,
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        np.testing.assert_allclose(found[run].numpy(), answer.x, rtol=1e-4)
        assert found[run] @ gramian[run] @ found[run] <= 2 * answer.fun * (1 + 1e-9)


@pytest.mark.parametrize(("tasks", "size"), [(2, 2), (3, 2), (3, 9), (5, 3), (5, 30), (8, 40), (10, 4), (40, 100)])
@pytest.mark.parametrize("kind", ["plain", "conflict", "duplicate", "rank1"])
def test_conditions_of_projection(tasks, size, kind, jacobian):
    values = jacobian(kind, 250 if tasks < 40 else 10, tasks, size)
    gramian = values @ values.mT
    lower = torch.full((len(values), 1, tasks), 1 / tasks, dtype=torch.float64)
    found = project(gramian, lower)[:, 0]
    added = found - 1 / tasks
    norms = values.norm(dim=-1)
    gains = (gramian @ found.unsqueeze(-1)).squeeze(-1) / (norms * norms.amax(1, keepdim=True))
    assert (added >= 0).all()
    assert (gains > -1e-9).all(), "no task loses"
    assert (gains * added * norms / norms.amax(1, keepdim=True)).abs().max() < 1e-7, "only tasks that would lose are helped"


@pytest.mark.parametrize("name", ["upgrad", "dualproj"])
def test_without_conflict_it_is_the_mean(name):
    values = torch.rand(4, 5, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(weights(name, values @ values.mT), torch.full((4, 5), 0.2, dtype=torch.float64))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 9), st.integers(0, 10_000), st.sampled_from(["upgrad", "dualproj"]))
def test_no_task_loses(tasks, size, seed, name):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(5, tasks, size, generator=generator, dtype=torch.float64).round(decimals=1)
    gain = (values @ direction(name, values).unsqueeze(-1)).squeeze(-1)
    assert (gain >= -1e-8).all()


@pytest.mark.parametrize("scale", [1e-10, 1e-5, 1e5, 1e10])
def test_no_effect_of_scale(scale, jacobian):
    values = jacobian("conflict", tasks=4)
    for name in ("upgrad", "dualproj"):
        torch.testing.assert_close(direction(name, values * scale) / scale, direction(name, values), rtol=1e-7, atol=1e-9)
