"""``seesaw methods``, ``suites`` and the like: what there is to choose from."""

import argparse

from mtl_core.cli import printing
from mtl_core.errors import DataError, unknown_name
from mtl_core.spec.notation import write_value
from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry, SuiteEntry


def show(arguments: argparse.Namespace) -> None:
    """Print a table of ``mtl_core.spec``, or one line of it with its options."""
    entries: dict[str, Entry] = arguments.entries
    if arguments.name is None:
        rows = [[name, entry.title, entry.summary, ", ".join(o.name for o in entry.options)] for name, entry in entries.items()]
        printing.table(None, ["name", "title", "what it is", "options"], rows)
        return
    if arguments.name not in entries:
        raise unknown_name("name", arguments.name, entries)
    entry = entries[arguments.name]
    printing.line(f"{entry.title}: {entry.summary}")
    for label, text in _facts(entry):
        printing.line(f"{label}: {text}")
    if isinstance(entry, SuiteEntry) and entry.files:
        _files(entry)
    if entry.options:
        columns = ["option", "symbol", "default", "range", "what it is"]
        printing.table(None, columns, [_row(option) for option in entry.options])


def _files(entry: SuiteEntry) -> None:
    """Which of a suite's files are in the data folder, or what to put where."""
    try:
        for line in entry.load().found(**entry.check({})):
            printing.line(f"file: {line}")
    except DataError as missing:
        printing.line(f"file: {missing}")


def _facts(entry: Entry) -> list[tuple[str, str]]:
    words = {"looks at": "signals", "scales": "scope", "weights": "scale", "a step costs": "cost", "formula": "formula"}
    words |= {"loss": "loss", "measured by": "measures", "targets": "targets"}
    words |= {"examples": "shape", "license": "license", "source": "source"}
    return [(label, str(getattr(entry, name))) for label, name in words.items() if getattr(entry, name, "")]


def _row(option: Option) -> list[str]:
    span = " or ".join(option.choices) or option.range.strip() or option.kind
    return [option.name, option.symbol, write_value(option.default), span, option.help]
