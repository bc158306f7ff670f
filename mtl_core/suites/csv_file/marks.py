"""Numbers as people write them: decimal commas, thousands marks, percent and currency signs, accountants' parentheses."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]

from mtl_core.suites.csv_file.words import CURRENCIES

Decimal = Literal["point", "comma"]

_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_POINT = rf"^(?:{_PLAIN}|[+-]?\d{{1,3}}(?:(?:,\d{{3}})+|(?:'\d{{3}})+|(?: \d{{3}})+)(?:\.\d+)?)$"
_COMMA = r"^[+-]?(?:(?:\d+|\d{1,3}(?:(?:\.\d{3})+|(?:'\d{3})+|(?: \d{3})+))(?:,\d+)?|,\d+)(?:[eE][+-]?\d+)?$"
_CERTAIN_COMMA = r"^[+-]?(?:0\d*|),\d+$|,(?:\d{1,2}|\d{4,})(?:[eE][+-]?\d+)?$|\.\d{3},"
_CERTAIN_POINT = r"^[+-]?(?:0\d*|)\.\d+$|\.(?:\d{1,2}|\d{4,})(?:[eE][+-]?\d+)?$|,\d{3}\.|,\d{3},"
_GROUPED_POINT = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$"


@dataclass(frozen=True, eq=False)
class Marked:
    """Texts as numbers.

    Args:
        values: ``(N,)``, NaN where a text is no number even so.
        notation: what the marks are, in words; empty where there are none.
    """

    values: npt.NDArray[np.float64]
    notation: str


def read_marked(texts: Any, likely: Decimal) -> Marked | None:
    """Texts with marks as numbers; None where fewer than half of them are any.

    Args:
        texts: ``(N,)`` an Arrow array of different stripped cells that have a value.
        likely: the decimal sign for what could be either (``1,234``).
    """
    bare = compute.replace_substring_regex(texts, "[\u00a0\u202f\u2009]", " ")
    bare = compute.replace_substring_regex(compute.replace_substring_regex(bare, "−", "-"), "’", "'")
    notations: list[str] = []
    percent = compute.match_substring_regex(bare, r"\d\s*%$").to_numpy(zero_copy_only=False)
    if percent.all():
        bare = compute.replace_substring_regex(bare, r"\s*%$", "")
        notations.append("percent")
    sign = _currency(bare)
    if sign:
        quoted = sign.replace("$", r"\$")
        bare = compute.replace_substring_regex(bare, rf"^(\(?[+-]?)\s*{quoted}\s*", r"\1")
        bare = compute.replace_substring_regex(bare, rf"\s*{quoted}(\)?)$", r"\1")
        notations.append(f"currency {sign}")
    bare = compute.replace_substring_regex(bare, r"^\((\d.*)\)$", r"-\1")
    as_point, as_comma = _matches(bare, _POINT), _matches(bare, _COMMA)
    decimal = _decimal(bare, as_point, as_comma, likely)
    matched = as_comma if decimal == "comma" else as_point
    if 2 * matched.sum() < len(matched):
        return None
    here = bare.filter(pa.array(matched))
    if decimal == "comma":
        if _matches(here, r",\d").any():
            notations.append("decimal comma")
        grouped = r"[.' ]"
    else:
        grouped = r"[,' ]"
    if _matches(here, rf"\d{grouped}\d{{3}}").any():
        notations.append("thousands marks")
    here = compute.replace_substring_regex(compute.replace_substring_regex(here, grouped, ""), ",", ".")
    values = np.full(len(matched), np.nan)
    values[matched] = compute.cast(compute.replace_substring_regex(here, r"^\+", ""), pa.float64()).to_numpy(
        zero_copy_only=False
    )
    return Marked(values, ", ".join(notations))


def decimal_of(cells: list[str]) -> Decimal | None:
    """The decimal sign that some cells of a table show without doubt; None where they show neither, or both alike."""
    texts = pa.array(cells, pa.string())
    numbers = texts.filter(compute.match_substring_regex(texts, r"^[^A-Za-z]*\d[\d.,' ]*[^A-Za-z]*$"))
    bare = compute.replace_substring_regex(numbers, r"^[^\d.,+-]+|[^\d]+$", "")
    comma = int(_matches(bare, _CERTAIN_COMMA).sum())
    point = int(_matches(bare, _CERTAIN_POINT).sum())
    return "comma" if comma > point else "point" if point > comma else None


def groups_with_points(texts: Any) -> npt.NDArray[np.float64] | None:
    """Numbers whose points all stand before three digits as what they are in a table of decimal commas; None for others."""
    pointed = _matches(texts, r"\.")
    if not pointed.any() or not _matches(texts, _GROUPED_POINT + r"|^[+-]?\d{1,3}$").all():
        return None
    bare = compute.replace_substring(texts, ".", "")
    return np.asarray(compute.cast(bare, pa.float64()).to_numpy(zero_copy_only=False))


def _matches(texts: Any, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(compute.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _currency(texts: Any) -> str:
    """The one currency that most cells name; empty where there is none or more than one."""
    counts = {sign: int(compute.sum(compute.match_substring(texts, sign)).as_py() or 0) for sign in CURRENCIES}
    found = [sign for sign, count in counts.items() if count]
    return found[0] if len(found) == 1 and 2 * counts[found[0]] >= len(texts) else ""


def _decimal(texts: Any, as_point: npt.NDArray[np.bool_], as_comma: npt.NDArray[np.bool_], likely: Decimal) -> Decimal:
    either = texts.filter(pa.array(as_point & as_comma))
    if as_point.sum() != as_comma.sum():
        return "comma" if as_comma.sum() > as_point.sum() else "point"
    if len(either) and _matches(either, _CERTAIN_COMMA).any():
        return "comma"
    return likely
