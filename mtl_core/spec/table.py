"""The form of a table line: a name, words for people, options, and where the code is.

The code is named by a string and loaded on first use, so the tables can be read without torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

from mtl_core.spec.option import Option, check_options, written_short


@dataclass(frozen=True)
class Entry:
    """One line of ``SUITES``, ``KINDS``, ``BACKBONES``, ``STRATEGIES``, ``METHODS`` or ``OPTIMIZERS``.

    Args:
        name: the key in the table and in a study.
        title: the name as people write it.
        summary: one sentence a student understands.
        target: ``package.module:attribute`` of the code.
        options: what can be set.
        source: the paper or the data's origin.
    """

    name: str
    title: str
    summary: str
    target: str = ""
    options: tuple[Option, ...] = ()
    source: str = ""

    def load(self) -> Any:
        """The code behind the line, imported on first use."""
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(module), attribute)

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The options in canonical form, defaults filled in; raises SpecError."""
        return check_options(self.options, given, self.name)

    def changed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given beyond the defaults: options that differ from theirs, and names that are no option of this line. An
        option that follows from the others is never among them.

        Args:
            given: option values by name, canonical or as JSON has them.
        """
        defaults = {option.name: option.default for option in self.options}
        given = {name: value for name, value in given.items() if name not in self.following}
        return {
            name: value
            for name, value in given.items()
            # The canonical form has tuples where JSON has lists.
            if name not in defaults or defaults[name] != (tuple(value) if isinstance(value, list) else value)
        }

    @property
    def following(self) -> frozenset[str]:
        """The names of the options that follow from the others."""
        return frozenset(option.name for option in self.options if option.follows)

    def label(self, given: Mapping[str, Any]) -> str:
        """The name with the options that differ from their defaults, as tables and figures show it."""
        parts = [name if value is True else f"{name}={written_short(value)}" for name, value in self.changed(given).items()]
        return self.name + (f"({', '.join(parts)})" if parts else "")


@dataclass(frozen=True)
class SuiteEntry(Entry):
    """A suite.

    Args:
        shape: whether an example is a ``vector``, an ``image``, a text, as ``tokens``, or has several ``parts``.
        license: how its data may be used.
        per_task: whether every task has examples of its own; see ``Suite``.
        files: whether it reads files from the data folder.
        reads: what its tasks' heads read of a backbone; see ``KindEntry``.
        backbone: the one that a study is trained with where it names none; empty for the first that goes with the suite.
        usual: settings that a form begins with in place of the common ones, where these would train for minutes; of ``weights``
            also the points a side of the map by the number of tasks.
        sources: where its rows are of several sources, the tasks that each of them has labels of, every task once; else empty.
        dearer: how many times longer it takes than the digits with the same settings: for larger examples, or longer texts.
            Measured with the backbone that it begins with, on two CPU cores.
    """

    shape: Literal["vector", "image", "tokens", "parts"] = "vector"
    license: str = ""
    per_task: bool = False
    files: bool = False
    reads: tuple[str, ...] = ("vector",)
    backbone: str = ""
    usual: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[tuple[str, ...], ...] = ()
    dearer: float = 1.0


@dataclass(frozen=True)
class Metric:
    """How well a task is done.

    Args:
        name: as in tables.
        title: as people write it.
        lower_is_better: which way is better.
        two_classes: measured on tasks with two classes alone.
        aside: no better or worse in it: it is recorded, and compared nowhere.
    """

    name: str
    title: str
    lower_is_better: bool = False
    two_classes: bool = False
    aside: bool = False


@dataclass(frozen=True)
class KindEntry(Entry):
    """A kind of task.

    Args:
        metrics: what is measured besides the loss; the first is the headline, the one that stands for the task.
        targets: what a target is: ``classes`` (ids from 0), ``values`` (numbers, most often standardised on the train split),
            or ``several`` things at once, as the kind says.
        chance: from the number of classes to the loss of knowing nothing.
        loss: the loss of one example, in words.
        output: what a network puts out, for who reads it without us; ``{classes}`` stands for their number.
        column: what a table's column of this kind is called where it is chosen; empty for a kind that no column can be.
        reads: what its heads read: a ``vector`` of features, those of all ``positions`` of a text, or a ``map`` of them.
        graded: whether an answer is more or less right, and hardly ever simply right or wrong.
    """

    metrics: tuple[Metric, ...] = ()
    targets: Literal["classes", "values", "several"] = "values"
    chance: Callable[[int], float] = float
    loss: str = ""
    output: str = ""
    column: str = ""
    reads: Literal["vector", "positions", "map"] = "vector"
    graded: bool = False

    @property
    def measures(self) -> str:
        """The metrics in words, the headline first."""
        return ", ".join(metric.title for metric in self.metrics if not metric.aside)

    def measured(self, classes: int) -> tuple[Metric, ...]:
        """The metrics of a task with so many classes."""
        return tuple(metric for metric in self.metrics if classes == 2 or not metric.two_classes)


def numbered(word: str, last: str = "") -> Callable[[int], tuple[str, ...]]:
    """The names of so many stages: a word, or another for the last one, and its place from 1.

    >>> numbered("stage", "layer")(3)
    ('stage 1', 'stage 2', 'layer 3')
    """

    def names(depth: int) -> tuple[str, ...]:
        return tuple(f"{last if last and place == depth else word} {place}" for place in range(1, depth + 1))

    return names


def down_and_up(depth: int) -> tuple[str, ...]:
    """The names of a U-Net's stages, of which an even number has one more at the bottom.

    >>> down_and_up(6)
    ('down 1', 'down 2', 'down 3', 'bottom', 'up 2', 'up 1')
    """
    levels = (depth - 1) // 2
    down = (f"down {level}" for level in range(1, levels + 2))
    up = (f"up {level}" for level in range(levels, 0, -1))
    return (*down, *(() if depth % 2 else ("bottom",)), *up)


def fused(depth: int) -> tuple[str, ...]:
    """The names of so many stages of which the last two, or of two the last, read all parts together.

    >>> fused(3)
    ('encoders 1', 'fused 2', 'fused 3')
    """
    return tuple(f"{'fused' if place > max(1, depth - 2) else 'encoders'} {place}" for place in range(1, depth + 1))


_LAYERS = numbered("layer")


@dataclass(frozen=True)
class BackboneEntry(Entry):
    """A backbone.

    Args:
        accepts: the example shapes that it can read.
        gives: what heads can read from it, beside a vector: ``positions`` of a text, or a ``map``.
        stages: from its depth to the names of its stages, from the input up.
        dearer: how many times longer it takes than dense layers of its width and depth: a picture's places, or parts, share its
            numbers. Measured, on two CPU cores.
    """

    accepts: tuple[str, ...] = ("vector", "image")
    gives: tuple[str, ...] = ("vector",)
    stages: Callable[[int], tuple[str, ...]] = _LAYERS
    dearer: float = 1.0


def _one_copy(_options: Mapping[str, Any], _tasks: int) -> float:
    return 1.0


@dataclass(frozen=True)
class StrategyEntry(Entry):
    """A sharing strategy.

    Args:
        copies: from its options and the number of tasks to how many copies of the backbone's stages an example passes through
            when all tasks are asked: what it costs as a multiple of hard sharing, as near as can be told without its model.
        per_task: whether it needs inputs of their own for each task, as in ``domains``.
        preferred: whether one model serves every weighting of the tasks: it is asked for a preference in place of weights.
        depth: the fewest stages of a backbone that it has a meaning on.
        searches: whether it searches a structure and then trains anew: runs have parts of its own, and no phases.
        alike: whether all tasks must be asked alike, having one head.
        reads: how many backbones' features a head reads side by side.
        backbones: those that it goes with; empty for all.
        fits: called with its options, the backbone's and the tasks' names; raises SpecError where they do not go together.
            None where all do that can be told before a model is built.
    """

    per_task: bool = False
    preferred: bool = False
    depth: int = 1
    searches: bool = False
    alike: bool = False
    reads: int = 1
    copies: Callable[[Mapping[str, Any], int], float] = _one_copy
    backbones: tuple[str, ...] = ()
    fits: Callable[[Mapping[str, Any], Mapping[str, Any], Sequence[str]], None] | None = None


@dataclass(frozen=True)
class MethodEntry(Entry):
    """A balancing method.

    Args:
        signals: what it looks at each step: the task ``losses``, the ``gramian`` of the task gradients on the trunk, or the
            ``jacobian`` (the gradients themselves). Anything but losses costs one backward pass a task.
        scope: what its weights scale: ``all`` parameters (loss weighting) or the ``trunk`` alone (gradient methods, where each
            head keeps its own task's gradient).
        extra: what it needs besides this step's batch: the losses of the last batch after the update (``next_losses``), the
            task gradients on an independent batch (``second_batch``), or those after a trial step (``lookahead``).
        keeps_gradients: whether it remembers a gradient of every task from step to step.
        scale: what the weights sum to, in words.
        formula: the update in LaTeX.
        selectable: whether a study may list it in ``methods``; fixed weights are asked for as points in ``weights`` instead.
    """

    signals: Literal["losses", "gramian", "jacobian"] = "losses"
    scope: Literal["all", "trunk"] = "all"
    extra: Literal["", "next_losses", "second_batch", "lookahead"] = ""
    keeps_gradients: bool = False
    scale: str = "sum to one"
    formula: str = ""
    selectable: bool = True

    @property
    def cost(self) -> str:
        """What a step costs, in words."""
        each = "one backward pass" if self.signals == "losses" else "one backward pass a task"
        more = {
            "": "",
            "next_losses": ", and one forward pass more",
            "second_batch": ", and the same again on a second batch",
            "lookahead": ", and the same again on a second batch after a trial step",
        }
        return each + more[self.extra]


def table(*entries: Any) -> dict[str, Any]:
    """The entries by name, in the order given."""
    return {entry.name: entry for entry in entries}
