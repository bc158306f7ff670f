"""What is found out about a file is said, and the data are those that a person sees in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtl_core.errors import DataError, SpecError
from mtl_core.spec import Study
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.csv_file import TablePreview, inspect

ROWS = 60
HEADINGS = "a,b,y,c"


def rows(count: int = ROWS) -> list[str]:
    """The rows of a clean table: two numbers, a number to predict, a class."""
    dice = np.random.default_rng(0)
    numbers = dice.normal(0, 1, (count, 3))
    return [f"{a:.3f},{b:.3f},{y:.3f},{('no', 'yes')[k % 2]}" for k, (a, b, y) in enumerate(numbers)]


def clean() -> str:
    return "\n".join([HEADINGS, *rows()]) + "\n"


def put(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def load(path: str, targets: tuple[str, ...] = ("y", "c"), **options: Any) -> Suite:
    return load_suite({"name": "csv", "path": path, "targets": list(targets)} | options)


def same(one: Suite, other: Suite) -> None:
    np.testing.assert_allclose(one.train.inputs, other.train.inputs, rtol=1e-5)
    np.testing.assert_allclose(one.test.targets[0], other.test.targets[0], rtol=1e-5)
    np.testing.assert_array_equal(one.test.targets[1], other.test.targets[1])
    assert one.tasks[1].labels == other.tasks[1].labels


def columns(found: TablePreview) -> dict[str, Any]:
    return {column.name: column for column in found.columns}


FOUND: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "semicolons": (lambda text: text.replace(",", ";"), "A semicolon stands between cells."),
    "tabs": (lambda text: text.replace(",", "\t"), "A tab stands between cells."),
    "runs of spaces": (lambda text: text.replace(",", "    "), "Spaces stand between the cells"),
    "some tabs twice": (lambda text: text.replace(",-", "\t\t-").replace(",", "\t"), "Spaces stand between the cells"),
    "UTF-16": (lambda text: text.encode("utf-16"), "Encoding: UTF-16"),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-be"), "Encoding: UTF-16"),
    "decimal commas": (lambda text: text.replace(",", ";").replace(".", ","), "decimal comma"),
    "comment lines": (lambda text: f"# exported\n# by hand, twice\n{text}# end\n", "3 comment lines left out"),
    "a comment in the middle": (lambda text: text.replace("\n", "\n// here\n", 9), "9 comment lines left out"),
    "a sep= line": (lambda text: "sep=;\r\n" + text.replace(",", ";"), "The first line says so: a semicolon"),
    "bare rows": (lambda text: text.replace("\n", "\n,,,\n", 3), "3 rows without anything in any cell left out"),
    "units": (lambda text: text.replace("\n", "\nm,kg,°C,\n", 1), "second row of headings (m, kg, °C)"),
    "units with a dash": (lambda text: text.replace("\n", "\nm,-,°C,\n", 1), "second row of headings (m, -, °C)"),
    "titles": (lambda text: f"Report of 2024\n\nby me\n{text}", "2 lines before the headings left out"),
    "row names": (
        lambda text: "\n".join([HEADINGS, *(f"r{k},{row}" for k, row in enumerate(text.splitlines()[1:]))]),
        "taken for names of rows",
    ),
    "ends of rows": (lambda text: text.replace("\n", ",\n").replace(",\n", "\n", 1), "the last column is empty"),
}


@pytest.mark.parametrize("case", FOUND)
def test_it_is_found_and_said_and_the_data_are_the_same(case: str, tmp_path: Path) -> None:
    change, words = FOUND[case]
    expected = load(put(tmp_path, clean()))
    path = put(tmp_path, change(clean()))
    assert words in " ".join(inspect(path).findings)
    found = load(path)
    same(found, expected)
    assert words in " ".join(found.notes)


def test_a_clean_table_has_nothing_to_be_said_of(tmp_path: Path) -> None:
    path = put(tmp_path, clean())
    assert inspect(path).findings == ()
    assert load(path).notes == ()


def test_a_data_file_of_lined_up_columns(tmp_path: Path) -> None:
    power = ["?" if k % 9 == 5 else f"{130 + k % 11}.0" for k in range(ROWS)]
    cars = ["vw rabbit", "ford"] * (ROWS // 2)
    lines = (f'{18 + k % 9}.0   {power[k]}      {3504 + k * 7 % 99}.   1{k % 9}\t"{cars[k]}"' for k in range(ROWS))
    path = put(tmp_path, "\n".join(lines) + "\n")
    found = inspect(path)
    assert [(column.read_as, column.missing) for column in found.columns] == [
        ("number", 0),
        ("number", 7),
        ("number", 0),
        ("number", 0),
        ("category", 0),
    ]
    assert load(path, ("column 1", "column 5")).tasks[1].labels == ("ford", "vw rabbit")


def test_what_r_writes(tmp_path: Path) -> None:
    lines = (f'"{k + 1}" {k % 7 / 2} {k % 5} "{("a b", "c")[k % 2]}"' for k in range(ROWS))
    path = put(tmp_path, "\n".join(['"x" "y" "c"', *lines]) + "\n")
    assert [column.name for column in inspect(path).columns] == ["row name", "x", "y", "c"]
    assert load(path).tasks[1].labels == ("a b", "c")


def test_other_encodings_are_told_by_an_example_and_can_be_said(tmp_path: Path) -> None:
    text = clean().replace("yes", "Genève").replace("no", "Łódź")
    path = put(tmp_path, text.replace("Łódź", "Zürich").encode("cp1252"))
    assert "Windows-1252 (Western Europe), for it is no UTF-8 (as in 'Zürich')" in inspect(path).findings[0]
    assert load(path).tasks[1].labels == ("Genève", "Zürich")
    path = put(tmp_path, text.replace("Genève", "Kraków").encode("cp1250"))
    assert load(path, encoding="cp1250").tasks[1].labels == ("Kraków", "Łódź")


def test_quoted_line_ends_are_no_rows(tmp_path: Path) -> None:
    text = clean().replace("yes", '"yes,\nindeed"').replace(HEADINGS, 'a,b,y,"c"')
    path = put(tmp_path, text)
    assert inspect(path).rows == ROWS
    assert load(path).tasks[1].labels == ("no", "yes,\nindeed")


def test_spaces_beside_quotes_are_no_part_of_cells(tmp_path: Path) -> None:
    text = clean().replace("yes", ' "yes, indeed" ').replace("a,b", '"a", "b"')
    path = put(tmp_path, text)
    assert "Spaces stand between delimiters and quotes" in " ".join(inspect(path).findings)
    assert load(path).tasks[1].labels == ("no", "yes, indeed")


def test_signs_of_inches_are_no_quotes(tmp_path: Path) -> None:
    path = put(tmp_path, clean().replace("yes", '5" pipe'))
    assert load(path).tasks[1].labels == ('5" pipe', "no")
    assert inspect(path).findings == ()


@pytest.mark.parametrize(
    "first",
    ["0.1,0.1,1,0", "1,2,3,0", "0.5,,2.5,1"],
    ids=["numbers that repeat", "numbers that go up", "a missing number"],
)
def test_numbers_alone_are_no_headings(tmp_path: Path, first: str) -> None:
    body = [row.replace("no", "0").replace("yes", "1") for row in rows()]
    path = put(tmp_path, "\n".join([first, *body]))
    found = inspect(path)
    assert found.rows == ROWS + 1
    assert "No headings" in found.findings[0]
    assert load(path, ("column 3", "column 4")).tasks[1].labels == ("0", "1")
    with pytest.raises(SpecError, match=r"unknown column of t\.csv 'y'.*No headings .* 'column 1' to 'column 4'"):
        load(path)


def test_a_row_with_a_word_is_no_row_of_headings_among_its_like(tmp_path: Path) -> None:
    path = put(tmp_path, "\n".join(["5.1,3.5,0.2,setosa", "4.9,3.1,0.3,setosa", *rows()]))
    assert [column.name for column in inspect(path).columns] == ["column 1", "column 2", "column 3", "column 4"]
    assert inspect(path).rows == ROWS + 2


def test_years_and_pixels_are_headings(tmp_path: Path) -> None:
    for headings in ("2019,2020,2021,country", "0,1,2,label"):
        path = put(tmp_path, clean().replace(HEADINGS, headings))
        assert ",".join(column.name for column in inspect(path).columns) == headings
        assert inspect(path).findings == ()


def test_what_is_a_heading_can_be_said(tmp_path: Path) -> None:
    path = put(tmp_path, "\n".join(["1,2,3,x", *rows()]))
    assert inspect(path, heading="yes").columns[0].name == "1"
    assert inspect(put(tmp_path, clean()), heading="no").rows == ROWS + 1


def test_two_levels_of_headings_are_joined(tmp_path: Path) -> None:
    text = clean().replace(HEADINGS, "length,,y,c\nmean,sd,,")
    assert [column.name for column in inspect(put(tmp_path, text)).columns][:2] == ["length mean", "length sd"]


NUMBERS: dict[str, tuple[Callable[[float], str], str]] = {
    "percent": (lambda value: f"{value:.1f}%", "percent"),
    "percent with a space": (lambda value: f"{value:.1f} %", "percent"),
    "dollars": (lambda value: f"${value:.2f}".replace("$-", "-$"), "currency $"),
    "euros after": (lambda value: f"{value:.2f} €".replace(".", ","), "currency €, decimal comma"),
    "parentheses": (lambda value: f"(${-value:,.2f})" if value < 0 else f"${value:,.2f}", "currency $"),
    "commas between thousands": (lambda value: f"{value * 1e4:,.1f}", "thousands marks"),
    "points between thousands": (
        lambda value: f"{value * 1e4:,.1f}".replace(",", "_").replace(".", ",").replace("_", "."),
        "decimal comma, thousands marks",
    ),
    "apostrophes": (lambda value: f"{value * 1e4:,.1f}".replace(",", "'"), "thousands marks"),
    "narrow spaces": (lambda value: f"{value * 1e4:,.1f}".replace(",", "\u202f"), "thousands marks"),
    "a true minus": (lambda value: f"{value:.2f}".replace("-", "−"), ""),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_as_people_write_them(case: str, tmp_path: Path) -> None:
    write, notation = NUMBERS[case]
    values = np.random.default_rng(1).normal(0, 9, ROWS).round(1)
    plain = "\n".join([HEADINGS + ",m", *(f"{row},{value}" for row, value in zip(rows(), values, strict=True))])
    marked = "\n".join([HEADINGS + ",m", *(f'{row},"{write(value)}"' for row, value in zip(rows(), values, strict=True))])
    expected = load(put(tmp_path, plain))
    path = put(tmp_path, marked)
    found = columns(inspect(path))["m"]
    assert found.read_as == "number"
    assert notation in found.treatment
    np.testing.assert_allclose(load(path).train.inputs, expected.train.inputs, atol=1e-5)


def test_what_could_be_either_decimal_is_read_like_the_rest_and_can_be_said(tmp_path: Path) -> None:
    def table(other: Callable[[int], str]) -> str:
        lines = (f'"{1 + k % 9},{k * 37 % 999:03d}","{other(k)}",{k % 3},{"xy"[k % 2]}' for k in range(ROWS))
        return "\n".join([HEADINGS, *lines])

    def spread(path: str, **options: Any) -> float:
        return float(load_suite({"name": "csv", "path": path, "targets": ["a", "c"]} | options).train.inputs.shape[1])

    path = put(tmp_path, table(lambda k: f"{k % 7}.{k % 10}"))
    assert "thousands" in columns(inspect(path))["a"].treatment
    path = put(tmp_path, table(lambda k: f"{k % 7},{k % 10}"))
    assert "decimal comma" in columns(inspect(path))["a"].treatment
    assert "thousands" in columns(inspect(path, decimal="point"))["a"].treatment
    assert spread(path) == 2


def test_two_currencies_are_no_numbers(tmp_path: Path) -> None:
    lines = [f"{row},{'$€'[k % 2]}{k}.5" for k, row in enumerate(rows())]
    found = columns(inspect(put(tmp_path, "\n".join([HEADINGS + ",m", *lines]))))["m"]
    assert found.read_as != "number"


def test_a_study_made_before_is_refused_where_its_table_is_read_otherwise_now(tmp_path: Path) -> None:
    for text, same_as_before in ((clean(), True), ("# a comment\n" + clean(), False)):
        study = Study(suite={"name": "csv", "path": put(tmp_path, text), "targets": ["y", "c"]}, batch_size=8)
        # As the first reader left it: it did not say which one it was.
        old = study.suite.options | {"name": "csv", "reader": 1}
        assert (study.suite.options["reader"] == 1) == same_as_before
        if same_as_before:
            assert load_suite(old).name == "csv"
            continue
        with pytest.raises(DataError, match=r"older Seesaw.* read otherwise now\. 1 comment line left out.*without 'sha256'"):
            load_suite(old)


def test_clean_tables_keep_their_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.abspath", lambda _path: "/tables/t.csv")
    monkeypatch.setattr("mtl_core.suites.csv_file.files.read_bytes", lambda _path: clean().encode())
    study = Study(suite={"name": "csv", "path": "t.csv", "targets": ["y", "c"]}, batch_size=8)
    assert study.suite.options["train_rows"] == 42
    assert study.id == "749971ffb407"  # as the first reader had it
