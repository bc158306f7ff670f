"""Collects the words on screen for translators: ``python -m dashboard.locale.collect`` writes ``seesaw.pot`` beside this file.

Then, in ``dashboard/locale``, ``pybabel init -D seesaw -i seesaw.pot -d . -l zh`` starts a language, ``pybabel update`` with
the same words brings one up to date, and ``pybabel compile -D seesaw -d .`` makes the files that the server reads. Needs Babel,
which comes with the ``dev`` extra.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mtl_core.diagnostics import affinity, chosen_words, decision_words, front_words, remarks, together_words
from mtl_core.diagnostics.predictors import PREDICTORS
from mtl_core.spec import KINDS, METHODS, OPTIONS, SUITES, TABLES
from mtl_core.spec.choice import choose
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.landscapes import PROBLEMS
from mtl_core.spec.option import Option
from mtl_core.spec.verification import verification

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

DASHBOARD = Path(__file__).parents[1]


def table_words() -> Iterator[str]:
    """What the tables say on screen: titles, summaries, and the names, help and choices of options."""
    options: list[Option] = list(OPTIONS)
    for entries in (*TABLES.values(), KINDS):
        for entry in entries.values():
            yield from (entry.title, entry.summary)
            options += entry.options
    for method in METHODS.values():
        yield from (method.scale, method.cost)
    for kind in KINDS.values():
        yield from (kind.loss, kind.column)
    yield from (metric.title for metric in METRICS.values())
    for line in verification():
        yield from (line.oracle, line.quantity)
    for worded in (remarks, decision_words, front_words, chosen_words, together_words):
        yield from worded.TEMPLATES
    for problem in PROBLEMS.values():
        yield from (problem.title, problem.summary)
    yield from (*affinity.WHY, *(kind.title for kind in PREDICTORS.values()))
    for option in options:
        yield from (option.name.replace("_", " ").capitalize(), option.help, *option.choices)


def questions() -> Iterator[str]:
    """What the tasks of the suites ask, as far as it is known without a file."""
    for name, entry in SUITES.items():
        if name != "csv":
            yield from (task.help for task in entry.load().tasks(**choose("suite", SUITES, name).options))


def _said(path: Path) -> Iterator[tuple[int, str | tuple[str, str]]]:
    """The messages of a file with their lines: what ``_``, ``N_`` and ``ngettext`` are called with, in f-strings too, which
    Babel passes over."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if node.func.id in ("_", "N_") and texts:
            yield node.lineno, texts[0]
        elif node.func.id == "ngettext" and len(texts) == 2:
            yield node.lineno, (texts[0], texts[1])


def catalogue() -> "Catalog":
    """Every message of the pages and the tables."""
    from babel.messages.catalog import Catalog

    found = Catalog(project="Seesaw", fuzzy=False)
    for path in sorted(DASHBOARD.rglob("*.py")):
        for line, message in _said(path):
            found.add(message, locations=[(str(path.relative_to(DASHBOARD)), line)])
    for word in filter(None, [*table_words(), *questions()]):
        found.add(word)
    for one_and_many in (*remarks.PLURALS, *decision_words.PLURALS, *chosen_words.PLURALS, *together_words.PLURALS):
        found.add(one_and_many)
    return found


def main() -> None:
    """Write the template."""
    from babel.messages.pofile import write_po

    with open(Path(__file__).with_name("seesaw.pot"), "wb") as file:
        write_po(file, catalogue(), sort_output=True, omit_header=False)


if __name__ == "__main__":
    main()
