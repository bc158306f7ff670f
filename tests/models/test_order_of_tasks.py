"""Tasks in another order: every strategy computes, counts and tells the same of each.

Two models of the same tasks have the same numbers, each where its own order puts it. First values are not compared: what tasks
have of their own beside heads (masks, gates, factors) is drawn by place.
"""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import pytest
import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Parameter, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.records.sharing import Row
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from mtl_core.training.built import count_flops
from mtl_core.training.data import Data, DeviceSplit

TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
ORDER = [2, 0, 1]
"""The place in the first order of each task of the second."""

COUNT, SHAPE, STEPS = len(TASKS), (2, 8, 8), 100
STREAMS = Streams.of([3, 1])
SMALL = {"mlp": {"width": 12, "normalise": True}, "transformer": {"width": 8}}

# Stacked heads stand in the order of the tasks by design, and so do depths in hierarchical where no name says them: here names
# do. A pattern's words have a sign a task, in order: the second model's are in its order.
DEPTHS = {"depths": {"digit": "1", "size": "2", "shape": "2"}}
CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in STRATEGIES if name not in ("hierarchical", "stacked_heads")),
    ("pattern", {"stages": ["p", "s"]}),
    ("pattern", {"stages": ["s", "aba"]}),
    ("hierarchical", DEPTHS),
    ("hierarchical", DEPTHS | {"labels": "trained"}),
    ("cross_stitch", {"granularity": "scalar"}),
    ("nddr", {"normalise": True}),
    ("ple", {"per_task": 2, "shared": 2}),
    ("adatt", {"per_task": 2}),
    ("dselect_k", {"per_example": True}),
]
SETTINGS = [
    (strategy, options, backbone, per_task)
    for strategy, options in CASES
    for backbone, per_task in (("mlp", False), ("mlp", True), ("transformer", False))
    if backbone == "mlp" or not options
]

# Which axes of a parameter count tasks, or blocks of a task each, by how its name begins; others count none, but for the first
# of those that say so themselves (``each``).
AXES: dict[str, dict[str, tuple[int, ...]]] = {
    "cross_stitch": {"column.": (0,), "unit.": (0, 1)},
    "nddr": {"column.": (0,), "unit.": (0, 2), "normal.": (0,)},
    "sluice": {"column.": (0,), "unit.": (0, 1)},
    "ple": {"own.": (0,), "shared gate.": (-1,)},
    "adatt": {"own.": (0,), "gate.": (0, -1), "residual.": (0,)},
    "routing_mask": {"change.": (0,)},
    "adversarial": {"discriminator.": (-1,)},
    "palora": {"factor.": (0,)},
    "hypernet": {"generator.0.weight": (0,)},
    # Nodes are no task's, but in the warm-up each task reads the node of its place.
    "ltb": {"node.": (0,), "parent.": (0, 1)},
}


class Reordered(Streams):
    """The draws of the first order for a model of the second: strategies draw by place, and here each task keeps its own."""

    @classmethod
    def like(cls, streams: Streams) -> "Reordered":
        return cls(lambda: streams.keys)

    def at(self, number: Purpose | int) -> "Reordered":
        return self.like(super().at(number))

    def uniform(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        drawn = super().uniform(*shape, dtype=dtype)
        for axis, length in enumerate(shape, start=1):
            drawn = reordered(drawn, axis) if length == COUNT else drawn
        return drawn


def reordered(value: Tensor, axis: int) -> Tensor:
    """With the tasks along an axis in the second order; each may have a block, and what follows the blocks is no task's."""
    block = value.shape[axis] // COUNT
    places = [task * block + k for task in ORDER for k in range(block)]
    return value.index_select(axis, torch.tensor([*places, *range(COUNT * block, value.shape[axis])]))


def called(label: str) -> str:
    """What the first model calls what the second calls so: nodes have the number of their place."""
    return f"node {ORDER[int(label.removeprefix('node ')) - 1] + 1}" if label.startswith("node ") else label


class Pair:
    """A strategy's models for both orders."""

    def __init__(self, strategy: str, options: dict[str, Any], backbone: str, per_task: bool) -> None:
        body = choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone])
        words = [w if len(w) != COUNT else "".join(w[k] for k in ORDER) for w in options.get("stages", ())]

        def built(tasks: tuple[Task, ...], options: Mapping[str, Any]) -> Model:
            try:
                choice = choose("strategy", STRATEGIES, {"name": strategy} | dict(options))
                return build(choice, body, Sizes(tasks, SHAPE, STEPS, per_task))
            except SpecError as refusal:
                pytest.skip(str(refusal))

        self.one = built(TASKS, options)
        self.other = built(tuple(TASKS[k] for k in ORDER), options | ({"stages": words} if words else {}))
        self.axes, self.per_task = AXES.get(strategy, {}), per_task
        self.parameters = [(self.meant(parameter), parameter) for parameter in self.other.parameters]

    def meant(self, parameter: Parameter) -> Parameter:
        """The parameter of the first model that one of the second stands for."""
        users = {ORDER[user] for user in parameter.users}

        def stands_for(found: Parameter) -> bool:
            match parameter.name.split("."), found.name.split("."):
                case ["head", task, *rest], ["head", other, *same]:
                    return rest == same and ORDER[int(task)] == int(other)
                case ["label", place, task, *rest], ["label", at, other, *same]:
                    return (place, rest) == (at, same) and ORDER[int(task)] == int(other)
                case ["group", place, _, *rest], ["group", at, _, *same]:
                    return (place, rest) == (at, same) and users == {*found.users}
            return found.name == parameter.name

        (found,) = filter(stands_for, self.one.parameters)
        return found

    def values(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The parameters of the first model as the second has them."""
        found = {}
        for one, other in self.parameters:
            value = values[one.name]
            given = next((axes for prefix, axes in self.axes.items() if other.name.startswith(prefix)), None)
            for axis in given or ():
                value = reordered(value, axis if axis < 0 else axis + 1)
            if other.each and given is None:  # a task may have several copies, and need not have one
                mine = {user: [k for k, owner in enumerate(one.users) if owner == user] for user in one.users}
                value = value[:, [mine[ORDER[user]].pop(0) for user in other.users]]
            found[other.name] = value.clone()
        return found

    def count(self, model: Model) -> tuple[int, tuple[int, ...]]:
        """The FLOPs of a model."""
        split = DeviceSplit(torch.zeros(1, *((COUNT,) if self.per_task else ()), *SHAPE), (), ())
        return count_flops(model, Data(TASKS, split, split, split, (), self.per_task))


@pytest.mark.parametrize("per_task", [False, True])
@pytest.mark.parametrize(("strategy", "options"), CASES)
def test_sizes_and_structure_go_with_tasks(strategy: str, options: dict[str, Any], per_task: bool) -> None:
    pair = Pair(strategy, options, "mlp", per_task)
    one, other = pair.one, pair.other
    assert sorted(found.name for found, _ in pair.parameters) == sorted(p.name for p in one.parameters)
    for found, parameter in pair.parameters:
        assert {ORDER[user] for user in parameter.users} == {*found.users}
        for name in ("shape", "stage", "each", "head", "rate", "structure", "trunk"):
            assert getattr(found, name) == getattr(parameter, name)
    total, of_tasks = pair.count(one)
    assert pair.count(other) == (total, tuple(of_tasks[k] for k in ORDER))
    assert (one.turns, one.differing) == (other.turns, other.differing)
    assert drawn(one.rows, one.names, str) == drawn(other.rows, other.names, called)


def drawn(rows: tuple[Row, ...], names: tuple[str, ...], call: Callable[[str], str]) -> list[Any]:
    """What the diagram of sharing tells, in words; groups have the names of their tasks, in order."""
    found: list[Any] = []
    below: list[str] = []
    for row in rows:
        modules = [", ".join(sorted(call(module).split(", "))) for module in row.modules]
        told = zip(modules, row.reached, row.reads or ((),) * len(modules), strict=True)
        found.append(
            (row.name, row.skippable, {m: ({names[t] for t in users}, {below[k] for k in read}) for m, users, read in told})
        )
        below = modules
    return found


@pytest.mark.parametrize(("strategy", "options", "backbone", "per_task"), SETTINGS)
def test_outputs_penalties_and_traces_go_with_tasks(
    strategy: str, options: dict[str, Any], backbone: str, per_task: bool
) -> None:
    pair = Pair(strategy, options, backbone, per_task)
    one, other = pair.one, pair.other
    values, generator = one.initialise(STREAMS), torch.Generator().manual_seed(0)
    for step in (0, *one.turns):
        if step:
            turned(pair, step, values, generator)
        for parameter in one.parameters:  # elsewhere, but for what is never trained
            if parameter.rate:
                values[parameter.name] += 0.3 * torch.randn(values[parameter.name].shape, generator=generator)
        x = torch.rand(2, *((COUNT,) if pair.per_task else ()), 8, *SHAPE, generator=generator)
        asked = torch.rand(2, COUNT, generator=generator)
        noise = STREAMS.at(Purpose.SHARING).at(step)
        for first, second in (
            (Pass(step, noise), Pass(step, Reordered.like(noise))),
            (Pass(step, observe=True, preference=asked), Pass(step, observe=True, preference=reordered(asked, 1))),
        ):
            told = one(values, x, first)
            found = other(pair.values(values), reordered(x, 1) if pair.per_task else x, second)
            same(dict(enumerate(found.tasks)), {place: told.tasks[k] for place, k in enumerate(ORDER)})
            same(found.penalties, told.penalties)
            same(found.features, {n: reordered(f, 1) if f.shape[1] == COUNT else f for n, f in told.features.items()})
            same({"": found.emphasis}, {"": None if told.emphasis is None else reordered(told.emphasis, 2)})
            same(found.traces, arranged(pair, told.traces))
        settled, moved = ({name: value.clone() for name, value in values.items()} for _ in range(2))
        moved = pair.values(moved)
        one.settle(settled, torch.tensor([0.1, 1.0]))
        other.settle(moved, torch.tensor([0.1, 1.0]))
        same(moved, pair.values(settled))


def turned(pair: Pair, step: int, values: dict[str, Tensor], generator: torch.Generator) -> None:
    """The turn before a step, which comes out alike for both."""
    stages = len({p.stage for p in pair.one.parameters if p.trunk})
    pairs = list(combinations(range(COUNT), 2))
    conflicts = torch.rand(len(STREAMS.keys), stages, len(pairs), generator=generator)
    moved = pair.values(values)
    pair.one.turn(step, values, STREAMS, conflicts)
    places = [pairs.index((min(ORDER[t], ORDER[u]), max(ORDER[t], ORDER[u]))) for t, u in pairs]
    pair.other.turn(step, moved, STREAMS, conflicts[:, :, places])
    same(moved, pair.values(values))


def arranged(pair: Pair, traces: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The traces of the first model, each axis in the order of the second's labels."""
    assert [trace.name for trace in pair.one.traces] == [trace.name for trace in pair.other.traces]
    if not traces:
        return {}
    found = {}
    for one, other in zip(pair.one.traces, pair.other.traces, strict=True):
        assert (one.axes, one.title) == (other.axes, other.title)
        value = traces[one.name]
        for axis, (labels, those) in enumerate(zip(one.labels, other.labels, strict=True), start=1):
            if one.axes[axis - 1] == "task":
                assert those == pair.other.names
            value = value.index_select(axis, torch.tensor([labels.index(called(label)) for label in those]))
        found[one.name] = value
    return found


def same(found: Mapping[Any, Tensor | None], expected: Mapping[Any, Tensor | None]) -> None:
    assert found.keys() == expected.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)
