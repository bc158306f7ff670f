"""Every way in which a table cannot be learned from, and what the person is told."""

import re
from pathlib import Path
from typing import Any

import pytest

from mtl_core.errors import DataError, SeesawError, SpecError
from mtl_core.spec import Study
from mtl_core.suites import load_suite
from mtl_core.suites.csv_file import inspect

ROWS = 60


def table(rows: int = ROWS, **columns: Any) -> str:
    """CSV text with columns a, b, y, c (a number, a number, a regression, two classes), some replaced or added by a function
    of the row."""
    given: dict[str, Any] = {
        "a": lambda k: k * 1.5 % 7,
        "b": lambda k: k**2 % 11 / 2,
        "y": lambda k: k * 0.5 % 9,
        "c": lambda k: "no" if k % 2 else "yes",
    } | columns
    lines = [",".join(given)] + [",".join(str(value(k)) for value in given.values()) for k in range(rows)]
    return "\n".join(lines) + "\n"


def at(row: int, value: object, otherwise: Any = lambda k: k * 1.5 % 7) -> Any:
    return lambda k: value if k == row else otherwise(k)


FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "empty file"),
    "only spaces": ("\n \n", "empty file"),
    "only headings": ("a,b,y,c\n", "at least 30 rows .* found 0"),
    "too few rows": (table(29), "at least 30 rows .* found 29"),
    "short row": (table().replace("\n0.0,0.0,0.0,yes", "\n0.0,0.0,0.0"), "must have 4 cells .* found 3 at line 2"),
    "long row": (table() + "1,2,3,yes,5\n", "must have 4 cells .* found 5 at line 62"),
    "open quote": (table() + '"1,2,3,yes\n', "well-formed CSV, found at line 6[23]"),
    "same name twice": ("a,b,y,c,b\n" + "1,2,3,no,4\n" * 40, "different column names, found 'b' twice"),
    "one column": ("a\n" + "1\n" * 40, "two or more columns"),
    "too many columns": (",".join(f"c{k}" for k in range(2001)) + "\n", "at most 2000 columns, found 2001"),
    "two encodings": (
        table(c=lambda k: "ä" if k % 2 else "ö").encode() + "1,2,3,ß\n".encode("latin-1"),
        "must be UTF-8 text, found other bytes at line 62",
    ),
    "cut UTF-16": (table().encode("utf-16")[:-1], "found bytes at line 61"),
    "gzip": (b"\x1f\x8b" + table().encode(), "must be a table .* found a gzip archive"),
    "damaged Parquet": (b"PAR1" + table().encode(), "must be a sound Parquet file"),
    "zero byte": (table() + "1,2,3,\0\n", "zero byte at line 62"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_no_table(case: str, tmp_path: Path) -> None:
    content, message = FILES[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        inspect(str(path))
    refuse(path, message, DataError)


def refuse(path: Path, message: str, kind: type[SeesawError], changed: dict[str, Any] | None = None) -> None:
    """The study is refused when it is made, and so is loading its suite."""
    asked = {"name": "csv", "path": str(path), "targets": ["y", "c"]} | (changed or {})
    for ask in (lambda: Study(suite=asked), lambda: load_suite(asked)):
        with pytest.raises(kind, match=message) as caught:
            ask()
        assert type(caught.value) is kind


COLUMNS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "word in a number input": (
        {"a": at(9, "wide")},
        {"inputs": ["a"]},
        "column 'a' is read as numbers, found 'wide' at line 11",
    ),
    "word in a number target": ({"y": at(9, "high")}, {}, "column 'y' is read as numbers, found 'high' at line 11"),
    "words as regression": ({}, {"kinds": {"c": "regression"}}, "column 'c' is read as numbers, found 'yes' at line 2"),
    "words as number input": (
        {"d": lambda k: "uv"[k % 2]},
        {"kinds": {"d": "number"}},
        "'d' is read as numbers, found 'u' at line 2",
    ),
    "infinity in an input": (
        {"b": at(3, "-inf")},
        {"inputs": ["b"]},
        "column 'b' must have finite numbers, found '-inf' at line 5",
    ),
    "overflow in a target": ({"y": at(3, "1e999")}, {}, "column 'y' must have finite numbers, found '1e999' at line 5"),
    "huge input": ({"a": at(3, "1e300")}, {"inputs": ["a"]}, "column 'a' must have numbers below 1e\\+30"),
    "one class": ({"c": lambda k: "yes"}, {}, "two or more classes, found only 'yes'"),
    "one value": (
        {"y": lambda k: 2.5},
        {"kinds": {"y": "regression"}},
        "must vary among the training rows, found 2.5 in all 42",
    ),
    "no label at all": ({"y": lambda k: ""}, {}, "target 'y' must have labels, found none"),
    "no label in test": (
        {"y": lambda k: k / 7 if k < 45 else ""},
        {"split": "ordered"},
        "'y' must have a label in the validation rows|the test rows",
    ),
    "class only after training": (
        {"c": lambda k: "rare" if k > 57 else "yn"[k % 2]},
        {"split": "ordered"},
        "found 'rare' in 2 rows of the file and in none",
    ),
    "too many classes": (
        {"y": lambda k: k / 7},
        {"kinds": {"y": "classification"}, "rows": 150},
        "at most 100 classes, found 150 .* 'regression'",
    ),
    "empty input asked for": ({"d": lambda k: ""}, {"inputs": ["d"]}, "input column 'd' must have values, found none"),
    "input only after training": (
        {"d": lambda k: "" if k < 50 else k / 3},
        {"split": "ordered", "inputs": ["d"]},
        "'d' must have a value in a training row",
    ),
    "category only after training": (
        {"d": lambda k: "" if k < 50 else "uv"[k % 2]},
        {"split": "ordered", "inputs": ["d"]},
        "'d' must have a value in a training row",
    ),
    "no input left": (
        {"a": lambda k: f"w{k}", "b": lambda k: k},
        {},
        "a column left to predict from.*'a' is left out.*only numbers the rows",
    ),
    "two groups": ({"g": lambda k: k % 2}, {"split": "grouped", "group": "g"}, "three or more groups, found 2"),
    "row without a group": (
        {"g": at(4, "", lambda k: k % 5)},
        {"split": "grouped", "group": "g"},
        "group in column 'g', found none at line 6",
    ),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_that_cannot_have_their_role(case: str, tmp_path: Path) -> None:
    columns, options, message = COLUMNS[case]
    rows = options.get("rows", ROWS)
    path = tmp_path / "t.csv"
    path.write_text(table(rows, **columns))
    refuse(path, message, DataError, {name: value for name, value in options.items() if name != "rows"})


QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no targets": ({"targets": []}, "needs 'targets'"),
    "no path": ({"path": ""}, "needs 'path'"),
    "unknown target": ({"targets": ["y", "cc"]}, "unknown column of t.csv 'cc'; did you mean 'c'"),
    "unknown input": ({"inputs": ["aa"]}, "unknown column of t.csv 'aa'; did you mean 'a'"),
    "unknown column in kinds": ({"kinds": {"z": "number"}}, "unknown column of t.csv 'z'"),
    "unknown kind": ({"kinds": {"y": "regresion"}}, "unknown kind of target 'y' 'regresion'; did you mean 'regression'"),
    "kind of an input": ({"kinds": {"a": "regression"}}, "unknown kind of input 'a' 'regression'"),
    "unknown split": ({"split": "gruoped"}, "did you mean 'grouped'"),
    "unknown option": ({"target": ["y"]}, "did you mean 'targets'"),
    "target twice": ({"targets": ["y", "c", "y"]}, "each column once, found y again"),
    "target as input": ({"inputs": ["a", "y"]}, "target cannot be an input too, found 'y'"),
    "target as group": ({"split": "grouped", "group": "y"}, "group column cannot be a target too, found 'y'"),
    "input as group": ({"split": "grouped", "group": "a", "inputs": ["a"]}, "group column cannot be an input too, found 'a'"),
    "grouped without a group": ({"split": "grouped"}, "needs csv.group"),
    "group without grouped": ({"group": "a"}, "belongs to split='grouped', found split='random'"),
    "too many targets": ({"targets": [f"t{k}" for k in range(41)]}, "at most 40 targets, found 41"),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_questions_that_contradict_themselves(case: str, tmp_path: Path) -> None:
    options, message = QUESTIONS[case]
    path = tmp_path / "t.csv"
    path.write_text(table())
    refuse(path, message, SpecError, options)


def test_forty_targets_are_not_too_many(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    names = [f"t{k}" for k in range(40)]
    path.write_text(table(**{name: lambda row, k=k: (row * (k % 11 + 1)) % 13 / 2 for k, name in enumerate(names)}))
    assert len(load_suite({"name": "csv", "path": str(path), "targets": names}).tasks) == 40


def test_no_file_and_no_plain_file(tmp_path: Path) -> None:
    refuse(tmp_path / "t.csv", "must exist, found nothing at .*t.csv", DataError)
    refuse(tmp_path, "plain file, found a folder", DataError)


def test_a_large_file_is_refused_by_its_size_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda *_: pytest.fail("it was read"))
    refuse(path, "at most 50 MB, found 300 MB", DataError)


def test_a_long_cell_is_shortened_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table(y=at(2, "x" * 5000)))
    with pytest.raises(DataError, match=re.escape("x…'")) as caught:
        Study(suite={"name": "csv", "path": str(path), "targets": ["y", "c"]})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("path", ["a" * 5000, "a\0b", "~nobody-of-that-name/a.csv"])
def test_a_path_that_no_file_can_have(path: str) -> None:
    with pytest.raises(DataError, match="the CSV file must exist, found nothing"):
        load_suite({"name": "csv", "path": path, "targets": ["a", "b"]})
