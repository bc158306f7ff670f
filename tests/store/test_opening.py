import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.exc import OperationalError

from mtl_core.errors import StoreError, StoreUnavailableError, StoreVersionError
from mtl_core.store import faults, open_store
from mtl_core.store.tables import SCHEMA_VERSION, meta


def test_what_is_stored_outlives_the_connection(store, store_url, example):
    identity = store.add(example.study(), "kept")
    store.append(identity, [example.record(0)], step=1, total=20)
    store.close()
    with open_store(store_url) as again:
        assert again.get(identity).name == "kept"
        assert len(again.read(identity)[0]) == 1


def test_the_url_opens_the_same_store(store, example):
    identity = store.add(example.study())
    with open_store(store.url) as again:
        assert again.get(identity).id == identity


def test_a_newer_store_is_refused_and_left_alone(store, store_url):
    with store.engine.begin() as connection:
        connection.execute(update(meta).values(value=str(SCHEMA_VERSION + 1)))
    with pytest.raises(
        StoreVersionError, match=f"version {SCHEMA_VERSION + 1} and this Seesaw knows up to {SCHEMA_VERSION}; update"
    ):
        open_store(store_url)
    with store.engine.begin() as connection:
        connection.execute(update(meta).values(value="banana"))
    with pytest.raises(StoreError, match="banana"):
        open_store(store_url)


def test_many_may_open_a_new_store_at_once(store_url, example):
    script = "import sys; from mtl_core.store import open_store; print(len(open_store(sys.argv[1]).list()))"
    openers = [subprocess.Popen([sys.executable, "-c", script, store_url], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [opener.communicate(timeout=120)[0].strip() for opener in openers] == ["0"] * 4


def test_the_store_of_a_person_by_default(monkeypatch, tmp_path):
    monkeypatch.delenv("SEESAW_STORE")
    with open_store() as store:
        assert store.folder == tmp_path / "person" / "seesaw"
        assert (store.folder / "seesaw.db").exists()


def test_paths_urls_and_the_environment_name_a_store(monkeypatch, tmp_path):
    monkeypatch.setenv("SEESAW_STORE", str(tmp_path / "a" / "named.db"))
    (tmp_path / "folder").mkdir()
    for given, file in (
        (None, tmp_path / "a" / "named.db"),
        (str(tmp_path / "b c" / "d.sqlite"), tmp_path / "b c" / "d.sqlite"),
        (tmp_path / "path.db", tmp_path / "path.db"),
        (str(tmp_path / "folder"), tmp_path / "folder" / "seesaw.db"),
        (f"sqlite:///{tmp_path / 'url.db'}", tmp_path / "url.db"),
    ):
        with open_store(given) as store:
            assert file.exists()
            assert store.folder == file.parent
            assert store.address == str(file)
    monkeypatch.chdir(tmp_path)
    with open_store("here.db") as store:
        assert store.folder == tmp_path


@pytest.mark.parametrize("given", ["mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:", "://", "nonsense://x"])
def test_other_stores_are_refused(given):
    with pytest.raises(StoreError, match="store"):
        open_store(given)


def test_a_file_that_is_something_else(tmp_path):
    other = tmp_path / "picture.png"
    other.write_bytes(b"\x89PNG" + bytes(range(256)) * 20)
    before = other.read_bytes()
    with pytest.raises(StoreUnavailableError, match=r"must be an SQLite database.*--store"):
        open_store(other)
    assert other.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="could not be made"):
        open_store(tmp_path / "file" / "store.db")


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(StoreUnavailableError, match="cannot be reached") as caught:
        open_store("postgresql://someone:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_a_database_that_is_not_there(postgres_url):
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        open_store(postgres_url + "_missing")


@pytest.mark.postgres
def test_a_server_that_went_away_comes_back(postgres_url, example):
    with open_store(postgres_url) as store:
        identity = store.add(example.study())
        with store.engine.connect() as connection, pytest.raises(Exception, match="terminat"):
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
            )
        assert store.get(identity).id == identity


def test_a_read_only_file_can_be_read_and_says_why_not_written(tmp_path, example):
    file = tmp_path / "store.db"
    with open_store(file) as store:
        identity = store.add(example.study())
    with open_store(f"sqlite:///file:{file}?mode=ro&uri=true") as store:
        assert store.get(identity).state == "queued"
        assert store.read(identity) == ([], 0)
        with pytest.raises(StoreUnavailableError, match=r"is read-only.*--store"):
            store.add(example.study(1))
        with pytest.raises(StoreUnavailableError, match="read-only"):
            store.claim("worker")
        assert store.claim("worker", study_id="nothing") is None
    with pytest.raises(StoreUnavailableError):
        open_store(f"sqlite:///file:{tmp_path / 'missing.db'}?mode=ro&uri=true")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_without_permission(tmp_path, example):
    with open_store(tmp_path / "store.db") as store:
        store.add(example.study())
    (tmp_path / "store.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreUnavailableError), open_store(tmp_path / "store.db") as store:
            store.add(example.study(1))
        with pytest.raises(StoreUnavailableError):
            open_store(tmp_path / "other.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_cannot_be_written_is_said_to_be_read_only(tmp_path, monkeypatch):
    folder = tmp_path / "medium"
    folder.mkdir()
    # Permissions do not stop the administrator, and so the answer of the system and SQLite's refusal are played.
    monkeypatch.setattr(faults.os, "access", lambda path, mode: Path(path) != folder)
    refusal = sqlite3.OperationalError("unable to open database file")
    refusal.sqlite_errorname = "SQLITE_CANTOPEN"
    said = str(faults.explain(OperationalError("", {}, refusal), str(folder / "store.db")))
    assert "is read-only and must be writable; allow writing to it and its folder" in said
    assert "cannot be reached" in str(faults.explain(OperationalError("", {}, refusal), str(tmp_path / "none" / "store.db")))


@pytest.mark.postgres
def test_a_read_only_server(postgres_url, example):
    with open_store(postgres_url) as store:
        identity = store.add(example.study())

        def read_only(connection, _):
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

        event.listen(store.engine, "connect", read_only)
        store.close()
        assert store.get(identity).state == "queued"
        with pytest.raises(StoreUnavailableError, match="is read-only"):
            store.add(example.study(1))


def test_a_full_disk_loses_nothing(tmp_path, example):
    with open_store(tmp_path / "store.db") as store:
        identity = store.add(example.study())
        store.append(identity, [example.record(0)], step=1, total=20)
        with store.engine.connect() as connection:  # the one connection of the pool keeps the limit
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreUnavailableError, match=r"no room left.*what was stored before is safe"):
            store.append(identity, [example.record(step) for step in range(1, 400)], step=400, total=400)
        assert store.get(identity).step == 1, "the batch is refused whole"
        assert [record.step for record in store.read(identity)[0]] == [0]
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        store.append(identity, [example.record(step) for step in range(1, 400)], step=400, total=400)
        assert len(store.read(identity)[0]) == 400


def test_a_locked_store_says_so_and_can_still_be_read(tmp_path, example):
    file = tmp_path / "store.db"
    with open_store(file, patience=0.2) as store:
        identity = store.add(example.study())
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match=r"locked by another program; close"):
            store.append(identity, [example.record(0)], step=1, total=20)
        assert store.get(identity).step == 0
        other.execute("ROLLBACK")
        other.close()
        store.append(identity, [example.record(0)], step=1, total=20)
        assert store.get(identity).step == 1


@pytest.mark.postgres
def test_a_locked_table_says_so(postgres_url, example):
    with open_store(postgres_url, patience=0.2) as store:
        identity = store.add(example.study())
        with store.engine.connect() as other, other.begin():
            other.execute(text("LOCK TABLE seesaw_studies IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(StoreUnavailableError, match="locked by another program"):
                store.append(identity, [], step=1, total=20)
        store.append(identity, [], step=1, total=20)


def test_writers_wait_for_each_other(tmp_path, example):
    with open_store(tmp_path / "store.db") as first, open_store(tmp_path / "store.db") as second:
        ids = [store.add(example.study(number)) for number, store in enumerate((first, second))]

        def write(store, identity):
            for step in range(50):
                store.append(identity, [example.record(step)], step=step, total=50)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, (first, second), ids))
        assert [len(first.read(identity)[0]) for identity in ids] == [50, 50]


def test_files_are_in_write_ahead_mode(file_store):
    with file_store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_the_store_reads_without_torch():
    script = "import sys, mtl_core.store, mtl_core.execution.supervisor; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2]).returncode == 0
