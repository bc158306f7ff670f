"""What public implementations got wrong, one test a fault."""

import pytest
import torch

from mtl_core.balancing import direction, weights
from mtl_core.balancing.dwa import DynamicWeightAverage
from mtl_core.balancing.graddrop import masked
from mtl_core.balancing.once import build
from mtl_core.balancing.pcgrad import surgery
from mtl_core.balancing.solvers.min_norm import min_norm
from mtl_core.balancing.uw import UncertaintyWeighting
from mtl_core.random import Streams
from mtl_core.spec.methods import METHODS

CONFLICT = torch.tensor([[1, 2, 0, -1, 0.5], [-2, 1, 1, 0, 0], [0.5, -3, 2, 1, 1]], dtype=torch.float64)
OTHERS = [name for name in METHODS if name not in ("fixed", "equal")]


def test_every_gradient_method_moves_the_trunk_and_differs_from_the_others(signals):
    directions = {}
    for name in (name for name in METHODS if METHODS[name].scope == "trunk"):
        _, method = build(name, {})
        state = method.init(torch.ones(1, 3, dtype=torch.float64))
        for step in range(30):
            grown = CONFLICT[None] * (1 + 0.1 * step * torch.tensor([1.0, 2.0, 3.0])[:, None])
            given = signals(grown, step=step)
            update, state = method(given, state)
        combined = update.weights @ given.jacobian[0] if update.direction is None else update.direction
        directions[name] = combined[0]
    for name, found in directions.items():
        assert found.norm() > 1e-6, f"{name} does not move the trunk"
        for other, theirs in directions.items():
            apart = (found - theirs).norm() / found.norm()
            assert other == name or apart > 1e-3, f"{name} and {other} do the same"


@pytest.mark.parametrize("name", [name for name in OTHERS if METHODS[name].scope == "all" and name != "path"])
def test_every_loss_weighting_moves_away_from_its_start(name, jacobian, signals):
    _, method = build(name, {})
    state, seen = method.init(torch.ones(8, 3, dtype=torch.float64)), []
    for step in range(10):
        losses = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64).expand(8, 3) * torch.tensor([0.9, 0.5, 1.0]) ** step
        update, state = method(signals(jacobian() * losses.unsqueeze(-1), losses, step=step, epoch_steps=2), state)
        seen.append(update.weights)
    ratio = seen[-1] / seen[-1].sum(1, keepdim=True)
    assert (ratio - 1 / 3).abs().max() > 1e-3


def test_pcgrad_really_shuffles():
    gramian = (CONFLICT @ CONFLICT.T).expand(200, 3, 3)
    assert len({tuple(row) for row in weights("pcgrad", gramian).round(decimals=9).tolist()}) > 2


def test_pcgrad_draws_anew_at_every_step(signals):
    _, method = build("pcgrad", {})
    seen = {
        tuple(method(signals(CONFLICT[None], step=step), {})[0].weights[0].round(decimals=9).tolist()) for step in range(40)
    }
    assert len(seen) > 2


def surgery_by_hand(values, orders, itself=False):
    total = torch.zeros_like(values[0])
    for task, order in enumerate(orders):
        gradient = values[task].clone()
        for other in order:
            inner = gradient @ values[other]
            if (itself or other != task) and inner < 0:
                gradient -= inner / values[other].square().sum() * values[other]
        total += gradient
    return total


def test_pcgrad_never_projects_a_gradient_on_itself(jacobian):
    # Several projections can turn a gradient against itself; only then does a self-projection change anything.
    values = jacobian("plain", 100, 6, 3)
    streams = Streams.of(range(100))
    orders = streams.permutations(6, 6)
    found = (surgery(values @ values.mT, streams).unsqueeze(1) @ values).squeeze(1)
    right, faulty = (
        torch.stack([surgery_by_hand(each, order.tolist(), itself) for each, order in zip(values, orders, strict=True)])
        for itself in (False, True)
    )
    assert (right - faulty).abs().max() > 0.01
    torch.testing.assert_close(found, right)


def test_pcgrad_sums_rather_than_averages():
    assert weights("pcgrad", torch.eye(4)).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("tasks", [2, 3])
def test_pcgrad_on_a_zero_gradient(tasks):
    values = torch.cat([torch.zeros(1, 5, dtype=torch.float64), CONFLICT[: tasks - 1]])
    found = direction("pcgrad", values)
    assert found.isfinite().all()
    torch.testing.assert_close(found, direction("pcgrad", CONFLICT[: tasks - 1]))


@pytest.mark.parametrize("tasks", [3, 10, 40])
def test_mgda_ends_for_three_and_more_tasks(tasks, jacobian, kinds):
    for kind in kinds:
        values = jacobian(kind, 4, tasks, 2)  # many more tasks than dimensions: a circling solver would never stop
        assert min_norm(values @ values.mT).isfinite().all()


def test_uw_has_its_optimum_at_the_log_of_the_loss_not_of_twice_the_loss(signals):
    losses = torch.full((1, 1), 3.0, dtype=torch.float64)
    method = UncertaintyWeighting()
    at_rest = method.init(losses) | {"s": losses.log()}
    _, after = method(signals(torch.zeros(1, 1, 1, dtype=torch.float64), losses), at_rest)
    torch.testing.assert_close(after["s"], losses.log())


def test_graddrop_leak_one_is_the_plain_sum_and_leak_zero_masks(jacobian):
    values, chance = jacobian(), torch.full((8, 12), 0.5, dtype=torch.float64)
    torch.testing.assert_close(masked(values, chance, 1.0), values.sum(1))
    kept = masked(values, chance, 0.0)
    one_sign = (values.clamp(min=0).sum(1) == kept) | (values.clamp(max=0).sum(1) == kept)
    assert one_sign.all()


def test_graddrop_on_a_column_of_zeros():
    values = CONFLICT.clone()
    values[:, 2] = 0
    found = direction("graddrop", values)
    assert found.isfinite().all()
    assert found[2] == 0


def test_dwa_remembers_its_windows_in_the_state(signals):
    method = DynamicWeightAverage()
    state = method.init(torch.ones(1, 2))
    for step in range(6):
        losses = torch.tensor([[0.5**step, 0.9**step]])
        _, state = method(signals(torch.zeros(1, 2, 1), losses, step=step, epoch_steps=2), state)
    resumed, _ = DynamicWeightAverage()(signals(torch.zeros(1, 2, 1), torch.ones(1, 2), step=6, epoch_steps=2), state)
    assert resumed.weights[0, 1] > resumed.weights[0, 0] + 0.1, "a resumed run must not restart from equal weights"


def test_graddrop_reports_weights_that_explain_its_update(jacobian, signals):
    values = jacobian("conflict", size=30)
    _, method = build("graddrop", {})
    update, _ = method(signals(values), {})
    rest = update.direction - (update.weights.unsqueeze(1) @ values).squeeze(1)
    assert (values @ rest.unsqueeze(-1)).abs().max() < 1e-8, "nothing more can be explained"
    torch.testing.assert_close(rest.square().sum(1) / update.direction.square().sum(1), update.unexplained)
    assert not torch.allclose(update.weights, torch.ones(8, 3, dtype=torch.float64))


@pytest.mark.parametrize("name", [name for name in OTHERS if METHODS[name].signals == "gramian"])
def test_solvers_pass_no_nan_through_on_awkward_gramians(name):
    awkward = [torch.zeros(3, 3), torch.ones(3, 3), torch.diag(torch.tensor([0.0, 1, 1])), CONFLICT @ CONFLICT.T]
    stacked = torch.stack([each.double() * scale**2 for each in awkward for scale in (1e-10, 1e-5, 1.0, 1e5, 1e10)])
    assert weights(name, stacked).isfinite().all()
    assert weights(name, stacked.float()).isfinite().all()


def test_cagrad_is_not_rescaled_and_reports_effective_weights():
    jacobian = torch.tensor([[-4, 1, 1], [6, 1, 1]], dtype=torch.float64)
    found = weights("cagrad", jacobian @ jacobian.T, c=0.5)
    torch.testing.assert_close(found, torch.tensor([0.7041, 0.5], dtype=torch.float64), rtol=0, atol=1e-4)
    assert not torch.allclose(found, torch.tensor([1.0, 0.0], dtype=torch.float64)), "the inner dual is no weight"
    mean = jacobian.mean(0)
    torch.testing.assert_close((found @ jacobian - mean).norm(), 0.5 * mean.norm())


def test_aligned_mtl_of_aligned_gradients_is_their_mean():
    assert weights("aligned_mtl", torch.eye(4, dtype=torch.float64)).tolist() == pytest.approx([0.25] * 4)


def test_gradvac_remembers_pairs_that_do_not_conflict(signals):
    agreeing = torch.tensor([[[1.0, 0.0], [3.0, 4.0]]], dtype=torch.float64)
    _, method = build("gradvac", {"beta": 0.5})
    update, state = method(signals(agreeing), method.init(torch.ones(1, 2, dtype=torch.float64)))
    assert update.weights.tolist() == [[1, 1]], "nothing was turned"
    assert state["cosines"][0, 0, 1] == pytest.approx(0.5 * 0.6)
    assert state["cosines"][0, 1, 0] == pytest.approx(0.5 * 0.6)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("gls", lambda losses: losses.prod(1) ** (1 / 3)),
        ("si", lambda losses: losses.log().sum(1)),
        ("stch", lambda losses: 0.1 * torch.logsumexp(losses / 3 / 0.1, 1)),
        ("tchebycheff", lambda losses: (losses / 3).amax(1)),
    ],
)
def test_recorded_weights_are_the_derivatives_of_the_objective(name, objective):
    losses = torch.tensor([[1.0, 2.5, 0.3], [0.2, 0.1, 0.15]], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(objective(losses).sum(), losses)
    torch.testing.assert_close(weights(name, torch.eye(3, dtype=torch.float64).expand(2, 3, 3), losses), expected)


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].signals == "jacobian"])
def test_recorded_weights_are_effective_or_explain_all_that_weights_can(name, jacobian, signals):
    _, method = build(name, {})
    state = method.init(torch.ones(8, 3, dtype=torch.float64))
    for step in range(6):
        values = jacobian("conflict", size=30, seed=step)
        losses = torch.rand(8, 3, generator=torch.Generator().manual_seed(step), dtype=torch.float64) + 0.1
        update, state = method(signals(values, losses, step=step), state)
        if update.direction is None:
            assert update.unexplained is None
            continue
        rest = update.direction - (update.weights.unsqueeze(1) @ values).squeeze(1)
        assert (values @ rest.unsqueeze(-1)).abs().max() < 1e-8 * values.square().sum(-1).max(), "nothing more can be explained"
        torch.testing.assert_close(rest.square().sum(1) / update.direction.square().sum(1), update.unexplained)


def test_famo_records_effective_weights_not_its_inner_softmax():
    losses = torch.tensor([[4.0, 0.25]], dtype=torch.float64)
    found = weights("famo", torch.eye(2, dtype=torch.float64)[None], losses)
    torch.testing.assert_close(found, torch.tensor([[0.25, 4.0]], dtype=torch.float64) / 4.25)


def test_sdmgrad_records_what_multiplies_the_gradients_with_its_pull_in_it():
    values = CONFLICT[None]
    found = direction("sdmgrad", values, pull=0.5)
    torch.testing.assert_close(found, 1.5 * values.mean(1))
