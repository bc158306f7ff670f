"""The ``csv`` suite: its options decided once, its tasks and its data."""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from mtl_core.errors import DataError, SpecError, shown
from mtl_core.spec.suites import SUITES
from mtl_core.suites.csv_file.build import Built, Source, build
from mtl_core.suites.csv_file.files import fingerprint
from mtl_core.suites.csv_file.preview import asked_of, reading_of
from mtl_core.suites.csv_file.roles import Asked
from mtl_core.suites.suite import SPLITS, Suite, SuiteSource, Task

READER = 2
"""The version of the reader. Studies whose tables the first one would have read alike keep its number, and their ids."""


@dataclass(frozen=True)
class _Known:
    """What is kept of a suite that was built to be checked."""

    tasks: tuple[Task, ...]
    train_rows: int
    otherwise: tuple[str, ...]


class CsvFile(SuiteSource):
    """Any table in a file with chosen target columns.

    Settled options carry the SHA-256 of the file's content: a changed file is another study, and a study made with the old
    file refuses the new one. Making a study checks the whole file; showing one that was made reads no file at all.
    """

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with an absolute path, the kinds of all targets, the content's hash, and who read it.

        Raises:
            SpecError: options that contradict each other or name a column that is not there.
            DataError: a file that cannot be learned from.
        """
        asked, path = _checked(options), _absolute(options["path"])
        paths: dict[str, Any] = {"path": path, "group": asked.group, "split_column": asked.split_column}
        if options["test_path"]:
            paths["test_path"] = _absolute(options["test_path"])
        if options["sha256"] is not None:
            return options | paths
        source = _source(options | paths)
        known = _known(source)
        return (
            options
            | paths
            | {
                "kinds": dict(asked.kinds) | {task.name: task.kind for task in known.tasks},
                "sha256": source.sha256,
                "test_sha256": source.test_sha256,
                "reader": READER if known.otherwise else 1,
                "train_rows": known.train_rows,
            }
        )

    def ready(self, **options: Any) -> bool:
        """Whether the table was read before."""
        return bool(options["sha256"])

    def names(self, **options: Any) -> tuple[str, ...]:
        """See ``SuiteSource.names``."""
        return tuple(options["targets"])

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``; reads the file once and remembers the answer for as long as its content stays."""
        return _known(_source(SUITES["csv"].check(options))).tasks

    def train_rows(self, **options: Any) -> int | None:
        """See ``SuiteSource.train_rows``."""
        found: int | None = options["train_rows"]
        return found

    def load(self, **options: Any) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            SpecError, DataError: as ``settle`` does; also where the file is no longer the one that was settled, or the study
                is of an older Seesaw that read the file otherwise.
        """
        checked = SUITES["csv"].check(options)
        built = _load(_source(checked))
        if built.otherwise and checked["sha256"] is not None and checked["reader"] < READER:
            raise DataError(
                "this study is of an older Seesaw, or its options were changed by hand: its table is read otherwise now. "
                f"{' '.join(built.otherwise[:3])} Make a new study without 'sha256'."
            )
        return built.suite


def split_table(suite: Suite) -> pd.DataFrame:
    """Which row of a table is in which split.

    Args:
        suite: a loaded one of the ``csv`` suite.

    Returns:
        ``row`` (from 1 below the headings; the rows of a test file follow those of the table) and ``split``, a line a row.

    Raises:
        SpecError: the suite is of no table.
    """
    if not suite.rows:
        raise SpecError(f"rows are known of tables alone, found suite {shown(suite.name)}; choose a 'csv' suite.")
    parts = [pd.DataFrame({"row": rows + 1, "split": name}) for name, rows in zip(SPLITS, suite.rows, strict=True)]
    return pd.concat(parts).sort_values("row", ignore_index=True)


def _checked(options: dict[str, Any]) -> Asked:
    asked = asked_of(options)
    asked.check()
    if options["test_path"] and asked.split == "column":
        raise SpecError("a test file and split='column' both say which rows are for test, found both; choose one of them.")
    return asked


def _absolute(path: str) -> str:
    if not path:
        raise SpecError("csv needs 'path', the name of a CSV file, found none; give one.")
    # The worker may run in another folder than the person who asked.
    return os.path.abspath(os.path.expanduser(path))


def _source(options: dict[str, Any]) -> Source:
    path, test_path = _absolute(options["path"]), options["test_path"] and _absolute(options["test_path"])
    present = fingerprint(path)
    test_sha256 = options["test_sha256"] or (fingerprint(test_path) if test_path else None)
    return Source(path, options["sha256"] or present, reading_of(options), asked_of(options), test_path, test_sha256)


@lru_cache(maxsize=32)
def _known(source: Source) -> _Known:
    # The whole suite is built, so that whatever is wrong with it is said now; the arrays are not kept.
    built = build(source)
    return _Known(built.suite.tasks, len(built.suite.train), built.otherwise)


@lru_cache(maxsize=2)
def _load(source: Source) -> Built:
    return build(source)


SOURCE = CsvFile()
