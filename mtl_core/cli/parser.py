"""What the command takes: made from the tables and options, so that a new line in them needs nothing here."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import NoReturn

from mtl_core.cli import exporting, inside, listings, predicting, pretraining, running, serving, studies, tables, together
from mtl_core.cli.study_flags import NOTATION, help_of, study_flags
from mtl_core.diagnostics.searched_points import SEARCHES
from mtl_core.diagnostics.sides import ALONE
from mtl_core.errors import SpecError, cut, unknown_name
from mtl_core.spec import KINDS, SUITES, TABLES
from mtl_core.spec.settings import PRETRAINING
from mtl_core.spec.table import Entry

LISTINGS: dict[str, Mapping[str, Entry]] = {
    field if field.endswith("s") else f"{field}s" if field[-1] != "y" else f"{field[:-1]}ies": entries
    for field, entries in ({"kinds": KINDS} | TABLES).items()
}
"""The tables that can be printed, by the command that does it: the plural of the field that chooses from them."""


_EXPORT = "write a study's tables into a folder, or the trained network of a run"
_PREDICT = "what a trained run answers to what you give"
_INSIDE = "which unit of a trained network serves whom, and what can be read off each stage"
_TOGETHER = "which of a study's tasks should share a network"

_Take = Callable[[argparse.ArgumentParser], object]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like every other refusal."""

    def error(self, message: str) -> NoReturn:
        raise SpecError(f"{cut(message, 500)} (see {self.prog} --help)")


def build(words: Sequence[str]) -> argparse.Namespace:
    """The arguments that words mean; ``act`` is the function that does what they ask.

    Without a command, ``serve`` is meant.

    Raises:
        SpecError: an unknown command or flag (the message has the nearest valid one), or a value that cannot be read.
        SystemExit: help or the version was asked for and printed.
    """
    parser, commands = _parser()
    given = list(words)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given = ["serve", *given]
    elif given[0] not in commands and not given[0].startswith("-"):
        raise unknown_name("command", given[0], commands)
    if given[0] not in commands:
        return parser.parse_args(given)
    # Flags may stand between two words that are none.
    arguments, unknown = commands[given[0]].parse_known_intermixed_args(given[1:])
    if unknown:
        flags = [flag for action in commands[given[0]]._actions for flag in action.option_strings]
        raise unknown_name(f"argument of seesaw {given[0]}", unknown[0].partition("=")[0], flags)
    return arguments


def _parser() -> tuple[_Parser, dict[str, argparse.ArgumentParser]]:
    parser = _Parser(
        prog="seesaw",
        description="Explore how tasks that learn together help and hurt each other. Without a command: seesaw serve.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"seesaw {version('seesaw-mtl')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    found = {
        "serve": _serve(commands),
        "run": _run(commands),
        "pretrain": _pretrain(commands),
        "more": _more(commands),
        "list": _list(commands),
        "show": _show(commands),
        "together": _accepting(commands, "together", _TOGETHER, together.accept, together.show, _store),
        "inside": _accepting(commands, "inside", _INSIDE, inside.accept, inside.show, _store, _data),
        "delete": _delete(commands),
        "export": _accepting(commands, "export", _EXPORT, exporting.accept, exporting.export, _data, _store),
        "predict": _accepting(commands, "predict", _PREDICT, predicting.accept, predicting.show, _store, _data),
        "table": _table(commands),
    }
    for name, entries in LISTINGS.items():
        found[name] = command = commands.add_parser(name, help=f"the {name} there are", allow_abbrev=False)
        command.add_argument("name", nargs="?", metavar="NAME", help="one of them, with its options")
        if name == "suites":
            _data(command)
        command.set_defaults(act=listings.show, entries=entries)
    return parser, found


def _serve(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("serve", help="start the dashboard and its worker", allow_abbrev=False)
    command.add_argument("--host", default="127.0.0.1", help="the address to listen at (%(default)s: this machine alone)")
    command.add_argument("--port", type=int, default=None, help="the port; the first free one from 8501 on if not given")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name that the server may be asked by, such as a proxy's; again for more; lets others in, like --host",
    )
    command.add_argument("--open", action="store_true", help="ask those whom --host lets in for no access code ($SEESAW_CODE)")
    command.add_argument(
        "--train-links",
        action="store_true",
        help="train studies of under 200 runs for whoever opens a link with their settings",
    )
    command.add_argument(
        "--class",
        nargs="?",
        const="",
        dest="for_class",
        metavar="NAME",
        help="print links for a class: students predict in lessons, the teacher sees the predictions and uncovers",
    )
    _store(command)
    _data(command)
    command.set_defaults(act=serving.serve)
    return command


def _run(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("run", help="train a study here and show what came out", allow_abbrev=False)
    command.add_argument("file", nargs="?", metavar="FILE.json", help="a study; flags change it; - reads standard input")
    study_flags(command)
    _store(command)
    _data(command)
    command.add_argument("--no-store", action="store_true", help="keep nothing")
    _shown(command)
    command.add_argument("--quiet", action="store_true", help="no progress bar and no table")
    command.set_defaults(act=running.run)
    return command


def _pretrain(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("pretrain", help="let a text backbone read before it learns tasks", allow_abbrev=False)
    texts = ", ".join(name for name, entry in SUITES.items() if entry.shape == "tokens")
    command.add_argument("suite", nargs="?", metavar="SUITE", help=f"{NOTATION}; {texts}; what there is if not given")
    command.add_argument(
        "--corpus", default="own", metavar="TEXT", help="own, general, or a file of text in UTF-8 to read (%(default)s)"
    )
    command.add_argument("--backbone", metavar="BACKBONE", help=f"{NOTATION}; the first that reads texts if not given")
    for option in PRETRAINING:
        flag = "--" + option.name.replace("_", "-")
        command.add_argument(flag, dest=option.name, metavar=option.kind.upper(), help=help_of(option))
    _data(command)
    command.add_argument("--quiet", action="store_true", help="no progress bar, and nothing but the id")
    command.set_defaults(act=pretraining.pretrain)
    return command


def _more(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser(
        "more", help="train more seeds or weightings of a study and show what came out of all", allow_abbrev=False
    )
    command.add_argument("id", metavar="ID", help="its id or the beginning of it")
    command.add_argument("--seeds", type=int, metavar="COUNT", help="how many in all; 5, then 10, then 20 if not given")
    command.add_argument("--points", type=int, metavar="COUNT", help="train so many weightings where the front can win most")
    aid = "how --points are found: where the front can win most, or by Optuna for the largest mean gain on validation"
    command.add_argument("--search", choices=SEARCHES, help=aid)
    _store(command)
    _shown(command)
    command.add_argument("--quiet", action="store_true", help="no progress bar and no table")
    command.set_defaults(act=running.more, no_store=False)
    return command


def _shown(command: argparse.ArgumentParser) -> None:
    """What is shown of a result, and how."""
    command.add_argument(
        "--against", metavar="REFERENCE", default=ALONE, help="alone, 'best fixed', or a label such as equal (%(default)s)"
    )
    command.add_argument(
        "--at", choices=("best", "end"), help="the best validation step or the end; the study's own if not given"
    )
    command.add_argument(
        "--rates",
        choices=("same", "best"),
        default="same",
        help="each pair at the same learning rate, or each side at its best",
    )
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _list(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("list", help="the studies in the store", allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="print them as JSON")
    _store(command)
    command.set_defaults(act=studies.listed)
    return command


def _show(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("show", help="what a study found", allow_abbrev=False)
    command.add_argument("id", metavar="ID", help="its id or the beginning of it")
    _shown(command)
    _store(command)
    command.set_defaults(act=studies.show)
    return command


def _delete(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("delete", help="forget studies with everything they recorded", allow_abbrev=False)
    command.add_argument("ids", nargs="+", metavar="ID", help="an id or the beginning of it")
    command.add_argument("--models", action="store_true", help="only their trained parameters; everything else is kept")
    _store(command)
    command.set_defaults(act=studies.delete)
    return command


def _accepting(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    words: str,
    accept: _Take,
    act: Callable[..., None],
    *more: _Take,
) -> argparse.ArgumentParser:
    """A command whose own file says what it takes besides the store and the data folder."""
    command = commands.add_parser(name, help=words, allow_abbrev=False)
    for take in (accept, *more):
        take(command)
    command.set_defaults(act=act)
    return command


def _table(commands: "argparse._SubParsersAction[_Parser]") -> argparse.ArgumentParser:
    command = commands.add_parser("table", help="what a table has in it, and what is done with it", allow_abbrev=False)
    command.add_argument("file", metavar="FILE", help="CSV, TSV, Parquet or Excel")
    command.add_argument("--json", action="store_true", help="print it as JSON")
    for option in tables.OPTIONS:
        many = option.kind in ("names", "mapping")
        flag = "--" + (option.name.removesuffix("s") if many else option.name).replace("_", "-")
        what = "COLUMN=KIND" if option.kind == "mapping" else "NAME" if many else option.kind.upper()
        again = "; again for more" if many else ""
        command.add_argument(
            flag, dest=option.name, action="append" if many else "store", metavar=what, help=help_of(option) + again
        )
    command.set_defaults(act=tables.show)
    return command


def _store(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--store",
        metavar="URL",
        help="where studies are kept: a path, sqlite:///path or postgresql://user@host/name; $SEESAW_STORE if not given",
    )


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data", metavar="FOLDER", help="where suites that read files look for them; $SEESAW_DATA if not given"
    )
