import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from mtl_core.diagnostics import TABLES, Result
from mtl_core.errors import SpecError
from mtl_core.exporting import archive, save, to_bytes
from mtl_core.spec import Study

READ = {"csv": pd.read_csv, "parquet": pd.read_parquet}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("format", READ)
def test_a_table_is_read_back_as_it_was(name: str, format: str, result: Result) -> None:
    table = getattr(result, name)
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
