"""AdaShare: policies, their penalties, and what a settled one leaves."""

from itertools import combinations

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.model import Pass
from mtl_core.models.searching import PINNED
from mtl_core.spec.study import Study
from tests.models.searched import OPTIONS, STREAMS, Values, answered, built, examples, gradients, headed, stirred, training


def policies(values: Values) -> list[torch.Tensor]:
    return [value for name, value in values.items() if name.startswith("policy")]


def test_the_curriculum_opens_the_last_stage_first() -> None:
    model = built("adashare")
    values = model.initialise(STREAMS)
    assert model.turns == (5, 16, 50)
    assert all((each == PINNED).all() for each in policies(values))
    model.turn(5, values, STREAMS, torch.zeros(3, 3, 3))
    assert [bool(each.any()) for each in policies(values)] == [True, False]
    model.turn(16, values, STREAMS, torch.zeros(3, 3, 3))
    assert [bool(each.any()) for each in policies(values)] == [False, False]


def test_policies_and_penalties_against_a_loop() -> None:
    model = built("adashare", sparsity=0.2, sharing=0.3)
    values = stirred(model.initialise(STREAMS))
    for each in policies(values):
        each.normal_(generator=torch.Generator().manual_seed(3))
    values["policy.1.0.value"][:, 0] = PINNED
    x = examples(6)
    outputs = answered(model, values, x)
    for run in range(3):
        p = torch.sigmoid(torch.stack([each[run] for each in policies(values)], dim=1))  # (T, 2)
        for task in range(3):
            h = x[run].flatten(1)
            for place in range(3):
                spot = f"trunk.{place}.{0 if place else 1}"
                y = torch.relu(h @ values[f"{spot}.weight"][run] + values[f"{spot}.bias"][run])
                h = p[task, place - 1] * y + (1 - p[task, place - 1]) * h if place else y
            torch.testing.assert_close(outputs.tasks[task][run], headed(model, values, run, task, h), rtol=1e-4, atol=1e-5)
        # Probabilities, where public code takes raw logits; the bottom weighs more, where public code weighs the top.
        sharing = sum(
            (1 - (place + 1) / 3) * float((p[a, place] - p[b, place]).abs())
            for place in (0, 1)
            for a, b in combinations(range(3), 2)
        )
        open_ = [float(-torch.log(1 - p[task, place])) for task in range(3) for place in (0, 1) if (task, place) != (0, 0)]
        assert float(outputs.penalties["sharing"][run]) == pytest.approx(0.3 / 3 * sharing / 3, rel=1e-4)
        assert float(outputs.penalties["sparsity"][run]) == pytest.approx(0.2 / 3 * sum(open_) / 5, rel=1e-4)


def test_a_settled_policy_is_that_of_the_likelier_side_and_every_task_has_one() -> None:
    """Public code keeps an empty list where it samples hard policies for tests."""
    model = built("adashare")
    values = model.initialise(STREAMS)
    for each in policies(values):
        each.normal_(generator=torch.Generator().manual_seed(5))
    values["policy.2.0.value"][1] = -1.0  # no task of the second run executes the last stage
    values["policy.2.0.value"][[0, 2], 0] = 1.0
    asked = [each >= 0 for each in policies(values)]
    model.turn(50, values, STREAMS, torch.zeros(3, 3, 3))
    seen = answered(model, values, examples(6), Pass(observe=True))
    for place, executed in zip((1, 2), asked, strict=True):
        usage = seen.traces[f"usage.layer {place + 1}"]
        assert torch.equal(usage, torch.stack([executed.float(), 1 - executed.float()], dim=2))
    first = model.initialise(STREAMS)
    assert not values["trunk.2.0.weight"][1].any()
    assert torch.equal(values["trunk.2.0.weight"][[0, 2]], first["trunk.2.0.weight"][[0, 2]])
    found = gradients(model, values, training(99))
    assert not any(each.any() for each in policies(found))
    assert not found["trunk.2.0.weight"][1].any()
    assert found["trunk.0.1.weight"].any()


@pytest.mark.parametrize("backbone", OPTIONS)
def test_where_all_is_executed_it_is_hard_sharing(backbone: str) -> None:
    model, plain = built("adashare", backbone), built("hard", backbone)
    values = model.initialise(STREAMS)
    for each in policies(values):
        each.fill_(1.0)
    model.turn(50, values, STREAMS, torch.zeros(3, 2, 3))
    for at in (training(99), Pass()):
        outputs = answered(model, values, examples(6), at), answered(plain, plain.initialise(STREAMS), examples(6))
        for a, b in zip(outputs[0].tasks, outputs[1].tasks, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_a_backbone_without_a_stage_to_skip_is_refused_when_the_study_is_made() -> None:
    with pytest.raises(SpecError, match=r"'adashare' needs a backbone of 2 stages or more, found mlp\.depth 1"):
        Study(strategies=["adashare"], backbone={"name": "mlp", "depth": 1})
