"""A trained network that leaves, for use without Seesaw."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.exporting.card import Card, card
from mtl_core.exporting.encoded import architecture, as_onnx, as_safetensors, as_torch, input_name, program, require_onnx
from mtl_core.exporting.formats import MODEL_FORMATS
from mtl_core.exporting.network import Network
from mtl_core.exporting.reduced import NEAR, Answer, Whole, asked, farthest, reduced
from mtl_core.exporting.trained import Trained
from mtl_core.models.build import Sizes, build
from mtl_core.models.conditioned import Conditioned
from mtl_core.models.model import EVALUATION, Model, Pass
from mtl_core.spec.choice import Choice
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.intake import intake_of

NAMES = dict(zip(MODEL_FORMATS, ("model.onnx", "model.pt2", "model.safetensors"), strict=True))
"""The network's file in each format."""


def files(
    trained: Trained, form: str, task: str | None = None, preference: Sequence[float] | None = None, *, altered: bool = False
) -> dict[str, bytes]:
    """What leaves of a run, by the files' names: the network, ``preprocessing.json`` and a model card, ``README.md``. Its
    answers to the whole test split are compared with those of the model as it was trained before anything is said.

    Args:
        trained: the run.
        form: ``onnx``, ``torch`` or ``safetensors``.
        task: the one task that is wanted, with what it uses alone; None for all that the run has learned.
        preference: of a strategy for all weightings, a weight a task; None for the equal one.
        altered: whether the study was changed by hand while it trained.

    Raises:
        SpecError: there is no such task, preference or format, the run has not learned the task, something is not installed,
            or the network cannot be written so.
    """
    if form not in NAMES:
        raise unknown_name("format", form, NAMES)
    if form == "onnx":
        require_onnx()
    suite = trained.suite
    whole = Whole(trained.built.model, trained.values, _occasion(trained, preference), suite.per_task)
    answers = _asked(trained, task)
    x = torch.from_numpy(suite.test.inputs.copy())
    network = reduced(_ordinary(whole), answers, x, _alone(trained, answers))
    network, graph = program(network, asked(x, answers, per_task=suite.per_task))
    content, answer = _encoded(form, network, graph)
    apart = farthest(whole, answer, answers, x)
    if not apart <= NEAR:
        raise SpecError(
            f"the answers of the file must be those of the model but for {NEAR:g}, found {apart:.2g}; choose another format."
        )
    about = _preprocessing(trained, network)
    found = {NAMES[form]: content, "preprocessing.json": _json(about)}
    if form == "safetensors":
        found["architecture.json"] = _json(architecture(network))
    weights = None if whole.at.preference is None else tuple(whole.at.preference[0].tolist())
    words = card(Card(trained, network, form, NAMES[form], len(content), apart, about, weights, altered))
    return found | {"README.md": words.encode()}


def _asked(trained: Trained, task: str | None) -> dict[str, int]:
    """The tasks that are answered, with their places."""
    names = [each.name for each in trained.suite.tasks]
    known = {names[place]: place for place in trained.trains}
    if task is None:
        return known
    if task not in names:
        raise unknown_name("task", task, names)
    if task not in known:
        raise SpecError(
            f"a task must be one that the run has learned, {some_of(known)}, found {shown(task)}; choose one of these or "
            "another run."
        )
    return {task: known[task]}


def _occasion(trained: Trained, preference: Sequence[float] | None) -> Pass:
    """On which occasion the model is asked."""
    if not STRATEGIES[trained.built.choice.name].preferred:
        if preference is not None:
            raise SpecError(
                f"a preference is for strategies that serve all weightings, found {shown(trained.built.choice.name)}; leave it "
                "out."
            )
        return EVALUATION
    count = len(trained.suite.tasks)
    given = list(preference or [1 / count] * count)
    if len(given) != count or any(not 0 <= weight < float("inf") for weight in given) or not sum(given) > 0:
        raise SpecError(
            f"a preference must have {count} weights, one a task, none negative and not all zero, found {shown(given)}."
        )
    return replace(EVALUATION, preference=torch.tensor([given]) / sum(given))


def _ordinary(whole: Whole) -> Whole:
    """The same without a preference: what a model for all weightings is at one is a network of hard sharing."""
    if not isinstance(whole.model, Conditioned):
        return whole
    with torch.no_grad():
        model, values = whole.model.ordinary(whole.values, whole.at.preference)
    return Whole(model, values)


def _alone(trained: Trained, answers: dict[str, int]) -> Model | None:
    """The strategy built for one task alone; None where several are wanted or it cannot be."""
    if len(answers) != 1:
        return None
    (place,) = answers.values()
    study, suite, built = trained.result.study, trained.suite, trained.built
    sizes = Sizes((suite.tasks[place],), trained.data.shape, study.steps, suite.per_task, words=trained.data.words)
    choice = Choice("hard") if STRATEGIES[built.choice.name].preferred else built.choice
    try:
        return build(choice, study.backbone, sizes, None if built.matched is None else built.width)
    except SpecError:
        return None


def _encoded(form: str, network: Network, graph: torch.export.ExportedProgram) -> tuple[bytes, Answer]:
    match form:
        case "onnx":
            return as_onnx(network, graph)
        case "torch":
            return as_torch(graph)
    return as_safetensors(network)


def _preprocessing(trained: Trained, network: Network) -> dict[str, Any]:
    """What turns a person's input into the network's and its answers into theirs, as JSON has it."""
    told = intake_of(trained.suite, trained.result.study.suite.options).tell()
    alone = trained.suite.per_task and len(network.answers) == 1
    told["tasks"] = [task for task in told["tasks"] if task["name"] in network.answers]
    if "asks" in told:
        told["asks"] = [name for name in told["asks"] if name in network.answers]
    shape = told["shape"][1:] if alone else told["shape"]
    outputs = list(network.answers)
    return (
        {"input": input_name(network), "outputs": outputs} | told | {"shape": shape, "per_task": told["per_task"] and not alone}
    )


def _json(value: Any) -> bytes:
    return f"{json.dumps(value, indent=1, ensure_ascii=False)}\n".encode()
