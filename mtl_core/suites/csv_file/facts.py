"""What is known of a column once all its cells were seen: plain values, from which everything else is decided."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

CLASSES_FROM_INTEGERS = 10
"""A column of whole numbers with at most this many different ones is read as classes."""

CLASS_LIMIT = 100

Nature = Literal["number", "date", "text", "mixed", "empty"]
Kind = Literal["classification", "regression"]
Sequence = Literal["", "rows", "steps", "shuffled", "rising"]


@dataclass(frozen=True)
class Facts:
    """A column, without its cells.

    Args:
        name: its heading.
        nature: ``number``, ``date``, ``text``, ``empty``, or ``mixed``: mostly numbers with some words between.
        rows: how many cells there are.
        missing: how many of them say that there is no value.
        missing_words: what they say, the most frequent first; not those that are empty.
        distinct: how many different values there are.
        examples: the first different values.
        whole: whether all numbers are whole.
        unique: whether no value stands twice.
        sequence: whether whole numbers go up row by row by one (``rows``) or by another step, or would if sorted
            (``shuffled``), or are each larger than the one before (``rising``).
        codes: whether the words are like codes: short, without spaces or colons, with digits.
        words: how many cells are words, where numbers were expected; ``first_word`` is the first of them.
        infinite: the first cell that is an infinite number; else empty.
        largest: of the finite numbers, by size.
        notation: how numbers or dates are written, where not plainly.
        extreme: a repeated extreme that may stand for "unknown", in words.
        new: whether Seesaw's first reader of tables refused or read the cells otherwise.
        sorts_otherwise: whether numbers are equal or in another order as text than by their shortest names.
    """

    name: str
    nature: Nature
    rows: int
    missing: int
    missing_words: tuple[str, ...] = ()
    distinct: int = 0
    examples: tuple[str, ...] = ()
    whole: bool = False
    unique: bool = False
    sequence: Sequence = ""
    codes: bool = False
    words: int = 0
    first_word: str = ""
    infinite: str = ""
    largest: float = 0.0
    notation: str = ""
    extreme: str = ""
    new: bool = False
    sorts_otherwise: bool = False

    @property
    def values(self) -> int:
        """How many cells have a value."""
        return self.rows - self.missing

    @property
    def kind(self) -> Kind:
        """What the column is as a target: words and few whole numbers are classes, other numbers a regression."""
        if self.nature != "number":
            return "classification" if self.nature in ("text", "date") else "regression"
        return "classification" if self.whole and self.distinct <= CLASSES_FROM_INTEGERS else "regression"


def sequence(values: npt.NDArray[np.float64], unique: bool) -> Sequence:
    """How numbers ``(N,)`` go up; see ``Facts.sequence``."""
    if len(values) < 3 or np.isinf(values).any():
        return ""
    steps = np.diff(values[:3])
    if steps[0] == steps[1] != 0 and steps[0].is_integer():
        steps = np.diff(values)
        if (steps == steps[0]).all():
            return "rows" if steps[0] == 1 else "steps"
    if not unique or np.isnan(values).any():
        return ""
    if not (values == np.round(values)).all():
        return ""
    ordered = np.diff(np.sort(values))
    if (ordered == ordered[0]).all():
        return "shuffled"
    return "rising" if (np.diff(values) > 0).all() else ""


def extreme(values: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> str:
    """A repeated smallest or largest number that stands apart from the others, in words; empty where there is none.

    Args:
        values: ``(D,)`` the different finite numbers, ascending.
        counts: ``(D,)`` how often each occurs.
    """
    if len(values) < 3:
        return ""
    often = max(3, int(0.01 * counts.sum()))
    if values[0] < 0 <= values[1] and counts[0] >= often:
        return f"{values[0]:g} stands in {counts[0]:,} rows and is the only negative number"
    if len(values) < 5:
        return ""
    for place, rest in ((0, values[1:]), (-1, values[:-1])):
        gap = abs(values[place] - (rest[0] if place == 0 else rest[-1]))
        if counts[place] >= often and gap > rest[-1] - rest[0]:
            return f"{values[place]:g} stands in {counts[place]:,} rows, far from all other numbers"
    return ""
