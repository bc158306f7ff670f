"""Methods side by side: each sees its own runs and what it asks for, and only fixed weights can be set."""

import pytest
import torch

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Settable, Signals
from mtl_core.balancing.once import Still
from mtl_core.balancing.runner import Group, Runner
from mtl_core.errors import SpecError
from mtl_core.random import Streams
from mtl_core.spec.choice import Choice
from mtl_core.spec.methods import METHODS

NAMES = list(METHODS)
RUNS, TASKS, SIZE = 2 * len(NAMES), 3, 7


def choice(name: str) -> Choice:
    return Choice(name, tuple(METHODS[name].check({}).items()))


CHOICES = [choice(name) for name in NAMES for _ in range(2)]


@pytest.fixture
def whole() -> Signals:
    jacobian = torch.randn(RUNS, TASKS, SIZE, generator=torch.Generator().manual_seed(0))
    losses = torch.rand(RUNS, TASKS, generator=torch.Generator().manual_seed(1)) + 0.5
    return Signals(
        losses=losses,
        observed=torch.ones_like(losses, dtype=torch.bool),
        step=0,
        epoch_steps=2,
        streams=Streams.of(range(RUNS)),
        gramian=jacobian @ jacobian.mT,
        jacobian=jacobian,
    )


def look(signals: Signals, asked: list[str]):
    def probe(group: Group) -> Still:
        asked.append(group.entry.name)
        return Still(signals.losses[group.runs], signals.jacobian[group.runs])

    return probe


def test_side_by_side_is_each_method_alone(whole):
    runner, asked = Runner(CHOICES, whole.losses), []
    found = runner(whole, look(whole, asked))
    assert asked == [name for name in NAMES if METHODS[name].extra]
    directions = {part.start: direction for part, direction in found.directions}
    for group in runner.groups:
        entry, part = group.entry, group.runs
        alone = make(entry, choice(entry.name).options)
        probe = Still(whole.losses[part], whole.jacobian[part])
        update, _ = alone(whole.of(part, jacobian=True, probe=probe), alone.init(whole.losses[part]))
        assert torch.equal(found.weights[part], update.weights), entry.name
        heads = update.weights if entry.scope == "all" else torch.ones(2, TASKS) if update.heads is None else update.heads
        assert torch.equal(found.head_scale[part], heads), entry.name
        assert (update.direction is None) == (part.start not in directions), entry.name
        if update.direction is not None:
            assert torch.equal(directions[part.start], update.direction)


def test_heads_keep_their_own_gradients_where_no_method_says_otherwise(whole):
    found = Runner([choice("pcgrad")] * RUNS, whole.losses)(whole, look(whole, []))
    assert found.head_scale is None


def test_a_method_sees_gradients_and_a_probe_only_if_its_line_asks(whole):
    for name in NAMES:
        runner, seen = Runner([choice(name)] * RUNS, whole.losses), []
        (group,) = runner.groups
        honest = group.method

        class Spy:
            def __call__(self, signals, state):
                seen.append(signals)  # noqa: B023 - called before the next turn
                return honest(signals, state)  # noqa: B023

        group.method = Spy()
        runner(whole, look(whole, []))
        assert (seen[0].jacobian is not None) == (METHODS[name].signals == "jacobian"), name
        assert (seen[0].probe is not None) == bool(METHODS[name].extra), name


def test_weights_are_set_for_the_named_runs_alone(whole):
    runner = Runner([choice("equal")] * 3 + [choice("pcgrad")] + [choice("fixed")] * 2, whole.losses[:6])
    runner.set([1, 5], torch.tensor([[1.0, 0, 0], [0, 0, 1]]))
    runner.set([4], torch.tensor([0.5, 0.5, 0]))
    kept = runner.groups[0].state
    weights = runner(whole.of(slice(0, 6), jacobian=True, probe=None), look(whole, [])).weights
    third = [1 / 3] * 3
    torch.testing.assert_close(weights[:3], torch.tensor([third, [1, 0, 0], third]))
    assert weights[4:].tolist() == [[0.5, 0.5, 0], [0, 0, 1]]
    runner.set([0], torch.tensor([0.0, 1, 0]))
    assert kept["weights"][0].tolist() == pytest.approx(third), "a state that was given out is not changed in place"


@pytest.mark.parametrize("name", NAMES)
def test_only_fixed_weights_can_be_set(name, whole):
    runner = Runner([choice(name)], whole.losses[:1])
    (group,) = runner.groups
    assert isinstance(group.method, Settable) == (name in ("equal", "fixed"))
    if not isinstance(group.method, Settable):
        with pytest.raises(SpecError, match=f"found {name}, which decides them itself"):
            runner.set([0], torch.tensor([1.0, 0, 0]))


@pytest.mark.parametrize("weights", [torch.ones(2) / 2, torch.ones(3, 3) / 3, torch.ones(4) / 4])
def test_weights_of_another_shape_are_refused(weights, whole):
    method = make(METHODS["fixed"], {})
    with pytest.raises(SpecError, match="found shape"):
        method.set(method.init(whole.losses[:2]), [0, 1], weights)
