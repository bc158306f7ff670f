import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtl_core.diagnostics import TABLES, Result
from mtl_core.errors import SpecError
from mtl_core.exporting import archive, save, to_bytes
from mtl_core.exporting.formats import harmless, in_order
from mtl_core.records import Record, steps_of
from mtl_core.spec import Study
from tests.diagnostics.test_pareto import made

READ = {"csv": pd.read_csv, "parquet": pd.read_parquet}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("format", READ)
def test_a_table_is_read_back_as_it_was(name: str, format: str, result: Result, phased: Result) -> None:
    # After a few steps tasks alone are at chance, and nobody is best for anyone.
    others = {"preferences": made, "regret": made, "score_matrix": lambda: phased}
    table = in_order(getattr(others.get(name, lambda: result)(), name))
    assert len(table) > 0
    read = READ[format](io.BytesIO(to_bytes(table, format)))
    plain = {column: "object" for column in table if not pd.api.types.is_numeric_dtype(table[column])}
    expected, found = table.astype(plain), read.astype(plain)
    pd.testing.assert_frame_equal(found.fillna(-1), expected.fillna(-1), check_dtype=False, rtol=0, atol=0)


def test_parquet_keeps_types(result: Result) -> None:
    read = pd.read_parquet(io.BytesIO(to_bytes(result.runs, "parquet")))
    assert read["diverged_step"].dtype == result.runs["diverged_step"].dtype
    assert isinstance(read["label"].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize("format", READ)
def test_the_archive_has_everything_and_is_always_the_same(format: str, result: Result) -> None:
    content = archive(result, format)
    assert content == archive(result.extended([]), format)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        assert set(file.namelist()) == {f"{name}.{format}" for name in TABLES} | {"study.json", "study.py", "command.txt"}
        assert Study.from_dict(json.loads(file.read("study.json"))).id == result.study.id
        assert file.read("command.txt").decode().startswith("seesaw run")


def _cut_otherwise(record: Record, parts: int) -> list[Record]:
    """The same numbers, flushed at other steps and for fewer runs at a time."""
    found = []
    dated = "steps" in record.arrays
    for steps in np.array_split(np.arange(len(steps_of(record))), parts if dated else 1):
        for runs in np.array_split(np.arange(len(record.arrays["run"])), 2):
            arrays = {"run": record.arrays["run"][runs]}
            if dated:
                arrays["steps"] = record.arrays["steps"][steps]
            for name in set(record.arrays) - set(arrays):
                array = record.arrays[name]
                arrays[name] = array[steps][:, runs] if dated else array[runs]
            if len(runs) and len(steps):
                found.append(Record(record.kind, int(arrays["steps"][-1]) if dated else record.step, arrays))
    return found


@pytest.mark.parametrize("format", READ)
@pytest.mark.parametrize("parts", [1, 5])
def test_how_records_were_cut_and_flushed_changes_no_byte(format: str, parts: int, result: Result, tmp_path: Path) -> None:
    pieces = [piece for record in result.records for piece in _cut_otherwise(record, parts)]
    assert len(pieces) > len(result.records)
    order = np.random.default_rng(parts).permutation(len(pieces))
    other = Result(result.study, result.layout, [pieces[place] for place in order], result.state)
    assert list(other.curves["step"]) != list(result.curves["step"]), "these tables are in another order"
    assert archive(other, format) == archive(result, format)
    for one, two in zip(save(result, tmp_path / "a", format), save(other, tmp_path / "b", format), strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    assert to_bytes(other.conflict, format) == to_bytes(result.conflict, format)


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1")


def test_a_spreadsheet_finds_no_formula_in_text() -> None:
    texts = [*FORMULAS, "plain", "a=b", "", "'=1+1"]
    table = pd.DataFrame({"=task": pd.Categorical(texts), "label": texts, "value": np.linspace(-2, 2, len(texts))})
    safe = pd.read_csv(io.BytesIO(to_bytes(table)), keep_default_na=False)
    assert list(safe.columns) == ["'=task", "label", "value"]
    assert safe["value"].tolist() == pytest.approx(table["value"].tolist()), "negative numbers are numbers"
    for name in ("'=task", "label"):
        assert list(safe[name][: len(FORMULAS)]) == [f"'{text}" for text in FORMULAS]
        assert list(safe[name][len(FORMULAS) :]) == texts[len(FORMULAS) :]
    assert harmless(table[["value"]]).equals(table[["value"]])


def test_the_raw_form_and_parquet_keep_every_letter() -> None:
    table = pd.DataFrame({"@task": ["=1+1", "-x"], "value": [-1.0, 2.0]})
    assert to_bytes(table, raw=True).decode() == "@task,value\n=1+1,-1.0\n-x,2.0\n"
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_bytes(table, "parquet"))), table)


def test_an_archive_and_a_folder_are_raw_only_when_asked(tmp_path: Path, result: Result) -> None:
    layout = replace(result.layout, tasks=tuple(replace(task, name=f"={task.name}") for task in result.layout.tasks))
    found = Result(result.study, layout, result.records, result.state)
    for raw, heading in ((False, "'=left"), (True, "=left")):
        folder = tmp_path / str(raw)
        save(found, folder, raw=raw)
        assert heading in (folder / "tradeoff.csv").read_text().splitlines()[0].split(",")
        with zipfile.ZipFile(io.BytesIO(archive(found, raw=raw))) as file:
            assert file.read("curves.csv") == (folder / "curves.csv").read_bytes()
            assert set(pd.read_csv(io.BytesIO(file.read("curves.csv")))["task"]) == {heading, heading.replace("left", "right")}


def test_save_writes_what_it_says(tmp_path: Path, result: Result) -> None:
    files = save(result, tmp_path / "new" / "folder", "parquet")
    assert all(file.stat().st_size for file in files)
    assert {file.name for file in files} >= {f"{name}.parquet" for name in TABLES}


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, result: Result) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match="folder"):
        save(result, tmp_path / "file")


def test_an_unknown_format_is_refused(tmp_path: Path, result: Result) -> None:
    for act in (lambda: to_bytes(result.runs, "xlsx"), lambda: archive(result, "parqet"), lambda: save(result, tmp_path, "")):
        with pytest.raises(SpecError, match="csv, parquet"):
            act()


def test_a_study_of_single_tasks_alone_is_exported_too(tmp_path: Path) -> None:
    import mtl_core as mtl

    alone = mtl.run(mtl.Study(methods=[], weights=0, seeds=1, steps=2))
    assert alone.front.empty
    assert alone.choice.empty
    assert {file.name for file in save(alone, tmp_path / "alone", "csv")} >= {f"{name}.csv" for name in TABLES}
