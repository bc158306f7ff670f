"""One column of a table: what its cells are, and its cells as numbers or as words."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtl_core.errors import DataError, shown

MISSING = frozenset({"", "NA", "N/A", "n/a", "null", "NULL", "?"})
"""Cells that say that there is no value. ``NaN`` is not among them in a column of numbers: it is the trace of a computation
that failed, and taking it for a missing value would hide that."""

CLASSES_FROM_INTEGERS = 10
"""A column of whole numbers with at most this many different ones is read as classes."""

CLASS_LIMIT = 100

Nature = Literal["number", "text", "mixed", "empty"]
Kind = Literal["classification", "regression"]


@dataclass(frozen=True, eq=False)
class Column:
    """A column.

    Args:
        name: its heading.
        cells: ``(N,)`` text, stripped.
        lines: ``(N,)`` the line of the file on which each row ends, for messages.
    """

    name: str
    cells: "pd.Series[str]"
    lines: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def blank(self) -> npt.NDArray[np.bool_]:
        """``(N,)`` where the cell says that there is no value."""
        return self.cells.isin(MISSING).to_numpy(dtype=np.bool_)

    @cached_property
    def loose(self) -> npt.NDArray[np.float64]:
        """``(N,)`` the cells as numbers, NaN where they are none."""
        return pd.to_numeric(self.cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def _failed(self) -> npt.NDArray[np.bool_]:
        failed = ~np.isfinite(self.loose) & ~self.blank
        # Text operations are the slow part of a large file, and few cells are odd in most columns.
        odd = self.cells[failed].str.fullmatch(r"[+-]?(?:nan|inf|infinity)", case=False)
        failed[failed] = odd.to_numpy(dtype=np.bool_, na_value=False)
        return failed

    @cached_property
    def words(self) -> npt.NDArray[np.bool_]:
        """``(N,)`` where the cell has a value that is no number."""
        return np.isnan(self.loose) & ~self.blank & ~self._failed

    @cached_property
    def nature(self) -> Nature:
        """``number``, ``text``, ``empty``, or ``mixed``: mostly numbers with some words between."""
        return nature(self.value_count, self.word_count)

    @cached_property
    def value_count(self) -> int:
        """How many cells have a value."""
        return int((~self.blank).sum())

    @cached_property
    def word_count(self) -> int:
        """How many cells have a value that is no number."""
        return int(self.words.sum())

    def numbers(self) -> npt.NDArray[np.float64]:
        """``(N,)`` the cells as numbers, NaN where the value is missing.

        Raises:
            DataError: a word, NaN or infinity, with the column, the line and the cell.
        """
        if self.words.any():
            raise DataError(
                f"column {shown(self.name)} is read as numbers, found {self._first(self.words)}; correct it, leave the cell "
                "empty, leave the column out, or say in 'kinds' that it is a 'classification' (target) or a 'category' (input)."
            )
        failed = self._failed | np.isinf(self.loose)
        if failed.any():
            raise DataError(
                f"column {shown(self.name)} must have finite numbers, found {self._first(failed)}; correct it, or leave the "
                "cell empty where the value is missing."
            )
        return self.loose

    def labels(self) -> npt.NDArray[np.object_]:
        """``(N,)`` the cells as names of classes, None where the value is missing; 1 and 1.0 are the same class."""
        if self.nature == "number":
            numbers = self.numbers()
            names = {value: _number_name(value) for value in np.unique(numbers[~np.isnan(numbers)]).tolist()}
            return np.array([names.get(value) for value in numbers.tolist()], dtype=np.object_)
        cells = self.cells.to_numpy(dtype=np.object_, copy=True)
        cells[self.blank | self._failed] = None
        return cells

    def classes(self) -> tuple[str, ...]:
        """The different labels: numbers by size, words by alphabet."""
        found = {label for label in self.labels().tolist() if label is not None}
        return tuple(sorted(found, key=float if self.nature == "number" else str))

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        if self.nature == "number":
            return len(np.unique(self.loose[~np.isnan(self.loose)]))
        return int(self.cells[~self.blank].nunique())

    @cached_property
    def kind(self) -> Kind:
        """What the column is as a target: words and few whole numbers are classes, other numbers a regression."""
        values = self.loose[np.isfinite(self.loose)]
        return kind(self.nature, bool((values == np.round(values)).all()), self.distinct)

    @cached_property
    def counts_rows(self) -> bool:
        """Whether it merely numbers the rows, which says nothing about an example."""
        steps = np.diff(self.loose)
        return self.nature == "number" and len(steps) > 1 and bool((steps == 1).all())

    def _first(self, where: npt.NDArray[np.bool_]) -> str:
        place = int(np.flatnonzero(where)[0])
        cell = str(self.cells.iloc[place])
        return f"{shown(cell, 40)} at line {self.lines[place]}"


def nature(values: int, words: int) -> Nature:
    """What a column is that has so many values, and so many words among them."""
    if values == 0:
        return "empty"
    if words == 0:
        return "number"
    return "mixed" if 2 * words <= values else "text"


def kind(found: Nature, whole: bool, distinct: int) -> Kind:
    """What a column is as a target: see ``Column.kind``.

    Args:
        found: what it is.
        whole: whether its finite numbers are whole.
        distinct: how many different values it has.
    """
    if found != "number":
        return "classification" if found == "text" else "regression"
    return "classification" if whole and distinct <= CLASSES_FROM_INTEGERS else "regression"


def _number_name(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
