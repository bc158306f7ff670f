"""What a suite is: examples, tasks over them, and splits, as NumPy arrays."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from mtl_core.errors import shown, unknown_name
from mtl_core.spec.kinds import KINDS, LOSS, METRICS
from mtl_core.suites.view import SHOWN, Field, View

if TYPE_CHECKING:
    from mtl_core.suites.intake import Intake

SPLITS = ("train", "validation", "test")

UNLABELLED = -100
"""In a target of tags or of pixels: one that has none, such as padding."""

_TEXT = "text"


@dataclass(frozen=True)
class Task:
    """One thing to predict.

    Args:
        name: unique within the suite.
        kind: a name of ``KINDS``, such as ``classification`` (softmax cross-entropy on class ids) or ``regression`` (mean
            squared error on targets that were standardised on the train split).
        classes: number of classes, where targets are class ids; else 1.
        help: what the task asks, in words a student understands.
        labels: the class names, where they mean something.
        measured: the metrics besides the loss, in the order of the records; empty for all that the kind has today. A stored
            task says what its records hold.
        judged_by: the metric that stands for the task; empty for the kind's first.
        positive: the class that average precision looks for, of two.
        outputs: how many numbers a regression predicts at once, its targets being ``(N, outputs)``; 1 for one, ``(N,)``.
        at_chance: the loss of knowing nothing where the kind's own is not it, as for targets that are not standardised.
        spread: what values were divided by that a metric tells in their own unit: of a depth, of the logarithm of its metres.
        loss_scale: what the task's losses are multiplied by everywhere, so that losses of unlike kinds are of one size.

    Raises:
        SpecError: a kind that there is not, or a metric that is not measured.
    """

    name: str
    kind: str
    classes: int = 1
    help: str = ""
    labels: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    judged_by: str = ""
    positive: int = 1
    outputs: int = 1
    at_chance: float | None = None
    spread: float = 1.0
    loss_scale: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name(f"kind of task {shown(self.name)}", self.kind, KINDS)
        if not self.measured:
            names = tuple(metric.name for metric in KINDS[self.kind].measured(self.classes))
            object.__setattr__(self, "measured", names)  # the one moment at which a frozen dataclass writes its fields
        if self.judged_by and self.judged_by not in (known := [name for name in self.metrics if not METRICS[name].aside]):
            raise unknown_name(f"headline of task {shown(self.name)}", self.judged_by, known)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured: the loss first, then the metrics in the order of the records."""
        return (LOSS.name, *self.measured)

    @property
    def headline(self) -> str:
        """The one metric that stands for the task, such as accuracy or R2."""
        return self.judged_by or self.measured[0]

    @property
    def single(self) -> bool:
        """Whether an answer is one class or one number."""
        return self.outputs == 1 and KINDS[self.kind].targets != "several"

    @property
    def chance(self) -> float:
        """The loss of knowing nothing: of guessing uniformly, or of answering the mean."""
        return self.loss_scale * (KINDS[self.kind].chance(self.classes) if self.at_chance is None else self.at_chance)


@dataclass(frozen=True)
class InputPart:
    """One of several things that an example consists of, such as a picture beside a recording.

    Args:
        name: what it is.
        shape: of its numbers.
    """

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Split:
    """Examples with their targets.

    Args:
        inputs: ``(N, D)`` vectors or ``(N, channels, height, width)`` images, float32, standardised or in [0, 1]; ``(N, S)``
            texts, int64 numbers of words, 0 for padding after the last; ``(N, S, D)`` float16 vectors for words, zeros for
            padding; ``(N, D)`` of several parts one after another; where every task has examples of its own, ``(N, T, ...)``,
            see ``Suite``.
        targets: one array a task, in task order: ``(N,)`` int64 class ids or float32 values, ``(N, ...)`` where an answer is
            more than one of them; what stands where the label is
            missing is 0 and never read.
        observed: ``(N, T)`` bool, False where a label is missing.
    """

    inputs: npt.NDArray[Any]
    targets: tuple[npt.NDArray[Any], ...]
    observed: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Suite:
    """A loaded suite: its tasks and its examples.

    Args:
        name: the key in ``SUITES``.
        tasks: what there is to predict; targets and masks of every split are in this order.
        train: what is learned from, and what scaling and encoding were fitted on.
        validation: what anything is chosen by.
        test: what results are told of.
        notes: what a person should know of the data, such as columns that were left out; a sentence each.
        rows: of a table, for each split the places of its rows in the file, from 0 below the headings; else empty.
        fields: what vectors say, in the order of the inputs, and of standardised pictures a number a channel, from 0 dark to
            1, of several parts a number a part; empty for numbers without names, and for pictures of shades from 0 to 1.
        units: for each task the mean and the standard deviation that its values were standardised by, (0, 1) for classes; empty
            where values have no unit.
        per_task: whether every task has examples of its own. The inputs of every split are ``(N, T, ...)`` then: row n holds
            one example for each task, and ``targets[t][n]`` belongs to ``inputs[n, t]``. The examples of a row are unrelated;
            they stand together only so that a batch of rows is one for every task.
        words: of texts what each number says, from 0, which is padding; empty for others.
        parts: what an example consists of, in the order in which they lie in its vector; empty where it is one thing.
        scaling: the means and the standard deviations that inputs were standardised by, as far as one is said by no field;
            they broadcast over an example.
        said: of texts whose words are vectors what an example says, by the hash of its bytes.
        groups: for train and validation ``(N,)`` numbers of which equal ones say that rows belong together, such as those of a
            person, so that no fold divides them; empty where every row is its own.
        ordered: whether rows are in the order of time, so that folds are parts of it.
    """

    name: str
    tasks: tuple[Task, ...]
    train: Split
    validation: Split
    test: Split
    notes: tuple[str, ...] = field(default=())
    rows: tuple[npt.NDArray[np.int64], ...] = field(default=())
    fields: tuple[Field, ...] = field(default=())
    units: tuple[tuple[float, float], ...] = field(default=())
    per_task: bool = False
    words: tuple[str, ...] = field(default=())
    parts: tuple[InputPart, ...] = field(default=())
    scaling: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[npt.NDArray[np.int64], ...] = ()
    ordered: bool = False


def hash_of(example: npt.NDArray[Any]) -> str:
    """By which ``Suite.said`` knows an example."""
    return hashlib.sha256(example.tobytes()).hexdigest()


class SuiteSource(Protocol):
    """What ``SuiteEntry.target`` names: an object (a module-level instance or a class with static methods) that can say its
    tasks without loading the data, and load them. Options arrive as keywords in canonical form. Sources inherit from it."""

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with everything that depends on outside data decided, such as the content hash of a file, so that the
        same options always mean the same data. Called once when a study is made; most sources have nothing to decide."""
        return options

    def names(self, **options: Any) -> tuple[str, ...]:
        """The task names, in order; for settled options this reads no file, so that an old study can be shown when its
        file is gone."""
        return tuple(task.name for task in self.tasks(**options))

    def train_rows(self, **_options: Any) -> int | None:
        """How many examples are for training; for settled options this reads no file. None where it is not known."""
        return None

    def ready(self, **_options: Any) -> bool:
        """Whether a study can be made of it without reading much: its files are there, and a table was looked at before."""
        return True

    def found(self, **_options: Any) -> tuple[str, ...]:
        """What was found of the files that it reads, a line each; raises DataError where one is not there."""
        return ()

    def view(self, suite: Suite, example: npt.NDArray[Any]) -> View:
        """What a person sees of an example: of an image its picture, of a vector its values, those that have names in their
        order, of numbers without names the most unusual ones, and of a text its words.

        Args:
            suite: loaded.
            example: ``(D,)``, ``(channels, height, width)`` or ``(S,)`` of its inputs.
        """
        if suite.words:
            return View(row=((_TEXT, " ".join(suite.words[number] for number in example if number)),))
        if suite.said:
            return View(row=((_TEXT, suite.said.get(hash_of(example), "…")),))
        if example.ndim == 3:
            if suite.fields:
                centre, scale = np.array([(field.centre, field.scale) for field in suite.fields]).T[..., None, None]
                example = centre + scale * example
            shades = np.rint(255 * np.clip(example, 0, 1)).astype(int).tolist()
            return View(tuple(tuple(tuple(line) for line in channel) for channel in shades))
        fields = suite.fields[:SHOWN]
        if not fields:
            strongest = np.argsort(-np.abs(example), kind="stable")[:SHOWN].tolist()
            fields = tuple(Field(f"x{place + 1}", place) for place in strongest)
        return View(row=tuple((field.name, field.read(example)) for field in fields))

    def intake(self, suite: Suite, **_options: Any) -> "Intake | None":  # noqa: ARG002 - the usual one asks nothing more
        """How it takes what a person gives; None for the usual way, which is a row of values for vectors, and an example's
        number for others. See ``mtl_core.suites.intake``.

        Args:
            suite: loaded.
        """
        return None

    def sound(self, number: int, **_options: Any) -> bytes:  # noqa: ARG002 - most make no sound
        """What networks hear of an example of the test split as the content of a WAVE file, read again from where it came from;
        nothing where an example is no sound.

        Args:
            number: the example's, from 1 on, of those that there are.

        Raises:
            DataError: its file is gone, or another than the study was made with.
        """
        return b""

    def texts(self, **_options: Any) -> Iterable[tuple[str, ...]]:
        """Of a suite of texts its own for training as a network reads them, those without a label among them and none that
        occurs in another split; none of others."""
        return ()

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """The tasks, in order; cheap, no torch and no scikit-learn import."""
        ...

    def load(self, **options: Any) -> Suite:
        """The data, all tasks; deterministic. Suites of texts take ``words``: a vocabulary in place of their own."""
        ...
