"""What a CSV file has in it, before anything is chosen."""

from dataclasses import dataclass
from functools import lru_cache

from mtl_core.suites.csv_file.columns import CLASS_LIMIT, Column, Kind
from mtl_core.suites.csv_file.read import fingerprint, read_table
from mtl_core.suites.csv_file.roles import useless

EXAMPLES = 5

_LOOKED_AT = 1000


@dataclass(frozen=True)
class ColumnPreview:
    """One column of a file.

    Args:
        name: its heading.
        kind: what it would be as a target; None where it cannot be one.
        rows: how many rows the file has.
        missing: how many of them have no value here.
        distinct: how many different values there are.
        examples: the first different values, from the first thousand.
        input: whether it is an input when none are named.
        note: why it cannot be a target or is not an input by itself; empty where it can be both.
    """

    name: str
    kind: Kind | None
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...]
    input: bool
    note: str = ""


def inspect(path: str, delimiter: str = "auto") -> tuple[ColumnPreview, ...]:
    """The columns of a CSV file with what was found in them, in the file's order.

    Args:
        path: the file.
        delimiter: as in the options of the ``csv`` suite.

    Raises:
        DataError: a file that cannot be read as a table.
    """
    return _inspect(path, delimiter, fingerprint(path))


@lru_cache(maxsize=16)
def _inspect(path: str, delimiter: str, sha256: str) -> tuple[ColumnPreview, ...]:
    return tuple(_preview(column) for column in read_table(path, delimiter, sha256).columns.values())


def _preview(column: Column) -> ColumnPreview:
    problem, reason = _problem(column), useless(column)
    note = "; ".join(part for part in (problem, f"no input by itself: {reason}" if reason else "") if part)
    return ColumnPreview(
        column.name,
        None if problem else column.kind,
        len(column),
        int(column.blank.sum()),
        column.distinct,
        tuple(column.cells[~column.blank].head(_LOOKED_AT).drop_duplicates().head(EXAMPLES)),
        not reason and column.nature != "mixed",
        note,
    )


def _problem(column: Column) -> str:
    if column.nature == "empty":
        return "no target: it has no values"
    if column.nature == "mixed":
        return f"no target: words among numbers, {int(column.words.sum())} of them; say its kind or correct them"
    if column.distinct < 2:
        return "no target: it has one value"
    if column.kind == "classification" and column.distinct > CLASS_LIMIT:
        return f"no target: more than {CLASS_LIMIT} different words"
    return ""
