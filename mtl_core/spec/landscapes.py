"""The landscapes: losses of a few numbers with a known Pareto set, and what to walk over them. Reads without torch."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.spec.about_tasks import about_tasks
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.methods import METHODS
from mtl_core.spec.notation import read_choice
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.option import Option
from mtl_core.spec.plan import point_label
from mtl_core.spec.table import Entry, table

FORMAT = 2
"""Raised when the meaning of a field or of the answer changes, so that old and new walks never share an id."""

Point = tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """A way to walk: from where, how far a step, how long.

    Args:
        title: whose setting it is; empty for our own.
        scale: what the first loss is multiplied by.
        starts: the points to start from.
        steps: updates.
        learning_rate: of the optimizer.
        optimizer: a name of ``OPTIMIZERS``.
    """

    title: str
    scale: float
    starts: tuple[Point, ...]
    steps: int
    learning_rate: float
    optimizer: str = "adam"


@dataclass(frozen=True)
class ProblemEntry(Entry):
    """A landscape.

    Args:
        dimensions: how many numbers its losses depend on.
        axes: what the two axes of its picture are called.
        window: the lower left and the upper right corner of that picture.
        formula: its losses in LaTeX.
        settings: ways to walk over it: the paper's first, and last one that is quick enough to wait for.
    """

    dimensions: int = 2
    axes: tuple[str, str] = ("x1", "x2")
    window: tuple[Point, Point] = ((-1.0, -1.0), (1.0, 1.0))
    formula: str = ""
    settings: tuple[Setting, ...] = ()


_FIVE = ((-8.5, 7.5), (0.0, 0.0), (9.0, 9.0), (-7.5, -0.5), (9.0, -1.0))
_THREE = ((-8.5, 7.5), (-8.5, -5.0), (9.0, 9.0))


def _drawn(count: int, dimensions: int) -> tuple[Point, ...]:
    """Points of the cube from -1/2 to 1/2, always the same."""
    generator = Random(0)  # noqa: S311 - nothing secret
    return tuple(tuple(round(generator.uniform(-0.5, 0.5), 6) for _ in range(dimensions)) for _ in range(count))


PROBLEMS: dict[str, ProblemEntry] = table(
    ProblemEntry(
        "valley",
        "The valley",
        "Two steep, curved valleys lead to a common plain: the mean of the losses gets stuck on the way from some starts.",
        "mtl_core.landscapes.valley:Valley",
        source="Liu, Liu, Jin, Stone & Liu 2021 (NeurIPS); scale 0.1 from Navon et al. 2022 (ICML)",
        window=((-11.0, -11.0), (11.0, 11.0)),
        formula=r"L_1 = \alpha (f_1 c_1 + s_1 c_2), \quad L_2 = f_2 c_1 + s_2 c_2",
        settings=(
            Setting("Nash-MTL, FAMO", 0.1, _FIVE, 50_000, 1e-3),
            Setting("CAGrad", 1.0, _THREE, 100_000, 1e-3),
            Setting("", 0.1, _FIVE, 5000, 1e-2),
        ),
    ),
    ProblemEntry(
        "pcgrad_valley",
        "PCGrad's valley",
        "Both losses are least at the same place, but the way there runs through a narrow, curved valley.",
        "mtl_core.landscapes.valley:PCGradValley",
        source="Yu, Kumar, Gupta, Levine, Hausman & Finn 2020 (NeurIPS)",
        axes=("a", "b"),
        window=((-8.0, -6.0), (6.0, 12.0)),
        formula=(
            r"L_1 = 20 \log \max(|\tfrac12 a + \tanh b|, 5 \cdot 10^{-6}), \quad "
            r"L_2 = 25 \log \max(|\tfrac12 a - \tanh b + 2|, 5 \cdot 10^{-6})"
        ),
        settings=(
            Setting("PCGrad", 1.0, ((0.5, -3.0),), 500_000, 1e-3),
            Setting("", 1.0, ((0.5, -3.0), (-6.0, -3.0)), 5000, 1e-2),
        ),
    ),
    ProblemEntry(
        "concave",
        "Concave front",
        "The front bulges the wrong way: fixed weights end at one of its ends, whatever the weights.",
        "mtl_core.landscapes.concave:ConcaveFront",
        source="Lin, Zhen, Li, Zhang & Kwong 2019 (NeurIPS)",
        dimensions=20,
        axes=("place along the Pareto set", "distance from it"),
        window=((-1.5, 0.0), (1.5, 2.0)),
        formula=r"L_{1,2} = 1 - \exp\big(-\textstyle\sum_i (x_i \mp 1/\sqrt{n})^2\big), \quad n = 20",
        settings=(Setting("Pareto MTL", 1.0, _drawn(10, 20), 2000, 1e-2, "sgd"),),
    ),
    ProblemEntry(
        "quadratics",
        "Two bowls",
        "Two simple bowls with different slopes: every good compromise lies on a curve that has a formula.",
        "mtl_core.landscapes.quadratics:Quadratics",
        window=((-4.0, -3.0), (4.0, 3.0)),
        formula=r"L_t = \tfrac12 (x - u_t)^\top A_t (x - u_t)",
        settings=(Setting("", 1.0, ((-3.5, 2.5), (3.5, -2.5), (0.0, 2.5)), 1000, 1e-2),),
    ),
)

OPTIONS: tuple[Option, ...] = (
    Option("scale", "number", None, "what the first loss is multiplied by", 1e-4, 1e4, logarithmic=True),
    Option("steps", "integer", None, "updates of each walk", 1, 1_000_000, unit="steps", logarithmic=True),
    Option("learning_rate", "number", None, "how far each step goes", 1e-8, 10, symbol="η", logarithmic=True),
    Option("seed", "integer", 0, "what methods with random numbers draw from", 0, 2**31 - 1),
)

MAXIMUM_WALKS = 2000
"""The most trajectories of one batch."""

_COORDINATE = Option("coordinate", "number", 0.0, "", -1e6, 1e6)


@dataclass(frozen=True)
class Walk:
    """Which methods go from which starts over which landscape. Frozen, checked on creation; equal questions have equal ids.

    Args:
        problem: a name of ``PROBLEMS``.
        methods: names of ``METHODS``, as text with options (``cagrad:c=0.5``) or mappings; fixed weights are
            ``{"name": "fixed", "weights": (0.3, 0.7)}``.
        starts: points with a number for each dimension, or with two numbers, which are a place in the problem's picture;
            None for those of the problem's usual setting.
        scale, steps, learning_rate, seed: see ``OPTIONS``; None for those of the usual setting.
        optimizer: a name of ``OPTIMIZERS`` or a mapping with options; None for that of the usual setting.

    Raises:
        SpecError: anything that cannot be done.
    """

    problem: str = "valley"
    methods: Any = ("equal",)
    starts: Any = None
    scale: float | None = None
    steps: int | None = None
    learning_rate: float | None = None
    optimizer: Any = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.problem, str) or self.problem not in PROBLEMS:
            raise unknown_name("problem", self.problem, PROBLEMS)
        entry = PROBLEMS[self.problem]
        usual = entry.settings[0]
        for option in OPTIONS:
            value = getattr(self, option.name)
            self._settle(option.name, option.check(getattr(usual, option.name) if value is None else value))
        self._settle("optimizer", choose("optimizer", OPTIMIZERS, self.optimizer or usual.optimizer))
        self._settle("methods", check_methods(self.methods))
        self._settle("starts", check_starts(self.starts or usual.starts, entry.dimensions))
        if len(self.methods) * len(self.starts) > MAXIMUM_WALKS:
            raise SpecError(
                f"{len(self.methods)} methods from {len(self.starts)} starts are more than {MAXIMUM_WALKS:,} walks; "
                "choose fewer."
            )

    def _settle(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)  # the one moment at which a frozen dataclass writes its fields

    @property
    def labels(self) -> tuple[str, ...]:
        """What the methods are called."""
        return tuple(method_label(method) for method in self.methods)

    def to_dict(self) -> dict[str, Any]:
        """The canonical form, as JSON has it."""
        numbers = {option.name: getattr(self, option.name) for option in OPTIONS}
        return {
            "problem": self.problem,
            "methods": [_as_json(method) for method in self.methods],
            "starts": [list(start) for start in self.starts],
            "optimizer": self.optimizer.to_dict(),
        } | numbers

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Walk":
        """Back from ``to_dict``."""
        return cls(**given)

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of the canonical form."""
        text = json.dumps({"format": FORMAT} | self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_methods(given: Any) -> tuple[Choice, ...]:
    """Methods in canonical form; the weights of fixed ones are among their options.

    Raises:
        SpecError: an unknown one, or one listed twice.
    """
    asked = [given] if isinstance(given, (str, Mapping, Choice)) else given
    if not isinstance(asked, (list, tuple)):
        raise SpecError(f"methods must be a list of names, found {shown(given)}.")
    chosen = tuple(_check_method(item) for item in asked)
    chosen = about_tasks(chosen, ("task 1", "task 2"))
    labels = [method_label(method) for method in chosen]
    if not chosen or len(set(labels)) < len(labels):
        raise SpecError(f"methods must be one or more, each listed once, found {some_of(labels) or 'none'}.")
    return chosen


def check_starts(given: Sequence[Sequence[float]], dimensions: int) -> tuple[Point, ...]:
    """Points in canonical form.

    Raises:
        SpecError: a point with neither two numbers nor one for each dimension, or one that is not finite.
    """
    try:
        starts = [list(start) for start in given]
    except TypeError:
        raise SpecError(f"starts must be a list of points such as [[-8.5, 7.5]], found {shown(given)}.") from None
    for start in starts:
        if len(start) not in (2, dimensions):
            numbers = "2 numbers" if dimensions == 2 else f"{dimensions} numbers, or 2 for a place in the picture"
            raise SpecError(f"a start must have {numbers}, found {shown(start)}.")
    return tuple(tuple(_COORDINATE.check(number) for number in start) for start in starts)


def method_label(method: Choice) -> str:
    """What a method is called: its name with the options that differ from their defaults; fixed weights by themselves."""
    if method.name == "fixed":
        return point_label(method.options["weights"])
    return METHODS[method.name].label(method.options)


def _check_method(given: Any) -> Choice:
    if isinstance(given, Choice):
        given = {"name": given.name} | given.options
    asked = read_choice(given, METHODS) if isinstance(given, str) else given
    name = asked.get("name") if isinstance(asked, Mapping) else None
    if not isinstance(name, str) or name != "fixed":
        return choose("method", METHODS, asked)
    weights = asked.get("weights")
    if set(asked) != {"name", "weights"} or not isinstance(weights, (list, tuple)) or len(weights) != 2:
        raise SpecError(f"fixed must come with weights, one for each of the two tasks, found {shown(given)}.")
    share = Option("weights", "number", 0.0, "", 0, 1)
    values = tuple(share.check(weight) for weight in weights)
    if abs(sum(values) - 1) > 1e-6:
        raise SpecError(f"weights must be on the simplex (each 0 to 1, sum 1), found {shown(weights)}.")
    return Choice("fixed", (("weights", values),))


def _as_json(method: Choice) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in method.to_dict().items()}
