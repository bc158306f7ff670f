"""One column of a table: what its cells are, and its cells as numbers, days or words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]

from mtl_core.errors import DataError, shown
from mtl_core.suites.csv_file.dates import Dates, read_dates
from mtl_core.suites.csv_file.facts import Nature
from mtl_core.suites.csv_file.marks import Decimal, groups_with_points, read_marked
from mtl_core.suites.csv_file.words import BEFORE, BLANK, NO_NUMBER

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_CODE = re.compile(r"[A-Z]{2}")
_FAILED_BEFORE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Column:
    """A column. Whatever is asked of a cell is asked once of each different text.

    Args:
        name: its heading.
        cells: ``(N,)`` stripped text, an Arrow chunked array.
        line: the line of the file on which a row ends, for messages.
        missing: further cells that say that there is no value.
        decimal: the decimal sign of the rest of the table; None where nothing tells it for certain.
        likely: the sign that decides where a number could be read with either.
    """

    name: str
    cells: Any
    line: Callable[[int], int]
    missing: frozenset[str] = frozenset()
    decimal: Decimal | None = None
    likely: Decimal = "point"

    def __len__(self) -> int:
        return len(self.cells)

    def forget(self) -> None:
        """Free what was worked out; it is worked out again when it is needed."""
        for name in [name for name in vars(self) if isinstance(vars(type(self)).get(name), cached_property)]:
            del self.__dict__[name]

    @property
    def nature(self) -> Nature:
        """See ``Facts.nature``."""
        values = int(self.counts[~self._no_number].sum())
        if values == 0:
            return "empty"
        if self.word_count == 0:
            return "number"
        if self._dates is not None:
            return "date"
        return "mixed" if 2 * self.word_count <= values else "text"

    @property
    def notation(self) -> str:
        """How the numbers or days are written, where not plainly."""
        return (self._dates.order if self._dates else "") if self.nature == "date" else self._read[1]

    @cached_property
    def word_count(self) -> int:
        """How many cells have a value that is no number."""
        return int(self.counts[self.words].sum())

    def numbers(self) -> Floats:
        """``(N,)`` the cells as numbers, NaN where the value is missing.

        Raises:
            DataError: a word or infinity, with the column, the line and the cell.
        """
        if self.words.any():
            raise DataError(
                f"column {shown(self.name)} is read as numbers, found {self._first(self.words)}; correct it, leave the cell "
                "empty, leave the column out, name it in 'missing' if it stands for no value, or say in 'kinds' that it is a "
                "'classification' (target) or a 'category' (input)."
            )
        if (infinite := np.isinf(self.values)).any():
            raise DataError(
                f"column {shown(self.name)} must have finite numbers, found {self._first(infinite)}; correct it, or leave the "
                "cell empty where the value is missing."
            )
        return self.values[self.codes]

    def days(self) -> Floats:
        """``(N, 3)`` year, month and weekday, NaN where the day is missing.

        Raises:
            DataError: the column is none of dates.
        """
        if self._dates is None:
            raise DataError(
                f"column {shown(self.name)} is read as dates, found other cells or several ways of writing them; correct them, "
                "or say in 'kinds' that it is a 'category'."
            )
        parts = np.full((len(self.texts), 3), np.nan)
        parts[~self._no_number] = self._dates.parts
        return parts[self.codes]

    def labels(self, *, numeric: bool = False) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
        """The different labels, and which of them each cell has ``(N,)``, -1 where the value is missing.

        Args:
            numeric: whether numbers are compared as numbers (1 and 1.0 are the same) and ordered by size; otherwise cells are
                compared as the text that they are.
        """
        blank = self.blank
        # Beyond 2**53 different whole numbers are one float.
        if numeric and self.nature == "number" and not (np.abs(self.numbers()) >= 2**53).any():
            names: list[str | None] = [None if np.isnan(value) else number_name(value) for value in self.values.tolist()]
            known = sorted({name for name in names if name is not None}, key=float)
        else:
            texts = self.texts.to_pylist()
            names = [None if missing else text for text, missing in zip(texts, blank.tolist(), strict=True)]
            known = sorted({name for name in names if name is not None})
        place = {name: at for at, name in enumerate(known)}
        ids = np.array([-1 if name is None else place[name] for name in names], dtype=np.int64)
        return tuple(known), ids[self.codes] if len(ids) else np.zeros(0, dtype=np.int64)

    @cached_property
    def _coded(self) -> tuple[Any, npt.NDArray[np.int32]]:
        coded = self.cells.dictionary_encode().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.chunk(0)
        return coded.dictionary, coded.indices.to_numpy(zero_copy_only=False)

    @property
    def texts(self) -> Any:
        return self._coded[0]

    @property
    def codes(self) -> npt.NDArray[np.int32]:
        return self._coded[1]

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        return np.bincount(self.codes, minlength=len(self.texts))

    @cached_property
    def _marker(self) -> Flags:
        """``(D,)`` the texts that the person named as missing."""
        return _flags(compute.is_in(self.texts, pa.array(sorted(self.missing), pa.string())))

    @cached_property
    def _no_number(self) -> Flags:
        """``(D,)`` the texts that say among numbers or days that there is no value."""
        small = compute.utf8_lower(self.texts)
        usual = _flags(compute.is_in(small, pa.array(sorted(NO_NUMBER))))
        failed = _flags(compute.match_substring_regex(small, r"^[+-]nan$"))
        return usual | failed | self._marker

    @cached_property
    def _read(self) -> tuple[Floats, str]:
        """``(D,)`` the texts as numbers, NaN where they are none, and how they are written."""
        here = self.texts.filter(pa.array(~self._no_number))
        values, notation = _as_numbers(here, self.decimal, self.likely)
        everywhere = np.full(len(self.texts), np.nan)
        everywhere[~self._no_number] = values
        if markers := [number for number in map(_number, self.missing) if number is not None]:
            everywhere[np.isin(everywhere, markers)] = np.nan
        return everywhere, notation

    @property
    def values(self) -> Floats:
        return self._read[0]

    @cached_property
    def words(self) -> Flags:
        """``(D,)`` the texts that have a value that is no number."""
        words = np.isnan(self.values) & ~self._no_number
        if words.any() and (markers := {number for number in map(_number, self.missing) if number is not None}):
            words &= [_number(text) not in markers for text in self.texts.to_pylist()]
        return words

    @cached_property
    def _dates(self) -> Dates | None:
        if not self.words.any() or self.words.sum() < (~self._no_number).sum():
            return None
        return read_dates(self.texts.filter(pa.array(~self._no_number)))

    @cached_property
    def blank(self) -> Flags:
        """``(D,)`` the texts that say in this column that there is no value."""
        if self.nature in ("number", "mixed", "date"):
            return self._no_number | (np.isnan(self.values) & ~self.words) if self.nature != "date" else self._no_number
        if self.nature == "empty":
            return np.ones(len(self.texts), dtype=np.bool_)
        blank = self._marker.copy()
        words = self.texts.to_pylist() if len(self.texts) <= 1 << 16 else None
        blank |= _flags(compute.is_in(self.texts, pa.array(sorted(BLANK))))
        blank |= _flags(compute.match_substring_regex(self.texts, r"(?i)^[+-]?nan$"))
        if words is not None and "NA" in words and "NA" not in self.missing and _are_codes(words):
            blank[words.index("NA")] = False
        return blank

    @property
    def is_new(self) -> bool:
        if self.notation or self.nature == "date" or self._marker.any():
            return True
        before = _flags(compute.is_in(self.texts, pa.array(sorted(BEFORE))))
        if self.nature == "text":
            before |= _flags(compute.match_substring_regex(self.texts, rf"(?i)^{_FAILED_BEFORE.pattern}$"))
        return bool((before != self.blank).any())

    def some(self, where: Flags) -> list[str]:
        """Those of the different texts where ``where`` ``(D,)`` is true."""
        return list(self.texts.filter(pa.array(where)).to_pylist())

    def _first(self, where: Flags) -> str:
        """The first cell that has one of some texts, and its line."""
        text = int(np.flatnonzero(where)[0])  # texts are in the order in which they first occur
        return f"{shown(self.texts[text].as_py(), 40)} at line {self.line(int(np.argmax(self.codes == text)))}"


def _as_numbers(texts: Any, decimal: Decimal | None, likely: Decimal) -> tuple[Floats, str]:
    """Texts as numbers, NaN where they are none, and how they are written."""
    try:
        values = np.asarray(compute.cast(texts, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        series = pd.Series(pd.array(texts.to_pandas(), dtype="string"))
        values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(values).any():
        marked = read_marked(texts, likely)
        if marked is not None and np.isnan(marked.values).sum() < np.isnan(values).sum():
            return marked.values, marked.notation
    elif decimal == "comma" and (grouped := groups_with_points(texts)) is not None:
        return grouped, "thousands marks"
    return values, ""


def _are_codes(words: list[str]) -> bool:
    others = [word for word in words if word and word != "NA"]
    return len(others) >= 3 and sum(_CODE.fullmatch(word) is not None for word in others) >= 0.9 * len(others)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _flags(array: Any) -> Flags:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def number_name(value: float) -> str:
    """How a number is called as a class.

    >>> number_name(2.0), number_name(0.5)
    ('2', '0.5')
    """
    return str(int(value)) if value.is_integer() else repr(value)
