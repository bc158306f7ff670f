"""What a table has in it and what is done with it, before anything is trained: from the decisions that a study makes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from mtl_core.spec.suites import SUITES
from mtl_core.suites.csv_file.facts import Facts, Kind
from mtl_core.suites.csv_file.roles import Asked, Decision, decide, problem_as_target
from mtl_core.suites.csv_file.summary import facts_of
from mtl_core.suites.csv_file.table import Reading, read_table


@dataclass(frozen=True)
class TableFacts:
    """A table without its cells: plain values, as JSON has them.

    Args:
        name: the file's name.
        rows: how many there are.
        findings: what was found out about the file, in sentences.
        columns: what is known of each column, in the file's order.
    """

    name: str
    rows: int
    findings: tuple[str, ...]
    columns: tuple[Facts, ...]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "TableFacts":
        """Back from JSON."""
        columns = (
            Facts(**each | {name: tuple(each[name]) for name in ("missing_words", "examples")}) for each in given["columns"]
        )
        return cls(given["name"], given["rows"], tuple(given["findings"]), tuple(columns))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class ColumnPreview:
    """One column of a file.

    Args:
        name: its heading.
        kind: what it would be as a target; None where it cannot be one.
        rows: how many rows the file has.
        missing: how many of them have no value here.
        distinct: how many different values there are.
        examples: the first different values.
        input: whether it is an input when none are named.
        role: what it is for, with what was asked: ``target``, ``input``, ``group``, ``split``, ``excluded`` or ``left out``.
        read_as: the kind it is read as for that, such as ``regression``, ``number`` or ``date``; empty where it is not read.
        treatment: what is done to it and why.
        note: why it cannot be a target or is not an input by itself; empty where it can be both.
    """

    name: str
    kind: Kind | None
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...]
    input: bool
    role: str = "input"
    read_as: str = ""
    treatment: str = ""
    note: str = ""


@dataclass(frozen=True)
class TablePreview:
    """A file and its columns.

    Args:
        name: the file's name.
        rows: how many there are.
        findings: what was found out about the file, in sentences.
        columns: in the file's order.
    """

    name: str
    rows: int
    findings: tuple[str, ...]
    columns: tuple[ColumnPreview, ...]


def inspect(path: str, progress: Callable[[float], None] | None = None, **options: Any) -> TablePreview:
    """A table as a study would read it.

    Args:
        path: the file.
        progress: told the share of the work that is done.
        options: of the ``csv`` suite; targets need not be chosen yet.

    Raises:
        SpecError: an option that the suite does not have, or one out of bounds.
        DataError: a file that cannot be read as a table.

    Example:
        >>> inspect("heights.csv").columns[0].treatment  # doctest: +SKIP
        'left out: it only numbers the rows'
    """
    checked = SUITES["csv"].check(options)
    return preview(look(path, reading_of(checked), progress), asked_of(checked))


def look(path: str, reading: Reading, progress: Callable[[float], None] | None = None) -> TableFacts:
    """What is known of a table once every cell was seen.

    Args:
        path: the file.
        reading: how it is to be read.
        progress: told the share of the work that is done.

    Raises:
        DataError: a file that cannot be read as a table.
    """
    tell = progress or (lambda _share: None)
    table = read_table(path, reading, progress=lambda share: tell(share / 2))
    columns = []
    for place, column in enumerate(table.columns.values(), start=1):
        columns.append(facts_of(column))
        column.forget()
        tell(0.5 + 0.5 * place / len(table.columns))
    return TableFacts(table.name, table.rows, tuple(finding.text for finding in table.findings), tuple(columns))


def preview(facts: TableFacts, asked: Asked) -> TablePreview:
    """What is done with a table's columns.

    Args:
        facts: what is known of them.
        asked: what the person said; targets and names need not be there.
    """
    known = {column.name: column for column in facts.columns}
    decisions, untouched = decide(asked, known), decide(Asked(), known)
    columns = (_preview(column, decisions[column.name], untouched[column.name]) for column in facts.columns)
    return TablePreview(facts.name, facts.rows, facts.findings, tuple(columns))


def asked_of(options: Mapping[str, Any]) -> Asked:
    """What the options ask for. Names are stripped like those of the table."""
    given = {field.name: options[field.name] for field in fields(Asked)}
    names = {name: given[name].strip() or None for name in ("group", "split_column") if given[name] is not None}
    return Asked(**given | names)


def reading_of(options: Mapping[str, Any]) -> Reading:
    """How the options say that the file is to be read."""
    return Reading(**{field.name: options[field.name] for field in fields(Reading)})


def _preview(facts: Facts, decision: Decision, untouched: Decision) -> ColumnPreview:
    problem = problem_as_target(facts)
    left_out = untouched.treatment.removeprefix("left out: ") if untouched.role == "left out" else ""
    note = "; ".join(part for part in (problem, f"no input by itself: {left_out}" if left_out else "") if part)
    return ColumnPreview(
        facts.name,
        None if problem else facts.kind,
        facts.rows,
        facts.missing,
        facts.distinct,
        facts.examples,
        not left_out,
        decision.role,
        decision.kind,
        decision.problem or decision.treatment,
        note,
    )
