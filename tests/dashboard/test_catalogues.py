"""Every language says all that English says, with the same fields and marks, and the server reads what people wrote."""

import ast
import gettext
import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from dashboard.locale.collect import catalogue
from dashboard.words import DOMAIN, ENGLISH, LOCALE, NAMES

LANGUAGES = sorted(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))

_FORMULA = re.compile(r"\$[^$]*\$")


def english(message: Message) -> str:
    """The message, in its form for many where it has one: the only one that has every field."""
    return message.id if isinstance(message.id, str) else message.id[1]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(_FORMULA.sub("", text)) if name is not None}


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return catalogue()


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request: pytest.FixtureRequest) -> tuple[Path, Catalog]:
    file = LOCALE / request.param / "LC_MESSAGES" / f"{DOMAIN}.po"
    with file.open("rb") as opened:
        return file, read_po(opened, locale=request.param, abort_invalid=True)


def test_every_text_that_is_said_is_collected(wanted: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in wanted}
    for path in LOCALE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_", "ngettext") and node.args
            if called and isinstance(node.args[0], ast.Constant):
                assert node.args[0].value in known, f"{path.name}, {node.lineno}: not within a formatted string"


def test_a_language_has_a_name_that_its_readers_know() -> None:
    assert LANGUAGES
    assert {ENGLISH, *LANGUAGES} == set(NAMES)


def test_every_message_is_translated_and_none_is_left_over(written: tuple[Path, Catalog], wanted: Catalog) -> None:
    _, found = written
    known = {message.id for message in found if message.id}
    assert {message.id for message in wanted if message.id} - known == set(), "not translated"
    assert known - {message.id for message in wanted if message.id} == set(), "no longer said"
    assert not found.obsolete
    for message in found:
        if message.id:
            assert not message.fuzzy, message.id
            assert all(form.strip() or not english(message).strip() for form in forms(message)), message.id


def test_fields_marks_and_formulas_survive_translation(written: tuple[Path, Catalog]) -> None:
    for message in written[1]:
        for form in forms(message) if message.id else ():
            text = english(message)
            assert fields(form) == fields(text), text
            assert Counter(_FORMULA.findall(form)) == Counter(_FORMULA.findall(text)), text
            for mark in ("**", "`", ":material/", "](", "{", "}"):
                assert form.count(mark) == text.count(mark), (mark, text)
            # Signs that are as wide as a letter need no space beside them.
            assert text[:1] != " " or form[:1] in " （，。；", text
            assert text[-1:] != " " or form[-1:] in " ）：；", text


def test_the_server_reads_what_was_written(written: tuple[Path, Catalog]) -> None:
    file, found = written
    with file.with_suffix(".mo").open("rb") as opened:
        compiled = gettext.GNUTranslations(opened)
    for message in found:
        if isinstance(message.id, str):
            assert not message.id or compiled.gettext(message.id) == message.string
        else:
            assert compiled.ngettext(*message.id, 7) == forms(message)[-1]
