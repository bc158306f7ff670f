"""IMTL-G, ConFIG, Aligned-MTL and FairGrad against torchjd and what defines them."""

import numpy as np
import pytest
import torch
import torchjd.aggregation as torchjd
from scipy.optimize import root

from mtl_core.balancing import direction, weights
from mtl_core.balancing.solvers.nash import bargain

ORACLES = {
    "imtl_g": ({}, torchjd.IMTLG()),
    "config": ({}, torchjd.ConFIG()),
    "aligned_mtl": ({}, torchjd.AlignedMTL()),
    "aligned_median": ({"scale": "median"}, torchjd.AlignedMTL(scale_mode="median")),
    "aligned_rmse": ({"scale": "rmse"}, torchjd.AlignedMTL(scale_mode="rmse")),
}


@pytest.mark.parametrize("case", ORACLES)
@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_agrees_with_torchjd(case, tasks, jacobian):
    options, oracle = ORACLES[case]
    name = "aligned_mtl" if case.startswith("aligned") else case
    values = jacobian("plain", 250, tasks, 12, seed=tasks)
    expected = torch.stack([oracle(each) for each in values])
    error = (direction(name, values, **options) - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.max() < 1e-6


@pytest.mark.parametrize("tasks", [1, 2, 3, 5])
def test_imtl_g_projects_equally_on_all_unit_gradients(tasks, jacobian):
    values = jacobian("mixed_scales" if tasks < 5 else "plain", tasks=tasks)
    units = values / values.norm(dim=-1, keepdim=True)
    found = direction("imtl_g", values)
    projections = (units @ (found / found.norm(dim=1, keepdim=True)).unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(projections, projections[:, :1].expand(-1, tasks), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_config_has_equal_positive_cosines_and_the_length_of_all_projections(tasks, jacobian):
    values = jacobian("conflict", tasks=tasks)
    found = direction("config", values)
    cosine = torch.cosine_similarity(values, found.unsqueeze(1), dim=-1)
    torch.testing.assert_close(cosine, cosine[:, :1].expand(-1, tasks))
    assert (cosine > 0).all()
    unit = found / found.norm(dim=1, keepdim=True)
    torch.testing.assert_close(found.norm(dim=1), (values @ unit.unsqueeze(-1)).sum((1, 2)))


@pytest.mark.parametrize("scale", ["min", "median", "rmse"])
def test_aligned_mtl_brings_every_component_to_one_length(scale, jacobian):
    values = jacobian(runs=1, tasks=3)[0]
    # The weights are linear in the preference, so the aligned gradients are found by aligning the mean of three copies.
    spectrum = torch.linalg.svdvals(values)
    level = {"min": spectrum.min(), "median": spectrum.median(), "rmse": spectrum.square().mean().sqrt()}[scale]
    u, _, v = torch.linalg.svd(values, full_matrices=False)
    torch.testing.assert_close(direction("aligned_mtl", values, scale=scale), (level * u @ v).mean(0))


@pytest.mark.parametrize("kind", ["opposite", "all_zero"])
def test_config_and_imtl_g_without_any_agreement(kind, jacobian):
    values = jacobian(kind, tasks=2)
    assert direction("config", values).norm(dim=1).max() < 1e-6
    assert weights("imtl_g", values @ values.mT).isfinite().all()


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("tasks", [2, 3, 5, 10])
def test_fairgrad_solves_its_equation(alpha, tasks, jacobian):
    values = jacobian("plain", 64, tasks, 3 * tasks)
    gramian = values @ values.mT
    found = bargain(gramian, 1 / alpha)
    gains = (gramian @ found.unsqueeze(-1)).squeeze(-1)
    assert (gains * found ** (1 / alpha) - 1).abs().max() < 1e-8


@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_fairgrad_agrees_with_scipy_and_beats_torchjd(tasks, jacobian):
    values = jacobian("conflict", 6, tasks, 20)
    gramian = values @ values.mT
    found = weights("fairgrad", gramian, alpha=2.0)
    oracle = torchjd.FairGrad(alpha=2.0)
    for run in range(6):
        g, ours, theirs = gramian[run].numpy(), found[run].numpy(), oracle.gramian_weighting(gramian[run]).numpy()
        answer = root(lambda y, g=g: g @ np.exp(y) - np.exp(-y / 2), np.log(ours) + 0.1, tol=1e-13)
        assert answer.success
        np.testing.assert_allclose(ours, np.exp(answer.x), rtol=1e-6)
        residual = [np.abs(g @ a - a**-0.5).max() for a in (ours, theirs)]
        assert residual[0] <= residual[1] + 1e-9


def test_fairgrad_of_alpha_one_is_nash(jacobian):
    values = jacobian(tasks=4)
    gramian = values @ values.mT
    torch.testing.assert_close(weights("fairgrad", gramian, alpha=1.0), weights("nash_mtl", gramian))
