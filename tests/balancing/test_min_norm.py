"""The shortest vector of the hull against SciPy, torchjd and its own optimality conditions."""

import numpy as np
import pytest
import torch
import torchjd.aggregation as torchjd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.balancing.solvers.min_norm import min_norm


def excess(gramian, w):
    """How far ``w`` is from optimal: at the shortest vector d every gradient has at least the product |d|^2."""
    products = (gramian.double() @ w.double().unsqueeze(-1)).squeeze(-1)
    return (w * products).sum(-1) - products.amin(-1)


@pytest.mark.parametrize(
    ("tasks", "size"),
    [(2, 1), (2, 3), (3, 2), (3, 8), (5, 3), (5, 30), (8, 40), (10, 4), (10, 6), (20, 12), (40, 8), (40, 25), (40, 100)],
)
def test_optimal_on_gradients_of_every_kind(tasks, size, jacobian, kinds):
    for kind in kinds:
        if kind in ("zero", "all_zero", "mixed_scales", "tiny", "huge"):
            continue
        values = jacobian(kind, 50 if tasks >= 20 else 500, tasks, size)
        gramian = values @ values.mT
        found = min_norm(gramian)
        assert (found >= 0).all()
        torch.testing.assert_close(found.sum(1), torch.ones(len(found), dtype=torch.float64))
        longest = gramian.diagonal(dim1=1, dim2=2).amax(1)
        assert (excess(gramian, found) / longest).max() < 1e-11


@pytest.mark.parametrize("tasks", [3, 5, 8])
def test_agrees_with_scipy(tasks, jacobian):
    values = jacobian("conflict", 12, tasks, 20, seed=tasks)
    gramian = values @ values.mT
    found = min_norm(gramian)
    for run in range(len(values)):
        g = gramian[run].numpy()
        answer = minimize(
            lambda w, g=g: w @ g @ w / 2,
            np.full(tasks, 1 / tasks),
            jac=lambda w, g=g: g @ w,
            bounds=[(0, 1)] * tasks,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(tasks)},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        np.testing.assert_allclose(found[run].numpy(), answer.x, atol=1e-5)
        assert found[run] @ gramian[run] @ found[run] <= 2 * answer.fun + 1e-12


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_never_longer_than_frank_wolfe(tasks, jacobian):
    values = jacobian("plain", 100, tasks, 10, seed=tasks)
    ours = direction("mgda", values)
    oracle = torchjd.MGDA(epsilon=1e-6, max_iters=200)
    for run in range(len(values)):
        theirs = oracle(values[run])
        assert ours[run].norm() <= theirs.norm() + 1e-9
        assert (ours[run] - theirs).norm() <= 0.05 * values[run].norm()


@pytest.mark.parametrize("tasks", [2, 3, 6])
@pytest.mark.parametrize("scale", [1e-10, 1e-5, 1e5, 1e10])
def test_no_effect_of_scale(tasks, scale, jacobian):
    values = jacobian(tasks=tasks)
    gramian = values @ values.mT
    torch.testing.assert_close(min_norm(gramian * scale**2), min_norm(gramian), rtol=0, atol=1e-9)


def test_duplicates_share_and_zero_gradients_stop(jacobian):
    values = jacobian("duplicate", tasks=4)
    found = min_norm(values @ values.mT)
    torch.testing.assert_close(found[:, 0], found[:, -1], rtol=0, atol=1e-4)
    stopped = jacobian("zero", tasks=4)
    torch.testing.assert_close(min_norm(stopped @ stopped.mT)[:, 0], torch.ones(8, dtype=torch.float64))


def test_gradients_left_out_of_the_hull(jacobian):
    values = jacobian(tasks=4)
    gramian = values @ values.mT
    allowed = torch.tensor([True, False, True, True]).expand(8, 4)
    found = min_norm(gramian, allowed)
    kept = [0, 2, 3]
    torch.testing.assert_close(found[:, kept], min_norm(gramian[:, kept][:, :, kept]), rtol=0, atol=1e-9)
    assert (found[:, 1] == 0).all()
    assert (min_norm(gramian, torch.zeros(8, 4, dtype=torch.bool)) == 0).all()


@pytest.mark.parametrize("normalisation", ["none", "l2", "loss", "loss+"])
def test_normalisations_divide_the_gradients_that_the_solver_sees(normalisation, jacobian):
    values, losses = jacobian(tasks=3), torch.tensor([1.0, 4.0, 0.25], dtype=torch.float64)
    divisor = torch.ones_like(values[..., 0])
    if normalisation in ("l2", "loss+"):
        divisor = divisor * values.norm(dim=-1)
    if normalisation in ("loss", "loss+"):
        divisor = divisor * losses
    divided = values / divisor.unsqueeze(-1)
    found = weights("mgda", values @ values.mT, losses, normalisation=normalisation)
    torch.testing.assert_close(found, min_norm(divided @ divided.mT), rtol=0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 9), st.integers(0, 10_000))
def test_no_task_loses(tasks, size, seed):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(5, tasks, size, generator=generator, dtype=torch.float64).round(decimals=1)
    gain = (values @ direction("mgda", values).unsqueeze(-1)).squeeze(-1)
    assert (gain >= -1e-9).all()
