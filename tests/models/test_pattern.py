"""Patterns of sharing: limits, trees, and who is part of which module."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.notation import read_choice, write_choice
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.strategies_patterns import partitions
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "regression") for name in ("a", "b", "c", "d"))
BODY = {"name": "mlp", "width": 6, "depth": 3}
STREAMS = Streams.of([0, 1])
X = torch.rand(2, 5, 4, generator=torch.Generator().manual_seed(0))


def made(*stages: str, tasks: tuple[Task, ...] = TASKS, per_task: bool = False) -> Model:
    chosen = choose("strategy", STRATEGIES, {"name": "pattern", "stages": list(stages)})
    return build(chosen, choose("backbone", BACKBONES, BODY), Sizes(tasks, (4,), per_task=per_task))


def moved(model: Model) -> dict[str, torch.Tensor]:
    """Parameters at a random point, where copies differ."""
    generator = torch.Generator().manual_seed(1)
    return {n: v + 0.3 * torch.randn(v.shape, generator=generator) for n, v in model.initialise(STREAMS).items()}


@pytest.mark.parametrize(("stages", "same"), [(["s", "aa"], "hard"), (["p", "ab"], "single_task")])
def test_all_shared_trains_as_hard_and_all_private_as_single_task_bit_for_bit(stages: list[str], same: str) -> None:
    study = mtl.Study(
        suite="subspace", tasks=["task_1", "task_2"], strategies=[{"name": "pattern", "stages": stages}, same],
        methods=["equal", "mgda"] if same == "hard" else ["equal"], backbone={"name": "mlp", "width": 8},
        weights=[[0.3, 0.7]], seeds=2, steps=12,
    )  # fmt: skip
    result = mtl.run(study)
    runs = result.runs[result.runs.role != "baseline"]
    curves = [result.curves[result.curves.run.isin(of.run)].value.to_numpy() for _, of in runs.groupby("strategy")]
    assert len(curves[0]) > 100
    assert (curves[0] == curves[1]).all()


@pytest.mark.parametrize("per_task", [False, True])
@pytest.mark.parametrize("stages", [("s", "aabb", "p"), ("p", "s", "abba"), ("abcb", "aabb", "s"), ("abab", "aaab", "abbb")])
def test_a_task_passes_the_modules_of_its_groups(stages: tuple[str, ...], per_task: bool) -> None:
    """Against a loop over runs, tasks and examples; groups may part and join again."""
    model = made(*stages, per_task=per_task)
    values = moved(model)
    x = torch.stack([X + n for n in range(4)], dim=1) if per_task else X
    answers = model(values, x).tasks
    of = partitions(stages, 3, "abcd")
    for run in range(2):
        for task in range(4):
            for example in range(5):
                h = x[run, task, example] if per_task else x[run, example]
                for stage, groups in enumerate(of):
                    group = [other for other in range(4) if groups[other] == groups[task]]
                    several = [
                        found
                        for number in sorted(set(groups))
                        if len(found := [t for t in range(4) if groups[t] == number]) > 1
                    ]
                    alone = [t for t in range(4) if groups.count(groups[t]) == 1]
                    name, place = (f"group.{stage}.{several.index(group)}", None) if len(group) > 1 else (f"own.{stage}", task)
                    w, b = (values[f"{name}.{1 if stage == 0 else 0}.{each}"][run] for each in ("weight", "bias"))
                    if place is not None and len(alone) > 1:
                        w, b = w[alone.index(place)], b[alone.index(place)]
                    h = torch.relu(h @ w + b)
                expected = h @ values[f"head.{task}.0.weight"][run].flatten() + values[f"head.{task}.0.bias"][run]
                torch.testing.assert_close(answers[task][run, example], expected)


def test_users_are_the_groups_and_nobody_else() -> None:
    found = {p.name: (p.users, p.each, p.trunk) for p in made("s", "aabc", "abab").parameters if p.name.endswith("weight")}
    assert found["group.0.0.1.weight"] == ((0, 1, 2, 3), False, True)
    assert found["group.1.0.0.weight"] == ((0, 1), False, True)
    assert found["own.1.0.weight"] == ((2, 3), True, False), "private modules lie side by side"
    assert found["group.2.0.0.weight"] == ((0, 2), False, True)
    assert found["group.2.1.0.weight"] == ((1, 3), False, True)
    assert {p.users for p in made("s", "s", "aaab").parameters if p.name.startswith("own")} == {(3,)}


def test_the_diagram_is_the_tree() -> None:
    first, second, third = made("s", "aabc", "p").rows
    assert (first.modules, first.reached) == (("shared",), ((0, 1, 2, 3),))
    assert (second.modules, second.reached, second.reads) == (("a, b", "c", "d"), ((0, 1), (2,), (3,)), ((0,), (0,), (0,)))
    assert third.reads == ((0,), (0,), (1,), (2,))


def test_parameters_and_operations_are_those_of_the_groups() -> None:
    first, other, head = 4 * 6 + 6, 6 * 6 + 6, 6 + 1
    model = made("s", "aabb", "p")
    assert sum(p.size for p in model.parameters) == first + 2 * other + 4 * other + 4 * head
    assert model.flops_of == (2 * (4 * 6 + 6 * 6 + 6 * 6 + 6),) * 4, "one task passes one module a stage"


def test_presets() -> None:
    assert partitions(["hard_late"], 4, "ab") == ((0, 0), (0, 0), (0, 0), (0, 1))
    assert partitions(["hard_middle"], 4, "ab") == ((0, 0), (0, 0), (0, 1), (0, 1))
    assert partitions(["hard_middle"], 3, "ab") == ((0, 0), (0, 1), (0, 1))


@pytest.mark.parametrize(
    ("stages", "words"),
    [(["s"], "a word for each of the backbone's 2 stages"), (["s", "aab"], "a sign for each of the 2 tasks"),
     (["hard_early"], "hard_late")],
)  # fmt: skip
def test_a_pattern_that_does_not_fit_is_refused_when_the_study_is_made(stages: list[str], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        mtl.Study(strategies=[{"name": "pattern", "stages": stages}])


def test_a_preset_needs_two_stages() -> None:
    with pytest.raises(SpecError, match="2 stages or more"):
        mtl.Study(strategies=["pattern"], backbone={"name": "mlp", "depth": 1})


@pytest.mark.parametrize("text", ["pattern:stages=[s,0011,p]", "pattern:stages=[hard_middle]", "pattern"])
def test_patterns_are_written_on_the_command_line(text: str) -> None:
    assert write_choice(choose("strategy", STRATEGIES, read_choice(text, STRATEGIES)), STRATEGIES) == text
    assert read_choice("pattern:stages=hard_middle", STRATEGIES)["stages"] == ["hard_middle"]


@pytest.mark.parametrize(
    ("stages", "copies"),
    [(["s", "s"], 1), (["p", "p"], 4), (["s", "aabb", "p"], 7 / 3), (["p", "s"], 4), (["aabb", "abab"], 3)],
)
def test_a_shared_module_above_private_ones_runs_for_each_of_them(stages: list[str], copies: float) -> None:
    assert STRATEGIES["pattern"].copies({"stages": tuple(stages)}, 4) == pytest.approx(copies)
