"""What goes wrong is said, and what helps helps."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from mtl_core.errors import StoreError, StoreFullError
from mtl_core.store import open_store, space


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk needs Linux and the rights to mount one")
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(store, identity, example):
    batch = [example.record(number) for number in range(50)]

    def fill():
        for step in range(1, 100_000):
            store.append(identity, batch, step=step, total=100_000)

    with pytest.raises(StoreFullError, match="no room left"):
        fill()


def test_a_full_disk_is_said_and_deleting_frees_it(small_disk, example):
    with open_store(small_disk / "store.db") as store:
        large, small = store.add(example.study(0)), store.add(example.study(1))
        assert store.fault() is None
        _fill(store, large, example)
        assert "no room left on its disk; free some space or delete studies" in store.fault()
        before = shutil.disk_usage(small_disk).free
        store.delete(large)
        assert shutil.disk_usage(small_disk).free > before + 1_500_000, "the system has its room back"
        assert store.fault() is None
        store.append(small, [example.record(0)], step=1, total=20)
        assert store.get(small).step == 1
        assert (small_disk / "store.db.reserve").exists(), "room is held back again for the next time"


def test_what_is_deleted_is_given_back(tmp_path, example):
    file = tmp_path / "store.db"
    with open_store(file) as store:
        first, second = store.add(example.study(0)), store.add(example.study(1))
        for identity in (first, second):
            for step in range(20):
                store.append(identity, [example.record(number) for number in range(200)], step=step, total=20)
        full = space.size(file)
        store.delete(first)
        assert space.size(file) < 0.65 * full
        assert len(store.read(second)[0]) == 4000


def test_an_old_file_learns_to_shrink(tmp_path):
    file = tmp_path / "old.db"
    shutil.copy(Path(__file__).parent / "data" / "version_1.db", file)
    with open_store(file) as store:
        with sqlite3.connect(file) as raw:
            assert raw.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        before = space.size(file)
        for info in store.list():
            store.delete(info.id)
        assert space.size(file) < 0.5 * before


def test_a_store_that_another_program_holds_is_said_to_be_locked(tmp_path):
    with open_store(tmp_path / "store.db") as store:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "is locked by another program" in store.fault()
        other.execute("ROLLBACK")
        other.close()
        assert store.fault() is None


@pytest.mark.parametrize("spec", ["{}", "not JSON", "[]", '{"suite": {"name": 3}}', "null"])
def test_one_bad_row_hides_one_study(store, example, spec):
    good, bad = store.add(example.study(0)), store.add(example.study(1))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET spec = :spec WHERE id = :id"), {"spec": spec, "id": bad})
    assert [info.id for info in store.list()] == [good]
    assert list(store.survey()[1]) == [bad]
    with pytest.raises(StoreError, match=rf"study {bad} are damaged.*seesaw delete {bad}"):
        store.get(bad)
    # The queue goes on past it, and it can be deleted.
    assert store.claim("worker").id == good
    assert store.claim("worker") is None
    assert store.claim("worker") is None
    store.delete(bad)
    assert store.survey()[1] == {}


@pytest.mark.parametrize("layout", ["{}", "nonsense", '{"tasks": 3}'])
def test_bad_axes_are_said_to_be(store, example, layout):
    identity = store.add(example.study())
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET layout = :layout"), {"layout": layout})
    with pytest.raises(StoreError, match=r"records' axes of study .* are damaged"):
        store.layout(identity)
    assert store.get(identity).id == identity


def test_silence_is_counted_from_the_last_sign_of_life(store, example):
    identity = store.add(example.study())
    assert store.get(identity).silence is None
    store.claim("worker")
    assert 0 <= store.get(identity).silence < 2
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET lease = lease - 7"))
    assert 7 <= store.get(identity).silence < 9
    assert 7 <= store.list()[0].silence < 9
    assert store.heartbeat(identity, "worker")
    assert store.get(identity).silence < 2
