"""From a file and what is asked of it to a suite."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.encode import encode_inputs, encode_target, has_value
from mtl_core.suites.csv_file.finding import Finding
from mtl_core.suites.csv_file.roles import Asked, Decision, check_names, decide
from mtl_core.suites.csv_file.splits import Parts, split_rows
from mtl_core.suites.csv_file.summary import facts_of
from mtl_core.suites.csv_file.table import Reading, Table, joined, read_table
from mtl_core.suites.suite import Suite, Task


@dataclass(frozen=True)
class Source:
    """Where the data are, by content, and what is asked of them.

    Args:
        path, sha256: the file, and the hash of its content.
        reading: how it is to be read.
        asked: what its columns are for.
        test_path, test_sha256: a file of its own for the test rows; empty and None without one.
    """

    path: str
    sha256: str | None
    reading: Reading
    asked: Asked
    test_path: str = ""
    test_sha256: str | None = None


@dataclass(frozen=True, eq=False)
class Built:
    """A suite, and what of it Seesaw's first reader of tables would have refused or done otherwise, in sentences."""

    suite: Suite
    otherwise: tuple[str, ...]


def build(source: Source) -> Built:
    """The suite of a file.

    Raises:
        SpecError: a column that the table does not have (the message has the nearest name).
        DataError: a file or column that cannot be learned from.
    """
    asked = source.asked
    table, own_test = _tables(source)
    hint = next((finding.text for finding in table.findings if finding.text.startswith("No headings")), "")
    check_names(asked, table.name, table.columns, hint)
    facts = {}
    for name, column in table.columns.items():
        facts[name] = facts_of(column)
        if name not in asked.targets:
            column.forget()
    decisions = decide(asked, facts)
    for decision in decisions.values():
        if decision.problem:
            raise DataError(decision.problem)
    targets = [(table.columns[name], decisions[name].kind) for name in asked.targets]
    for column, kind in targets:
        if KINDS[kind].targets == "values":
            column.numbers()
    said = asked.group or asked.split_column
    parts = split_rows(table.rows, asked.split, table.columns[said] if said else None, targets, asked.split_seed, own_test)
    decisions |= _without_values(table, decisions, parts, asked)
    names = asked.inputs or [name for name, decision in decisions.items() if decision.role == "input"]
    notes = [*(finding.text for finding in table.findings), *_notes(decisions.values())]
    if not names:
        left_out = [note for note in notes if "is left out" in note]
        raise DataError(f"{table.name} must have a column left to predict from, found none. {_first(left_out)}Name 'inputs'.")
    inputs, fields = encode_inputs([(table.columns[name], decisions[name].kind) for name in names], parts[0])
    encoded = [encode_target(column, kind, parts) for column, kind in targets]
    splits = []
    for rows in parts:
        observed = np.stack([known[rows] for _values, known, _unit in encoded], axis=1)
        splits.append(make_split(inputs[rows], [values[rows] for values, _known, _unit in encoded], observed))
    tasks = tuple(_task(column, kind) for column, kind in targets)
    units = tuple(unit for *_target, unit in encoded)
    groups = tuple(table.columns[said].labels()[1][rows] for rows in parts[:2]) if said and asked.split == "grouped" else ()
    kept = {"groups": groups, "ordered": asked.split == "ordered"}
    suite = make_suite("csv", tasks, splits, notes, fields=fields, units=units, **kept)
    for rows in parts:
        rows.setflags(write=False)  # loaded suites are kept and shared
    otherwise = [finding.text for finding in table.findings if finding.new]
    otherwise += [f"Column {shown(each.column)}: {each.treatment}." for each in decisions.values() if each.new]
    return Built(replace(suite, rows=parts), tuple(otherwise))


def _tables(source: Source) -> tuple[Table, int]:
    """The table, with the rows of a test file below its own, and how many those are."""
    table = read_table(source.path, source.reading, source.sha256)
    if not source.test_path:
        return table, 0
    test = read_table(source.test_path, source.reading, source.test_sha256, least=1)
    asked = source.asked
    absent = [name for name in table.columns if name not in test.columns]
    if needed := [name for name in absent if name in (*asked.targets, *asked.inputs, asked.group)]:
        raise DataError(f"{test.name} must have the columns that are used, found no {shown(needed[0])}; add it there.")
    findings = [Finding(f"Column {shown(name)} is left out: {test.name} does not have it.") for name in absent]
    findings.append(Finding(f"The {test.rows:,} test rows are those of {Path(source.test_path).name}."))
    both = joined(table, test, [name for name in table.columns if name in test.columns])
    return replace(both, findings=(*both.findings, *findings)), test.rows


def _without_values(table: Table, decisions: dict[str, Decision], parts: Parts, asked: Asked) -> dict[str, Decision]:
    """The inputs that nobody chose and that no training row has a value of: they are left out."""
    found = {}
    for name, decision in decisions.items():
        chosen = name in asked.inputs or name in dict(asked.kinds)
        if decision.role == "input" and not chosen and not has_value(table.columns[name], decision.kind, parts[0]):
            found[name] = Decision(name, "left out", "", "left out: no training row has a value", "", True)
    return found


def _notes(decisions: Iterable[Decision]) -> list[str]:
    notes = []
    for decision in decisions:
        if decision.role == "left out" and decision.treatment.startswith("left out: "):
            notes.append(f"Column {shown(decision.column)} is {decision.treatment}.")
        elif decision.role in ("target", "input") and ";" in decision.treatment:
            notes.append(f"{decision.role.capitalize()} {shown(decision.column)}: {decision.treatment}.")
    return notes


def _first(notes: list[str], most: int = 3) -> str:
    """The first sentences, and how many more there are: a table may have thousands of columns."""
    more = f"And {len(notes) - most} more. " if len(notes) > most else ""
    return "".join(f"{note} " for note in notes[:most]) + more


def _task(column: Column, kind: str) -> Task:
    ask = f"What is {shown(column.name)}?"
    if KINDS[kind].targets == "values":
        return Task(column.name, kind, help=ask)
    labels = column.labels(numeric=True)[0]
    return Task(column.name, kind, len(labels), ask, labels)
