"""``seesaw table``: what a table has in it, and what is done with it."""

import argparse
from dataclasses import asdict
from typing import Any

from mtl_core.cli import printing
from mtl_core.errors import SeesawError, SpecError, shown
from mtl_core.spec import SUITES
from mtl_core.spec.notation import read_value
from mtl_core.spec.option import Option
from mtl_core.suites import SPLITS, load_suite

_FILLED_IN = ("path", "file_name", "sha256", "test_sha256", "test_path", "reader", "train_rows")

OPTIONS: tuple[Option, ...] = tuple(option for option in SUITES["csv"].options if option.name not in _FILLED_IN)
"""What can be said of a table, each a flag."""


def show(arguments: argparse.Namespace) -> None:
    """Print what was found in a table, and each column with its role, kind, missing cells, examples and treatment."""
    from mtl_core.suites.csv_file import inspect  # loads pandas

    options = {option.name: _given(option, getattr(arguments, option.name)) for option in OPTIONS}
    found = inspect(arguments.file, **{name: value for name, value in options.items() if value is not None})
    if arguments.json:
        printing.json_out(asdict(found))
        return
    printing.line(f"{found.name}: {found.rows:,} rows, {len(found.columns)} columns.")
    for finding in found.findings:
        printing.line(f"- {finding}")
    rows = [
        [each.name, each.role, each.read_as, f"{each.missing:,}", "; ".join(each.examples[:3]), each.treatment]
        for each in found.columns
    ]
    printing.table(None, ["column", "role", "kind", "missing", "examples", "what is done, and why"], rows, right=("missing",))
    if options["targets"]:
        _say_splits({name: value for name, value in options.items() if value is not None} | {"path": arguments.file})


def _say_splits(options: dict[str, Any]) -> None:
    """Print how many rows are in which split, or why the table cannot be trained from."""
    try:
        suite = load_suite({"name": "csv"} | options)
    except SeesawError as error:
        printing.line(f"It cannot be trained from so: {error}")
        return
    counts = ", ".join(f"{len(rows):,} {name}" for name, rows in zip(SPLITS, suite.rows, strict=True))
    printing.line(f"Rows by split: {counts}; seesaw export writes which is in which.")


def _given(option: Option, texts: Any) -> Any:
    if texts is None or option.kind == "names":
        return texts
    if option.kind == "mapping":
        pairs = [text.partition("=") for text in texts]
        if bare := [name for name, equals, _ in pairs if not equals]:
            raise SpecError(f"{option.name} must be written COLUMN=KIND, found {shown(bare[0])}.")
        return {name: word for name, _, word in pairs}
    return read_value(texts, option)
