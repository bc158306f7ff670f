"""Networks of every strategy on every backbone leave with what their tasks use, and answer as they did."""

from math import prod

import onnx
import pytest
import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.exporting.encoded import as_onnx, as_torch, program
from mtl_core.exporting.reduced import NEAR, Whole, asked, farthest, reduced
from mtl_core.models.build import Sizes, build
from mtl_core.models.conditioned import Conditioned
from mtl_core.models.model import EVALUATION, Model, Pass
from mtl_core.random import Streams
from mtl_core.spec import BACKBONES, STRATEGIES
from mtl_core.spec.choice import choose
from mtl_core.suites.suite import Task
from mtl_core.training.parameters import initial, leaves

TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
TEXTS = (TASKS[0], Task("tags", "tagging", 3, labels=("O", "B-a", "I-a")), Task("answer", "span"))
TEXT = "transformer on text"
SMALL = {"mlp": 12, "cnn": 4, "lenet": 3, "tutorial_cnn": 3, "resnet": 4, "transformer": 8}
PLACES, WORDS = 7, 11
BOTH = ("mlp", TEXT)


def built(strategy: str, backbone: str, tasks: tuple[Task, ...] | None = None) -> Model:
    tasks = tasks or (TEXTS if backbone == TEXT else TASKS)
    apart, name = STRATEGIES[strategy].per_task, "transformer" if backbone == TEXT else backbone
    side = 16 if backbone == "lenet" else 8
    sizes = Sizes(tasks, (PLACES,) if backbone == TEXT else (2, side, side), 9, apart, words=WORDS if backbone == TEXT else 0)
    more = {"depth": 3} if backbone == "tutorial_cnn" else {}
    body = choose("backbone", BACKBONES, {"name": name, "width": SMALL.get(name, 4)} | more)
    return build(choose("strategy", STRATEGIES, strategy), body, sizes)


def whole(strategy: str, backbone: str, at: Pass = EVALUATION) -> Whole:
    if STRATEGIES[strategy].per_task and backbone == TEXT:
        pytest.skip("all tasks read the same texts")
    try:
        model = built(strategy, backbone)
    except SpecError as refusal:
        pytest.skip(str(refusal))
    flat = initial(model, Streams.of([3]))
    flat += 0.3 * torch.randn(flat.shape, generator=torch.Generator().manual_seed(1))
    values = {name: value.detach() for name, value in leaves(model, flat).items()}
    for name, value in values.items():
        if name.startswith("choice."):  # what recon settled on is zero or one
            value.copy_((value > 0).float())
    return Whole(model, values, at, STRATEGIES[strategy].per_task)


def examples(backbone: str, *, per_task: bool) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    if backbone == TEXT:
        words = torch.randint(1, WORDS, (6, PLACES), generator=generator)
        return words * (torch.arange(PLACES) < torch.tensor([7, 3, 5, 1, 6, 2])[:, None])
    side = 16 if backbone == "lenet" else 8
    drawn = torch.rand(6, len(TASKS), 2, side, side, generator=generator)
    return drawn if per_task else drawn[:, 0]


def alone(model: Whole, strategy: str, backbone: str, task: int) -> Model | None:
    try:
        return built(strategy, backbone, ((TEXTS if backbone == TEXT else TASKS)[task],))
    except SpecError:
        return None


def reached(model: Model, task: int) -> int:
    """How many numbers a task's loss reaches, as the model publishes it."""
    return sum(p.size // len(p.users) * p.users.count(task) if p.each else p.size for p in model.parameters if task in p.users)


def fixed(model: Model) -> set[str]:
    """What no loss reaches, such as masks."""
    return {parameter.name for parameter in model.parameters if not parameter.users}


@pytest.mark.parametrize("backbone", BOTH)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_task_alone_takes_what_its_loss_reaches(strategy: str, backbone: str) -> None:
    model = whole(strategy, backbone)
    x = examples(backbone, per_task=model.per_task)
    for task, name in enumerate(model.model.names):
        network = reduced(model, {name: task}, x, alone(model, strategy, backbone, task))
        values = network.values.items()
        assert sum(value.numel() for key, value in values if key not in fixed(model.model)) == reached(model.model, task)
        assert farthest(model, network, {name: task}, x) <= NEAR


@pytest.mark.parametrize("strategy", ["hard", "single_task", "mmoe", "lora", "film", "routing_mask", "mtan"])
def test_a_task_that_reads_no_other_is_answered_by_a_network_of_its_own(strategy: str) -> None:
    model = whole(strategy, "mlp")
    small = alone(model, strategy, "mlp", 1)
    assert small is not None
    network = reduced(model, {"size": 1}, examples("mlp", per_task=False), small)
    assert network.model is small


@pytest.mark.parametrize("strategy", ["palora", "hypernet"])
def test_a_model_for_all_weightings_is_an_ordinary_network_at_one(strategy: str) -> None:
    asked_for = torch.tensor([[0.7, 0.1, 0.2]])
    model = whole(strategy, "mlp", Pass(preference=asked_for))
    assert isinstance(model.model, Conditioned)
    x = examples("mlp", per_task=False)
    network = reduced(Whole(*model.model.ordinary(model.values, asked_for)), {"digit": 0}, x)
    assert farthest(model, network, {"digit": 0}, x) <= NEAR
    assert sum(value.numel() for value in network.values.values()) == reached(built("hard", "mlp"), 0)
    equal = Whole(model.model, model.values)
    assert farthest(equal, network, {"digit": 0}, x) > NEAR, "another weighting answers otherwise"


def test_what_no_task_needs_stays_behind_and_each_number_stands_once_under_its_plain_name() -> None:
    model, answers = whole("adversarial", "mlp"), {"digit": 0}
    x = examples("mlp", per_task=True)
    network, graph = program(reduced(model, answers, x), asked(x, answers, per_task=True))
    assert "discriminator.0.weight" not in network.values
    content, answer = as_onnx(network, graph)
    stored = {part.name: tuple(part.dims) for part in onnx.load_from_string(content).graph.initializer}
    held = {name: tuple(value.shape) for name, value in network.values.items()}
    assert {name: shape for name, shape in stored.items() if name in held} == held
    assert sum(prod(shape) for name, shape in stored.items() if name not in held) < 50
    assert farthest(model, answer, answers, x) <= NEAR


def test_a_structure_that_was_found_leaves_with_its_choices() -> None:
    model, answers = whole("recon", "mlp"), {"digit": 0}
    x = examples("mlp", per_task=False)
    network, graph = program(reduced(model, answers, x, alone(model, "recon", "mlp", 0)), x)
    assert "choice.0.0.value" in network.values
    assert farthest(model, graph.module(), answers, x) <= NEAR


@pytest.mark.parametrize("strategy", ["film", "soft_l2", "cgc", "pattern"])
def test_a_run_that_learned_some_tasks_answers_these(strategy: str) -> None:
    model = whole(strategy, "mlp")
    x, answers = examples("mlp", per_task=False), {"digit": 0, "shape": 2}
    network = reduced(model, answers, x)
    assert list(network(x)) == ["digit", "shape"]
    assert farthest(model, network, answers, x) <= NEAR
    assert sum(value.numel() for value in network.values.values()) < sum(p.size for p in model.model.parameters)


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [*BACKBONES, TEXT])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_onnx_runtime_and_the_exported_program_answer_as_the_model(strategy: str, backbone: str) -> None:
    model = whole(strategy, backbone)
    x = examples(backbone, per_task=model.per_task)
    answers = {name: place for place, name in enumerate(model.model.names)}
    if backbone in ("lenet", TEXT):  # one task alone
        answers = {name: place for name, place in answers.items() if place == 1}
    small = alone(model, strategy, backbone, 1) if len(answers) == 1 else None
    network, graph = program(reduced(model, answers, x, small), asked(x, answers, per_task=model.per_task))
    for _, answer in (as_torch(graph), as_onnx(network, graph)):
        assert farthest(model, answer, answers, torch.cat([x, x, x[:1]])) <= NEAR
        assert farthest(model, answer, answers, x[:1]) <= NEAR
