"""One head for all tasks: one answer that all of them judge."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.random import Streams
from mtl_core.spec import Study
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

STREAMS = Streams.of([3, 1])
ALIKE = (Task("left", "classification", 4), Task("right", "classification", 4))
GOALS = (Task("here", "policy", 4), Task("there", "policy", 4), Task("away", "policy", 4))


def built(strategy: str, tasks: tuple[Task, ...], backbone: str = "fullsize") -> Model:
    body = choose("backbone", BACKBONES, {"name": backbone, "width": 4})
    return build(choose("strategy", STRATEGIES, strategy), body, Sizes(tasks, (2, 5, 5)))


@pytest.mark.parametrize(("tasks", "shape"), [(ALIKE, (4,)), (GOALS, (4, 5, 5))])
def test_all_tasks_have_the_same_answer_and_share_every_parameter(tasks: tuple[Task, ...], shape: tuple[int, ...]) -> None:
    model = built("one_head", tasks)
    values = {name: value.requires_grad_() for name, value in model.initialise(STREAMS).items()}
    answers = model(values, torch.randn(2, 3, 2, 5, 5, generator=torch.Generator().manual_seed(0))).tasks
    assert all(answer.shape == (2, 3, *shape) for answer in answers)
    assert all(torch.equal(answer, answers[0]) for answer in answers)
    everyone = tuple(range(len(tasks)))
    assert all(parameter.trunk and parameter.users == everyone for parameter in model.parameters)
    for answer in answers:
        grads = torch.autograd.grad(answer.sin().sum(), list(values.values()), retain_graph=True)
        assert all(grad.any() for grad in grads)


def test_it_is_hard_sharing_with_one_task_s_head() -> None:
    """The same trunk from the same draws; with the head's numbers the same answers, at the cost of one."""
    plain, model = built("hard", ALIKE), built("one_head", ALIKE)
    values, own = plain.initialise(STREAMS), model.initialise(STREAMS)
    trunk = {name: value for name, value in values.items() if name.startswith("trunk.")}
    assert all(torch.equal(own[name], value) for name, value in trunk.items())
    extra = sorted(own.keys() - trunk.keys())
    head = {name: values[f"head.0.{name.split('.', 2)[2]}"] for name in extra}
    x = torch.randn(2, 3, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model(trunk | head, x).tasks[1], plain(values, x).tasks[0])
    assert model.flops_of == plain.flops_of


def test_tasks_that_are_asked_otherwise_are_refused_by_name() -> None:
    with pytest.raises(SpecError, match="one head for all tasks, and x, y, size, angle cannot be answered as shape is"):
        Study(suite="sprites", strategies=["one_head"], weights=[])
    with pytest.raises(SpecError, match="needs tasks that are asked alike, and size cannot share the head of left"):
        built("one_head", (ALIKE[0], Task("size", "regression")))


def test_a_run_on_one_goal_is_judged_by_all() -> None:
    study = Study(
        suite={"name": "mazes", "mazes": 64}, tasks=["reach_a", "avoid_c"], strategies=["one_head"], weights=2, seeds=1,
        methods=["equal", "mgda"], steps=1, batch_size=8, backbone={"name": "fullsize", "width": 2}, device="cpu",
    )  # fmt: skip
    result = mtl.run(study)
    table = result.curves.merge(result.runs[["run", "label"]], on="run")
    found = table[(table["split"] == "validation") & (table["metric"] == "normalised_return")]
    values = found.pivot_table(values="value", index="label", columns="task", dropna=False)
    assert values.loc[["one_head · 1 / 0", "one_head · 0 / 1"]].notna().all(axis=None), "the answer is judged, weight or none"
    assert values.loc["reach_a alone"].isna().tolist() == [False, True]
    assert {"equal", "mgda"} <= {label.rpartition("· ")[2] for label in result.runs["label"]}


def test_the_best_step_of_a_goal_without_others_is_its_own() -> None:
    """The other goal is measured, and is best before anything was learned; what is kept, and told, is best for the own."""
    study = Study(
        suite={"name": "mazes", "mazes": 64}, tasks=["reach_a", "avoid_a"], strategies=["one_head"], weights=[[1, 0]], seeds=1,
        methods=["equal"], steps=30, evaluate_every=10, batch_size=16, backbone={"name": "fullsize", "width": 4}, device="cpu",
    )  # fmt: skip
    result = mtl.run(study)
    run = int(result.runs.loc[result.runs["label"] == "one_head · 1 / 0", "run"].iloc[0])
    curves = result.curves[(result.curves["run"] == run) & (result.curves["split"] == "validation")]
    losses = curves[curves["metric"] == "loss"].pivot_table(values="value", index="step", columns="task", observed=True)
    best = losses["reach_a"].idxmin()
    assert losses.mean(axis=1).idxmin() != best
    test = result.curves[(result.curves["run"] == run) & (result.curves["split"] == "test")]
    assert set(test["step"]) >= {best}
