"""A network as the content of a file: ONNX, PyTorch's exported program, or safetensors with words about them."""

import inspect
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from mtl_core.errors import SpecError, some_of
from mtl_core.exporting.network import Network
from mtl_core.exporting.reduced import Answer
from mtl_core.layers.layers import Layer
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Composed

INPUT = "input"

_MANY = 1 << 20
"""The most examples in a batch."""

_LENIENT: dict[str, Any] = {
    name: True
    for name in ("prefer_deferred_runtime_asserts_over_guards",)
    if name in inspect.signature(torch.export.export).parameters
}
"""Without it, as in older versions of PyTorch, what it cannot prove of all sizes of a batch is refused: mtan for one."""

_TOLD = ("stack_trace", "from_node", "source_fn_stack")

_NEEDED = ("onnx", "onnxscript", "onnxruntime")


def program(network: Network, x: Tensor) -> tuple[Network, torch.export.ExportedProgram]:
    """The network as one graph for batches of any size, and the network without the parameters that its graph does not read.

    Args:
        network: whose parameters are perhaps more than it needs.
        x: ``(B, ...)`` examples such as it is given; their form alone counts, for a file keeps what it was traced with.

    Raises:
        SpecError: it cannot be written as one graph.
    """
    blank = x.new_zeros(2, *x.shape[1:])  # of one example alone the size of a batch would be taken for one forever
    batch = torch.export.Dim("batch", min=1, max=_MANY)
    try:
        with _quietly():
            exported = torch.export.export(network, (blank,), dynamic_shapes=({0: batch},), strict=False, **_LENIENT)
            exported = exported.run_decompositions({})
    except Exception as error:
        raise SpecError(
            "the network cannot be written as one graph for batches of any size "
            f"({type(error).__name__}); choose a run of another strategy or backbone."
        ) from error
    for node in exported.graph.nodes:
        for told in _TOLD:  # where the code lies on this machine
            node.meta.pop(told, None)
    held = exported.graph_signature.inputs_to_parameters
    read = {node.name for node in exported.graph.nodes if node.op == "placeholder" and node.users}
    unread = [name for place, name in held.items() if place not in read]
    return program(network.without(unread), x) if unread else (network, exported)


def as_torch(exported: torch.export.ExportedProgram) -> tuple[bytes, Answer]:
    """A ``.pt2`` file and what it answers."""
    held = io.BytesIO()
    with _quietly():
        torch.export.save(exported, held)
    return held.getvalue(), exported.module()


def require_onnx() -> None:
    """Raise SpecError where what ONNX needs is not installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise SpecError(
            f"format 'onnx' needs {some_of(_NEEDED)}, found no {some_of(missing)}; install them with pip install "
            "'seesaw-mtl[export]', or choose torch or safetensors."
        )


def as_onnx(network: Network, exported: torch.export.ExportedProgram) -> tuple[bytes, Answer]:
    """An ONNX file and what ONNX Runtime answers from it."""
    import onnxruntime

    names, given = list(network.answers), input_name(network)
    try:
        with _quietly():
            # Unoptimised: what is folded would stand there several times, under names of nobody.
            made: Any = torch.onnx.export(
                exported, input_names=[given], output_names=names, dynamo=True, verbose=False, optimize=False
            )
    except Exception as error:
        raise SpecError(
            f"the network cannot be written as ONNX ({type(error).__name__}); choose the format torch or safetensors."
        ) from error
    model = made.model_proto
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")  # which line of code each came from
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def answer(x: Tensor) -> dict[str, Tensor]:
        found = session.run(names, {given: x.numpy()})
        return {name: torch.from_numpy(each) for name, each in zip(names, found, strict=True)}

    return content, answer


def input_name(network: Network) -> str:
    """What the input is called, such that no answer is called so."""
    name = INPUT
    while name in network.answers:
        name += "_"
    return name


def as_safetensors(network: Network) -> tuple[bytes, Answer]:
    """A safetensors file and what a network of its values answers."""
    content = save({name: value.contiguous() for name, value in network.values.items()})
    return content, Network(network.model, load(content), network.answers, network.rows, per_task=network.per_task)


def architecture(network: Network) -> dict[str, Any]:
    """What the values mean, as JSON has it: the layers of every part, and each parameter with its shape and its tasks."""
    model = network.model
    if not isinstance(model, Composed):
        raise TypeError(f"a model made of parts was expected, found {type(model).__name__}")
    values, parts = network.values, []
    layers: dict[str, str] = {}
    for prefix, stage, copies in _parts(model):
        if not any(name.startswith(prefix) for name in values):
            continue
        layers |= {type(layer).__name__: _words(type(layer)) for layer in stage.layers}
        parts.append(
            {"prefix": prefix, "stage": stage.name, "copies": copies, "layers": [_layer(each) for each in stage.layers]}
        )
    return {
        "model": {"name": type(model).__name__, "what": _words(type(model))},
        "tasks": list(model.names),
        "answers": network.answers,
        "parts": parts,
        "layers": layers,
        "parameters": {
            parameter.name: {
                "shape": list(values[parameter.name].shape),
                "tasks": [model.names[user] for user in parameter.users],
                "copies": network.rows.get(parameter.name),
            }
            for parameter in model.parameters
            if parameter.name in values
        },
    }


def _parts(model: Composed) -> Iterator[tuple[str, Stage, int | None]]:
    for part in model.parts:
        yield part.prefix, part.stage, part.copies
    for task, head in enumerate(model.heads):
        yield f"head.{task}.", head, None


def _layer(layer: Layer) -> dict[str, Any]:
    sizes: Mapping[str, Any] = asdict(layer) if hasattr(layer, "__dataclass_fields__") else {}  # type: ignore[call-overload]
    return {"type": type(layer).__name__} | {name: value for name, value in sizes.items() if not isinstance(value, Layer)}


def _words(kind: type) -> str:
    """The first paragraph of what stands in the code of it."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what exporters tell of themselves."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
