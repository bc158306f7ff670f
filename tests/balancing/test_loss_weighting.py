"""UW, DWA, RLW, IMTL-L, Tchebycheff and CoV-Weighting against their formulas."""

import pytest
import torch
import torchjd.scalarization as torchjd

from mtl_core.balancing import weights
from mtl_core.balancing.cov import CoVWeighting
from mtl_core.balancing.dwa import DynamicWeightAverage
from mtl_core.balancing.imtl_l import IMTLL
from mtl_core.balancing.tchebycheff import SmoothTchebycheff, Tchebycheff
from mtl_core.balancing.uw import UncertaintyWeighting


def test_uw_comes_to_rest_at_the_log_of_the_loss(signals):
    losses = torch.tensor([[0.05, 1.0, 7.0]], dtype=torch.float64)
    method = UncertaintyWeighting(noise_learning_rate=0.05)
    state = method.init(losses)
    for step in range(1500):
        update, state = method(signals(torch.zeros(1, 3, 1, dtype=torch.float64), losses, step=step), state)
    torch.testing.assert_close(state["s"], losses.log(), rtol=0, atol=1e-4)
    torch.testing.assert_close(update.weights * losses, torch.full_like(losses, 0.5), rtol=1e-3, atol=0)


def test_uw_learns_as_adam_on_the_papers_objective(signals):
    generator = torch.Generator().manual_seed(0)
    s = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([s], lr=0.02, eps=1e-12)
    method = UncertaintyWeighting(noise_learning_rate=0.02)
    state = method.init(s.detach())
    for step in range(30):
        losses = torch.rand(2, 3, generator=generator, dtype=torch.float64) * 3
        update, state = method(signals(torch.zeros(2, 3, 1, dtype=torch.float64), losses, step=step), state)
        torch.testing.assert_close(update.weights, 0.5 * torch.exp(-s.detach()))
        adam.zero_grad()
        (0.5 * (torch.exp(-s) * losses + s)).sum().backward()
        adam.step()
    torch.testing.assert_close(state["s"], s.detach())


def test_uw_keeps_the_noise_of_a_task_without_labels(signals):
    losses, observed = torch.full((1, 2), 3.0), torch.tensor([[True, False]])
    method = UncertaintyWeighting()
    _, state = method(signals(torch.zeros(1, 2, 1), losses, observed), method.init(losses))
    assert state["s"][0, 0] > 0
    assert state["s"][0, 1] == 0


def test_dwa_by_hand_over_four_windows(signals):
    losses = torch.tensor([[4.0, 2.0], [2.0, 2.0], [2.0, 1.0], [1.0, 1.0], [0.5, 1.0], [0.5, 0.5], [0.2, 0.2], [0.2, 0.2]])
    windows = losses.view(4, 2, 2).mean(1)  # two steps a window
    method = DynamicWeightAverage(temperature=2.0)
    state = method.init(losses[:1])
    for step in range(8):
        update, state = method(signals(torch.zeros(1, 2, 1), losses[step : step + 1], step=step, epoch_steps=2), state)
        window = step // 2
        ratio = windows[window - 1] / windows[window - 2] if window >= 2 else torch.ones(2)
        torch.testing.assert_close(update.weights[0], 2 * torch.softmax(ratio / 2, 0))


def test_dwa_agrees_with_torchjd(signals):
    generator = torch.Generator().manual_seed(0)
    oracle, method = torchjd.DWA(temperature=1.5), DynamicWeightAverage(temperature=1.5)
    state = method.init(torch.ones(1, 4, dtype=torch.float64))
    for step in range(20):
        losses = torch.rand(1, 4, generator=generator, dtype=torch.float64) + 0.1
        update, state = method(signals(torch.zeros(1, 4, 1, dtype=torch.float64), losses, step=step, epoch_steps=4), state)
        torch.testing.assert_close((update.weights * losses).sum(), oracle(losses[0]))
        if step % 4 == 3:
            oracle.step()


def test_dwa_counts_only_steps_with_labels(signals):
    method = DynamicWeightAverage()
    state = method.init(torch.ones(1, 2))
    for step in range(2):
        observed = torch.tensor([[True, step == 0]])
        _, state = method(signals(torch.zeros(1, 2, 1), torch.full((1, 2), 1.0 + step), observed, step, 2), state)
    _, state = method(signals(torch.zeros(1, 2, 1), torch.ones(1, 2), step=2, epoch_steps=2), state)
    assert state["last"].tolist() == [[1.5, 1.0]]


def nothing(losses):
    return torch.zeros(*losses.shape, 1, dtype=losses.dtype)


def test_rlw_draws_around_equal_weights():
    found = weights("rlw", torch.eye(3).expand(20_000, 3, 3))
    torch.testing.assert_close(found.mean(0), torch.full((3,), 1 / 3), rtol=0, atol=0.01)
    logits = found.log() - found.log().mean(1, keepdim=True)
    torch.testing.assert_close(logits.var(0), torch.full((3,), 2 / 3), rtol=0.05, atol=0)  # of centred normal numbers


def test_gls_and_stch_agree_with_torchjd():
    losses = torch.tensor([0.5, 3.0, 1.5, 0.1], dtype=torch.float64, requires_grad=True)
    for name, oracle in (("gls", torchjd.GeometricMean()), ("stch", torchjd.STCH(mu=0.1))):
        (expected,) = torch.autograd.grad(oracle(losses), losses)
        torch.testing.assert_close(weights(name, torch.eye(4, dtype=torch.float64), losses), expected)


def test_imtl_l_comes_to_rest_where_every_scaled_loss_is_one(signals):
    losses = torch.tensor([[0.05, 1.0, 7.0]], dtype=torch.float64)
    method = IMTLL(scale_learning_rate=0.05)
    state = method.init(losses)
    for step in range(1500):
        update, state = method(signals(nothing(losses), losses, step=step), state)
    torch.testing.assert_close(update.weights * losses, torch.ones_like(losses), rtol=1e-3, atol=0)


def test_imtl_l_learns_as_adam_on_the_papers_objective(signals):
    generator = torch.Generator().manual_seed(0)
    s = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([s], lr=0.02, eps=1e-12)
    method = IMTLL(scale_learning_rate=0.02)
    state = method.init(s.detach())
    for step in range(20):
        losses = torch.rand(2, 3, generator=generator, dtype=torch.float64) * 3
        _, state = method(signals(nothing(losses), losses, step=step), state)
        adam.zero_grad()
        (torch.exp(s) * losses - s).sum().backward()
        adam.step()
    torch.testing.assert_close(state["s"], s.detach())


def test_tchebycheff_follows_the_worst_task_and_shares_ties():
    eye = torch.eye(3, dtype=torch.float64).expand(2, 3, 3)
    found = weights("tchebycheff", eye, losses=[[1.0, 3.0, 2.0], [3.0, 3.0, 2.0]])
    assert found.tolist() == [[0, pytest.approx(1 / 3), 0], [pytest.approx(1 / 6), pytest.approx(1 / 6), 0]]


def test_tchebycheff_measures_from_the_least_loss_so_far(signals):
    method = Tchebycheff(ideal="least")
    state = method.init(torch.ones(1, 2))
    for losses in ([5.0, 1.0], [4.0, 0.1], [4.0, 0.5]):
        update, state = method(signals(torch.zeros(1, 2, 1), torch.tensor([losses])), state)
    assert state["least"].tolist() == [[4.0, pytest.approx(0.1)]]
    assert update.weights.tolist() == [[0.0, 0.5]], "0.4 above its least, the other 0"


def test_tchebycheff_leaves_tasks_without_labels_out_of_the_comparison(signals):
    losses, observed = torch.tensor([[5.0, 1.0]]), torch.tensor([[False, True]])
    for method in (Tchebycheff(), SmoothTchebycheff()):
        update, _ = method(signals(torch.zeros(1, 2, 1), losses, observed), method.init(losses))
        assert update.weights.tolist() == [[0.0, 0.5]]


def test_smooth_tchebycheff_has_both_limits():
    eye, losses = torch.eye(3, dtype=torch.float64), [1.0, 3.0, 2.0]
    sharp, flat = (weights("stch", eye, losses, mu=mu) for mu in (1e-4, 100.0))
    torch.testing.assert_close(sharp, weights("tchebycheff", eye, losses))
    torch.testing.assert_close(flat, torch.full((3,), 1 / 9, dtype=torch.float64), rtol=0.01, atol=0)


def test_cov_by_hand(signals):
    generator = torch.Generator().manual_seed(0)
    history = torch.rand(12, 3, generator=generator, dtype=torch.float64) + 0.2
    method = CoVWeighting()
    state = method.init(history[:1])
    ratios = []
    for step in range(12):
        update, state = method(signals(nothing(history[:1]), history[step : step + 1], step=step), state)
        ratios.append(history[step] / history[:step].mean(0) if step else torch.ones(3, dtype=torch.float64))
        seen = torch.stack(ratios)
        variation = seen.std(0, correction=0) / seen.mean(0)
        expected = variation / variation.sum() if step else torch.full((3,), 1 / 3, dtype=torch.float64)
        torch.testing.assert_close(update.weights[0], expected)
