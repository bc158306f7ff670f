"""CIFAR-10's files: what is read of them, how classes become tasks, and which files are refused."""

import gzip
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import mtl_core as mtl
from mtl_core.errors import DataError
from mtl_core.spec import SUITES
from mtl_core.suites import load_suite
from mtl_core.suites.cifar import ANIMALS, CLASSES, RECORD, SOURCE

Records = npt.NDArray[np.uint8]


def records(each: int, seed: int = 0) -> Records:
    """So many pictures of each class, in an order that is drawn."""
    rng = np.random.default_rng(seed)
    made = rng.integers(256, size=(10 * each, RECORD), dtype=np.uint8)
    made[:, 0] = rng.permutation(np.repeat(np.arange(10), each))
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with 40 + 4 pictures of each class, in two training files, one of them packed."""
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    place = tmp_path / "cifar10"
    place.mkdir()
    made = records(40)
    (place / "data_batch_2.bin").write_bytes(made[:150].tobytes())
    (place / "data_batch_4.bin.gz").write_bytes(gzip.compress(made[150:].tobytes()))
    (place / "test_batch.bin").write_bytes(records(4, seed=1).tobytes())
    return place


def test_every_file_that_is_there_is_read(folder: Path) -> None:
    suite = load_suite("cifar")
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [360, 40, 40]
    assert "360 training and 40 test pictures" in suite.notes[0]
    made = records(40)
    shown = {np.array(SOURCE.view(suite, row).picture).tobytes() for row in suite.train.inputs}
    held = {np.array(SOURCE.view(suite, row).picture).tobytes() for row in suite.validation.inputs}
    last = [np.flatnonzero(made[:, 0] == label)[-4:] for label in range(10)]
    there = {place: row[1:].reshape(3, 32, 32).astype(int).tobytes() for place, row in enumerate(made)}
    assert held == {there[place] for places in last for place in places.tolist()}, "the last tenth of each class"
    assert shown == set(there.values()) - held, "a person sees the bytes of the file"
    names = [line.split(":")[0] for line in SOURCE.found()]
    assert names == ["data_batch_2.bin", "data_batch_4.bin.gz", "test_batch.bin"]
    other = folder.parent / "cifar-10-batches-bin"
    other.mkdir()
    (other / "data_batch_1.bin").write_bytes(made.tobytes())
    assert [line.split(":")[0] for line in SOURCE.found()] == names, "two folders are never mixed"


def test_the_same_number_of_each_class_where_there_are_more(folder: Path) -> None:
    (folder / "data_batch_1.bin").write_bytes(records(70, seed=2).tobytes())
    (folder / "test_batch.bin").write_bytes(records(30, seed=1).tobytes())
    suite = load_suite({"name": "cifar", "pictures": 500, "reading": "class_group"})
    counts = [np.bincount(split.targets[0]).tolist() for split in (suite.train, suite.validation, suite.test)]
    assert counts == [[45] * 10, [5] * 10, [10] * 10]
    assert SUITES["cifar"].load().train_rows(pictures=500) == 450


def test_classes_become_tasks_in_three_ways(folder: Path) -> None:
    whole, groups, each = (
        load_suite({"name": "cifar", "reading": reading}) for reading in ("class_group", "groups", "one_vs_rest")
    )
    labels = whole.train.targets[0]
    animal = np.isin(labels, ANIMALS)
    np.testing.assert_array_equal(whole.train.targets[1], animal)
    assert [task.name for task in groups.tasks] == ["group", "animal", "vehicle"]
    np.testing.assert_array_equal(groups.train.observed, np.stack([np.ones_like(animal), animal, ~animal], axis=1))
    for place in (1, 2):
        known = groups.train.observed[:, place]
        said = [groups.tasks[place].labels[label] for label in groups.train.targets[place][known]]
        assert said == [CLASSES[label] for label in labels[known]]
    for place, task in enumerate(each.tasks):
        assert (task.name, task.headline, task.positive) == (CLASSES[place], "average_precision", 1)
        np.testing.assert_array_equal(each.train.targets[place], labels == place)
        assert each.train.targets[place].mean() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must be whole records of 3073 bytes, .* found 0 bytes"),
        (records(12).tobytes()[:-1], "must be whole records of 3073 bytes, .* found 368759 bytes"),
        (bytes([20]) * 20 * RECORD, "must have classes from 0 to 9, found 20; .* not CIFAR-100"),
        (records(9).tobytes(), "at least 10 pictures of each class, found 9 of class airplane"),
        (records(12)[records(12)[:, 0] != 3].tobytes(), "at least 10 pictures of each class, found 0 of class cat"),
    ],
)
def test_other_files_are_refused_in_words(folder: Path, content: bytes, words: str) -> None:
    (folder / "data_batch_4.bin.gz").unlink()
    (folder / "data_batch_2.bin").write_bytes(content)
    with pytest.raises(DataError, match=words):
        load_suite("cifar")


def test_a_packed_file_that_swells_or_is_cut_off_is_refused(folder: Path) -> None:
    packed = folder / "data_batch_4.bin.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"data_batch_4\.bin\.gz must be a whole gzip archive"):
        load_suite("cifar")
    packed.write_bytes(gzip.compress(bytes(50_000_000), 1))
    with pytest.raises(DataError, match="must hold at most 40 MB, found more"):
        load_suite("cifar")


def test_what_is_missing_is_said(folder: Path) -> None:
    (folder / "test_batch.bin").unlink()
    assert not SOURCE.ready(sha256=None)
    with pytest.raises(DataError, match=r"cifar10/test_batch\.bin must be in the data folder, .* put it there\. CIFAR-10 "):
        load_suite("cifar")
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"cifar10_subset/data_batch_1\.bin must be in the data folder"):
        load_suite("cifar")


def test_a_study_keeps_to_its_files(folder: Path) -> None:
    (folder / "test_batch.bin").write_bytes(records(5, seed=7).tobytes())  # what no other test has loaded and keeps
    study = mtl.Study(suite="cifar", weights=[])
    (folder / "test_batch.bin").write_bytes(records(5, seed=3).tobytes())
    os.utime(folder / "test_batch.bin", ns=(1, 1))  # a file system's clock may not have moved on
    assert mtl.Study(suite="cifar", weights=[]).id != study.id
    with pytest.raises(DataError, match="must be what the study was made with"):
        load_suite(study.suite)
