"""What units do: every number by brute force, and cases of which the answer is known."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.kinds.kind import kind_of
from mtl_core.models.build import Sizes, build
from mtl_core.models.composed import Composed
from mtl_core.random import Streams
from mtl_core.spec import BACKBONES, STRATEGIES
from mtl_core.spec.choice import choose
from mtl_core.suites.suite import Task
from mtl_core.training import units as judging
from mtl_core.training.forward import masked_mean
from mtl_core.training.parameters import initial, leaves
from mtl_core.training.units import Examples, Units, judge_units
from tests.models.small import SMALL

TASKS = (Task("a", "regression"), Task("b", "classification", 3), Task("c", "regression"))
ROWS = 11


class Case:
    """A network with first values in double precision, and examples of three tasks; the last label of the first is missing."""

    def __init__(self, strategy: Any, backbone: str = "mlp", *, per_task: bool = False, words: int = 0) -> None:
        shape = (6,) if words or backbone == "mlp" else (1, 8, 8)
        draw = torch.Generator().manual_seed(5)
        options = {"name": backbone} | SMALL[backbone]
        sizes = Sizes(TASKS, shape, 20, per_task, words=words)
        model = build(choose("strategy", STRATEGIES, strategy), choose("backbone", BACKBONES, options), sizes)
        assert isinstance(model, Composed)
        self.model, self.values = model, leaves(model, initial(model, Streams.of([3])).double())
        inputs = torch.randn(*((3,) if per_task else ()), ROWS, *shape, generator=draw, dtype=torch.float64)
        if words:  # texts of several lengths
            inputs = torch.randint(1, words, (ROWS, 6), generator=draw) * (
                torch.arange(6) < torch.arange(ROWS)[:, None] % 6 + 1
            )
        numbers = [torch.randn(ROWS, generator=draw, dtype=torch.float64) for _ in range(2)]
        targets = (numbers[0], torch.randint(0, 3, (ROWS,), generator=draw), numbers[1])
        self.examples = Examples(inputs, targets, (torch.arange(ROWS) < ROWS - 1, None, None), per_task)

    def judged(self) -> Units:
        return judge_units(self.model, self.values, TASKS, self.examples, [0, 1, 2])

    def losses(self, outputs: list[Tensor]) -> Tensor:
        found = []
        for task, output, target, known in zip(TASKS, outputs, self.examples.targets, self.examples.observed, strict=True):
            each = kind_of(task.kind).losses(output, target[None])
            found.append(masked_mean(each, None if known is None else known[None])[0])
        return torch.stack(found)


def through(case: Case, stage: int | None = None, unit: int = 0) -> Tensor:
    """The losses of hard sharing, one stage after the other; a unit held at its mean."""
    x = case.examples.inputs[None].flatten(1, 2) if case.examples.per_task else case.examples.inputs[None]
    for place, each in enumerate(case.model.stages):
        prefix = f"trunk.{place}."
        x = each.part(case.values, x, prefix, 0, each.ending)
        if place == stage:
            x = x.clone()
            streams = x.unflatten(1, (-1, ROWS))
            if x.dim() == 5:
                streams[:, :, :, unit] = streams[:, :, :, unit].mean(2, keepdim=True)
            elif case.model.setting.backbone.padded:
                there = x.abs().sum(-1) != 0
                x[..., unit][there] = x[..., unit][there].mean()
            else:
                streams[..., unit] = streams[..., unit].mean(2, keepdim=True)
        x = each.part(case.values, x, prefix, each.ending, len(each.layers))
    streams = x.unflatten(1, (-1, ROWS)).unbind(1)
    return case.losses(
        [head(case.values, streams[task % len(streams)], f"head.{task}.") for task, head in enumerate(case.model.heads)]
    )


@pytest.mark.parametrize(
    ("backbone", "more"),
    [("mlp", {}), ("mlp", {"per_task": True}), ("cnn", {}), ("cnn", {"per_task": True}), ("transformer", {"words": 9})],
)
def test_every_unit_is_held_as_by_hand(backbone: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("hard", backbone, **more)
    found = case.judged()
    with torch.no_grad():
        before = through(case)
        torch.testing.assert_close(found.loss, before)
        names = [stage.name for stage in case.model.stages]
        expected = [
            through(case, names.index(stage), number - 1) - before
            for stage, number in zip(found.stage, found.number, strict=True)
        ]
    torch.testing.assert_close(found.change, torch.stack(expected), rtol=1e-9, atol=1e-12)
    assert found.change.abs().amax() > 1e-3
    monkeypatch.setattr(judging, "_NUMBERS", 1)  # one unit at a time
    torch.testing.assert_close(case.judged().change, found.change, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backbone", ["mlp", "cnn"])
@pytest.mark.parametrize("per_task", [False, True])
def test_where_nothing_is_shared_a_unit_serves_its_own_task(backbone: str, per_task: bool) -> None:
    found = Case("single_task", backbone, per_task=per_task).judged()
    own = torch.tensor([[task.name == module for task in TASKS] for module in found.module])
    assert found.change[~own].abs().amax() == 0
    assert found.first_order[~own].abs().amax() == 0
    assert all(found.change[own].view(3, -1).abs().amax(1) > 1e-3)


def test_a_groups_units_serve_the_group() -> None:
    found = Case({"name": "pattern", "stages": ["aba"] * 2}).judged()
    assert set(found.module) == {"a, c", "b"}
    alone = torch.tensor([module == "b" for module in found.module])
    assert found.change[alone][:, [0, 2]].abs().amax() == 0
    assert found.change[~alone][:, 1].abs().amax() == 0
    assert found.change[~alone][:, [0, 2]].abs().amax() > 1e-3


def test_a_task_that_is_another_ones_twin_has_its_column() -> None:
    case = Case("hard")
    for name in [name for name in case.values if name.startswith("head.2.")]:
        case.values[name] = case.values[name.replace("head.2", "head.0")]
    targets, known = case.examples.targets[0], case.examples.observed[0]
    case.examples = Examples(case.examples.inputs, (targets, case.examples.targets[1], targets), (known, None, known))
    found = case.judged()
    assert torch.equal(found.change[:, 0], found.change[:, 2])
    torch.testing.assert_close(found.first_order[:, 0], found.first_order[:, 2], rtol=1e-12, atol=1e-15)


def test_a_unit_that_always_says_the_same_serves_nobody() -> None:
    case = Case("hard")
    with torch.no_grad():
        case.values["trunk.1.0.weight"][..., 2] = 0
        case.values["trunk.1.0.bias"][..., 2] = 0.7
    found = case.judged()
    (place,) = [n for n, at in enumerate(zip(found.stage, found.number, strict=True)) if at == ("layer 2", 3)]
    assert found.change[place].abs().amax() == 0
    assert found.first_order[place].abs().amax() < 1e-14


@pytest.mark.parametrize(("backbone", "more"), [("mlp", {}), ("cnn", {"per_task": True}), ("transformer", {"words": 9})])
def test_what_changes_little_changes_by_the_slope(backbone: str, more: dict[str, Any]) -> None:
    case = Case("hard", backbone, **more)
    with torch.no_grad():
        for name, value in case.values.items():
            if name.startswith("head.") and name.endswith("weight"):
                value *= 1e-5  # the loss is a straight line in what heads read
    found = case.judged()
    last = torch.tensor([stage == case.model.stages[-1].name for stage in found.stage])
    if backbone == "transformer":  # what it normalises at its end bends already
        last[:] = False
        assert torch.corrcoef(torch.stack([found.change.flatten(), found.first_order.flatten()]))[0, 1] > 0.8
    torch.testing.assert_close(found.change[last], found.first_order[last], rtol=1e-2, atol=1e-9)


# Of alike tasks alone, of normalisation, and of inputs for each task.
FITTING: dict[str, tuple[str, dict[str, Any]]] = {"task_norm": ("cnn", {}), "adversarial": ("mlp", {"per_task": True})}


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name not in ("one_head", "recon")])
def test_every_strategys_units_are_its_modules(strategy: str) -> None:
    backbone, more = FITTING.get(strategy, ("mlp", {}))
    case = Case(strategy, backbone, **more)
    if strategy in ("palora", "hypernet"):  # whose preferences are single
        case.values = {name: value.detach().float().requires_grad_() for name, value in case.values.items()}
        examples = case.examples
        case.examples = replace(
            examples,
            inputs=examples.inputs.float(),
            targets=tuple(t.float() if t.is_floating_point() else t for t in examples.targets),
        )
    found = case.judged()
    modules = {row.name: row.modules[: len(row.modules) - row.skippable] for row in case.model.rows}
    assert set(zip(found.stage, found.module, strict=True)) == {(row, name) for row, names in modules.items() for name in names}
    assert found.change.isfinite().all()
    reached = {(row.name, name): users for row in case.model.rows for name, users in zip(row.modules, row.reached, strict=True)}
    for place, at in enumerate(zip(found.stage, found.module, strict=True)):
        others = [task for task in range(len(TASKS)) if task not in reached[at]]
        assert (found.change[place, others] == 0).all(), f"{at} serves whom it does not reach"
    assert found.change.abs().amax() > 1e-4


def test_a_strategy_that_makes_one_stage_of_several_is_refused() -> None:
    with pytest.raises(SpecError, match="makes one of several"):
        Case("recon").judged()


def test_a_large_network_is_judged_by_fewer_examples_and_one_too_large_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from mtl_core.training import unit_places

    monkeypatch.setattr(unit_places, "_USUAL", 1e3)
    monkeypatch.setattr(unit_places, "FEWEST", 4)
    assert Case("hard").judged().rows == 4
    monkeypatch.setattr(unit_places, "_MOST", 1e3)
    with pytest.raises(SpecError, match="12 units of a large one"):
        Case("hard").judged()
