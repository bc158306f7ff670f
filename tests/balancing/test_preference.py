"""Preference vectors: where a paper allows one, and what it then means."""

import pytest
import torch
from scipy.optimize import minimize

from mtl_core.balancing import direction, weights
from mtl_core.errors import SpecError
from mtl_core.spec.methods import METHODS
from mtl_core.spec.notation import read_choice
from mtl_core.spec.study import Study

NAMES = [name for name, entry in METHODS.items() if any(option.kind == "simplex" for option in entry.options)]
P = [0.1, 0.3, 0.6]


def test_the_methods_that_take_one():
    assert {"stch", "tchebycheff", "upgrad", "dualproj", "cagrad", "nash_mtl", "famo", "sdmgrad"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_equal_preference_is_none(name, jacobian):
    values = jacobian("conflict")
    losses = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    close = {"rtol": 1e-4, "atol": 1e-5}  # the canonical form has six decimals
    torch.testing.assert_close(direction(name, values, losses, p=[1 / 3] * 3), direction(name, values, losses), **close)


def test_smooth_tchebycheff_is_the_derivative_of_its_objective():
    losses = torch.tensor([[1.0, 2.5, 0.3]], dtype=torch.float64, requires_grad=True)
    p = torch.tensor(P, dtype=torch.float64)
    (expected,) = torch.autograd.grad(0.1 * torch.logsumexp(p * losses / 0.1, 1).sum(), losses)
    eye = torch.eye(3, dtype=torch.float64)[None]
    torch.testing.assert_close(weights("stch", eye, losses.detach(), p=P), expected)
    assert weights("tchebycheff", eye, losses.detach(), p=P).tolist() == [[0, 0.3, 0]]


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_nash_bargains_with_unequal_powers(tasks, jacobian):
    gramian = (values := jacobian(tasks=tasks)) @ values.mT
    p = torch.arange(1, tasks + 1, dtype=torch.float64)
    p = (p / p.sum()).round(decimals=6)
    found = weights("nash_mtl", gramian, p=p.tolist())
    expected = (tasks * p / p.sum()).expand_as(found)
    torch.testing.assert_close((gramian @ found.unsqueeze(-1)).squeeze(-1) * found, expected, rtol=1e-9, atol=1e-9)


def test_nash_leaves_out_a_task_without_power(jacobian):
    values = jacobian(tasks=3)
    found = weights("nash_mtl", values @ values.mT, p=[0.5, 0.5, 0])
    pair = values[:, :2]
    ratio = found[:, :2] / weights("nash_mtl", pair @ pair.mT)
    assert (found[:, 2] == 0).all()
    torch.testing.assert_close(ratio, torch.full_like(ratio, 1.5**0.5))  # T p = 3/2 in place of 1


def test_cagrad_searches_round_the_weighted_mean(jacobian):
    values = jacobian("conflict", 4, 3)
    p = torch.tensor(P, dtype=torch.float64)
    found = direction("cagrad", values, c=0.5, p=P)
    for run in range(4):
        centre = p @ values[run]
        away = (found[run] - centre).norm() / centre.norm()
        assert away <= 0.5 + 1e-9
        # The dual: min over the simplex of <g_w, g_0> + c |g_0| |g_w| is the best worst gain.
        jac, mid = values[run].numpy(), centre.numpy()
        answer = minimize(
            lambda w, jac=jac, mid=mid: (w @ jac) @ mid + 0.5 * (mid @ mid) ** 0.5 * ((w @ jac) @ (w @ jac)) ** 0.5,
            [1 / 3] * 3,
            bounds=[(0, 1)] * 3,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-14},
        )
        assert (values[run] @ found[run]).min().item() == pytest.approx(answer.fun, abs=1e-6)


@pytest.mark.parametrize("name", ["upgrad", "dualproj"])
def test_projections_are_weighted(name, jacobian):
    agreeing = jacobian().abs()
    torch.testing.assert_close(weights(name, agreeing @ agreeing.mT, p=P), torch.tensor(P, dtype=torch.float64).expand(8, 3))
    gain = (values := jacobian("conflict")) @ direction(name, values, p=P).unsqueeze(-1)
    assert gain.min() > -1e-9


def test_a_preference_is_checked_where_it_is_asked_for():
    with pytest.raises(SpecError, match=r"stch\.p must have 2 numbers, one for each task, found 3"):
        Study(methods=[{"name": "stch", "p": P}])
    with pytest.raises(SpecError, match="must be a point on the simplex"):
        Study(methods=[{"name": "stch", "p": [0.5, 0.6]}])
    with pytest.raises(SpecError, match="p must have 2 numbers"):
        weights("stch", torch.eye(2), p=P)
    study = Study(methods=["stch", {"name": "stch", "p": "0.2, 0.8"}])
    assert [study.label(method) for method in study.methods] == ["stch", "stch(p=0.2/0.8)"]
    assert Study.from_dict(study.to_dict()).id == study.id


def test_a_preference_needs_no_brackets_on_the_command_line():
    assert read_choice("cagrad:p=0.2,0.8,c=0.5", METHODS) == {"name": "cagrad", "p": "0.2,0.8", "c": 0.5}
    assert read_choice("cagrad:c=0.5,p=[0.2,0.8]", METHODS) == {"name": "cagrad", "p": "[0.2,0.8]", "c": 0.5}
    assert read_choice("cagrad:p=none", METHODS) == {"name": "cagrad", "p": None}
