"""Cells that say that there is no value, and cells that look like numbers."""

import re

BLANK = frozenset({"", "?", "NA", "N/A", "n/a", "null", "NULL", "#N/A", "#NA", "<NA>"})
"""Words that say in any column that there is no value; ``NA`` not where it is a code among codes."""

FAILED = re.compile(r"[+-]?nan", re.IGNORECASE)
"""What a computation leaves that had no result: no value, in any column."""

NO_NUMBER = frozenset(
    {"", "?", "-", "--", ".", "..", "na", "n/a", "n.a.", "nan", "none", "null", "nil", "nat", "#n/a", "#na", "<na>"}
    | {"#null!", "#div/0!", "#value!", "#ref!", "#num!", "#name?"}
)
"""Words that say among numbers or dates that there is no value, in small letters."""

BEFORE = frozenset({"", "NA", "N/A", "n/a", "null", "NULL", "?"})
"""What the first reader of tables took for missing, in any column."""

CURRENCIES = ("$", "€", "£", "¥", "₹", "USD", "EUR", "GBP", "CHF", "JPY")

_MONEY = "|".join(map(re.escape, CURRENCIES))
_NUMBER = re.compile(
    rf"\(?[+\-−]?\s*(?:{_MONEY})?\s*[+\-−]?(?:\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(?:[eE][+-]?\d+)?\s*(?:%|{_MONEY})?\)?"
)


def says_missing(cell: str) -> bool:
    """Whether the cell would be missing among numbers."""
    return cell.strip().lower() in NO_NUMBER


def seems_number(cell: str) -> bool:
    """Whether the cell looks like a number of any notation, with a percent or currency mark or without."""
    text = cell.strip()
    return _NUMBER.fullmatch(text) is not None and not re.fullmatch(r"\d+[.\s]\d+[.\s]\d{4}|\d{4}[.\s]\d+[.\s]\d+", text)
