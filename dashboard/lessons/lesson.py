"""What a lesson is: a question about a study, a prediction in the axes of its picture, and what came out. No Streamlit.

A lesson is a file of this folder and a line in ``LESSONS``. It holds words and settings; every number in what it says is read
from the store, and what it claims is checked against these numbers each time.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.words import _, ngettext
from mtl_core.diagnostics import Result
from mtl_core.spec import Study

MOST_STEPS = 200
"""The most steps of a scale."""

MOST_TICKS = 6
"""The most distances between the places that a scale names."""

_ROUND = (1, 2, 5, 10, 20, 25, 50)


@dataclass(frozen=True)
class Evidence:
    """What a lesson speaks of.

    Args:
        results: of the lesson's studies, in their order.
        answers: to what it asks of workers, in its order.
    """

    results: tuple[Result, ...]
    answers: tuple[bytes, ...] = ()

    @property
    def result(self) -> Result:
        """Of the first study."""
        return self.results[0]


@dataclass(frozen=True)
class Marks:
    """A prediction by marks: one a row, on a scale that all rows share.

    Args:
        rows: what each mark is of, in the reader's language.
        axis: what the scale measures, with its unit, in the reader's language.
        low, high, step: the scale's ends, and the distance of two places for a mark; at most ``MOST_STEPS`` of them.
        digits: after the decimal point, where a value is told.
        unit: told after a value, such as " %".
        signed: whether values are told with their sign.
        stops: the places of the scale by name, from the lowest on, in place of numbers (such as loses, unclear, gains): then
            ``low`` is 0 and ``step`` 1.
        upright: whether the scale stands upright, and the marks make a curve over the rows.
        across: the title of the other axis, where it stands upright.
        near: how far from what came out a mark may be to count as near; None for a tenth of the scale (for stops: on it).
    """

    rows: tuple[str, ...]
    axis: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    digits: int = 2
    unit: str = ""
    signed: bool = True
    stops: tuple[str, ...] = ()
    upright: bool = False
    across: str = ""
    near: float | None = None

    @property
    def steps(self) -> int:
        """The number of places less one."""
        return len(self.stops) - 1 if self.stops else round((self.high - self.low) / self.step)

    def value(self, step: int) -> float:
        """The value of a place."""
        return float(step) if self.stops else self.low + step * self.step

    def ticks(self) -> list[int]:
        """The places that the scale names: every stop, or at most seven round numbers.

        >>> marks = Marks((), "", -50, 20, 1)
        >>> [marks.value(step) for step in marks.ticks()]
        [-40, -20, 0, 20]
        """
        if self.stops:
            return list(range(len(self.stops)))
        apart = next(size for size in _ROUND if self.steps / size <= MOST_TICKS)
        first = round(self.low / self.step)
        return [place for place in range(self.steps + 1) if (first + place) % apart == 0]

    def told(self, value: float) -> str:
        """A value in words."""
        if not math.isfinite(value):
            return _("not known")
        if self.stops:
            return self.stops[min(max(round(value), 0), len(self.stops) - 1)]
        sign = "+" if self.signed else ""
        return f"{value:{sign}.{self.digits}f}{self.unit}".replace("-", "−")

    def check(self, said: Any) -> list[int] | None:
        """A whole prediction as a link or the store has it, one place a row; None for what is none."""
        if not isinstance(said, Sequence) or isinstance(said, str) or len(said) != len(self.rows):
            return None
        whole = all(type(each) is int and 0 <= each <= self.steps for each in said)
        return list(said) if whole else None


@dataclass(frozen=True)
class Bins:
    """A prediction by sorting: things that are put into groups.

    Args:
        items: what is sorted, in the reader's language.
        most: the most groups.
    """

    items: tuple[str, ...]
    most: int

    def check(self, said: Any) -> list[int] | None:
        """A whole prediction as a link or the store has it, the group of each item from 0 on; None for what is none."""
        if not isinstance(said, Sequence) or isinstance(said, str) or len(said) != len(self.items):
            return None
        whole = all(type(each) is int and 0 <= each < self.most for each in said)
        return list(said) if whole and len(set(said)) == max(said) + 1 else None


Prediction = Marks | Bins


@dataclass(frozen=True)
class Claim:
    """What a lesson says of the world, and whether the store's own numbers bear it out."""

    words: str
    holds: bool


@dataclass(frozen=True)
class Answer:
    """What came out.

    Args:
        values: a number a row in the scale's unit (of stops: the number of the stop; of bins: the group of each item); NaN
            where nothing is known.
        low, high: the ends of their intervals; empty where there are none.
        told: what came out, in sentences with the numbers; Markdown, in the reader's language.
        claims: what the lesson claims of it.
        beside: a second number a row, drawn for comparison; empty where there is none.
        beside_name: what that is, in a few words.
    """

    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    told: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    beside: tuple[float, ...] = ()
    beside_name: str = ""


@dataclass(frozen=True)
class Lesson:
    """A lesson of five minutes: one question, one prediction, what came out.

    Args:
        name: its name in links.
        title: a few words.
        idea: the notions that it shows, in a line.
        story: what the reader has to know before the question, in two to five sentences; Markdown without numbers of results.
        question: what is to be predicted.
        studies: what is trained for it; each is small. None for a lesson about what workers answer: then ``page`` is where its
            free question is put, and it has no other seeds.
        predict: gives the prediction that is asked for, in the reader's language, before anything is trained.
        answer: gives what came out; must do for a study of a single seed too where ``another_seed`` holds.
        lesson: what to keep of it, in one or two sentences; the misconception that it removes; Markdown.
        free: a question without an answer here, which opens Play with everything set.
        settings: what Play then asks differently from the first study.
        page: the page that shows the first study's picture in full: its name in the URL, with parameters.
        asks: what is asked of workers besides: kind and arguments, see ``dashboard.reading.requests``.
        judge: says how a prediction compares with what came out, in sentences; None for how far its marks are off.
        weigh: of bins, the picture once it is uncovered: the reader's groups and others, a row each, and what each came to. It
            is given what the groups are chosen by, what they are valued on (the same, or another seed), and the prediction;
            None for that of a reader who made none.
        another_seed: whether the question can be put to one more seed.
        terms: the glossary's names of what it shows.
    """

    name: str
    title: str
    idea: str
    story: str
    question: str
    studies: tuple[Study, ...]
    predict: Callable[[], Prediction]
    answer: Callable[[Evidence], Answer]
    lesson: str
    free: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    page: tuple[str, Mapping[str, str]] = ("transfer", {})
    asks: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    judge: Callable[[Evidence, Answer, list[int]], tuple[str, ...]] | None = None
    weigh: Callable[[Evidence, Evidence, list[int] | None], tuple[Marks, Answer]] | None = None
    another_seed: bool = True
    terms: tuple[str, ...] = ()


def off_by(marks: Marks, answer: Answer, said: Sequence[int]) -> tuple[str, ...]:
    """How far a prediction's marks are from what came out, in sentences.

    >>> marks = Marks(("left", "right"), "gain", -0.1, 0.1, 0.01)
    >>> off_by(marks, Answer((-0.05, -0.03)), [5, 18])
    ('Near on 1 of 2.', 'Farthest off on right: you said +0.08, it came out at −0.03.')
    """
    known = [row for row, value in enumerate(answer.values) if math.isfinite(value)]
    if not known:
        return ()
    off = {row: abs(marks.value(said[row]) - answer.values[row]) for row in known}
    near = marks.near if marks.near is not None else 0.25 if marks.stops else (marks.high - marks.low) / 10
    right = sum(distance <= near for distance in off.values())
    words = (
        ngettext("Right on {right} of {all}.", "Right on {right} of {all}.", right)
        if marks.stops
        else ngettext("Near on {right} of {all}.", "Near on {right} of {all}.", right)
    )
    told = [words.format(right=right, all=len(known))]
    worst = max(off, key=lambda row: off[row])
    if off[worst] > near:
        farthest = _("Farthest off on {row}: you said {said}, it came out at {value}.")
        value, mine = marks.told(answer.values[worst]), marks.told(marks.value(said[worst]))
        told.append(farthest.format(row=marks.rows[worst], said=mine, value=value))
    return tuple(told)
