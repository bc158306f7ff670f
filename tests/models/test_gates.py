"""Experts and gates: faults that public code has, and what is told of gates."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from mtl_core.models.model import Model, Pass
from tests.models.mixtures import STREAMS, TASKS, X, built, first, gate


def test_shared_experts_read_a_stream_of_their_own_that_hears_every_task() -> None:
    """LibMTL has no shared stream: its shared experts read each task's own, and no task hears of another's experts."""
    model = built("ple", levels=2)
    values = model.initialise(STREAMS)
    before = model(values, X).tasks
    values["own.0.1.weight"] = values["own.0.1.weight"].clone()
    values["own.0.1.weight"][:, 1] *= 2  # an expert of the second task, in the first level
    after = model(values, X).tasks
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    values["own.2.0.weight"] = values["own.2.0.weight"].clone()
    values["own.2.0.weight"][:, 1] *= 2  # and in the last, which the others do not hear
    last = model(values, X).tasks
    assert [torch.equal(a, b) for a, b in zip(after, last, strict=True)] == [True, False, True]


@pytest.mark.parametrize(("shared", "own"), [(3, 1), (1, 2), (0, 2)])
def test_there_are_as_many_shared_experts_as_asked_for(shared: int, own: int) -> None:
    """DeepCTR-Torch builds as many shared experts as a task has of its own."""
    shapes = {p.name: p.shape for p in built("cgc", shared=shared, per_task=own).parameters}
    assert shapes["own.1.0.weight"][0] == own * len(TASKS)
    assert ("expert.1.0.weight" in shapes) == (shared > 0)
    assert shared == 0 or shapes["expert.1.0.weight"][0] == shared
    assert shapes["gate.0.0.weight"] == (3, 4, shared + own)


@pytest.mark.parametrize("strategy", ["omoe", "mmoe", "cgc", "ple", "adatt", "dselect_k"])
def test_a_batch_of_one_example_is_a_batch(strategy: str) -> None:
    """DeepCTR-Torch squeezes the axis of examples away where there is one."""
    model = built(strategy)
    values = model.initialise(STREAMS)
    for one, all_ in zip(model(values, X[:, :1]).tasks, model(values, X).tasks, strict=True):
        assert one.shape == (3, 1, all_.shape[2])
        torch.testing.assert_close(one, all_[:, :1])


def test_gates_read_channels_not_pixels() -> None:
    """LibMTL's gates are linear in the flattened image: larger than the experts, and bound to one size of image."""
    gates = [p for p in built("mmoe", "cnn", experts=3).parameters if p.structure]
    assert {p.shape for p in gates} == {(3, 2, 3), (3, 3)}


def test_gates_are_a_softmax_of_each_example_alone() -> None:
    """torch-rechub's gates pass batch normalisation and dropout first, so that other examples and chance bear on them."""
    model = built("mmoe", gate_hidden=7)
    values = model.initialise(STREAMS)
    torch.testing.assert_close(first(model)[0][:, :2], model(values, X[:, :2], Pass(3, STREAMS)).tasks[0])
    assert values["gate.0.0.weight"].shape == (3, 3, 4, 7)
    assert "gate.0.2.bias" in values
    assert "gate.0.2.bias" not in built("mmoe", gate_hidden=7, gate_bias=False).initialise(STREAMS)


@pytest.mark.parametrize("strategy", ["mmoe", "cgc", "adatt"])
def test_experts_start_at_the_size_of_a_plain_network(strategy: str) -> None:
    """DeepCTR-Torch starts all weights at 1e-4, so that gates and experts stay near zero for long."""
    values, plain = built(strategy).initialise(STREAMS), built("hard").initialise(STREAMS)
    for name in (n for n in values if n.endswith("2.0.weight") and n.startswith(("own", "expert"))):
        assert 0.7 < values[name].std() / plain["trunk.2.0.weight"].std() < 1.4


@pytest.mark.parametrize("strategy", ["hard", "omoe", "mmoe", "cgc", "ple", "adatt", "dselect_k"])
def test_with_inputs_of_their_own_each_task_is_answered_on_its_own_examples(strategy: str) -> None:
    examples = torch.randn(3, 3, 5, 4, generator=torch.Generator().manual_seed(1))
    model, one_input = built(strategy, apart=True), built(strategy)
    values = model.initialise(STREAMS)
    seen = model(values, examples, Pass(observe=True))
    for task, output in enumerate(seen.tasks):
        torch.testing.assert_close(output, one_input(values, examples[:, task]).tasks[task], rtol=1e-4, atol=1e-5)
    assert all(value.isfinite().all() for value in seen.traces.values())
    assert {features.shape[:3] for features in seen.features.values()} == {(3, 3, 5)}


# What is told of the gates.


def observed(model: Model, values: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    return model(values, X, Pass(observe=True)).traces


def test_a_gate_that_hears_one_expert_has_no_entropy_and_the_others_are_dead() -> None:
    model = built("mmoe", experts=3)
    values = model.initialise(STREAMS)
    for name in ("gate.0.0.weight", "gate.0.0.bias"):
        values[name] = torch.zeros_like(values[name])
    even = observed(model, values)
    torch.testing.assert_close(even["usage.layer 3"], torch.full((3, 3, 3), 1 / 3))
    torch.testing.assert_close(even["entropy.layer 3"], torch.ones(3, 3))
    torch.testing.assert_close(even["spread.layer 3"], torch.zeros(3, 3, 3))
    values["gate.0.0.bias"][..., 1] = 30
    sharp = observed(model, values)
    torch.testing.assert_close(sharp["entropy.layer 3"], torch.zeros(3, 3))
    torch.testing.assert_close(sharp["heard.layer 3"], torch.tensor([0.0, 1, 0]).expand(3, 3))


def test_gates_against_their_mean_and_deviation_over_examples() -> None:
    model = built("cgc", shared=2)
    values = model.initialise(STREAMS)
    told = observed(model, values)
    for run in range(3):
        mine = {name: value[run] for name, value in values.items()}
        for task in range(3):
            gates = torch.stack([gate(mine, "gate.0", task, x) for x in X[run]])
            seen = [task, 3, 4]
            torch.testing.assert_close(told["usage.layer 3"][run, task, seen], gates.mean(0))
            torch.testing.assert_close(told["spread.layer 3"][run, task, seen], gates.std(0, correction=0))
            entropy = -(gates * gates.log()).sum(1).mean() / torch.tensor(3.0).log()
            torch.testing.assert_close(told["entropy.layer 3"][run, task], entropy)
            assert not told["usage.layer 3"][run, task, [k for k in range(3) if k != task]].any()


def test_what_experts_read_of_the_level_below() -> None:
    model = built("ple", levels=2)
    told = observed(model, model.initialise(STREAMS))
    reads = told["reads.layer 3"]  # (R, K, K): three own experts, then the shared one
    assert reads.shape == (3, 4, 4)
    torch.testing.assert_close(reads.sum(2), torch.ones(3, 4))
    torch.testing.assert_close(reads[:, :3], told["usage.layer 2"])
    assert (reads[:, 3] > 0).all(), "the shared expert reads every expert"
    assert model.rows[2].reads == ((0, 3), (1, 3), (2, 3), (0, 1, 2, 3))
    assert model.rows[1].reads == ((0,), (1,), (2,), (3,))
    assert model.rows[1].reached == ((0, 1, 2),) * 4
    assert model.rows[2].reached == ((0,), (1,), (2,), (0, 1, 2))
