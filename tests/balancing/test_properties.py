"""What holds whatever the tasks are, on problems that Hypothesis draws."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtl_core.balancing.conicgrad import ConicGrad
from mtl_core.balancing.cr_mogm import CRMOGM
from mtl_core.balancing.db_mtl import DBMTL
from mtl_core.balancing.double_sampling import MoDo, SDMGrad
from mtl_core.balancing.excess_mtl import ExcessMTL
from mtl_core.balancing.famo import FAMO, slope
from mtl_core.balancing.forum import FORUM
from mtl_core.balancing.go4align import GO4Align
from mtl_core.balancing.lookahead import AutoLambda, MoML
from mtl_core.balancing.mgda import MGDA
from mtl_core.balancing.moco import MoCo
from mtl_core.balancing.once import build
from mtl_core.spec.methods import METHODS

TASKS, SIZES = st.integers(1, 6), st.integers(6, 9)
"""In a trunk at least as large as their number task gradients are independent, so that weights are unique."""

# Whose answer depends on the order in which tasks are drawn, or on a draw for each task.
RANDOM = {"rlw", "pcgrad", "gradvac", "graddrop"}

LED = {name for name, entry in METHODS.items() if any(option.kind == "task" for option in entry.options)}
"""Who leads is said by a place in the list of tasks."""

SCALED_WITH_THE_GRADIENTS = [
    "fixed", "equal", "uw", "dwa", "gls", "si", "imtl_l", "cov", "tchebycheff", "stch", "pbi", "cosmos", "famo", "go4align",
    "gradnorm", "mgda", "cagrad", "conicgrad", "imtl_g", "aligned_mtl", "upgrad", "dualproj", "config", "excess_mtl",
    "moco", "db_mtl", "modo", "sdmgrad", "cr_mogm",
]  # fmt: skip
"""Longer gradients mean as much longer an update; Nash-MTL and FairGrad have a scale of their own by definition."""


@st.composite
def problems(draw, tasks=TASKS, size=SIZES, steps=3):
    """Task gradients and losses of some steps of two runs: ``(steps, 2, T, P)`` and ``(steps, 2, T)``."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 100_000)))
    t, p = draw(tasks), draw(size)
    jacobians = torch.randn(steps, 2, t, p, generator=generator, dtype=torch.float64)
    if draw(st.booleans()):
        jacobians -= 0.9 * jacobians.mean(2, keepdim=True)  # tasks that fight
    losses = 0.05 + 2 * torch.rand(steps, 2, t, generator=generator, dtype=torch.float64)
    return jacobians, losses


def walk(method, problem, make, seeds=None):
    """The updates of all steps, and the last state."""
    state, updates = method.init(problem[1][0]), []
    for step, (jacobian, losses) in enumerate(zip(*problem, strict=True)):
        update, state = method(make(jacobian, losses, step=step, seeds=seeds), state)
        updates.append(update)
    return updates, state


def moved(update, jacobian):
    """What the trunk follows: unique also where the weights are not."""
    return update.direction if update.direction is not None else (update.weights.unsqueeze(1) @ jacobian).squeeze(1)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in RANDOM | LED])
@given(problem=problems(), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_tasks_does_not_matter(name, problem, seed, signals):
    (jacobians, losses), (_, method) = problem, build(name, {})
    order = torch.randperm(jacobians.shape[2], generator=torch.Generator().manual_seed(seed))
    plain, _ = walk(method, problem, signals)
    turned, _ = walk(method, (jacobians[:, :, order], losses[:, :, order]), signals)
    for one, other, jacobian in zip(plain, turned, jacobians, strict=True):
        torch.testing.assert_close(moved(one, jacobian), moved(other, jacobian[:, order]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(METHODS))
@given(problem=problems())
@settings(max_examples=15, deadline=None)
def test_duplicate_runs_change_nothing(name, problem, signals):
    (jacobians, losses), (_, method) = problem, build(name, {})
    once, _ = walk(method, problem, signals, seeds=(4, 9))
    twice, _ = walk(method, (jacobians.repeat(1, 2, 1, 1), losses.repeat(1, 2, 1)), signals, seeds=(4, 9, 4, 9))
    for one, other in zip(once, twice, strict=True):
        torch.testing.assert_close(other.weights, one.weights.repeat(2, 1), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SCALED_WITH_THE_GRADIENTS)
@given(problem=problems(), exponent=st.floats(-6, 6))
@settings(max_examples=25, deadline=None)
def test_the_update_is_as_much_longer_as_the_gradients(name, problem, exponent, signals):
    jacobians, losses = problem
    (_, method), scale = build(name, {}), 10.0**exponent
    plain, _ = walk(method, problem, signals)
    scaled, _ = walk(method, (jacobians * scale, losses), signals)
    for one, other, jacobian in zip(plain, scaled, jacobians, strict=True):
        torch.testing.assert_close(moved(other, jacobian * scale) / scale, moved(one, jacobian), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["mgda", "upgrad", "dualproj", "config", "nash_mtl", "fairgrad"])
@given(problem=problems(steps=1))
@settings(max_examples=25, deadline=None)
def test_the_update_is_against_no_task(name, problem, signals):
    jacobian = problem[0][0]
    updates, _ = walk(build(name, {})[1], problem, signals)
    d = moved(updates[0], jacobian)
    products = (jacobian @ d.unsqueeze(-1)).squeeze(-1)
    assert (d.norm(dim=1) > 1e-6).all()
    assert (products >= -1e-6 * jacobian.norm(dim=-1) * d.norm(dim=-1, keepdim=True)).all()


@pytest.mark.parametrize("name", ["mgda", "upgrad", "dualproj"])
@given(problem=problems(tasks=st.integers(2, 6), steps=1))
@settings(max_examples=25, deadline=None)
def test_nothing_moves_at_a_pareto_point(name, problem, signals):
    jacobian, losses = problem[0][0].clone(), problem[1]
    against = jacobian[:, :-1] * (0.1 + losses[0][:, 1:, None])
    jacobian[:, -1] = -against.sum(1)  # a combination of all gradients with positive weights is zero
    updates, _ = walk(build(name, {})[1], (jacobian.unsqueeze(0), losses), signals)
    d = moved(updates[0], jacobian)
    assert (d.norm(dim=1) <= 1e-5 * jacobian.norm(dim=2).amax(1)).all()


@pytest.mark.parametrize(
    ("method", "total"),
    [(FAMO(), 1.0), (ExcessMTL(), 1.0), (MoDo(), 1.0), (SDMGrad(pull=0.3), 1.3), (MoML(), 1.0), (CRMOGM(), 1.0)],
    ids=lambda value: type(value).__name__ if not isinstance(value, float) else "",
)
@given(problem=problems())
@settings(max_examples=25, deadline=None)
def test_weights_stay_on_their_simplex(method, total, problem, signals):
    updates, _ = walk(method, problem, signals)
    weights = torch.stack([update.weights for update in updates])
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.full_like(weights[..., 0], total))


@given(problem=problems(tasks=st.integers(2, 6)))
@settings(max_examples=50, deadline=None)
def test_famo_favours_the_task_that_fell_least(problem):
    xi, fell = problem[0][0, :, :, 0], problem[1][0]
    z = torch.softmax(xi, dim=1)
    change = slope(xi, torch.zeros_like(xi[0]), fell, gamma=0.0)
    torch.testing.assert_close(change.sum(1), torch.zeros(2, dtype=torch.float64))
    assert torch.equal((change / z).argmin(1), fell.argmin(1)), "xi descends against the slope"


@given(problem=problems(tasks=st.integers(2, 6)))
@settings(max_examples=50, deadline=None)
def test_excess_mtl_favours_the_task_with_the_most_left_to_gain(problem, signals):
    jacobians, _ = problem
    updates, state = walk(ExcessMTL(), problem, signals)
    risk = jacobians[-1].square() / jacobians.square().sum(0).sqrt()
    relative = risk.sum(-1) / state["first"]
    grew = updates[-1].weights / updates[-2].weights
    assert torch.equal(grew.argsort(1), relative.argsort(1))


@given(problem=problems(), logarithms=st.lists(st.floats(-3, 3), min_size=6, max_size=6))
@settings(max_examples=50, deadline=None)
def test_db_mtl_does_not_see_the_unit_of_a_loss(problem, logarithms, signals):
    jacobians, losses = problem
    unit = 10 ** torch.tensor(logarithms[: losses.shape[2]], dtype=torch.float64)
    plain, _ = walk(DBMTL(), problem, signals)
    other, _ = walk(DBMTL(), (jacobians * unit[:, None], losses * unit), signals)
    for one, two in zip(plain, other, strict=True):
        torch.testing.assert_close(one.direction, two.direction, rtol=1e-3, atol=1e-6)


@given(problem=problems(), beta=st.floats(0.05, 1), gamma=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_moco_stays_in_the_hull_of_its_averages(problem, beta, gamma, signals):
    updates, state = walk(MoCo(beta=beta, gamma=gamma), problem, signals)
    simplex = state["simplex"]
    assert (simplex >= 0).all()
    torch.testing.assert_close(simplex.sum(1), torch.ones_like(simplex[:, 0]))
    torch.testing.assert_close(updates[-1].direction, (simplex.unsqueeze(1) @ state["tracked"]).squeeze(1))
    assert (updates[-1].direction.norm(dim=1) <= state["tracked"].norm(dim=2).amax(1) + 1e-12).all()


@pytest.mark.parametrize("method", [MoDo(gamma=0.05), SDMGrad(pull=0.0, weight_learning_rate=0.05)], ids=["modo", "sdmgrad"])
@given(problem=problems())
@settings(max_examples=50, deadline=None)
def test_learned_weights_never_lengthen_the_vector_of_a_still_problem(method, problem, signals):
    still = tuple(part[:1].expand(6, *part.shape[1:]) for part in problem)
    updates, _ = walk(method, still, signals)
    lengths = torch.stack([moved(update, still[0][0]).norm(dim=1) for update in updates])
    assert (lengths.diff(dim=0) <= 1e-9).all()
    shortest = moved(MGDA()(signals(still[0][0]), {})[0], still[0][0]).norm(dim=1)
    assert (lengths[-1] >= shortest - 1e-9).all()


@given(problem=problems(steps=5), alpha=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_cr_mogm_stays_between_the_weights_it_averages(problem, alpha, signals):
    inner, _ = walk(MGDA(), problem, signals)
    outer, _ = walk(CRMOGM("mgda", alpha=alpha), problem, signals)
    for step in range(5):
        seen = torch.stack([update.weights for update in inner[: step + 1]])
        assert (outer[step].weights >= seen.amin(0) - 1e-12).all()
        assert (outer[step].weights <= seen.amax(0) + 1e-12).all()


@given(problem=problems(tasks=st.integers(2, 6)))
@settings(max_examples=50, deadline=None)
def test_auto_lambda_raises_the_weights_of_tasks_that_help_the_others(problem, signals):
    jacobians, losses = problem
    still = (jacobians[:1], losses[:1])
    updates, _ = walk(AutoLambda(), still, signals)
    helps = (jacobians[0] @ jacobians[0].mT).sum(1)
    change = updates[0].weights - 1 / losses.shape[2]
    assert torch.equal(change.sign(), helps.sign())


@given(problem=problems(tasks=st.integers(2, 6)))
@settings(max_examples=50, deadline=None)
def test_moml_first_step_never_raises_all_outer_losses(problem, signals):
    jacobians, losses = problem
    updates, _ = walk(MoML(), (jacobians[:1], losses[:1]), signals)
    change = updates[0].weights - 1 / losses.shape[2]
    gains = (jacobians[0] @ jacobians[0].mT @ change.unsqueeze(-1)).squeeze(-1)  # what each outer loss falls by
    assert (gains.amax(1) >= -1e-9).all()


@given(problem=problems(), phi=st.floats(0, 1), seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_forum_keeps_its_bound_and_no_direction_within_it_is_better(problem, phi, seed, signals):
    jacobian, losses = problem[0][:1], problem[1][:1]
    updates, _ = walk(FORUM(phi=phi), (jacobian, losses), signals)
    d, inner = updates[0].direction, jacobian[0].mean(1)  # the derivative of q, at equal weights
    units = jacobian[0] / jacobian[0].norm(dim=-1, keepdim=True)

    def worth(directions):  # (R, K, P): what the least falling loss gains, against the length of the step
        return (units @ directions.mT).amin(1) - 0.5 * directions.square().sum(-1)

    bound = phi * inner.square().sum(-1)
    assert ((inner * d).sum(-1) >= bound * (1 - 1e-3) - 1e-6).all()
    others = torch.randn(2, 200, d.shape[1], generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    others = d.unsqueeze(1) + others * torch.logspace(-3, 0, 200, dtype=torch.float64)[:, None]
    allowed = (others @ inner.unsqueeze(-1)).squeeze(-1) >= bound.unsqueeze(1)
    assert (torch.where(allowed, worth(others), -torch.inf) <= worth(d.unsqueeze(1)) + 1e-3).all()


@given(problem=problems(), count=st.integers(1, 6))
@settings(max_examples=50, deadline=None)
def test_go4align_gives_alike_tasks_alike_weights(problem, count, signals):
    losses = problem[1][:1]
    updates, _ = walk(GO4Align(groups=count, step_size=0.0), (problem[0][:1], losses), signals)
    weights = updates[0].weights
    tasks = losses.shape[2]
    own = losses[0].sum(1, keepdim=True) / losses[0] / tasks
    assert all(len(row.unique()) <= min(count, tasks) for row in weights)
    torch.testing.assert_close(weights.sum(1), own.sum(1))
    order = own.argsort(1)
    assert (weights.gather(1, order).diff(dim=1) >= 0).all(), "groups never cross"
    if count >= tasks:
        torch.testing.assert_close(weights, own)


@given(problem=problems(tasks=st.integers(2, 6)), c=st.floats(-0.9, 1))
@settings(max_examples=50, deadline=None)
def test_conicgrad_stays_in_its_cone_and_on_its_sphere(problem, c, signals):
    jacobian = problem[0][0]
    mean = jacobian.mean(1)
    d = moved(ConicGrad(c=c)(signals(jacobian), {})[0], jacobian)
    torch.testing.assert_close(d.norm(dim=1), mean.norm(dim=1))
    assert ((mean * d).sum(1) >= (c - 1e-6) * mean.norm(dim=1).square()).all()
    worst = (jacobian @ d.unsqueeze(-1)).squeeze(-1).amin(1)
    assert (worst >= (jacobian @ mean.unsqueeze(-1)).squeeze(-1).amin(1) - 1e-6).all(), "no worse than the mean gradient"


@pytest.mark.parametrize(("tasks", "size"), [(2, 1), (3, 2), (5, 2), (5, 4), (8, 3)])
@pytest.mark.parametrize("c", [0.0, 0.25, 0.95])
def test_conicgrad_of_dependent_gradients_stays_in_its_cone_and_on_its_sphere(tasks, size, c, signals):
    jacobian = torch.randn(500, tasks, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    jacobian[::2] -= 0.9 * jacobian[::2].mean(1, keepdim=True)
    mean = jacobian.mean(1)
    d = moved(ConicGrad(c=c)(signals(jacobian), {})[0], jacobian)
    torch.testing.assert_close(d.norm(dim=1), mean.norm(dim=1), rtol=1e-3, atol=1e-9)
    assert ((mean * d).sum(1) >= (c - 1e-3) * mean.norm(dim=1).square()).all()


@pytest.mark.parametrize("shortest", [1, 0.1, 0.01, 0.001])
def test_conicgrad_is_right_in_single_precision_whatever_the_lengths(shortest, jacobian, signals):
    values = jacobian("conflict", 200, 3, 50, torch.float32)
    values[:, -1] *= shortest
    exact = values.double()
    mean = exact.mean(1)
    worst = []
    for seen in (values, exact):
        weights = ConicGrad()(signals(seen), {})[0].weights.double()
        d = (weights.unsqueeze(1) @ exact).squeeze(1)
        torch.testing.assert_close(d.norm(dim=1), mean.norm(dim=1), rtol=1e-3, atol=0)
        worst.append((exact @ d.unsqueeze(-1)).squeeze(-1).amin(1) / mean.norm(dim=1) / exact.norm(dim=2).amin(1))
    torch.testing.assert_close(worst[0], worst[1], rtol=0, atol=5e-3)
