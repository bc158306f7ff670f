"""Columns of dates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as compute  # type: ignore[import-untyped]

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
_SHAPES = (
    (r"^\d{4}-\d{1,2}-\d{1,2}" + _TIME, ("%Y-%m-%d",)),
    (r"^\d{4}/\d{1,2}/\d{1,2}" + _TIME, ("%Y/%m/%d",)),
    (r"^\d{1,2}\.\d{1,2}\.\d{4}" + _TIME, ("%d.%m.%Y",)),
    (r"^\d{1,2}/\d{1,2}/\d{4}" + _TIME, ("%d/%m/%Y", "%m/%d/%Y")),
    (r"^\d{1,2}-\d{1,2}-\d{4}" + _TIME, ("%d-%m-%Y", "%m-%d-%Y")),
    (r"^\d{1,2} [A-Za-z]{3} \d{4}" + _TIME, ("%d %b %Y",)),
    (r"^\d{1,2}-[A-Za-z]{3}-\d{4}" + _TIME, ("%d-%b-%Y",)),
    (r"^[A-Za-z]{3} \d{1,2}, \d{4}" + _TIME, ("%b %d, %Y",)),
)


@dataclass(frozen=True, eq=False)
class Dates:
    """Texts as days.

    Args:
        parts: ``(N, 3)`` year, month and weekday (0 is Monday).
        order: how the parts of a day were told apart, where that was not certain; else empty.
    """

    parts: npt.NDArray[np.float64]
    order: str


def read_dates(texts: Any) -> Dates | None:
    """Texts as days; None where one of them is none, or they are not all written alike.

    Args:
        texts: ``(N,)`` an Arrow array of different stripped cells that have a value.
    """
    if not len(texts) or not _alike(texts.slice(0, 20)):
        return None
    for shape, formats in _SHAPES:
        if not compute.all(compute.match_substring_regex(texts, shape)).as_py():
            continue
        days = compute.replace_substring_regex(texts, r"(?:T| )\d{1,2}:.*$", "").to_pandas()
        fitting = [parsed for form in formats if (parsed := pd.to_datetime(days, format=form, errors="coerce")).notna().all()]
        if not fitting:
            return None
        days = fitting[0]
        parts = np.stack([days.dt.year, days.dt.month, days.dt.day_of_week], axis=1).astype(np.float64)
        order = "day before month, which nothing in it tells for certain" if len(fitting) > 1 else ""
        return Dates(parts, order)
    return None


def _alike(texts: Any) -> bool:
    return any(compute.all(compute.match_substring_regex(texts, shape)).as_py() for shape, _ in _SHAPES)
