"""Models against their promises."""

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
TASKS = (Task("digit", "classification", 10), Task("size", "regression"))


def test_a_head_starts_alike_whatever_tasks_are_beside_it() -> None:
    body = choose("backbone", BACKBONES, "mlp")
    both = build(Choice("hard"), body, Sizes(TASKS, (4,))).initialise(STREAMS)
    alone = build(Choice("hard"), body, Sizes(TASKS[1:], (4,))).initialise(STREAMS)
    assert torch.equal(both["head.1.0.weight"], alone["head.0.0.weight"])


def test_an_image_too_small_to_halve_is_refused() -> None:
    body = choose("backbone", BACKBONES, {"name": "cnn", "depth": 4})
    with pytest.raises(SpecError, match="cannot be halved 4 times"):
        build(Choice("hard"), body, Sizes(TASKS, (1, 8, 8)))


@pytest.mark.parametrize("backbone", ["mlp", "cnn"])
def test_identity_units_give_the_first_outputs_of_hard_sharing_bit_for_bit(backbone: str) -> None:
    body = choose("backbone", BACKBONES, backbone)
    sizes = Sizes(TASKS, (1, 8, 8))
    stitched = build(choose("strategy", STRATEGIES, {"name": "cross_stitch", "same": 1.0}), body, sizes)
    plain = build(Choice("hard"), body, sizes)
    x = torch.rand(3, 5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    for one, other in zip(
        stitched(stitched.initialise(STREAMS), x).tasks, plain(plain.initialise(STREAMS), x).tasks, strict=True
    ):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("strategy", "options"), [("single_task", {}), ("mmoe", {"experts": 1})])
def test_one_expert_and_separate_networks_start_as_hard_sharing_bit_for_bit(strategy: str, options: dict[str, int]) -> None:
    body, sizes = choose("backbone", BACKBONES, "mlp"), Sizes(TASKS, (4,))
    subject = build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, sizes)
    plain = build(Choice("hard"), body, sizes)
    x = torch.rand(3, 5, 4, generator=torch.Generator().manual_seed(0))
    for one, other in zip(
        subject(subject.initialise(STREAMS), x).tasks, plain(plain.initialise(STREAMS), x).tasks, strict=True
    ):
        assert torch.equal(one, other)


def test_rows_of_mixing_units_are_tasks_and_sum_to_one() -> None:
    """Public code fills units with ones, so that activations grow T-fold a stage, or keeps one weight a source, so that every
    task reads the same mixture."""
    model = build(choose("strategy", STRATEGIES, "cross_stitch"), choose("backbone", BACKBONES, "mlp"), Sizes(TASKS, (4,)))
    values = model.initialise(STREAMS)
    unit = values["unit.0.0.weight"]
    torch.testing.assert_close(unit.sum(2), torch.ones_like(unit.sum(2)))
    values["unit.1.0.weight"] = unit.clone()
    values["unit.1.0.weight"][:, 0, 1] += 1  # task 0 takes more of task 1: nothing changes for task 1
    x = torch.rand(3, 5, 4, generator=torch.Generator().manual_seed(0))
    before, after = model(model.initialise(STREAMS), x).tasks, model(values, x).tasks
    assert torch.equal(before[1], after[1])
    assert not torch.equal(before[0], after[0])


def test_mixtures_against_a_loop() -> None:
    model = build(choose("strategy", STRATEGIES, {"name": "mmoe", "experts": 3}), choose("backbone", BACKBONES, "mlp"),
                  Sizes(TASKS, (4,)))  # fmt: skip
    values = model.initialise(STREAMS)
    x = torch.rand(3, 5, 4, generator=torch.Generator().manual_seed(0))
    logits = model(values, x).tasks[0]
    for run in range(3):
        for example in range(5):
            value, expected = x[run, example], torch.zeros(32)
            own = {name: tensor[run] for name, tensor in values.items()}
            gate = torch.softmax(value @ own["gate.0.0.weight"][0] + own["gate.0.0.bias"][0], dim=0)
            for expert in range(3):
                h = torch.relu(value @ own["expert.0.1.weight"][expert] + own["expert.0.1.bias"][expert])
                h = torch.relu(h @ own["expert.1.0.weight"][expert] + own["expert.1.0.bias"][expert])
                expected += gate[expert] * h
            answer = own["head.0.0.weight"] @ expected + own["head.0.0.bias"]
            torch.testing.assert_close(logits[run, example], answer, rtol=1e-4, atol=1e-5)
