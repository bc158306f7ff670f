"""A store that an older version wrote opens with everything that was in it."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.exporting import to_bytes
from mtl_core.store import Store, open_store
from mtl_core.store.tables import SCHEMA_VERSION, metadata

DATA = Path(__file__).parent / "data"
VERSIONS = (1, 2)
EXPECTED: dict[int, dict[str, dict[str, Any]]] = {
    version: json.loads((DATA / f"version_{version}.json").read_text(encoding="utf-8")) for version in VERSIONS
}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def old(tmp_path: Path, version: int) -> Store:
    shutil.copy(DATA / f"version_{version}.db", tmp_path / "old.db")
    return open_store(tmp_path / "old.db")


def test_ids_names_states_and_specs_are_as_they_were(old: Store, version: int) -> None:
    found = {info.id: info for info in old.list()}
    assert found.keys() == EXPECTED[version].keys()
    for study_id, was in EXPECTED[version].items():
        info = found[study_id]
        if "strategy" in was["spec"]:  # as it was written when a study had one alone
            was = was | {"spec": {name: value for name, value in was["spec"].items() if name != "strategy"}}
            was["spec"]["strategies"] = [EXPECTED[version][study_id]["spec"]["strategy"]]
        for name in ("name", "state", "reason", "step", "total", "altered", "spec"):
            assert getattr(info, name) == was[name], (study_id, name)
    assert not old.survey()[1]


def test_results_are_as_they_were(old: Store, version: int) -> None:
    for study_id, was in EXPECTED[version].items():
        if "tables" not in was:
            continue
        result = mtl.load(study_id, old)
        assert result.id == study_id
        assert hashlib.sha256(to_bytes(result.runs.drop(columns="strategy"))).hexdigest() == was["sha256"]["runs"]
        for name, table in was["tables"].items():
            before = pd.DataFrame(table["data"], columns=table["columns"])
            now = getattr(result, name)[table["columns"]]
            if name == "tradeoff":  # of a task that a baseline does not train nothing is shown any more
                alone = before["role"] == "baseline"
                for task in result.study.tasks:
                    untrained = alone & (before[f"weight_{task}"] == 0)
                    assert now.loc[untrained, task].isna().all()
                    before.loc[untrained, task] = np.nan
                assert not now.loc[alone, "on_front"].any()
                before = before.drop(columns="on_front")
            # JSON has no types: both are brought to what it has. A share of a number within noise of zero is none any more.
            plain = json.loads(now[list(before)].to_json(orient="split", double_precision=15, index=False))
            now = pd.DataFrame(plain["data"], columns=range(len(plain["columns"])))
            for place, column in enumerate(before):
                known, found = before[column], now[place]
                if column == "delta_percent":
                    known = known.where(getattr(result, name)["no_percent"].isna().to_numpy())
                pd.testing.assert_series_equal(
                    found.fillna(-1.5), known.fillna(-1.5), check_names=False, check_dtype=False, rtol=1e-12, atol=1e-14
                )


def test_who_asks_an_old_question_finds_the_old_study(old: Store, version: int) -> None:
    for info in old.list():
        assert info.study.id != info.id, "this version gives the question another id"
        assert old.find(info.study) == info.id
    finished = next(info for info in old.list() if info.state == "finished" and not info.altered)
    assert old.add(finished.study) == finished.id
    assert old.get(finished.id).state == "finished"
    assert len(old.list()) == len(EXPECTED[version])


@pytest.mark.parametrize("name", ["stopped half way", "paused", "queued"])
def test_what_was_not_at_its_end_goes_on_to_the_same_numbers(old: Store, name: str) -> None:
    info = next((info for info in old.list() if info.name == name), None)
    if info is None:
        pytest.skip("none was kept of this version")
    point = old.checkpoint(info.id)
    result = mtl.run(info.study, old)
    assert result.id == info.id
    assert result.state == "finished"
    if point is not None and point.step:
        later, _ = old.read(info.id, after=point.cursor)
        assert len(later) < len(old.read(info.id)[0]), "it went on from its checkpoint: earlier records were not made anew"
    assert result.transfer.equals(mtl.run(info.study).transfer)


def test_the_old_file_becomes_one_of_today(old: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.db") as raw, sqlite3.connect(_new(tmp_path)) as new:
        for name in metadata.tables:
            columns = f"SELECT name FROM pragma_table_info('{name}') ORDER BY name"
            assert raw.execute(columns).fetchall() == new.execute(columns).fetchall() != [], name
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
        assert raw.execute(indexes).fetchall() == new.execute(indexes).fetchall()
        assert not raw.execute("SELECT name FROM sqlite_master WHERE name = 'seesaw_landscapes'").fetchall()
        version = raw.execute("SELECT value FROM seesaw_meta WHERE key = 'schema_version'").fetchone()
        assert version == (str(SCHEMA_VERSION),)


def test_a_store_of_no_known_version_is_refused(tmp_path: Path) -> None:
    shutil.copy(DATA / "version_1.db", tmp_path / "zero.db")
    with sqlite3.connect(tmp_path / "zero.db") as raw:
        raw.execute("UPDATE seesaw_meta SET value = '0' WHERE key = 'schema_version'")
    with pytest.raises(mtl.StoreError, match="schema version from 1 on, found '0'"):
        open_store(tmp_path / "zero.db")


def test_a_store_that_lacks_a_column_says_what_to_do(tmp_path: Path) -> None:
    with open_store(tmp_path / "lacks.db"):
        pass
    with sqlite3.connect(tmp_path / "lacks.db") as raw:
        raw.execute("ALTER TABLE seesaw_studies DROP COLUMN owner")
    with open_store(tmp_path / "lacks.db") as store, pytest.raises(mtl.StoreError, match=r"lacks a table or column.*backup"):
        store.list()


def _new(folder: Path) -> Path:
    with open_store(folder / "new.db"):
        return folder / "new.db"
