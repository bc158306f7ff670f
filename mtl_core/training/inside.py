"""What a trained network holds for whom: its units, what can be read off its stages, and how alike the tasks' own networks
are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.errors import SpecError, shown
from mtl_core.layers.attention import real
from mtl_core.layers.stage import resized
from mtl_core.models.composed import Composed
from mtl_core.models.model import Pass
from mtl_core.suites import Suite
from mtl_core.suites.suite import Split, Task
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.similarity import alignment
from mtl_core.training.stage_probes import MEASURES, Reader, probed
from mtl_core.training.trained import Trained
from mtl_core.training.units import ROWS, Examples, Units, judge_units

TRAIN_ROWS = 1000
"""The most train examples that probes are fitted to. Like those of validation they are taken from all over their split."""

WIDEST = 4096
"""The most numbers of an example that a probe reads; larger maps are averaged over blocks."""

OWN_ROWS = 100
"""The most examples that units of the tasks' own networks are judged by: of these no unit is told by itself."""

INPUT = "input"
"""What probes read before the first stage."""

_NUMBERS = 1 << 24
"""Numbers that pass through a network at once: bounds the memory."""


@dataclass(frozen=True)
class Networks:
    """Whose networks are looked into.

    Args:
        shared: the run that is asked.
        alone: by task its own network with the same seed, of those that there are.
        again: the same with another seed; empty of a study of one.
    """

    shared: Trained
    alone: Mapping[int, Trained]
    again: Mapping[int, Trained]


def look_inside(networks: Networks, tell: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
    """All three looks, as JSON has it; see ``mtl_core.diagnostics.inside``.

    Args:
        networks: whose.
        tell: called now and then with how far it is.

    Raises:
        SpecError: a network that is not made of stages.
    """
    shared = networks.shared
    data = few(shared.suite)
    examples = examples_of(data, data.validation)
    reason, units = "", None
    model = model_of(shared)
    try:
        units = judge_units(model, shared.views, data.tasks, examples, shared.learned, lambda part: tell(0.4 * part))
    except SpecError as refusal:  # the other looks need no units
        reason = str(refusal)
    own = {}
    for count, (place, trained) in enumerate(networks.alone.items() if units is not None else ()):
        own[place] = judge_units(model_of(trained), trained.views, data.tasks, examples.first(OWN_ROWS), [place])
        tell(0.4 + 0.3 * (count + 1) / len(networks.alone))
    readable = _readable(networks, data, lambda part: tell(0.7 + 0.2 * part))
    alike = _alike(networks, data)
    tell(1.0)
    return {
        "tasks": [task.name for task in data.tasks],
        "units": None if units is None else _told(units, data.tasks, shared.learned),
        "no_units": reason,
        "alone": [_told(found, data.tasks, [place]) for place, found in own.items()],
        "probes": readable,
        "not_probed": [task.name for task in data.tasks if not probed(task)],
        "similar": alike,
        "rows": len(data.validation),
        "train_rows": len(data.train),
    }


def few(suite: Suite) -> Data:
    """Some of a suite's examples, from all over its splits."""

    def some(split: Split, most: int) -> Split:
        rows = np.unique(np.linspace(0, len(split) - 1, min(most, len(split))).round().astype(np.intp))
        return Split(split.inputs[rows], tuple(target[rows] for target in split.targets), split.observed[rows])

    train, validation = some(suite.train, TRAIN_ROWS), some(suite.validation, ROWS)
    return Data.of(replace(suite, train=train, validation=validation, test=some(suite.test, 1)), torch.device("cpu"))


def model_of(trained: Trained) -> Composed:
    """Its model, which all strategies make of stages."""
    if not isinstance(trained.model, Composed):
        raise SpecError(f"a network of stages was expected, found another of {shown(trained.run.label)}; choose another run.")
    return trained.model


def examples_of(data: Data, split: DeviceSplit) -> Examples:
    """The examples of a split, as units are judged by."""
    return Examples(data.arranged(split.inputs.unsqueeze(0)).squeeze(0), split.targets, split.observed, data.per_task)


def _told(units: Units, tasks: Sequence[Task], asked: Sequence[int]) -> dict[str, Any]:
    return {
        "stage": units.stage,
        "module": units.module,
        "unit": units.number,
        "tasks": [tasks[place].name for place in asked],
        "loss": units.loss.tolist(),
        "chance": [tasks[place].chance for place in asked],
        "change": units.change.tolist(),
        "first_order": units.first_order.tolist(),
        "rows": units.rows,
    }


def _features(trained: Trained, data: Data, inputs: Tensor) -> dict[str, Tensor]:
    """What tasks see of every stage, ``(S, N, ...)`` by name."""
    model = model_of(trained)
    at_once = max(1, _NUMBERS // (4 * (1 + len(model.tasks)) * max(1, sum(map(prod, model.shapes)))))
    parts: dict[str, list[Tensor]] = {}
    with torch.no_grad():
        for start in range(0, len(inputs), at_once):
            x = data.arranged(inputs[start : start + at_once].unsqueeze(0))
            for name, found in model(trained.views, x, Pass(observe=True)).features.items():
                parts.setdefault(name, []).append(found[0])
    return {row.name: torch.cat(parts[row.name], dim=1) for row in model.rows if row.name in parts}


def _vectors(features: Tensor, *, padded: bool) -> Tensor:
    """``(N, ...)`` as vectors ``(N, d)`` that a probe reads: of a text the mean over its words, of a large map means of its
    parts."""
    if padded and features.dim() == 3:
        there = real(features.unsqueeze(0))[0]
        return features.sum(1) / there.sum(1).clamp(min=1)
    while features.dim() == 4 and prod(features.shape[1:]) > WIDEST and max(features.shape[2:]) > 1:
        shape = (features.shape[1], *((side + 1) // 2 for side in features.shape[2:]))
        features = resized(features.unsqueeze(0), shape)[0]
    return features.flatten(1)


def _readable(networks: Networks, data: Data, tell: Callable[[float], None]) -> list[dict[str, Any]]:
    """What a probe reads off every stage of every network, for every task; and off the inputs themselves."""
    padded = model_of(networks.shared).setting.backbone.padded
    places = [place for place, task in enumerate(data.tasks) if probed(task)]
    found: list[dict[str, Any]] = []

    def read(network: str, stage: str, train: Tensor, held: Tensor) -> None:
        """``(S, N, ...)``: what tasks see."""
        readers = [Reader(*(_vectors(each[stream], padded=padded) for each in (train, held))) for stream in range(len(train))]
        for place in places:
            task, reader = data.tasks[place], readers[place if len(readers) > 1 else 0]
            labels, held_labels = ((split.targets[place], split.observed[place]) for split in (data.train, data.validation))
            answer = reader.probe(task, labels, held_labels)
            if answer is not None:
                about = {"network": network, "stage": stage, "task": task.name, "metric": MEASURES[task.kind]}
                found.append(about | {"score": answer.score, "chance": answer.chance})

    if not data.words:
        train, held = (data.arranged(split.inputs.unsqueeze(0)) for split in (data.train, data.validation))
        read("", INPUT, *(each[0] if data.per_task else each for each in (train, held)))
    known = {"": networks.shared} | {data.tasks[place].name: trained for place, trained in networks.alone.items()}
    for count, (name, trained) in enumerate(known.items()):
        seen, seen_held = (_features(trained, data, split.inputs) for split in (data.train, data.validation))
        for stage in seen:
            read(name, stage, seen[stage], seen_held[stage])
        tell((count + 1) / len(known))
    return found


def _alike(networks: Networks, data: Data) -> list[dict[str, Any]]:
    """How alike the shared network and each task's own one see validation examples, stage by stage; and for scale how alike
    two networks of the task alone do."""
    inputs = data.validation.inputs
    if len(inputs) < 4:
        return []
    names, found = [task.name for task in data.tasks], []
    shared = _features(networks.shared, data, inputs)
    for place, trained in networks.alone.items():
        own = _features(trained, data, inputs)
        other = _features(networks.again[place], data, inputs) if place in networks.again else {}
        for stage in [stage for stage in shared if stage in own]:
            level = _pair(own[stage], other[stage], place) if stage in other else None
            found.append(
                {"stage": stage, "task": names[place], "similarity": _pair(shared[stage], own[stage], place), "again": level}
            )
    return found


def _pair(one: Tensor, other: Tensor, place: int) -> float | None:
    """The alignment of what a task sees in two networks, which may be of different widths."""
    x, y = (features[place if len(features) > 1 else 0].flatten(1) for features in (one, other))
    width = max(x.shape[1], y.shape[1])
    x, y = (F.pad(each, (0, width - each.shape[1]))[None] for each in (x, y))  # zeros change no inner product
    value = float(alignment(x, y)[0, 0])
    return value if value == value else None
