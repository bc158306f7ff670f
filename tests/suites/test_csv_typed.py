"""Parquet files, Excel workbooks and DataFrames are tables like any other."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.errors import DataError, SpecError
from mtl_core.suites import load_suite
from mtl_core.suites.csv_file import inspect, typed

ROWS = 120


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtl_core.api.user_folder", lambda: tmp_path / "user")


def frame() -> pd.DataFrame:
    dice = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": dice.normal(0, 1, ROWS),
            "b": np.where(np.arange(ROWS) % 7 == 0, np.nan, dice.normal(0, 1, ROWS)),
            "k": pd.array([None if k % 9 == 0 else k % 40 for k in range(ROWS)], dtype="Int64"),
            "flag": np.arange(ROWS) % 3 == 0,
            "day": pd.date_range("2020-01-01", periods=ROWS),
            "town": pd.Categorical(["Bern", "Genève", None] * (ROWS // 3)),
            "y": dice.normal(0, 1, ROWS),
            "c": [None if k % 11 == 0 else ("no", "yes")[k % 2] for k in range(ROWS)],
        }
    )


def arrays(suite: Any) -> list[Any]:
    return [suite.train.inputs, suite.test.inputs, *suite.train.targets, suite.train.observed]


def test_a_frame_is_kept_once_and_trained_from(tmp_path: Path) -> None:
    suite = mtl.table(frame(), targets=["y", "c"], split="stratified")
    assert suite == mtl.table(frame(), ["y", "c"], split="stratified")
    assert [Path(suite["path"])] == list((tmp_path / "user" / "tables").iterdir())
    study = mtl.Study(suite=suite, methods=["equal"], weights=[], seeds=1, steps=2, batch_size=16)
    assert mtl.run(study).state == "finished"
    assert mtl.Study(suite=mtl.table(frame(), ["y", "c"], split="stratified"), batch_size=16).suite == study.suite
    found = {column.name: column for column in inspect(suite["path"]).columns}
    assert {name: (column.read_as, column.missing) for name, column in found.items()} == {
        "a": ("number", 0),
        "b": ("number", 18),
        "k": ("number", 14),
        "flag": ("category", 0),
        "day": ("date", 0),
        "town": ("category", 40),
        "y": ("number", 0),
        "c": ("category", 11),
    }


def test_a_frame_gives_the_data_of_its_csv_file(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "t.csv", index=False)
    one = load_suite(mtl.table(frame(), ["y", "c"]))
    other = load_suite({"name": "csv", "path": str(tmp_path / "t.csv"), "targets": ["y", "c"]})
    for ours, theirs in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_awkward_frames() -> None:
    awkward = frame().assign(mixed=[1, "x"] * (ROWS // 2), lists=[[1, 2]] * ROWS)
    awkward.columns = pd.MultiIndex.from_product([["m"], awkward.columns])
    awkward.index = pd.Index([f"r{k}" for k in range(ROWS)], name="id")
    suite = load_suite(mtl.table(awkward, ["m y", "m c"]))
    assert any("'id' is left out: an id" in note for note in suite.notes)
    grouped = frame().groupby("town", observed=True)[["a"]].mean()
    with pytest.raises(DataError, match="at least 30 rows"):
        load_suite(mtl.table(grouped, ["a", "town"]))
    for none in ([1, 2], {"a": [1]}, None, frame()["a"]):
        with pytest.raises(SpecError, match="a pandas DataFrame was expected"):
            mtl.table(none, ["a", "b"])  # type: ignore[arg-type]


def test_numbers_of_a_frame_are_never_read_in_another_notation() -> None:
    thousandths = [1 + (k % 900 + 100) / 1000 for k in range(ROWS)]
    table = frame().assign(exact=[f"{k % 50},5" for k in range(ROWS)], thousandths=thousandths)
    found = {column.name: column for column in inspect(mtl.table(table, ["y", "c"])["path"]).columns}
    assert "decimal comma" in found["exact"].treatment
    assert found["thousandths"].treatment == "a number, standardised"


def test_a_parquet_file(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "t.parquet")
    assert "A Parquet file" in inspect(str(tmp_path / "t.parquet")).findings[0]
    suite = load_suite({"name": "csv", "path": str(tmp_path / "t.parquet"), "targets": ["y", "c"]})
    for ours, theirs in zip(arrays(suite), arrays(load_suite(mtl.table(frame(), ["y", "c"]))), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_packed_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame().to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(typed, "UNPACKED_LIMIT", 1000)
    with pytest.raises(DataError, match="must unpack to at most"):
        inspect(str(tmp_path / "t.parquet"))
    monkeypatch.undo()
    pd.DataFrame({"a": np.zeros(20_000_000, np.int8), "b": np.zeros(20_000_000, np.int8)}).to_parquet(tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 1_000_000
    with pytest.raises(DataError, match="at most 30,000,000 cells, found 40,000,000"):
        inspect(str(tmp_path / "t.parquet"))


def test_an_excel_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "plants"
    table = frame()
    sheet.append([*table.columns, "when"])
    for place, row in enumerate(table.astype(object).where(table.notna(), None).itertuples(index=False)):
        values = [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in row]
        sheet.append([*values, datetime(2024, 1, 1 + place % 28, 12, 30) if place % 2 else date(2024, 1, 1 + place % 28)])
    sheet.append([])
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    path = str(tmp_path / "t.xlsx")
    assert "An Excel workbook: the sheet 'plants'; left out: notes." in inspect(path).findings
    found = {column.name: column for column in inspect(path).columns}
    assert (found["day"].read_as, found["flag"].read_as, found["b"].missing) == ("date", "category", 18)
    suite = load_suite({"name": "csv", "path": path, "targets": ["y", "c"], "exclude": ["when"]})
    for ours, theirs in zip(arrays(suite), arrays(load_suite(mtl.table(frame(), ["y", "c"]))), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_excel_without_its_reader_is_refused_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "find_spec", lambda _name: None)
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(DataError, match="needs openpyxl, found none; run pip install openpyxl"):
        inspect(str(tmp_path / "t.xlsx"))


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(DataError, match="must be a sound Excel workbook"):
        inspect(str(tmp_path / "t.xlsx"))
