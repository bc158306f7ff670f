"""``seesaw run``."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.cli.studies import find
from mtl_core.diagnostics.sides import check_reference
from mtl_core.errors import DataError, SpecError, cut, shown
from mtl_core.spec import METHODS, OPTIONS, TABLES, Study, plan
from mtl_core.spec.extension import with_points, with_seeds
from mtl_core.spec.notation import read_choice, read_value, read_weights
from mtl_core.spec.settings import METHOD_EXTRAS
from mtl_core.store import Store, open_store


def run(arguments: argparse.Namespace) -> int:
    """Train the study that the arguments mean and show what came out."""
    return _train(arguments, study_of(arguments))


def more(arguments: argparse.Namespace) -> int:
    """Train more seeds or weightings of a study that the store has, and show what came out of all."""
    with open_store(arguments.store) as store:
        info = find(store, arguments.id)
        if arguments.points is None:
            if arguments.search is not None:
                raise SpecError("--search finds weightings, and --points COUNT was expected with it, found none; add it.")
            return _train(arguments, with_seeds(info.study, arguments.seeds))
        if arguments.seeds is not None or arguments.points < 1:
            raise SpecError("either --seeds or one or more --points were expected, found both or none; leave one out.")
        proposed = api.load(info.id, store).next_points(arguments.points, search=arguments.search or "front")
    for row in proposed.to_dict("records"):
        if arguments.search == "optuna":
            printing.note(f"next {row['weights']}, by Optuna from {row['told']} trained weightings")
            continue
        printing.note(
            f"next {row['weights']}, between {row['between']}: up to {row['bound']:.1%} of what a front covers to be won"
        )
    return _train(arguments, with_points(info.study, proposed["weights"].to_list()))


def _train(arguments: argparse.Namespace, study: Study) -> int:
    check_reference(arguments.against, plan(study))  # before anything is trained
    if arguments.no_store and arguments.store:
        raise SpecError("either --store or --no-store was expected, found both; leave one out.")
    bar = sys.stderr.isatty() and not arguments.quiet
    if not arguments.quiet:
        _say_notes(study)
    address, interrupted = None, threading.Event()
    with printing.progress() if bar else nullcontext() as progress:
        if arguments.no_store:
            result = api.run(study, progress=progress)
        else:
            with open_store(arguments.store) as store:
                study_id, training = store.add(study), threading.Event()
                with _stopping(store, study_id, training, interrupted):
                    result = api.run_kept(store, study_id, progress, training)
                address = store.address
    compared = result.compared(arguments.against, arguments.at, arguments.rates)
    if arguments.json:
        printing.json_out(result.to_dict(compared) | {"store": address})
    elif not arguments.quiet:
        printing.result(result, compared, address, named=arguments.store is not None)
    return 128 + signal.SIGINT if interrupted.is_set() else 0


def _say_notes(study: Study) -> None:
    """Print what was found in a table of the person's own; a finished study can be shown when its table is gone."""
    if study.suite.name == "csv":
        with suppress(DataError):
            for words in api.load_suite(study.suite).notes:
                printing.note(words)


def study_of(arguments: argparse.Namespace) -> Study:
    """The study that a file and flags mean; flags go before the file.

    Raises:
        SpecError: the file or a flag cannot be read, or what they ask for cannot be done.
        DataError: a table that cannot be learned from.
    """
    given = _file(arguments.file) if arguments.file else {}
    for name, table in TABLES.items():
        text = getattr(arguments, name)
        if text is not None:
            match name:
                case "methods":
                    given[name] = _methods(text)
                case "strategies" | "phases":
                    if name == "strategies":
                        given.pop("strategy", None)  # as a file may say it that has one alone
                    given[name] = [read_choice(each, table) for each in text]
                case _:
                    given[name] = read_choice(text, table)
    if arguments.tasks is not None:
        given["tasks"] = arguments.tasks
    if arguments.weights is not None:
        given["weights"] = read_weights(arguments.weights)
    if arguments.refined is not None:
        given["refined"] = [read_weights(text) for text in arguments.refined]
    for option in OPTIONS:
        text = getattr(arguments, option.name)
        if text is not None:
            many = option.name == "seeds" and "," in text
            parts = [part for part in text.split(",") if part.strip()] if many else []
            given[option.name] = [read_value(part, option) for part in parts] if many else read_value(text, option)
    return Study.from_dict(given)


def _methods(texts: list[str]) -> list[dict[str, Any]]:
    return [] if texts == ["none"] else [read_choice(text, METHODS, METHOD_EXTRAS) for text in texts]


def _file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        given = json.loads(text)
    except OSError as error:
        raise SpecError(
            f"a JSON file with a study was expected, found {shown(name)} ({error.strerror}); check the path."
        ) from error
    except (ValueError, RecursionError) as error:  # the latter from brackets within brackets, a thousand deep
        raise SpecError(
            f"a JSON file with a study was expected, found {shown(name)} ({cut(str(error))}); correct it."
        ) from error
    if not isinstance(given, dict):
        raise SpecError(f"a study must be a JSON object of settings, found a {type(given).__name__} in {shown(name)}.")
    return given


@contextmanager
def _stopping(store: Store, study_id: str, training: threading.Event, interrupted: threading.Event) -> Iterator[None]:
    """While this process trains the study, the first Ctrl-C stops it in good order and the second one leaves at once.

    While it waits for another process, which goes on, the first one leaves.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        if not training.is_set() or interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        sys.stderr.write("\nseesaw: stopping; what was trained is kept. Ctrl-C again leaves at once.\n")
        # A thread, because the interrupted one may hold the store's only writer at this moment.
        threading.Thread(target=store.send, args=(study_id, "stop")).start()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
