"""What a CSV file has in it, before anything is chosen."""

from collections.abc import Callable
from dataclasses import dataclass

from mtl_core.suites.csv_file.columns import CLASS_LIMIT, Column, Kind
from mtl_core.suites.csv_file.read import look, read_table
from mtl_core.suites.csv_file.roles import useless
from mtl_core.suites.csv_file.stream import LOOKED_AT, Seen

EXAMPLES = 5


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


def inspect(path: str, delimiter: str = "auto", progress: Callable[[float], None] | None = None) -> tuple[ColumnPreview, ...]:
    """The columns of a CSV file with what was found in them, in the file's order.

    Args:
        path: the file.
        delimiter: as in the options of the ``csv`` suite.
        progress: told the share of the file that was read.

    Raises:
        DataError: a file that cannot be read as a table.
    """
    seen = look(path, delimiter, progress)
    if seen is not None:
        return tuple(_preview(name, column, column.examples, column.rows) for name, column in seen.items())
    columns = read_table(path, delimiter).columns.values()
    return tuple(_preview(c.name, c, list(c.cells[~c.blank].head(LOOKED_AT)), len(c)) for c in columns)


def _preview(name: str, column: Column | Seen, first: list[str], rows: int) -> ColumnPreview:
    problem, reason = _problem(column), useless(column)
    note = "; ".join(part for part in (problem, f"no input by itself: {reason}" if reason else "") if part)
    return ColumnPreview(
        name,
        None if problem else column.kind,
        rows,
        rows - column.value_count,
        column.distinct,
        tuple(dict.fromkeys(first))[:EXAMPLES],
        not reason and column.nature != "mixed",
        note,
    )


def _problem(column: Column | Seen) -> str:
    if column.nature == "empty":
        return "no target: it has no values"
    if column.nature == "mixed":
        return f"no target: words among numbers, {column.word_count} of them; say its kind or correct them"
    if column.distinct < 2:
        return "no target: it has one value"
    if column.kind == "classification" and column.distinct > CLASS_LIMIT:
        return f"no target: more than {CLASS_LIMIT} different words"
    return ""
