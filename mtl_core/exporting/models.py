"""A trained network that leaves, for use without Seesaw."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from mtl_core.diagnostics.result import Result
from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.exporting.card import Card, card
from mtl_core.exporting.encoded import architecture, as_onnx, as_safetensors, as_torch, input_name, program, require_onnx
from mtl_core.exporting.formats import MODEL_FORMATS
from mtl_core.exporting.network import Network
from mtl_core.exporting.reduced import NEAR, Answer, Whole, asked, farthest, reduced
from mtl_core.models.build import Width, build
from mtl_core.models.conditioned import Conditioned
from mtl_core.models.model import EVALUATION, Model, Pass
from mtl_core.records import ModelLayout, Moment
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.suites import Suite
from mtl_core.suites.intake import intake_of
from mtl_core.training.built import sizes_of
from mtl_core.training.data import in_full
from mtl_core.training.trained import Trained

NAMES = dict(zip(MODEL_FORMATS, ("model.onnx", "model.pt2", "model.safetensors"), strict=True))
"""The network's file in each format."""


def files(
    result: Result,
    trained: Trained,
    moment: Moment,
    form: str,
    task: str | None = None,
    preference: Sequence[float] | None = None,
    *,
    altered: bool = False,
) -> dict[str, bytes]:
    """What leaves of a run, by the files' names: the network, ``preprocessing.json`` and a model card, ``README.md``. Its
    answers to the whole test split are compared with those of the model as it was trained before anything is said.

    Args:
        result: what its study found.
        trained: the run, at a moment.
        moment: which.
        form: ``onnx``, ``torch`` or ``safetensors``.
        task: the one task that is wanted, with what it uses alone; None for all that the run has learned.
        preference: of a strategy for all weightings, a weight a task; None for the equal one.
        altered: whether the study was changed by hand while it trained.

    Raises:
        SpecError: there is no such task, preference or format, the run has not learned the task or diverged, something is not
            installed, or the network cannot be written so.
    """
    if form not in NAMES:
        raise unknown_name("format", form, NAMES)
    if form == "onnx":
        require_onnx()
    values = {name: value.detach() for name, value in trained.views.items()}
    if not all(bool(value.isfinite().all()) for value in values.values()):
        raise SpecError("the run diverged and its parameters are no finite numbers; choose another run.")
    suite, model = trained.suite, result.layout.model(trained.run.strategy)
    whole = Whole(trained.model, values, _occasion(model, len(suite.tasks), preference), suite.per_task)
    answers = _asked(trained, task)
    x = in_full(torch.from_numpy(suite.test.inputs.copy()))
    network = reduced(_ordinary(whole), answers, x, _alone(result.study, suite, model, answers))
    network, graph = program(network, asked(x, answers, per_task=suite.per_task))
    content, answer = _encoded(form, network, graph)
    apart = farthest(whole, answer, answers, x)
    if not apart <= NEAR:
        raise SpecError(
            f"the answers of the file must be those of the model but for {NEAR:g}, found {apart:.2g}; choose another format."
        )
    about = _preprocessing(result.study, suite, network)
    found = {NAMES[form]: content, "preprocessing.json": _json(about)}
    if form == "safetensors":
        found["architecture.json"] = _json(architecture(network))
    weights = None if whole.at.preference is None else tuple(whole.at.preference[0].tolist())
    words = card(Card(result, trained, moment, network, form, NAMES[form], len(content), apart, about, weights, altered))
    return found | {"README.md": words.encode()}


def _asked(trained: Trained, task: str | None) -> dict[str, int]:
    """The tasks that are answered, with their places."""
    names = [each.name for each in trained.suite.tasks]
    known = {names[place]: place for place in trained.learned}
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


def _occasion(model: ModelLayout, tasks: int, preference: Sequence[float] | None) -> Pass:
    """On which occasion the model is asked."""
    if not STRATEGIES[model.name].preferred:
        if preference is not None:
            raise SpecError(
                f"a preference is for strategies that serve all weightings, found {shown(model.name)}; leave it out."
            )
        return EVALUATION
    given = list(preference or [1 / tasks] * tasks)
    if len(given) != tasks or any(not 0 <= weight < float("inf") for weight in given) or not sum(given) > 0:
        raise SpecError(
            f"a preference must have {tasks} weights, one a task, none negative and not all zero, found {shown(given)}."
        )
    return replace(EVALUATION, preference=torch.tensor([given]) / sum(given))


def _ordinary(whole: Whole) -> Whole:
    """The same without a preference: what a model for all weightings is at one is a network of hard sharing."""
    if not isinstance(whole.model, Conditioned):
        return whole
    with torch.no_grad():
        model, values = whole.model.ordinary(whole.values, whole.at.preference)
    return Whole(model, values)


def _alone(study: Study, suite: Suite, model: ModelLayout, answers: dict[str, int]) -> Model | None:
    """The strategy built for one task alone; None where several are wanted or it cannot be."""
    if len(answers) != 1:
        return None
    (place,) = answers.values()
    sizes = replace(sizes_of(study, suite), tasks=(suite.tasks[place],), denoises=False)
    same = {"name": model.name} | dict(model.options or {})
    width = None if model.matched is None or model.width is None else Width(model.width, model.more)
    try:
        choice = choose("strategy", STRATEGIES, "hard" if STRATEGIES[model.name].preferred else same)
        return build(choice, study.backbone, sizes, width)
    except SpecError:
        return None


def _encoded(form: str, network: Network, graph: torch.export.ExportedProgram) -> tuple[bytes, Answer]:
    match form:
        case "onnx":
            return as_onnx(network, graph)
        case "torch":
            return as_torch(graph)
    return as_safetensors(network)


def _preprocessing(study: Study, suite: Suite, network: Network) -> dict[str, Any]:
    """What turns a person's input into the network's and its answers into theirs, as JSON has it."""
    told = intake_of(suite, dict(study.suite.options)).tell()
    alone = suite.per_task and len(network.answers) == 1
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
