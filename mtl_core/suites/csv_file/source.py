"""The ``csv`` suite: its options decided once, its tasks and its data."""

import os
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.errors import SpecError, shown
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.suites import SUITES
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.encode import encode_inputs, encode_target
from mtl_core.suites.csv_file.read import fingerprint, read_table
from mtl_core.suites.csv_file.roles import Asked, assign
from mtl_core.suites.csv_file.splits import split_rows
from mtl_core.suites.suite import Suite, SuiteSource, Task


class CsvFile(SuiteSource):
    """Any CSV file with chosen target columns.

    Settled options carry the SHA-256 of the file's content: a changed file is another study, and a study made with the old
    file refuses the new one. Making a study checks the whole file; showing one that was made reads no file at all.
    """

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with an absolute path, the kinds of all targets and the content's hash.

        Raises:
            SpecError: options that contradict each other or name a column that is not there.
            DataError: a file that cannot be learned from.
        """
        asked, path = _asked(options), _absolute(options["path"])
        asked.check()
        if options["sha256"] is not None:
            return options | {"path": path}
        sha256 = fingerprint(path)
        tasks = _tasks(path, options["delimiter"], sha256, asked)
        kinds = dict(asked.kinds) | {task.name: task.kind for task in tasks}
        return options | {"path": path, "kinds": kinds, "sha256": sha256}

    def names(self, **options: Any) -> tuple[str, ...]:
        """See ``SuiteSource.names``."""
        return tuple(options["targets"])

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``; reads the file once and remembers the answer for as long as its content stays."""
        return _tasks(*self._key(options))

    def load(self, **options: Any) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            SpecError, DataError: as ``settle`` does; also where the file is no longer the one that was settled.
        """
        return _load(*self._key(options))

    def _key(self, options: dict[str, Any]) -> tuple[str, str, str, Asked]:
        checked = SUITES["csv"].check(options)
        path = _absolute(checked["path"])
        present = fingerprint(path)
        return path, checked["delimiter"], checked["sha256"] or present, _asked(checked)


def _absolute(path: str) -> str:
    if not path:
        raise SpecError("csv needs 'path', the name of a CSV file, found none; give one.")
    # The worker may run in another folder than the person who asked.
    return os.path.abspath(os.path.expanduser(path))


def _asked(options: dict[str, Any]) -> Asked:
    return Asked(**{field.name: options[field.name] for field in fields(Asked)})


@lru_cache(maxsize=32)
def _tasks(path: str, delimiter: str, sha256: str, asked: Asked) -> tuple[Task, ...]:
    # The whole suite is built, so that whatever is wrong with it is said now; the arrays are not kept.
    return _build(path, delimiter, sha256, asked).tasks


@lru_cache(maxsize=2)
def _load(path: str, delimiter: str, sha256: str, asked: Asked) -> Suite:
    return _build(path, delimiter, sha256, asked)


def _build(path: str, delimiter: str, sha256: str, asked: Asked) -> Suite:
    table = read_table(path, delimiter, sha256)
    roles = assign(asked, table)
    parts = split_rows(table.rows, asked.split, roles.group)
    inputs = encode_inputs(roles, parts[0])
    encoded = [encode_target(column, kind, parts) for column, kind in roles.targets]
    splits = []
    for rows in parts:
        observed = np.stack([known[rows] for _, known in encoded], axis=1)
        splits.append(make_split(inputs[rows], [values[rows] for values, _ in encoded], observed))
    return make_suite("csv", tuple(_task(column, kind) for column, kind in roles.targets), splits, roles.notes)


def _task(column: Column, kind: str) -> Task:
    if KINDS[kind].targets == "values":
        return Task(column.name, kind, help=f"Predict the number in column {shown(column.name)}.")
    labels = column.classes()
    return Task(column.name, kind, len(labels), f"Which value has column {shown(column.name)}?", labels)


SOURCE = CsvFile()
