"""The model card: what a network that leaves is, where it comes from, how good it is, and how to use it, as Markdown."""

import math
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd

from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.tradeoff import tradeoff_means
from mtl_core.errors import DataError
from mtl_core.exporting.command import command
from mtl_core.exporting.markdown import escape, table_of
from mtl_core.exporting.network import Network
from mtl_core.exporting.reduced import NEAR
from mtl_core.records import Moment
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import KINDS, METRICS
from mtl_core.spec.suites import SUITES
from mtl_core.suites.suite import SPLITS, Task
from mtl_core.training.trained import Trained

_LABELS = 40
"""The most class names that a card lists."""


@dataclass(frozen=True)
class Card:
    """What a card tells of.

    Args:
        result: what the study found.
        trained: the run.
        moment: when it was as it is.
        network: what leaves of it.
        form, file: the format and its file.
        size: of the file in bytes.
        apart: the largest difference of answers on the test split, by ``1 + |answer|``.
        about: the content of ``preprocessing.json``.
        preference: the weighting that a model for all of them was asked for; None for other models.
        altered: whether the study was changed by hand while it trained.
    """

    result: Result
    trained: Trained
    moment: Moment
    network: Network
    form: str
    file: str
    size: int
    apart: float
    about: dict[str, Any]
    preference: tuple[float, ...] | None = None
    altered: bool = False

    @property
    def step(self) -> int:
        """The updates that the run had done."""
        return int(self.result.compared(at=self.moment).scores.step[self.trained.run.index])

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are answered."""
        return tuple(task for task in self.trained.suite.tasks if task.name in self.network.answers)


def card(card: Card) -> str:
    """The card's text. What people wrote, such as names of tasks and classes, is escaped."""
    parts = (_what(card), _use(card), _tasks(card), _metrics(card), _data(card), _training(card), _limits(card))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _what(card: Card) -> Iterator[str]:
    trained, run = card.trained, card.trained.run
    entry = SUITES[trained.suite.name]
    count = sum(value.numel() for value in card.network.values.values())
    alone = len(card.tasks) < len(trained.suite.tasks)
    fold = "" if run.fold is None else f", trained without fold {run.fold} of {card.result.study.folds}"
    yield f"# {escape(entry.title)}: {escape(', '.join(task.name for task in card.tasks))}"
    yield ""
    yield (
        f"A neural network of {count:,} parameters ({card.size / 1e3:,.0f} kB in `{card.file}`), trained by "
        f"Seesaw {_version()} on the suite `{trained.suite.name}`: run {run.index} of study `{card.result.id}`, "
        f"{escape(run.label)}, seed {run.seed}{fold}, as it was after {card.step:,} steps ({_MOMENTS[card.moment]})."
    )
    if alone:
        yield ""
        yield (
            f"The study has the tasks {escape(', '.join(task.name for task in trained.suite.tasks))}. This file has what "
            f"{escape(' and '.join(task.name for task in card.tasks))} needs, and nothing else."
        )
    if card.preference is not None:
        weights = ", ".join(f"{weight:.3g}" for weight in card.preference)
        yield ""
        yield f"One model serves all weightings of the tasks; this is what it is when asked for {weights}."


_MOMENTS = {"end": "the last", "best": "where its validation loss was lowest"}


def _use(card: Card) -> Iterator[str]:
    yield "## Use it"
    yield ""
    lines = list(_lines(card))
    yield "```python"
    yield from lines
    yield "```"
    yield ""
    yield (
        f"`{card.about['input']}` is a batch `(B, {', '.join(map(str, card.about['shape']))})` of {card.about['type']}. "
        "`preprocessing.json` says how a person's input becomes one, and how answers are read: means and deviations, words, "
        "class names, lengths and units."
    )
    if card.form == "safetensors":
        yield ""
        yield "`architecture.json` says which layers read which parameters, and in which order they come."


def _lines(card: Card) -> Iterator[str]:
    """The lines that ask the network, without Seesaw."""
    about = card.about
    shape = ", ".join(map(str, (1, *about["shape"])))
    examples = f"examples = np.zeros(({shape}), np.{about['type']})  # yours, made as preprocessing.json says"
    match card.form:
        case "onnx":
            yield "import json, numpy as np, onnxruntime"
            yield 'about = json.load(open("preprocessing.json", encoding="utf-8"))'
            yield f'network = onnxruntime.InferenceSession("{card.file}")'
            yield examples
            yield 'answers = dict(zip(about["outputs"], network.run(about["outputs"], {about["input"]: examples})))'
            yield "print({name: (answer.shape, answer[0]) for name, answer in answers.items()})"
        case "torch":
            yield "import numpy as np, torch"
            yield f'network = torch.export.load("{card.file}").module()'
            yield examples
            yield "answers = network(torch.from_numpy(examples))"
            yield "print({name: (answer.shape, answer[0]) for name, answer in answers.items()})"
        case _:
            yield "import json, safetensors.numpy"
            yield 'about = json.load(open("architecture.json", encoding="utf-8"))'
            yield f'values = safetensors.numpy.load_file("{card.file}")'
            yield 'print({name: (values[name].shape, about["parameters"][name]["tasks"]) for name in values})'


def _tasks(card: Card) -> Iterator[str]:
    yield "## Tasks"
    yield ""
    yield from table_of(
        ("task", "question", "kind", "answer", "classes"),
        [
            (
                task.name,
                task.help,
                KINDS[task.kind].title,
                KINDS[task.kind].output.format(classes=task.classes),
                _few(task.labels),
            )
            for task in card.tasks
        ],
        plain=(3,),
    )


def _metrics(card: Card) -> Iterator[str]:
    """Metrics of this run, of its label over seeds, and against tasks that were trained alone."""
    trained, result, label = card.trained, card.result, card.trained.run.label
    compared = result.compared(at=card.moment)
    means = tradeoff_means(result.layout, compared.scores)
    share = f"{result.study.confidence:.0%}"
    yield "## How good it is"
    yield ""
    yield f"On the test split. Intervals are {share} over seeds of the study (each with its own first values and batches)."
    yield ""
    rows = []
    for task in card.tasks:
        place = trained.suite.tasks.index(task)
        mean = means[(means["label"] == label) & (means["task"] == task.name)]
        pair = compared.transfer
        pair = pair[(pair["label"] == label) & (pair["task"] == task.name) & (pair["metric"] == task.headline)]
        rows.append(
            (
                task.name,
                METRICS[task.headline].title,
                _number(compared.scores.test[trained.run.index, place, task.metrics.index(task.headline)]),
                _interval(mean, "mean") if len(mean) else "–",
                _number(pair["baseline"].iloc[0]) if len(pair) else "–",
                f"{_interval(pair, 'difference')}: {pair['verdict'].iloc[0]}" if len(pair) else "–",
            )
        )
    head = ("task", "metric", "this network", "mean over seeds", "the task alone", "better than alone by")
    yield from table_of(head, rows)
    if card.preference is not None:
        yield ""
        yield "Metrics are those of the equal weighting of the tasks."


def _data(card: Card) -> Iterator[str]:
    trained = card.trained
    suite, entry, choice = trained.suite, SUITES[trained.suite.name], card.result.study.suite
    yield "## Data"
    yield ""
    yield f"{escape(entry.title)}: {escape(entry.summary)}"
    yield ""
    yield f"- Source: {escape(entry.source or 'made by Seesaw')}"
    yield f"- Licence: {escape(entry.license or 'made by Seesaw, free to use')}"
    sizes = (f"{len(split):,} {name}" for split, name in zip((suite.train, suite.validation, suite.test), SPLITS, strict=True))
    yield f"- Examples: {', '.join(sizes)}"
    for name, value in choice.options.items():
        if "sha256" in name and value:
            yield f"- SHA-256 of what was read (`{name}`): `{value}`"
    try:
        yield from (f"- {escape(line)}" for line in entry.load().found(**choice.options))
    except DataError:
        yield "- Its files were not there any more when this was written."
    yield from (f"- {escape(note)}" for note in suite.notes)


def _training(card: Card) -> Iterator[str]:
    trained = card.trained
    study, run = card.result.study, trained.run
    model = card.result.layout.model(run.strategy)
    yield "## Training"
    yield ""
    yield "The command that makes the study again:"
    yield ""
    line = command(study)
    fence = "`" * (3 + max((len(found) for found in re.findall("`+", line)), default=0))
    yield f"{fence}sh"
    yield line
    yield fence
    yield ""
    yield f"- Backbone: {escape(_told(study.backbone))}"
    yield f"- Sharing: {escape(_told(Choice(model.name, tuple((model.options or {}).items()))))}"
    weights = "" if run.weights is None else f" ({', '.join(f'{weight:.3g}' for weight in run.weights)})"
    yield f"- Weighting of the tasks: {escape(_told(run.method))}{weights}"
    yield f"- Optimizer: {escape(_told(study.optimizer))}, learning rate {run.learning_rate:g}, batches of {study.batch_size}"
    yield f"- Steps: {study.steps:,}; seeds: {', '.join(map(str, study.seed_list))}"
    yield f"- Made with Seesaw {_version()}, PyTorch {version('torch')}, Python {platform.python_version()}"
    if card.altered:
        yield "- **Weights or learning rates were set by hand while it trained**: the command does not make the same numbers."


def _limits(card: Card) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- It was trained to study how tasks share a network, not for use where errors cost anything."
    yield "- Metrics are of test examples like those it was trained on; on others it may be wrong and sure of it."
    yield "- An interval over few seeds is wide, and says nothing of other data."
    yield (
        "- The answers in this format were compared with those of the trained model on the whole test split: they differ by "
        f"at most {card.apart:.1e} (by 1 + |answer|; {NEAR:g} was allowed)."
    )


def _few(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _LABELS} more" if len(labels) > _LABELS else ""
    return ", ".join(labels[:_LABELS]) + more if labels else "–"


def _interval(row: pd.DataFrame, value: str) -> str:
    """``0.93 [0.91, 0.95], 5 seeds``."""
    count = int(row["n"].iloc[0])
    seeds = f"{count} seed{'' if count == 1 else 's'}"
    low, high = (float(row[name].iloc[0]) for name in ("low", "high"))
    middle = _number(row[value].iloc[0])
    return f"{middle}, {seeds}" if math.isnan(low) else f"{middle} [{_number(low)}, {_number(high)}], {seeds}"


def _number(value: Any) -> str:
    number = float(value)
    return "–" if math.isnan(number) else f"{number:.4g}".replace("-", "−")


def _told(choice: Any) -> str:
    """A choice with all its options."""
    options = ", ".join(f"{name} {value}" for name, value in choice.options.items())
    return f"{choice.name} ({options})" if options else str(choice.name)


def _version() -> str:
    return version("seesaw-mtl")
