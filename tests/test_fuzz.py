"""Whatever people hand in: an answer, or words with what to do. Never a traceback, never an endless message."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from dashboard import draft as drafts
from dashboard.fitting import settle
from mtl_core.cli import main, running, serving
from mtl_core.cli.parser import LISTINGS
from mtl_core.errors import SeesawError, StoreError
from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, STRATEGIES, SUITES, Study
from mtl_core.store import open_store
from mtl_core.store.address import resolve
from mtl_core.suites import load_suite

LONGEST = 2000
"""No message has as many characters."""

NAMES = sorted({name for table in (SUITES, BACKBONES, STRATEGIES, METHODS, OPTIMIZERS) for name in table})
KEYS = sorted(
    {option.name for table in (SUITES, BACKBONES, METHODS, OPTIMIZERS) for e in table.values() for option in e.options}
)

texts = some.one_of(
    some.text(max_size=12), some.sampled_from([*NAMES, "left", "right", "x" * 5000, "[" * 1500, "\ud800", "\0"])
)
endless = some.sampled_from([400, 3000]).map(lambda digits: 10**digits)
"""Hypothesis cannot report whole numbers of more than 4300 digits; ``test_messages`` has them."""

numbers = some.one_of(some.integers(-3, 400), some.floats(), some.sampled_from([2**31, 1e308, 0.25, 0.75, True, 1j]), endless)
arrays = some.builds(
    lambda shape, kind, value: np.full(shape, value).astype(kind),
    some.sampled_from([(), (0,), (1,), (2,), (3, 2), (0, 2), (1, 1, 1)]),
    some.sampled_from(["float64", "float16", "int64", "uint8", "bool", "complex128", "object", "U3", "datetime64[D]"]),
    some.integers(0, 3),
)
plain = some.one_of(
    some.none(),
    numbers,
    texts,
    some.binary(max_size=3),
    arrays,
    arrays.map(lambda array: array.ravel()[0] if array.size else array),
)
keys = some.one_of(some.sampled_from(["name", *KEYS]), some.text(max_size=5), some.integers(0, 2), some.none())
values = some.recursive(
    plain,
    lambda inner: some.one_of(
        some.lists(inner, max_size=5),
        some.dictionaries(keys, inner, max_size=4),
        some.builds(
            lambda name, more: {"name": name} | more, some.sampled_from(NAMES), some.dictionaries(keys, inner, max_size=3)
        ),
        some.tuples(inner, inner),
        some.builds(lambda item, count: [item] * count, inner, some.sampled_from([50, 3000])),
    ),
    max_leaves=8,
)


def in_words(refused: SeesawError) -> None:
    """Whether the message says something, and not too much."""
    assert 0 < len(str(refused)) < LONGEST


@pytest.mark.parametrize("field", drafts.SETTINGS)
@settings(max_examples=25)
@given(value=values)
def test_a_study_is_made_or_refused_in_words(field: str, value: Any) -> None:
    try:
        study = Study.from_dict({field: value})
    except SeesawError as refused:
        in_words(refused)
        return
    assert Study.from_dict(json.loads(json.dumps(study.to_dict()))) == study
    study.id.encode()


@settings(max_examples=80)
@given(some.dictionaries(some.one_of(some.sampled_from(drafts.SETTINGS), keys), values, max_size=4))
def test_a_study_of_many_fields_is_made_or_refused_in_words(fields: dict[Any, Any]) -> None:
    try:
        Study.from_dict(fields)
    except SeesawError as refused:
        in_words(refused)


# Tables: mostly good ones, as people have them, and now and then something odd in a cell or heading.

words = some.text(
    some.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs", "Zl", "Zp", "Cc")), max_size=8
)
COLUMNS: dict[str, Any] = {
    "number": lambda draw, k: f"{draw.uniform(-50, 50):.{k % 5}f}",
    "whole": lambda draw, k: str(draw.integers(0, 1000)),
    "class": lambda draw, k: ["red", "green", "blau", "d'or", 'a "b"'][int(draw.integers(0, 2 + k % 4))],
    "digit": lambda draw, k: str(draw.integers(0, 2 + k % 3)),
    "scientific": lambda draw, k: f"{draw.normal():.3e}",
    "gaps": lambda draw, k: "" if draw.random() < 0.2 else f"{draw.normal():.2f}",
    "spaces": lambda draw, k: f" {draw.normal():.2f} ",
}


@some.composite
def tables(draw: some.DrawFn) -> tuple[str, dict[str, Any]]:
    """The text of a CSV file, and options of the suite for it."""
    kinds = draw(some.lists(some.sampled_from(list(COLUMNS)), min_size=3, max_size=7))
    headings = draw(some.lists(words.map(str.strip).filter(bool), min_size=len(kinds), max_size=len(kinds), unique=True))
    dice = np.random.default_rng(draw(some.integers(0, 2**20)))
    rows = [[COLUMNS[kind](dice, k) for k, kind in enumerate(kinds)] for _ in range(draw(some.integers(60, 120)))]
    if draw(some.integers(0, 9)) == 0:  # something odd, in one table of ten
        odd = draw(some.one_of(words, some.sampled_from(["nan", "inf", "1e300", "1e999", "NA", "?", "x" * 5000, "1,5", "\n"])))
        rows[draw(some.integers(0, 59))][draw(some.integers(0, len(kinds) - 1))] = odd
    separator = draw(some.sampled_from(",;\t|"))
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=draw(some.sampled_from(["\n", "\r\n"]))).writerows(
        [headings, *rows]
    )
    options: dict[str, Any] = {"targets": headings[:2]}
    if draw(some.booleans()):
        options["split"] = "ordered"
    if draw(some.booleans()):
        options["inputs"] = headings[2:]
    return draw(some.sampled_from(["", "\ufeff"])) + written.getvalue(), options


def test_tables_are_learned_from_or_refused_in_words(tmp_path: Path) -> None:
    accepted: list[bool] = []

    @settings(max_examples=60)
    @given(tables())
    def learn(made: tuple[str, dict[str, Any]]) -> None:
        text, options = made
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        try:
            study = Study(suite={"name": "csv", "path": str(path), **options}, batch_size=16)
        except SeesawError as refused:
            in_words(refused)
            accepted.append(False)
            return
        accepted.append(True)
        suite = load_suite(study.suite)
        assert [task.name for task in suite.tasks] == list(study.tasks)
        assert all(np.isfinite(split.inputs).all() for split in (suite.train, suite.validation, suite.test))
        assert Study.from_dict(json.loads(json.dumps(study.to_dict()))) == study

    learn()
    assert np.mean(accepted) >= 0.7, f"only {np.mean(accepted):.0%} of {len(accepted)} tables were accepted"


@settings(max_examples=100)
@given(some.binary(max_size=300), some.booleans())
def test_bytes_that_are_no_table_are_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes, begun: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes((b"a,b,c\n" + b"1,2,3\n2,1,4\n" * 30 if begun else b"") + tail)
    try:
        Study(suite={"name": "csv", "path": str(path), "targets": ["a", "b"]})
    except SeesawError as refused:
        in_words(refused)


# Links.

BASE = drafts.of_study(Study())
written = some.one_of(
    some.text(max_size=40),
    texts,
    values.map(lambda value: _begun(value)),  # which stands below
    some.builds(
        lambda sign, count: sign * count, some.sampled_from(["[", '{"name":', "9", "-", '"', "[[1],"]), some.integers(0, 5000)
    ),
)


def _begun(value: Any) -> str:
    """The first letters of a value as JSON; of millions of them the others are never written."""
    try:
        return "".join(islice(json.JSONEncoder(default=str, skipkeys=True).iterencode(value), 3000))[:3000]
    except ValueError:  # Python writes no more than 4300 digits
        return "{"


@settings(max_examples=120)
@given(some.dictionaries(some.sampled_from(drafts.SETTINGS), written, max_size=5))
def test_a_link_is_followed_or_refused_in_words(parameters: dict[str, str]) -> None:
    opened, refused = drafts.from_parameters(parameters, BASE, Path("/uploads"))
    assert all(0 < len(message) < LONGEST for message in refused)
    settled = settle(opened)
    assert settle(settled) == settled
    drafts.to_parameters(settled, BASE, Path("/uploads"))
    try:
        drafts.to_study(settled)
    except SeesawError as problem:
        in_words(problem)


# Command lines.

FLAGS = ["--store", "--json", "--models", "--format", "--to", "--no-store", "--quiet", "--port", "--host", "--help", "--", "-"]
RUN = ["--suite", "--task", "--strategy", "--backbone", "--method", "--weights", "--optimizer"]
RUN += ["--" + option.name.replace("_", "-") for option in OPTIONS]
notations = some.builds(
    lambda name, key, value: f"{name}:{key}={value}",
    some.one_of(some.sampled_from(NAMES), some.text(max_size=4)),
    some.one_of(some.sampled_from(KEYS), some.text(max_size=4)),
    some.one_of(
        some.text(max_size=10), written, some.sampled_from(["[a,b]", "{a:b}", '"a', "[", "none", "0.5,0.5", "1" * 5000])
    ),
)
spoken = some.one_of(
    some.text(max_size=10),
    some.sampled_from(
        [*FLAGS, *RUN, *NAMES, *LISTINGS, "csv", "parquet", "\udcff", "\0", "a" * 5000, "0.3,0.7;0.5,0.5", "1" * 5000]
    ),
    notations,
)
lines = some.builds(
    lambda command, rest: [command, *rest],
    some.one_of(some.sampled_from(["run", "run", "list", "show", "delete", "export", *LISTINGS]), spoken),
    some.lists(spoken, max_size=5),
) | some.lists(some.tuples(some.sampled_from(RUN), spoken), min_size=1, max_size=4).map(
    lambda pairs: ["run", "--no-store", *(word for pair in pairs for word in pair)]
)


@contextmanager
def nothing_is_trained_or_served() -> Iterator[None]:
    """``run`` reads its study and stops there; ``serve`` does nothing."""

    def only_read(arguments: Any) -> None:
        running.study_of(arguments)

    with patch.object(running, "run", only_read), patch.object(serving, "serve", lambda arguments: None):
        yield


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(line=lines)
def test_a_command_line_is_done_or_refused_in_words(line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # some words are names of files and folders
    out, err = io.StringIO(), io.StringIO()
    with nothing_is_trained_or_served(), redirect_stdout(out), redirect_stderr(err), patch("sys.stdin", io.StringIO("{")):
        code = main(line)
    assert code in (0, 1, 2), line
    assert len(err.getvalue()) < LONGEST
    assert (code == 0) == ("seesaw: " not in err.getvalue())


@settings(max_examples=60)
@given(text=spoken)
def test_a_store_is_asked_for_any_word(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_store(tmp_path_factory.getbasetemp() / "words.db") as store:
        for ask in (store.get, store.delete, lambda word: store.send(word, "stop")):
            with pytest.raises(SeesawError) as refused:
                ask(text)
            in_words(refused.value)


# Addresses of stores.

SECRET = "hush-hush"
rests = some.text(some.sampled_from("ab/:@[]?&=%#.\\1"), max_size=12)
addresses = some.one_of(
    some.text(max_size=30),
    some.sampled_from(["x" * 5000, "~", "~nobody-there", "/", ".", "a\0b", "\udcff", "sqlite:///a?mode=ro&uri=true"]),
    some.builds("{}://{}".format, some.sampled_from(["sqlite", "postgresql", "mysql", "sqlite+aiosqlite", "a+b+c", ""]), rests),
    some.builds(
        "{}://u:{}{}@{}".format,
        some.sampled_from(["sqlite", "postgresql", "postgres", "postgresql+psycopg", "oracle"]),
        some.just(SECRET),
        some.text(some.sampled_from("ab:%1"), max_size=4),
        rests.filter(lambda text: "@" not in text),
    ),
)


def keeps_its_secret(refused: StoreError) -> None:
    """Whether neither the error nor what it came from has the password."""
    assert SECRET not in str(refused)
    assert SECRET not in repr(refused.__cause__)


@settings(max_examples=200)
@given(addresses)
def test_an_address_is_understood_or_refused_without_its_password(address: str) -> None:
    try:
        url = resolve(address)
    except StoreError as refused:
        in_words(refused)
        keeps_its_secret(refused)
        return
    assert url.get_backend_name() in ("sqlite", "postgresql")
    assert SECRET not in url.render_as_string(hide_password=True)
    url.get_dialect()().create_connect_args(url)
