"""Iterations are bounded, and stopping early on a CPU changes nothing."""

import pytest
import torch

from mtl_core.balancing import numerics
from mtl_core.balancing.solvers import cone, nash, worst_gain
from mtl_core.balancing.solvers.dual_cone import project
from mtl_core.balancing.solvers.min_norm import min_norm

SOLVERS = {
    "min_norm": min_norm,
    "nash": nash.bargain,
    "fair": lambda gramian: nash.bargain(gramian, 0.5),
    "worst_gain": lambda gramian: worst_gain.worst_gain(gramian, 0.5),
    "dual_cone": lambda gramian: project(gramian, torch.ones_like(gramian[:, :1])),
}


def never(done):
    return False


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("tasks", [3, 5])
@pytest.mark.parametrize("kind", ["plain", "conflict", "rank1", "stationary", "mixed_scales"])
def test_running_to_the_bound_as_an_accelerator_does_gives_the_same(name, tasks, kind, jacobian, monkeypatch):
    values = jacobian(kind, 12, tasks, 9)
    gramian = values @ values.mT
    early = SOLVERS[name](gramian)
    for module in (cone, nash, worst_gain):
        monkeypatch.setattr(module, "settled", never)
    torch.testing.assert_close(SOLVERS[name](gramian), early, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SOLVERS)
def test_one_run_of_nan_spoils_itself_alone(name, jacobian):
    values = jacobian(tasks=4)
    gramian = values @ values.mT
    broken = gramian.clone()
    broken[2] = torch.nan
    others = torch.arange(8) != 2
    torch.testing.assert_close(SOLVERS[name](broken)[others], SOLVERS[name](gramian)[others])


def test_more_of_the_same_run_changes_nothing(jacobian):
    values = jacobian("conflict", 1, 5, 20)
    gramian = values @ values.mT
    for solve in SOLVERS.values():
        torch.testing.assert_close(solve(gramian.expand(7, 5, 5)), solve(gramian).expand(7, *solve(gramian).shape[1:]))


def test_weights_stay_within_their_dtype():
    like = torch.ones(1)
    assert numerics.fit(torch.tensor([1e300], dtype=torch.float64), like).isfinite().all()
    assert numerics.fit(torch.tensor([torch.nan], dtype=torch.float64), like).isnan().all()
