"""Every line of METHODS through the same demands."""

import pytest
import torch

from mtl_core.balancing.once import build
from mtl_core.spec.methods import METHODS

NAMES = list(METHODS)
# Whose answer depends on the order in which tasks are drawn, or on a draw for each task.
RANDOM = {"rlw", "pcgrad", "gradvac", "graddrop"}
# Options that speak of tasks by their place, before and after the order [3, 0, 4, 1, 2].
PLACED = {
    "pcd": ({"primary": 1}, {"primary": 2}),
    "path": ({"way": [[0.1, 0.2, 0.3, 0.4, 0], [0, 0, 1, 0, 0]]}, {"way": [[0.4, 0.1, 0, 0.2, 0.3], [0, 0, 0, 0, 1]]}),
}
DTYPES = [torch.float32, torch.float64]


def apply(name, signals, options=None, state=None):
    _, method = build(name, options or {})
    return method(signals, method.init(signals.losses) if state is None else state)


def several_steps(method, state, make, jacobian, steps, rows=slice(None)):
    """The weights of some steps with changing losses and gradients, and the last state."""
    weights = []
    runs, tasks, _ = jacobian.shape
    for step in steps:
        generator = torch.Generator().manual_seed(step)
        losses = torch.rand(runs, tasks, generator=generator, dtype=torch.float64).to(jacobian) + 0.1
        turned = jacobian.roll(step, -1) * (1 + step)
        update, state = method(make(turned[rows], losses[rows], step=step, seeds=tuple(range(runs))[rows]), state)
        weights.append(update.weights)
    return torch.stack(weights), state


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tasks", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
def test_finite_and_shaped_on_gradients_of_every_kind(name, tasks, dtype, jacobian, kinds, signals):
    possible = [kind for kind in kinds if tasks > 1 or kind not in ("stationary", "opposite")]
    for size in (2, 50):
        values = torch.cat([jacobian(kind, 3, tasks, size, dtype) for kind in possible])
        losses = torch.tensor([1.0, 0.0, 1e8], dtype=dtype).repeat(len(possible))[:, None].expand(-1, tasks)
        state = None
        for step in range(3):
            update, state = apply(name, signals(values, losses, step=step), state=state)
            assert update.weights.shape == values.shape[:2]
            assert update.weights.dtype == dtype
            assert update.weights.isfinite().all()
            assert all(tensor.isfinite().all() for tensor in state.values())
            if update.direction is not None:
                assert update.direction.shape == (len(values), size)
                assert update.direction.isfinite().all()
                assert update.unexplained.shape == (len(values),)
                assert ((update.unexplained >= 0) & (update.unexplained <= 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_state_has_the_run_axis_first_and_its_form_never_changes(name, jacobian, signals):
    _, method = build(name, {})
    first = method.init(torch.ones(8, 3))
    _, after = several_steps(method, first, signals, jacobian(dtype=torch.float32), range(5))
    assert first.keys() == after.keys()
    for key, tensor in after.items():
        assert tensor.shape[0] == 8
        # Tracked gradients learn the trunk's size from the first ones.
        assert tensor.shape[:-1] == first[key].shape[:-1]
        assert tensor.shape[-1] == first[key].shape[-1] or (key in ("tracked", "squares") and first[key].shape[-1] == 1)
        assert tensor.dtype == first[key].dtype


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_changed_in_place(name, jacobian, signals):
    given = signals(jacobian())
    _, method = build(name, {})
    _, state = method(given, method.init(given.losses))
    before = [tensor.clone() for tensor in (*state.values(), given.losses, given.gramian, given.jacobian)]
    method(given, state)
    for old, new in zip(before, (*state.values(), given.losses, given.gramian, given.jacobian), strict=True):
        assert torch.equal(old, new)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_never_depends_on_its_cohort(name, jacobian, signals):
    values = jacobian(runs=9, tasks=4)
    _, method = build(name, {})
    together, _ = several_steps(method, method.init(torch.ones(9, 4, dtype=torch.float64)), signals, values, range(8))
    for run in (0, 5):
        rows = slice(run, run + 1)
        alone, _ = several_steps(method, method.init(torch.ones(1, 4, dtype=torch.float64)), signals, values, range(8), rows)
        torch.testing.assert_close(alone[:, 0], together[:, run], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tasks", [2, 4])
def test_a_diverged_run_leaves_its_neighbours_alone(name, tasks, jacobian, signals):
    values = jacobian(tasks=tasks)
    broken, losses = values.clone(), torch.ones(8, tasks, dtype=torch.float64)
    broken[3] = torch.nan
    well, _ = apply(name, signals(values, losses))
    ill, _ = apply(name, signals(broken, torch.where(torch.arange(8)[:, None] == 3, torch.inf, losses)))
    others = torch.arange(8) != 3
    torch.testing.assert_close(well.weights[others], ill.weights[others])
    if well.direction is not None:
        torch.testing.assert_close(well.direction[others], ill.direction[others])


@pytest.mark.parametrize("name", NAMES)
def test_resuming_from_a_state_is_bit_identical(name, jacobian, signals):
    values = jacobian(dtype=torch.float32)
    _, method = build(name, {})
    through, _ = several_steps(method, method.init(torch.ones(8, 3)), signals, values, range(10))
    _, state = several_steps(method, method.init(torch.ones(8, 3)), signals, values, range(4))
    kept = {key: tensor.clone() for key, tensor in state.items()}
    _, again = build(name, {})
    resumed, _ = several_steps(again, kept, signals, values, range(4, 10))
    assert torch.equal(through[4:], resumed)


@pytest.mark.parametrize("name", NAMES)
def test_random_draws_come_from_the_streams_alone(name, jacobian, signals):
    values = jacobian("conflict", tasks=5)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, _ = apply(name, signals(values))
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    second, _ = apply(name, signals(values))
    assert torch.equal(first.weights, second.weights)
    other, _ = apply(name, signals(values, seeds=tuple(range(100, 108))))
    assert torch.equal(first.weights, other.weights) == (name not in RANDOM)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RANDOM])
def test_permuting_tasks_permutes_weights(name, jacobian, signals):
    values, order = jacobian(tasks=5), torch.tensor([3, 0, 4, 1, 2])
    losses = torch.rand(8, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64) + 0.5
    state = permuted = None
    before, after = PLACED.get(name, ({}, {}))
    for step in range(5):
        update, state = apply(name, signals(values * (step + 1), losses, step=step), before, state)
        turned, permuted = apply(name, signals(values[:, order] * (step + 1), losses[:, order], step=step), after, permuted)
    torch.testing.assert_close(update.weights[:, order], turned.weights, rtol=1e-8, atol=1e-9)


SCALES = {
    "sum to one or more": lambda weights: weights.sum(1) > 1 - 1e-9,
    "sum to one over the number of tasks": lambda weights: (weights.sum(1) * weights.shape[1] - 1).abs() < 1e-9,
    "sum to one": lambda weights: (weights.sum(1) - 1).abs() < 1e-9,
    "sum to the number of tasks": lambda weights: (weights.sum(1) - weights.shape[1]).abs() < 1e-9,
    "sum to the number of tasks or more": lambda weights: weights.sum(1) > weights.shape[1] - 1e-9,
}


@pytest.mark.parametrize("name", NAMES)
def test_weights_have_the_scale_that_the_table_states(name, jacobian, signals):
    scale = METHODS[name].scale
    assert scale in SCALES or scale.startswith(("no fixed sum", "1 each without conflict"))
    _, method = build(name, {})
    weights, _ = several_steps(method, method.init(torch.ones(8, 3, dtype=torch.float64)), signals, jacobian(), range(8))
    if scale in SCALES:
        assert SCALES[scale](weights.flatten(0, 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_task_without_labels_in_the_batch_breaks_nothing(name, jacobian, signals):
    values = jacobian(tasks=3, dtype=torch.float32)
    observed = torch.tensor([[True, True, False], [False, True, False], [False, False, False], [True, True, True]]).repeat(2, 1)
    state = None
    for step in range(8):
        update, state = apply(name, signals(values, observed=observed.roll(step // 2, 1), step=step), state=state)
        assert update.weights.isfinite().all()
        assert all(tensor.isfinite().all() for tensor in state.values())
    combined = (update.weights.unsqueeze(1) @ (values * observed.roll(3, 1).unsqueeze(-1))).squeeze(1)
    active = observed.any(1)
    moved = combined if update.direction is None else update.direction
    assert (moved[active].norm(dim=1) > 0).all()


def bounds(option):
    match option.kind:
        case "choice":
            return option.choices
        case "flag":
            return (True, False)
        case "simplex":
            return ((1.0, 0.0, 0.0), (0.2, 0.3, 0.5))
        case "task":
            return (1, 3)
        case "path":
            return (*option.choices, ((0.2, 0.3, 0.5), (1.0, 0.0, 0.0)))
    return (option.low, option.high)


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].options])
def test_options_at_their_bounds_stay_finite(name, jacobian, signals):
    values = torch.cat([jacobian(kind, 2, 3) for kind in ("plain", "conflict", "zero", "mixed_scales")])
    for option in METHODS[name].options:
        for value in bounds(option):
            state = None
            _, method = build(name, {option.name: value})
            state = method.init(torch.ones(8, 3, dtype=torch.float64))
            weights, state = several_steps(method, state, signals, values, range(8))
            assert weights.isfinite().all()
            assert all(tensor.isfinite().all() for tensor in state.values())


@pytest.mark.parametrize("name", NAMES)
def test_one_task_is_trained_alone(name, jacobian, signals):
    update, _ = apply(name, signals(jacobian(tasks=1)))
    assert (update.weights > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_table_lines_say_everything(name):
    entry = METHODS[name]
    assert entry.title
    assert entry.summary.endswith(".")
    assert entry.formula
    assert entry.source or name in ("equal", "fixed")
    for option in entry.options:
        assert option.help
        assert option.check(option.default) == option.default
        assert option.kind != "number" or (option.low is not None and option.high is not None)
