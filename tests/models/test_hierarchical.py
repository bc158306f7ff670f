"""Tasks at different depths: limits, what is read of whom, and whose losses reach what."""

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
from mtl_core.spec.strategies_patterns import taps
from mtl_core.suites.suite import Task
from tests.models import small

TASKS = (Task("tag", "classification", 3), Task("count", "regression"), Task("intent", "classification", 4))
STREAMS = Streams.of([0, 1])
SHAPE = (2, 8, 8)
X = torch.rand(2, 5, *SHAPE, generator=torch.Generator().manual_seed(0))

SMALL = small.SMALL | {"fullsize": {"width": 4}}


def made(labels: str = "none", backbone: str = "mlp", depth: int = 3, per_task: bool = False, **depths: str) -> Model:
    chosen = choose("strategy", STRATEGIES, {"name": "hierarchical", "labels": labels, "depths": depths})
    body = choose("backbone", BACKBONES, {"name": backbone, "depth": depth} | SMALL[backbone])
    return build(chosen, body, Sizes(TASKS, SHAPE, per_task=per_task))


def moved(model: Model, streams: Streams = STREAMS) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {n: v + 0.3 * torch.randn(v.shape, generator=generator) for n, v in model.initialise(streams).items()}


def test_all_at_the_last_stage_train_as_hard_sharing_bit_for_bit() -> None:
    flat = {"name": "hierarchical", "depths": {"task_1": "2", "task_2": "2"}, "labels": "trained"}
    study = mtl.Study(suite="subspace", tasks=["task_1", "task_2"], strategies=[flat, "hard"], methods=["equal", "mgda"],
                      backbone={"name": "mlp", "width": 8}, weights=0, seeds=2, steps=12)  # fmt: skip
    result = mtl.run(study)
    runs = result.runs[result.runs.role != "baseline"]
    curves = [result.curves[result.curves.run.isin(of.run)].value.to_numpy() for _, of in runs.groupby("strategy")]
    assert len(curves[0]) > 100
    assert (curves[0] == curves[1]).all()


@pytest.mark.parametrize("per_task", [False, True])
@pytest.mark.parametrize("labels", ["none", "stopped", "trained"])
def test_against_a_loop(labels: str, per_task: bool) -> None:
    """``tag`` at stage 1 and ``count`` at stage 2 are read above, as probabilities and as a number."""
    model = made(labels, per_task=per_task, tag="1", count="2")
    values = moved(model)
    x = torch.stack([X, X + 1, X - 1], dim=1) if per_task else X
    answers = model(values, x).tasks
    for run in range(2):
        own = {name: value[run] for name, value in values.items()}

        def answer(task: int, h: torch.Tensor, own: dict[str, torch.Tensor] = own) -> torch.Tensor:
            weight = own[f"head.{task}.0.weight"]
            return h @ (weight if task == 1 else weight.T) + own[f"head.{task}.0.bias"]

        for task in range(3):
            for example in range(5):
                h = (x[run, task, example] if per_task else x[run, example]).flatten()
                first = torch.relu(h @ own["trunk.0.1.weight"] + own["trunk.0.1.bias"])
                tag, read = torch.softmax(answer(0, first), 0), first
                if labels != "none":
                    read = first + tag @ own["label.1.0.0.weight"]
                second = torch.relu(read @ own["trunk.1.0.weight"] + own["trunk.1.0.bias"])
                count, read = answer(1, second), second
                if labels != "none":
                    read = second + tag @ own["label.2.0.0.weight"] + count @ own["label.2.1.0.weight"]
                third = torch.relu(read @ own["trunk.2.0.weight"] + own["trunk.2.0.bias"])
                expected = answer(task, (first, second, third)[task])
                torch.testing.assert_close(answers[task][run, example], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_labels_change_no_first_answer(backbone: str) -> None:
    one, other = (made(labels, backbone, depth=2) for labels in ("none", "trained"))
    for plain, labelled in zip(one(one.initialise(STREAMS), X).tasks, other(other.initialise(STREAMS), X).tasks, strict=True):
        torch.testing.assert_close(plain, labelled)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("labels", ["none", "stopped", "trained"])
def test_reachability_is_what_autograd_finds(labels: str, backbone: str) -> None:
    model = made(labels, backbone, tag="1", count="2")
    values = {name: value.requires_grad_() for name, value in moved(model, Streams.of([0])).items()}
    found: dict[str, set[int]] = {p.name: set() for p in model.parameters}
    for task, output in enumerate(model(values, X[:1]).tasks):
        weighed = (output * torch.linspace(0.5, 1.5, output.numel()).view(output.shape)).sin().sum()
        grads = torch.autograd.grad(weighed, list(values.values()), retain_graph=True, allow_unused=True)
        for name, grad in zip(values, grads, strict=True):
            if grad is not None and grad.any():
                found[name].add(task)
    assert found == {p.name: set(p.users) for p in model.parameters}
    heads = {p.name: p.users for p in model.parameters if p.head and p.name.endswith("bias")}
    assert heads["head.0.0.bias"] == ((0, 1, 2) if labels == "trained" else (0,))


def test_stages_above_all_others_taps_are_private() -> None:
    users = {p.name: (p.users, p.stage) for p in made(tag="1", count="2").parameters if p.name.endswith("bias")}
    assert users["trunk.0.1.bias"] == ((0, 1, 2), "layer 1")
    assert users["trunk.1.0.bias"] == ((1, 2), "layer 2")
    assert users["trunk.2.0.bias"] == ((2,), None)


def test_the_diagram_shows_the_taps() -> None:
    first, second, third = made(tag="1", count="2").rows
    assert (first.modules, first.skippable) == (("shared",), False)
    assert (second.modules, second.reached, second.reads) == (("shared", "skipped"), ((1, 2), (0,)), ((0,), (0,)))
    assert (third.modules, third.reached, third.reads) == (("intent", "skipped"), ((2,), (0, 1)), ((0,), (0, 1)))


def test_operations_are_of_what_a_task_reads() -> None:
    inputs, width = 128, 6
    stages, heads = [2 * inputs * width, 2 * width * width, 2 * width * width], [2 * width * 3, 2 * width, 2 * width * 4]
    assert made(tag="1", count="2").flops_of == tuple(sum(stages[: task + 1]) + heads[task] for task in range(3))
    labels = [0, 2 * 3 * width, 2 * (3 + 3 + 1) * width]
    assert made("trained", tag="1", count="2").flops_of == tuple(
        sum(stages[: task + 1]) + sum(heads[: task + 1]) + labels[task] for task in range(3)
    )


def test_a_head_that_others_read_is_trunk_and_trains() -> None:
    study = mtl.Study(
        suite="subspace", tasks=["task_1", "task_2"], strategies=[{"name": "hierarchical", "labels": "trained"}],
        backbone={"name": "mlp", "width": 8}, methods=["equal", "mgda"], weights=0, seeds=2, steps=12,
    )  # fmt: skip
    result = mtl.run(study)
    assert (result.runs.status == "finished").all()
    model = next(model for model in result.layout.models if model.name == "hierarchical")
    assert model.parameters == model.trunk + model.own + model.heads
    assert model.heads == 9, "task_2's alone, for task_1's is part of the trunk"


def test_tasks_spread_over_the_stages_in_their_order() -> None:
    assert taps({}, 2, "ab") == (1, 2)
    assert taps({}, 4, "ab") == (2, 4)
    assert taps({}, 3, "abcdef") == (1, 1, 2, 2, 3, 3)
    assert taps({"b": "1"}, 3, "abc") == (3, 1, 3)


@pytest.mark.parametrize(
    ("depths", "words"),
    [({"task_1": "1", "task_2": "1"}, "stages above 1 unread"), ({"task_1": "3"}, "between 1 and 2"),
     ({"task_1": "low"}, "between 1 and 2"), ({"tsk_1": "1"}, "task_1")],
)  # fmt: skip
def test_depths_that_do_not_fit_are_refused_when_the_study_is_made(depths: dict[str, str], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        mtl.Study(suite="subspace", tasks=["task_1", "task_2"], strategies=[{"name": "hierarchical", "depths": depths}])


def test_one_stage_has_no_depths() -> None:
    with pytest.raises(SpecError, match="2 stages or more"):
        mtl.Study(strategies=["hierarchical"], backbone={"name": "mlp", "depth": 1})


@pytest.mark.parametrize("text", ["hierarchical:depths={count:2,tag:1},labels=stopped", "hierarchical"])
def test_depths_are_written_on_the_command_line(text: str) -> None:
    assert write_choice(choose("strategy", STRATEGIES, read_choice(text, STRATEGIES)), STRATEGIES) == text
