"""From a column's cells to its facts."""

from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]

from mtl_core.errors import cut
from mtl_core.suites.csv_file.columns import Column, Flags, number_name
from mtl_core.suites.csv_file.facts import Facts, extreme, sequence

EXAMPLES = 5

_EXAMPLE = 60
_WORD = 20
_COMPARED = 1000


def facts_of(column: Column) -> Facts:
    """Everything about a column that is decided by.

    Args:
        column: any; what it works out meanwhile stays with it until it is told to ``forget``.
    """
    counts, blank = column.counts, column.blank
    texts = column.texts.filter(pa.array(~blank))
    silent = [(count, text) for text, count in zip(column.some(blank), counts[blank].tolist(), strict=True) if text]
    rows, missing = len(column), int(counts[blank].sum())
    unique = len(texts) == rows - missing
    known: dict[str, Any] = {
        "missing_words": tuple(cut(text, _WORD) for _, text in sorted(silent, key=lambda each: -each[0])[:3]),
        "distinct": len(texts),
        "examples": tuple(cut(text, _EXAMPLE) for text in texts.slice(0, EXAMPLES).to_pylist()),
        "unique": unique,
        "notation": column.notation,
        "new": column.is_new,
    }
    if column.nature in ("number", "mixed"):
        known |= _of_numbers(column, unique)
    elif column.nature == "text" and unique:
        spoken = compute.any(compute.match_substring_regex(texts, r"[\s:]|.{65}")).as_py()
        known["codes"] = not spoken and compute.all(compute.match_substring_regex(texts, r"\d")).as_py()
    return Facts(column.name, column.nature, rows, missing, **known)


def _of_numbers(column: Column, unique: bool) -> dict[str, Any]:
    numbers = column.values
    finite = np.isfinite(numbers)
    values, places = np.unique(numbers[finite], return_inverse=True)
    counts = np.bincount(places, weights=column.counts[finite], minlength=len(values)).astype(np.int64)
    known: dict[str, Any] = {
        "whole": bool((values == np.round(values)).all()),
        "largest": float(np.abs(values).max()) if len(values) else 0.0,
        "infinite": _first(column, np.isinf(numbers)),
        "words": column.word_count,
        "first_word": _first(column, column.words),
        "extreme": extreme(values, counts),
    }
    if column.nature == "number":
        unique = unique and len(values) == int(finite.sum())
        known |= {
            "distinct": len(values) + int(np.isinf(numbers).sum()),
            "unique": unique,
            "sequence": sequence(numbers[column.codes], unique),
            "sorts_otherwise": _sorts_otherwise(column, finite),
        }
    return known


def _sorts_otherwise(column: Column, finite: Flags) -> bool:
    if compute.all(compute.match_substring_regex(column.texts.filter(pa.array(finite)), r"^(?:0|-?[1-9]\d{0,14})$")).as_py():
        return False
    if (count := int(finite.sum())) > _COMPARED:
        return True  # nobody takes so many decimal numbers for groups or categories, and comparing them takes long
    pairs = sorted(zip(column.some(finite), column.values[finite].tolist(), strict=True))
    names = [number_name(value) for _, value in pairs]
    return len(set(names)) < count or names != sorted(names)


def _first(column: Column, where: Flags) -> str:
    return cut(column.some(where)[0], _EXAMPLE) if where.any() else ""
