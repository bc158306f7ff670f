"""``seesaw export``: a study's tables, or the trained network of one of its runs."""

import argparse

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.cli.studies import find
from mtl_core.errors import SpecError, shown, some_of
from mtl_core.exporting import FORMATS, MODEL_FORMATS, save
from mtl_core.store import open_store


def accept(command: argparse.ArgumentParser) -> None:
    """What the command takes besides the store."""
    command.add_argument("id", metavar="ID", help="its id or the beginning of it")
    command.add_argument(
        "--format",
        choices=(*FORMATS, *MODEL_FORMATS),
        default=FORMATS[0],
        help=f"of the tables (%(default)s), or of a network: {', '.join(MODEL_FORMATS)}",
    )
    network = command.add_argument_group("a network")
    network.add_argument("--run", metavar="LABEL", help="whose run; the only one beside the single tasks if not given")
    network.add_argument("--seed", type=int, metavar="N", help="one of the study's; its first if not given")
    network.add_argument("--task", metavar="TASK", help="one task, with what it alone needs; all if not given")
    network.add_argument(
        "--at", choices=("best", "end"), help="the best validation step or the end; the study's own if not given"
    )
    network.add_argument(
        "--preference", metavar="WEIGHTS", help="of one model for all weightings, which one, 0.3,0.7; equal if not given"
    )
    command.add_argument("--raw", action="store_true", help="write text that a spreadsheet would run as a formula as it is")
    command.add_argument("--to", metavar="FOLDER", help="where to; a folder named like the id if not given")


def export(arguments: argparse.Namespace) -> None:
    """Write a study's tables, or the network of one of its runs."""
    of_network = {f"--{name}": getattr(arguments, name) for name in ("run", "seed", "task", "at", "preference")}
    with open_store(arguments.store) as store:
        if arguments.format in MODEL_FORMATS:
            given = None if arguments.preference is None else _weights(arguments.preference)
            paths = api.save_model(
                find(store, arguments.id).id,
                arguments.to,
                arguments.run,
                seed=arguments.seed,
                task=arguments.task,
                format=arguments.format,
                at=arguments.at,
                preference=given,
                store=store,
            )
            for path in paths:
                printing.line(str(path))
            return
        if beside := [flag for flag, value in of_network.items() if value is not None]:
            raise SpecError(
                f"{beside[0]} is for the formats {some_of(MODEL_FORMATS)}, found {arguments.format}; choose one of these."
            )
        result = api.load(find(store, arguments.id).id, store)
    for path in save(result, arguments.to or result.id, arguments.format, raw=arguments.raw):
        printing.line(str(path))


def _weights(text: str) -> list[float]:
    """A weight a task, as ``0.3,0.7``."""
    try:
        return [float(weight) for weight in text.split(",")]
    except ValueError:
        raise SpecError(f"--preference must have a weight for each task such as 0.3,0.7, found {shown(text)}.") from None
