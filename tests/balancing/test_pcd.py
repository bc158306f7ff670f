"""PCD against torchjd, SciPy and the conditions of its problem."""

import numpy as np
import pytest
import torch
import torchjd.aggregation as jd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.balancing.once import build
from mtl_core.errors import SpecError
from mtl_core.spec.study import Study


def first_in_front(values: torch.Tensor, primary: int) -> torch.Tensor:
    """The gradients with the primary one first, as torchjd wants them."""
    order = [primary - 1, *(task for task in range(values.shape[-2]) if task != primary - 1)]
    return values[..., order, :]


@pytest.mark.parametrize("tasks", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("tau", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["plain", "conflict", "duplicate", "tiny", "zero"])
def test_agrees_with_torchjd_over_steps_whoever_leads(tasks, tau, kind, jacobian, signals):
    values = jacobian(kind, 6, tasks, 3 * tasks + 4)
    for primary in range(1, tasks + 1):
        options = {"primary": primary, "tau": tau, "beta": 0.9}
        method = build("pcd", options)[1]
        oracles = [jd.PCD(tau=tau, beta=0.9) for _ in values]
        state = method.init(torch.ones(6, tasks, dtype=torch.float64))
        for step in range(4):
            now = values.roll(step, -1) * (1 + step)
            update, state = method(signals(now, step=step), state)
            found = (update.weights.unsqueeze(1) @ now).squeeze(1)
            expected = torch.stack([ask(first_in_front(each, primary)) for ask, each in zip(oracles, now, strict=True)])
            torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6 * float(now.abs().max()))


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_agrees_with_scipy_at_the_first_step(tasks, jacobian):
    values = jacobian("conflict", 6, tasks, 12)
    found = direction("pcd", values, tau=0.3)
    for run in range(6):
        g = values[run].numpy()
        h = g / np.sqrt((g**2).sum(1, keepdims=True) + 1e-8)
        promise = {"type": "ineq", "fun": lambda d, h=h: h[1:] @ d - 0.3 * (h[1:] ** 2).sum(1), "jac": lambda d, h=h: h[1:]}
        answer = minimize(
            lambda d, h=h: ((d - h[0]) ** 2).sum() / 2,
            h[0],
            jac=lambda d, h=h: d - h[0],
            constraints=promise,
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        assert answer.success
        expected = answer.x * np.linalg.norm(g[0]) / np.linalg.norm(answer.x)
        np.testing.assert_allclose(found[run].numpy(), expected, rtol=1e-5, atol=1e-6)


@given(seed=st.integers(0, 10_000), tasks=st.integers(2, 6), tau=st.floats(0, 1), primary=st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_promises_are_kept_at_the_primary_length(seed, tasks, tau, primary):
    primary = min(primary, tasks)
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(1, tasks, 9, generator=generator, dtype=torch.float64)
    d = direction("pcd", values, primary=primary, tau=tau)[0]
    own = values[0, primary - 1]
    torch.testing.assert_close(d.norm(), own.norm())
    h = values[0] / (values[0].square().sum(1, keepdim=True) + 1e-8).sqrt()
    # Before it is rescaled the direction is its own gradient with others added, so its length follows from the products.
    w = weights("pcd", values @ values.mT, primary=primary, tau=tau)[0] * (values[0].square().sum(1) + 1e-8).sqrt()
    d = d / w[primary - 1]
    others = [task for task in range(tasks) if task != primary - 1]
    assert ((h @ d)[others] >= tau * h.square().sum(1)[others] - 1e-8).all()
    assert (w / w[primary - 1] >= -1e-12).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_promises_that_exclude_each_other_leave_the_primary_gradient(dtype, jacobian):
    values = jacobian("plain", 20, 3, 12, dtype)
    values[:, 2] = -values[:, 1]
    torch.testing.assert_close(direction("pcd", values), values[:, 0])
    with_four = torch.cat([values, jacobian("plain", 20, 1, 12, dtype, seed=5)], dim=1)
    torch.testing.assert_close(direction("pcd", with_four), values[:, 0])


def test_a_zero_primary_gradient_is_no_update(jacobian):
    values = jacobian("zero")
    assert (direction("pcd", values) == 0).all()
    assert (direction("pcd", values, primary=2).norm(dim=1) > 0).all()


def test_without_a_label_of_the_primary_task_the_others_are_still_served(jacobian, signals):
    values = jacobian(tasks=3)
    method = build("pcd", {"tau": 0.5})[1]
    state = method.init(torch.ones(8, 3, dtype=torch.float64))
    _, state = method(signals(values), state)
    missing = torch.tensor([False, True, True]).expand(8, 3)
    update, after = method(signals(values, observed=missing, step=1), state)
    assert (update.weights[:, 0] == 0).all()
    gains = (values @ (update.weights.unsqueeze(1) @ values).mT).squeeze(-1)[:, 1:]
    assert (gains > 0).all()
    assert torch.equal(after["mean_square"][:, 0], state["mean_square"][:, 0])


def test_a_study_knows_the_primary_task_by_name_or_place():
    by_name, by_place = (Study(suite="digits_pair", methods=[{"name": "pcd", "primary": primary}]) for primary in ("right", 2))
    assert by_name == by_place
    assert by_name.methods[0].options["primary"] == 2
    assert by_name.label(by_name.methods[0]) == "pcd(primary=2)"
    assert Study.from_dict(by_name.to_dict()).id == by_name.id
    assert Study(suite="digits_pair", methods=["pcd"]).methods[0].options["primary"] == 1
    with pytest.raises(SpecError, match=r"pcd\.primary 'rigth'.*'right'"):
        Study(suite="digits_pair", methods=[{"name": "pcd", "primary": "rigth"}])
    with pytest.raises(SpecError, match="one of 2 tasks, from 1, or its name, found 3"):
        Study(suite="digits_pair", methods=[{"name": "pcd", "primary": 3}])
    with pytest.raises(SpecError, match="must be the name of a task or its place"):
        Study(suite="digits_pair", methods=[{"name": "pcd", "primary": 0}])
    with pytest.raises(SpecError, match="place of one of 2 tasks"):
        weights("pcd", torch.eye(2), primary=3)
    with pytest.raises(SpecError, match="where tasks have no names"):
        weights("pcd", torch.eye(2), primary="left")
