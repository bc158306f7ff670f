"""However a table is written, its data are the same, or the refusal names the cause."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from mtl_core.errors import DataError
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.csv_file import inspect

ROWS = 120
TARGETS = ("yield", "town")


def cells(seed: int) -> dict[str, list[Any]]:
    """The columns of a table as values: numbers of several sizes, with gaps, words with signs in them, classes."""
    dice = np.random.default_rng(seed)
    return {
        "height": [round(float(value), 3) for value in dice.normal(0, 2, ROWS)],
        "visitors": [int(value) for value in dice.integers(0, 90_000, ROWS)],
        "share": [round(float(value), 1) for value in dice.uniform(0, 100, ROWS)],
        "price": [round(float(value), 2) for value in dice.lognormal(5, 2, ROWS)],
        "gap": [None if dice.random() < 0.2 else round(float(value), 2) for value in dice.normal(0, 1, ROWS)],
        "remark": [("plain", "a, b; c", 'said "so"', "tab\tand | bar", "größer")[k] for k in dice.integers(0, 5, ROWS)],
        "yield": [None if k % 9 == 4 else round(float(value), 4) for k, value in enumerate(dice.normal(3, 1, ROWS))],
        "town": [None if k % 11 == 3 else ("Genève", "Zürich", "Bern")[k % 3] for k in range(ROWS)],
    }


@some.composite
def ways(draw: some.DrawFn) -> dict[str, Any]:
    """A way of writing a table."""
    way: dict[str, Any] = {
        "delimiter": draw(some.sampled_from(",;\t|")),
        "encoding": draw(some.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])),
        "decimal": draw(some.sampled_from(".,")),
        "groups": draw(some.sampled_from(["", "sign", "'", " "])),
        "percent": draw(some.booleans()),
        "currency": draw(some.sampled_from(["", "$", "€", "CHF "])),
        "missing": draw(some.sampled_from(["", "NA", "NaN", "#N/A", "?", "null"])),
        "no_number": draw(some.sampled_from(["", "-", ".", "None", "na", "#DIV/0!"])),
        "names": draw(some.booleans()),
        "spaces": draw(some.sampled_from(["", " "])),
        "quoting": draw(some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "lines": draw(some.sampled_from(["\n", "\r\n", "\r"])),
        "sep": draw(some.booleans()),
        "comments": draw(some.integers(0, 2)),
        "units": draw(some.booleans()),
        "row_names": draw(some.booleans()),
        "bare_rows": draw(some.booleans()),
        "newline": draw(some.booleans()),
    }
    return way


PLAIN: dict[str, Any] = {
    **{"delimiter": ",", "encoding": "utf-8", "decimal": ".", "groups": "", "percent": False, "currency": "", "missing": ""},
    **{"quoting": csv.QUOTE_MINIMAL, "lines": "\n", "sep": False, "comments": 0, "units": False, "row_names": False},
    **{"bare_rows": False, "newline": False, "no_number": "", "names": True, "spaces": ""},
}


def written(columns: dict[str, list[Any]], way: dict[str, Any]) -> bytes:
    """The bytes of a table in a certain way."""
    texts = {name: [_text(name, value, way) for value in values] for name, values in columns.items()}
    if way["quoting"] == csv.QUOTE_MINIMAL:
        texts["height"] = [way["spaces"] + text for text in texts["height"]]
    rows: list[Sequence[str]] = [list(row) for row in zip(*texts.values(), strict=True)]
    if way["row_names"]:
        rows = [[f"r{place}", *row] for place, row in enumerate(rows)]
    if way["bare_rows"]:
        rows = [*rows[:40], [""] * len(rows[0]), *rows[40:], [""] * len(rows[0])]
    held = io.StringIO()
    if way["sep"]:
        held.write(f"sep={way['delimiter']}{way['lines']}")
    held.write(f"# exported by a machine{way['lines']}" * way["comments"])
    writer = csv.writer(held, delimiter=way["delimiter"], quoting=way["quoting"], lineterminator=way["lines"])
    if way["names"]:
        writer.writerow(list(columns))
    if way["units"] and way["names"] and not way["row_names"]:
        writer.writerow(["m", "people", "of all", "money", "cm", "", "t", ""])
    writer.writerows(rows)
    return held.getvalue().encode(way["encoding"])


def _text(name: str, value: Any, way: dict[str, Any]) -> str:
    if value is None:
        return str(way["missing"] if name == "town" else way["no_number"] or way["missing"])
    if isinstance(value, str):
        return value.replace("plain", "two\nlines") if way["newline"] else value
    text = str(value)
    if way["groups"] and name in ("visitors", "price"):
        sign = {"sign": "," if way["decimal"] == "." else "."}.get(way["groups"], way["groups"])
        text = f"{value:,}".replace(",", "_").replace(".", way["decimal"]).replace("_", sign)
    text = text.replace(".", way["decimal"]) if not way["groups"] or name not in ("visitors", "price") else text
    if name == "share" and way["percent"]:
        return text + "%"
    return f"{way['currency']}{text}" if name == "price" else text


def read(path: Path, content: bytes, **options: Any) -> Suite:
    path.write_bytes(content)
    return load_suite({"name": "csv", "path": str(path), "targets": list(TARGETS)} | options)


def same(found: Suite, clean: Suite) -> None:
    """Whether two suites have the same data in the same splits."""
    assert [(task.kind, task.labels) for task in found.tasks] == [(task.kind, task.labels) for task in clean.tasks]
    for name in ("train", "validation", "test"):
        ours, theirs = getattr(found, name), getattr(clean, name)
        np.testing.assert_array_equal(ours.observed, theirs.observed)
        np.testing.assert_allclose(ours.inputs, theirs.inputs, rtol=1e-4, atol=1e-5)
        for one, other in zip(ours.targets, theirs.targets, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@settings(max_examples=50)
@given(way=ways(), seed=some.integers(0, 50))
@example(way=PLAIN | {"delimiter": ";", "encoding": "cp1252", "decimal": ",", "missing": "NA"}, seed=0)
def test_a_table_written_otherwise_is_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, way: dict[str, Any], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    columns = cells(seed)
    if way["encoding"] == "cp1252" and way["currency"] == "€":
        way = way | {"currency": "£"}
    if way["lines"] == "\r":
        way = way | {"newline": False}  # Python's writer leaves it without quotes then
    clean = read(folder / "clean.csv", written(columns, PLAIN | {"newline": way["newline"]}))
    headings = list(columns)
    places = 1 + way["row_names"]
    targets = TARGETS if way["names"] else [f"column {headings.index(name) + places}" for name in TARGETS]
    found = read(folder / "table.csv", written(columns, way), targets=list(targets))
    same(found, clean)


BREAKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a cell too many": (lambda text: text + b"1,2,3,4,5,6,7,8,9\n", "must have 8 cells .* found 9 at line 122"),
    "an open quote": (lambda text: text + b'1,2,3,4,5,"6,7,Bern\n', "well-formed CSV, found at line 12[23]"),
    "text after a quote": (lambda text: text + b'1,2,3,4,5,"6"x,7,Bern\n', "well-formed CSV, found at line 122"),
    "half a byte order": (lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le")[:-1], "found bytes at line"),
    "other bytes": (lambda text: text + b"1,2,3,4,5,\xff,7,Bern\n", "must be UTF-8 text, found other bytes at line 122"),
    "the same heading": (lambda text: text.replace(b"share", b"price", 1), "different column names, found 'price' twice"),
    "a word in a target": (
        lambda text: text + b"1,2,3,4,5,6,much,Bern\n",
        "'yield' is read as numbers, found 'much' at line 122",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_what_cannot_be_read_is_refused_with_its_cause(case: str, tmp_path: Path) -> None:
    mutate, message = BREAKS[case]
    with pytest.raises(DataError, match=message):
        read(tmp_path / "t.csv", mutate(written(cells(1), PLAIN)))


def test_a_preview_says_what_was_found_of_a_mutated_table(tmp_path: Path) -> None:
    way = PLAIN | {"delimiter": ";", "encoding": "cp1252", "decimal": ",", "comments": 1, "units": True, "bare_rows": True}
    (tmp_path / "t.csv").write_bytes(written(cells(2), way))
    said = " ".join(inspect(str(tmp_path / "t.csv")).findings)
    for word in ("Windows-1252", "Genève", "semicolon", "1 comment line", "second row of headings", "decimal comma", "2 rows"):
        assert word in said
