"""What a person gave, as messages show it: bounded, on one line, never deep, never an error of its own."""

import ast
import json
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import draft as drafts
from dashboard.fitting import settle
from mtl_core.cli import main
from mtl_core.errors import SHOWN, SeesawError, SpecError, StoreError, cut, shown, some_of, unknown_name
from mtl_core.spec import Study
from mtl_core.store import open_store
from mtl_core.store.address import resolve

ROOT = Path(__file__).parents[1]


def deep(levels: int = 10_000, *, mapping: bool = False) -> Any:
    """Brackets within brackets."""
    value: Any = []
    for _ in range(levels):
        value = {"name": value} if mapping else [value]
    return value


class Mean:
    """An object that refuses to be looked at."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __len__(self) -> int:
        raise RuntimeError("no")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no")


VALUES: dict[str, tuple[Any, str]] = {
    "text": ("digits", "'digits'"),
    "long text": ("x" * 10**6, "'" + "x" * (SHOWN - 1) + "…'"),
    "a number": (3, "3"),
    "true": (True, "True"),
    "not a number": (float("nan"), "nan"),
    "endless digits": (10**5000, "a whole number of 5001 digits"),
    "as many nines": (-(10**5000 - 1), "a whole number of 5000 digits"),
    "a list": ([1, "a", None], "[1, 'a', None]"),
    "an empty list": ([], "[]"),
    "a tuple of one": ((1,), "(1,)"),
    "a mapping": ({"name": ["a", "b"], "c": 1}, "{'name': […], 'c': 1}"),
    "a long list": (list(range(10**6)), "a list of 1000000 items"),
    "long items": (["x" * 10**6] * 3, "a list of 3 items"),
    "endless items": ([10**5000], "[a whole number of 5001 digits]"),
    "deep lists": (deep(), "[[…]]"),
    "deep mappings": (deep(mapping=True), "{'name': {…}}"),
    "an array": (np.zeros((30, 2)), "a ndarray of shape (30, 2)"),
    "an empty array": (np.array([]), "a ndarray of shape (0,)"),
    "NumPy's number": (np.float64(0.5), "np.float64(0.5)"),
    "an array that holds depth": (np.array(deep(40), dtype=object), None),
    "a table": (pd.DataFrame({"a": [1, 2]}), "a DataFrame of shape (2, 1)"),
    "a queue": (deque([1]), "a deque of 1 item"),
    "a mean object": (Mean(), "a Mean"),
    "a mean item": ([Mean()], "[a Mean]"),
    "half a surrogate pair": ("\ud800", "'\\ud800'"),
    "lines": ("a\nb", "'a\\nb'"),
    "bytes": (b"ab", "b'ab'"),
    "a class": (int, "<class 'int'>"),
}


@pytest.mark.parametrize("case", VALUES)
def test_every_value_can_be_shown(case: str) -> None:
    value, expected = VALUES[case]
    text = shown(value)
    assert expected in (None, text)
    assert len(text) <= 2 * SHOWN
    assert "\n" not in text


def test_a_list_that_holds_itself_is_shown() -> None:
    own: list[Any] = []
    own.append(own)
    assert shown(own) == "[[…]]"


def test_many_names_are_counted_and_long_ones_cut() -> None:
    assert some_of([]) == ""
    assert some_of(["a", "b"]) == "a, b"
    text = some_of([f"column {k}" for k in range(2000)])
    assert text.startswith("column 0, column 1, ")
    assert text.endswith(" more")
    assert len(text) < 650
    assert len(some_of(["x" * 10**6])) <= 60
    assert cut("abc", 3) == "abc"


def test_an_unknown_name_among_long_and_many_ones_is_refused_in_no_time() -> None:
    message = str(unknown_name("column", "y" * 10**6, ["x" * 10**6, *(f"column {k}" for k in range(2000))]))
    assert len(message) < 1000
    assert "did you mean 'b'" in str(unknown_name("column", "bb", ["x" * 10**6, "b"]))


@pytest.mark.parametrize("field", drafts.SETTINGS)
@pytest.mark.parametrize("mapping", [False, True])
def test_brackets_within_brackets_are_refused_in_every_field(field: str, mapping: bool) -> None:
    value = deep(mapping=mapping)
    for given in (value, [value], {"name": value}, np.array([None, value], dtype=object)):
        with pytest.raises(SeesawError) as refused:
            Study.from_dict({field: given})
        assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("given", [deep(), deep(mapping=True), [deep()], np.array([])])
def test_what_is_no_study_is_refused(given: Any) -> None:
    with pytest.raises(SpecError):
        Study.from_dict(given)


@pytest.mark.parametrize(
    "text", ["[" * 1000, "[" * 100_000, '{"name":' * 100_000, "9" * 5000, '{"name":"csv","path":' + "[" * 900]
)
@pytest.mark.parametrize("field", drafts.SETTINGS)
def test_links_of_brackets_are_refused_in_words(field: str, text: str, tmp_path: Path) -> None:
    base = drafts.of_study(Study())
    opened, refused = drafts.from_parameters({field: text}, base, tmp_path)
    assert all(len(message) < 1000 for message in refused)
    # A device may be called anything until it is looked for, and tasks that the suite has not are forgotten.
    assert refused or field in ("device", "tasks")
    settle(opened)
    drafts.to_parameters(opened, base, tmp_path)


def test_a_path_of_brackets_in_a_link_is_refused(tmp_path: Path) -> None:
    text = json.dumps({"name": "csv", "path": [[["x"]]], "targets": ["a", "b"]})
    _, (message,) = drafts.from_parameters({"suite": text}, drafts.of_study(Study()), tmp_path)
    assert "uploaded here" in message


@pytest.mark.parametrize("text", ["[" * 100_000, '{"steps":' * 100_000, '{"steps": ' + "9" * 5000 + "}", "\udcff"])
def test_files_of_brackets_are_refused_in_words(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert main(["run", str(path), "--no-store"]) == 2
    assert len(capsys.readouterr().err) < 1000


@pytest.mark.parametrize("words", [["--weights", "1" * 5000], ["--steps", "0" * 5000 + "1"], ["--seeds", "1" * 5000 + ",2"]])
def test_endless_digits_on_the_command_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--no-store", *words]) == 2
    assert len(capsys.readouterr().err) < 1000


SECRET = "hush"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{SECRET}@[::1/x",
        f"postgresql://u:{SECRET}@host:port/x",
        f"postgresql://u:{SECRET}",
        f"mysql://u:{SECRET}@host/x",
        f"sqlite://u:{SECRET}@host/x",
        f"sqlite:///x?timeout={SECRET}",
        f"://u:{SECRET}@h",
        "sqlite://",
        "sqlite:///:memory:",
        "~nobody-of-that-name/x.db",
        "a" * 5000,
        "a\0b",
        "sqlite:///a\0b",
        f"postgresql://u:{SECRET}@host/a\0b",
        "sqlite:///%00",
        f"postgresql://u:{SECRET}@host/%00",
    ],
)
def test_addresses_that_cannot_be_are_refused_without_the_password(address: str) -> None:
    with pytest.raises(StoreError) as refused:
        resolve(address)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.__cause__)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("query", [f"password={SECRET}", f"sslmode=require&password={SECRET}&sslpassword={SECRET}"])
def test_a_password_after_the_question_mark_is_not_shown(query: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(f"postgresql://127.0.0.1:1/x?{query}")
    assert SECRET not in str(refused.value)
    assert ("sslmode=require" in str(refused.value)) == ("sslmode" in query)


def test_no_message_writes_a_value_by_itself() -> None:
    """Values are written by ``shown``: a repr in a message may be endless, or fail. Names out of Seesaw's own tables may be."""
    suite = {"study.suite.name", "fitting(study.suite.name)"}
    own = suite | {"backbone.name", "method.name", "strategy.name", "close[0]", "name", "__name__"}
    found = [
        f"{path.relative_to(ROOT)}:{part.lineno}"
        for path in [*ROOT.glob("mtl_core/**/*.py"), *ROOT.glob("dashboard/**/*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise) and node.exc is not None
        for part in ast.walk(node.exc)
        if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") and ast.unparse(part.value) not in own
    ]
    assert not found
