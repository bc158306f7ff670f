"""The data folder: what is found there, what is refused, and features that are kept."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtl_core.errors import DataError
from mtl_core.suites import cache, folder
from mtl_core.suites.folder import FileSource, Wanted


class Letters(FileSource):
    """A suite of two files, enough of one to look for them."""

    origin = "They come from the alphabet."

    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        return Wanted(("letters/a.txt", "a.txt"), 100), Wanted(("letters/b.txt",), 100)


SOURCE = Letters()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with both files, one of them packed."""
    found = tmp_path / "data"
    (found / "letters").mkdir(parents=True)
    (found / "letters" / "a.txt").write_bytes(b"aaa")
    (found / "letters" / "b.txt.gz").write_bytes(gzip.compress(b"bbb"))
    monkeypatch.setenv("SEESAW_DATA", str(found))
    return found


def test_files_are_found_packed_or_not_and_said_with_their_hash(place: Path) -> None:
    assert SOURCE.contents() == (b"aaa", b"bbb")
    told = SOURCE.found()
    assert told[0].startswith("a.txt: ")
    assert "SHA-256 9834876dcfb0" in told[0]
    assert SOURCE.ready()
    (place / "letters" / "a.txt").rename(place / "a.txt")
    assert SOURCE.contents()[0] == b"aaa", "the second place of the file"


def test_a_study_keeps_the_hash_and_refuses_other_files(place: Path) -> None:
    settled = SOURCE.settle(sha256=None)
    assert SOURCE.settle(**settled) == settled
    assert SOURCE.contents(**settled) == (b"aaa", b"bbb")
    (place / "letters" / "a.txt").write_bytes(b"abc")
    os.utime(place / "letters" / "a.txt", ns=(1, 1))
    assert SOURCE.settle(sha256=None) != settled
    with pytest.raises(DataError, match="must be what the study was made with"):
        SOURCE.contents(**settled)


def test_who_has_no_folder_or_no_file_is_told_what_to_put_where(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "letters" / "b.txt.gz").unlink()
    assert not SOURCE.ready()
    with pytest.raises(
        DataError, match=r"letters/b\.txt must be in the data folder.*put it there\. They come from the alphabet"
    ):
        SOURCE.found()
    monkeypatch.setenv("SEESAW_DATA", str(place / "nowhere"))
    with pytest.raises(DataError, match="must be a folder"):
        SOURCE.found()
    monkeypatch.setenv("SEESAW_DATA", "a\0b" if os.name == "nt" else "x" * 5000)
    with pytest.raises(DataError, match="must be a folder"):
        SOURCE.found()
    monkeypatch.delenv("SEESAW_DATA")
    with pytest.raises(DataError, match="none is named"):
        SOURCE.found()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b"x" * 101), "at most 0 MB, found more"),
        (gzip.compress(b"bbb" * 20)[:-9], "damaged one"),
        (b"no gzip at all", "damaged one"),
        (b"x" * 101, "it is another file"),
    ],
    ids=["unpacks to too much", "cut off", "another format", "too large"],
)
def test_a_file_that_cannot_be_it_is_refused(place: Path, content: bytes, words: str) -> None:
    (place / "letters" / "b.txt.gz").write_bytes(content)
    with pytest.raises(DataError, match=words):
        SOURCE.contents()


def test_nothing_outside_the_folder_is_read(place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (place / "letters" / "a.txt").unlink()
    (place / "letters" / "a.txt").symlink_to(secret)
    with pytest.raises(DataError, match="found a link out of it"):
        SOURCE.contents()


def made(counted: list[int], size: int = 3) -> dict[str, np.ndarray[Any, Any]]:
    counted.append(1)
    return {"x": np.arange(size, dtype=np.float32), "y": np.ones((2, 2), dtype=np.int64)}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "features")


def test_features_are_made_once_for_each_content() -> None:
    counted: list[int] = []
    first, again = (cache.cached("letters 1", "abc", lambda: made(counted)) for _ in range(2))
    assert len(counted) == 1
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert first[name].dtype == again[name].dtype
    cache.cached("letters 1", "other", lambda: made(counted))
    cache.cached("letters 2", "abc", lambda: made(counted))
    assert len(counted) == 3


def test_a_damaged_file_or_a_folder_that_cannot_be_written_costs_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    cache.cached("letters 1", "abc", lambda: made(counted))
    (kept,) = cache.folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:-5])
    np.testing.assert_array_equal(cache.cached("letters 1", "abc", lambda: made(counted))["x"], [0, 1, 2])
    assert len(counted) == 2
    monkeypatch.setattr(cache, "folder", lambda: Path(__file__) / "below a file")
    np.testing.assert_array_equal(cache.cached("letters 1", "abc", lambda: made(counted))["x"], [0, 1, 2])


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 3000)
    counted: list[int] = []
    for number in range(6):
        cache.cached("letters 1", str(number), lambda: made(counted, 200))
        for place, file in enumerate(sorted(cache.folder().iterdir(), key=lambda each: each.stat().st_mtime_ns)):
            os.utime(file, (place, place))
    kept = list(cache.folder().iterdir())
    assert sum(file.stat().st_size for file in kept) <= 3000
    assert not any(file.suffix != ".safetensors" for file in kept), "no part of a file stays"
    before = len(counted)
    cache.cached("letters 1", "5", lambda: made(counted, 200))
    assert len(counted) == before
    cache.cached("letters 1", "0", lambda: made(counted, 200))
    assert len(counted) == before + 1


def test_the_folder_is_the_one_that_is_named(place: Path) -> None:
    assert folder.data_folder() == place.resolve()
