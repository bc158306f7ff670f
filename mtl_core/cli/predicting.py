"""``seesaw predict``: what a trained run answers."""

import argparse
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING

from mtl_core.cli import printing
from mtl_core.cli.studies import find
from mtl_core.errors import SpecError, cut
from mtl_core.execution.predicting import choose_run, layout_of, predict, suite_and_intake, truths
from mtl_core.store import open_store
from mtl_core.suites.intake import Taken
from mtl_core.suites.intake.files import given_in
from mtl_core.suites.replies import Reply

if TYPE_CHECKING:
    from mtl_core.training.trained import Answered

_SEEN = 60
"""Signs of what was given that a line of the table shows."""


def accept(command: argparse.ArgumentParser) -> None:
    """What the command takes besides the store and the data folder."""
    command.add_argument("id", metavar="ID", help="the study's id or the beginning of it")
    command.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="sentences or molecules, one a line (a tab and a question after it), rows below headings, a picture or a .wav",
    )
    command.add_argument("--example", type=int, metavar="N", help="in place of a file an example of the test split, from 1 on")
    command.add_argument("--run", required=True, metavar="LABEL", help="the run, such as equal or 'left alone'")
    command.add_argument("--seed", type=int, metavar="N", help="its seed; the first if not given")
    command.add_argument(
        "--task", dest="tasks", action="append", metavar="TASK", help="a task, again for more; all that the run has learned"
    )
    command.add_argument("--at", choices=("best", "end"), help="the best validation step or the end; the study's own")
    command.add_argument("--json", action="store_true", help="print the answers as JSON")


def show(arguments: argparse.Namespace) -> None:
    """Print what a run answers to what is in a file, or to an example of the test split."""
    if (arguments.file is None) == (arguments.example is None):
        raise SpecError("either a FILE or --example was expected, found both or neither; give one of them.")
    with open_store(arguments.store) as store:
        info = find(store, arguments.id)
        run = choose_run(layout_of(store, info.id), arguments.run, arguments.seed)
        suite, intake = suite_and_intake(info.study)
        given = [{"example": arguments.example}] if arguments.file is None else given_in(intake, arguments.file)
        found = predict(store, info.id, given, run.label, run.seed, arguments.tasks, arguments.at)
    told = [truths(suite, taken) for taken, _ in found]
    if arguments.json:
        printing.json_out(
            [
                {
                    "given": _seen(taken, intake.kind),
                    "seconds": answered.seconds,
                    "answers": {name: asdict(reply) for name, reply in answered.replies.items()},
                    "true": {name: asdict(reply) for name, reply in true.items()},
                }
                for (taken, answered), true in zip(found, told, strict=True)
            ]
        )
        return
    rows: list[list[str] | None] = []
    for number, ((taken, answered), true) in enumerate(zip(found, told, strict=True), start=1):
        head = [str(taken.example or number), cut(_seen(taken, intake.kind), _SEEN)]
        rows += _rows(head, taken, answered, true)
    known = ["true"] if any(told) else []
    printing.table(None, ["", "given", "task", "answer", "probability", *known], rows, right=("", "probability"))
    moment = {"best": "its best validation step", "end": "the end"}[arguments.at or info.study.test_at]
    typical = 1000 * median(answered.seconds for _, answered in found)
    printing.line(f"{run.label}, seed {run.seed}, at {moment}; {typical:.2g} ms an input on the CPU.")


def _rows(head: list[str], taken: Taken, answered: "Answered", true: dict[str, Reply]) -> list[list[str] | None]:
    rows: list[list[str] | None] = []
    for name, reply in answered.replies.items():
        chance = "" if reply.probability is None else f"{reply.probability:.0%}"
        cells = [*head, name, _answer(taken, reply), chance]
        rows.append([*cells, _answer(taken, true[name]) if name in true else ""] if true else cells)
        head = ["", ""]
    return [*rows, None]


def _seen(taken: Taken, kind: str) -> str:
    if taken.text:
        return f"{taken.text} ({taken.given['question']})" if taken.given.get("question") else taken.text
    row = "; ".join(f"{name} {words}" for name, words in taken.view.row)
    return row or (f"example {taken.example}" if taken.example else f"a {kind}")


def _answer(taken: Taken, reply: Reply) -> str:
    """An answer in words; tags as brackets around the words of the text, moves as arrows."""
    if reply.kind != "tagging":
        return reply.words or "\n".join(reply.grid) or ("a picture, see --json" if reply.picture else "")
    parts, place = [], 0
    for mark in reply.marks:
        start, end = taken.words[mark.first][0], taken.words[mark.last][1]
        parts += [taken.text[place:start], f"[{mark.label}: {taken.text[start:end]}]"]
        place = end
    return "".join((*parts, taken.text[place:]))
