"""Pictures of a person's own with a value for every pixel: what is read of them, what is unknown, and what is refused."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import mtl_core as mtl
from mtl_core.errors import DataError
from mtl_core.suites import load_suite
from mtl_core.suites.intake import intake_of
from mtl_core.suites.npy import read_array
from mtl_core.suites.pixel_maps import SOURCE
from mtl_core.suites.suite import UNLABELLED

Array = npt.NDArray[Any]
SIDE, COUNT = 8, 20


@pytest.fixture
def rooms(map_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with rooms, 150 and 30 of them, is the one that is read from."""
    monkeypatch.setenv("SEESAW_DATA", str(map_folder))
    return map_folder / "nyuv2"


@pytest.fixture
def streets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as Cityscapes has it: no normals, the classes in a folder of their own name, shades as bytes."""
    rng = np.random.default_rng(4)
    for part in ("train", "test"):
        for name in ("image", "label_7", "depth"):
            (tmp_path / "streets" / part / name).mkdir(parents=True)
        for number in range(COUNT):
            write(tmp_path / "streets" / part / "image", number, rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8))
            write(tmp_path / "streets" / part / "label_7", number, rng.integers(-1, 4, (SIDE, SIDE)))
            write(tmp_path / "streets" / part / "depth", number, rng.uniform(1, 9, (SIDE, SIDE)))
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    return tmp_path / "streets"


def write(folder: Path, number: int, values: Array) -> None:
    np.save(folder / f"{number}.npy", values)


def head(described: str, size: int = 0, version: bytes = b"\x01\x00") -> bytes:
    """A file whose head says this, and so many bytes of numbers."""
    length = len(described).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + length + described.encode() + bytes(size)


def files(folder: Path, part: str, name: str) -> Array:
    """All arrays of a folder, in the order of their numbers."""
    found = sorted((folder / part / name).iterdir(), key=lambda file: int(file.stem))
    return np.stack([np.load(file) for file in found])


def test_what_is_unknown_is_masked_and_the_rest_is_what_the_files_have(rooms: Path) -> None:
    suite = load_suite("pixel_maps")
    assert [task.name for task in suite.tasks] == ["segmentation", "depth", "normals"]
    unknown = np.zeros((30, 3, 32, 32), dtype=bool)
    for number in range(30):
        for row in range(3):
            unknown[number, row, row, : 1 + number % 4] = True
    segmentation, depth, normals = suite.test.targets
    np.testing.assert_array_equal(segmentation == UNLABELLED, unknown[:, 0])
    np.testing.assert_array_equal(depth == UNLABELLED, unknown[:, 1])
    np.testing.assert_array_equal((normals == 0).all(axis=1), unknown[:, 2])
    np.testing.assert_array_equal(segmentation[~unknown[:, 0]], files(rooms, "val", "label")[~unknown[:, 0]])
    centre, spread = suite.units[1]
    assert suite.tasks[1].spread == spread
    metres = np.exp(centre + spread * depth[~unknown[:, 1]])
    np.testing.assert_allclose(metres, files(rooms, "val", "depth")[..., 0][~unknown[:, 1]], rtol=1e-5)
    np.testing.assert_allclose(np.moveaxis(normals, 1, 3), files(rooms, "val", "normal"), atol=1e-6)
    np.testing.assert_allclose(np.moveaxis(suite.test.inputs, 1, 3), files(rooms, "val", "image"), atol=1e-6)
    known = suite.train.targets[1][suite.train.targets[1] != UNLABELLED]
    assert known.mean() == pytest.approx(0, abs=1e-4)
    assert known.std() == pytest.approx(1, abs=1e-4)
    assert suite.notes[1] == "Pixels with a value in training: label 100%, depth 100%, normal 100%."


def test_pictures_are_reduced_and_what_is_known_on_half_of_an_area_is_known(rooms: Path) -> None:
    suite = load_suite({"name": "pixel_maps", "height": 16})
    assert suite.test.inputs.shape[1:] == (3, 16, 16)

    def areas(values: Array) -> Array:
        return values.reshape(30, 16, 2, 16, 2, *values.shape[3:])

    image, metres, ways = (files(rooms, "val", name) for name in ("image", "depth", "normal"))
    np.testing.assert_allclose(np.moveaxis(suite.test.inputs, 1, 3), areas(image).mean(axis=(2, 4)), atol=1e-6)
    np.testing.assert_array_equal(suite.test.targets[0], files(rooms, "val", "label")[:, 1::2, 1::2], "the middle one")
    there = areas(metres[..., 0] > 0).mean(axis=(2, 4))
    assert {0.5, 0.75, 1.0} == set(np.unique(there)), "the row of what is unknown is half of an area, or a part of it"
    centre, spread = suite.units[1]
    mean = areas(metres[..., 0]).sum(axis=(2, 4)) / (4 * there)
    np.testing.assert_allclose(np.exp(centre + spread * suite.test.targets[1]), mean, rtol=1e-5)
    total = areas(ways).sum(axis=(2, 4))
    unit = total / np.linalg.norm(total, axis=-1, keepdims=True)
    np.testing.assert_allclose(np.moveaxis(suite.test.targets[2], 1, 3), unit, atol=1e-5)


def test_less_than_half_of_an_area_is_unknown(rooms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(rooms, tmp_path / "nyuv2")
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    values = np.ones((32, 32, 1))
    values[4:6, 4:6, 0] = [[0, 0], [0, 7]]
    write(tmp_path / "nyuv2" / "val" / "depth", 0, values)
    write(tmp_path / "nyuv2" / "val" / "label", 1, np.full((32, 32), -1))
    suite = load_suite({"name": "pixel_maps", "height": 16})
    assert np.argwhere(suite.test.targets[1][0] == UNLABELLED).tolist() == [[2, 2]]
    assert suite.test.observed[:3, 0].tolist() == [True, False, True], "a picture without a class has no label"


def test_pictures_lie_evenly_among_all_and_the_last_fifth_is_for_validation(rooms: Path) -> None:
    suite = load_suite({"name": "pixel_maps", "pictures": 50})
    assert (len(suite.train), len(suite.validation), len(suite.test)) == (40, 10, 25)
    image = np.moveaxis(files(rooms, "train", "image"), 3, 1)
    np.testing.assert_allclose(suite.train.inputs, image[:120:3], atol=1e-6)
    np.testing.assert_allclose(suite.validation.inputs, image[120::3], atol=1e-6)


def test_a_folder_without_normals_has_two_tasks_and_classes_may_be_named(streets: Path) -> None:
    suite = load_suite({"name": "pixel_maps", "folder": "streets"})
    assert [(task.name, task.classes) for task in suite.tasks] == [("segmentation", 4), ("depth", 1)]
    assert suite.tasks[0].labels == ("class 0", "class 1", "class 2", "class 3")
    np.testing.assert_allclose(np.moveaxis(suite.test.inputs, 1, 3), files(streets, "test", "image") / 255, atol=1e-6)
    named = load_suite({"name": "pixel_maps", "folder": "streets", "classes": ["road", "verge", "sky", "car", "person"]})
    assert named.tasks[0].labels == ("road", "verge", "sky", "car", "person")
    with pytest.raises(DataError, match="must name all classes, found 3 names and class 3"):
        load_suite({"name": "pixel_maps", "folder": "streets", "classes": ["road", "verge", "sky"]})
    told = SOURCE.found(**mtl.SUITES["pixel_maps"].check({"folder": "streets"}))
    assert [line.partition(",")[0] for line in told] == ["train: 20 pictures with label_7", "test: 20 pictures with label_7"]
    shades = [[[5] * SIDE] * SIDE] * 3
    taken = intake_of(
        suite, mtl.Study(suite={"name": "pixel_maps", "folder": "streets"}, weights=2, batch_size=8).suite.options
    )
    np.testing.assert_allclose(taken.take({"picture": shades}).inputs, 5 / 255, atol=1e-6)


def test_a_study_is_of_these_files_and_can_be_told_when_they_are_gone(streets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"name": "pixel_maps", "folder": "streets"}
    study = mtl.Study(suite=asked, weights=[], seeds=1, steps=2, batch_size=4, backbone={"name": "unet", "width": 2})
    result = mtl.run(study)
    measured = result.curves[result.curves["metric"].isin(["miou", "abs_rel"])]
    assert set(measured["split"]) == {"train", "validation", "test"}
    assert np.isfinite(measured["value"]).all()
    write(streets / "train" / "depth", 3, np.full((SIDE, SIDE), 2.0))
    os.utime(streets / "train" / "depth" / "3.npy", ns=(1, 1))
    with pytest.raises(DataError, match="must be what the study was made with"):
        load_suite(study.suite)
    assert mtl.Study(suite=asked, batch_size=4, weights=2).id != study.id
    monkeypatch.delenv("SEESAW_DATA")
    assert SOURCE.names(**study.suite.options) == ("segmentation", "depth")


def replaced(place: str, values: Array | bytes) -> Callable[[Path], None]:
    """Another content for one file."""

    def change(folder: Path) -> None:
        if isinstance(values, bytes):
            (folder / place).write_bytes(values)
        else:
            np.save(folder / place, values, allow_pickle=True)

    return change


def _far(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    shutil.rmtree(folder / "test" / "depth")
    (folder / "test" / "depth").symlink_to(folder.parents[1])


PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (8, 8), }\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced("train/depth/0.npy", np.array([[{}]], dtype=object)), "array of plain numbers.*without objects"),
        (replaced("train/depth/0.npy", np.zeros(8, dtype=[("a", "<f8")])), "array of plain numbers"),
        (replaced("train/depth/0.npy", head(PLAIN.replace("(8, 8)", "(99999999, 99999999)"), 512)), "found 512 bytes"),
        (replaced("train/depth/0.npy", head(PLAIN, 500)), "found 500 bytes"),
        (replaced("train/depth/0.npy", head(PLAIN, 512)[:40]), "array of plain numbers"),
        (replaced("train/depth/0.npy", head("((((" * 10_000, 9)), "array of plain numbers"),
        (replaced("train/depth/0.npy", b"PK\x03\x04" + bytes(99)), "as numpy.save writes it, found another file"),
        (replaced("train/depth/0.npy", b""), "found another file"),
        (replaced("train/depth/0.npy", np.zeros((8, 0))), "found 0 bytes"),
        (replaced("train/depth/7.npy", np.zeros((8, 9))), r"of the first picture's size, \(8, 8\), found \(8, 9\)"),
        (replaced("train/depth/0.npy", np.full((8, 8), -1.0)), "finite depths above 0"),
        (replaced("train/depth/0.npy", np.full((8, 8), np.nan)), "finite depths above 0"),
        (replaced("train/label_7/0.npy", np.full((8, 8), 255)), "whole numbers of classes, from 0 to 254"),
        (replaced("train/label_7/0.npy", np.full((8, 8), 0.5)), "whole numbers of classes"),
        (replaced("train/label_7/0.npy", np.full((8, 8), -2)), "or -1 where there is none"),
        (replaced("train/image/0.npy", np.full((8, 8, 3), 255.0)), "shades from 0 to 1"),
        (replaced("train/image/0.npy", np.full((3, 8, 8), 0.5)), "a picture of 8 to 4096 rows and columns with three"),
        (lambda folder: (folder / "test" / "depth" / "4.npy").unlink(), "streets/test/depth must have a file.* no 4.npy"),
        (lambda folder: (folder / "test" / "image" / "4.npy").unlink(), "at least 20 pictures.* found 19"),
        (lambda folder: shutil.rmtree(folder / "test" / "depth"), "streets/test/depth must be in the data folder"),
        (_far, "found a link out of it"),
    ],
)
def test_what_cannot_be_it_is_refused_in_words(streets: Path, change: Callable[[Path], None], words: str) -> None:
    change(streets)
    with pytest.raises(DataError, match=words):
        load_suite({"name": "pixel_maps", "folder": "streets"})


def test_directions_too_long_and_paths_upward_are_refused(streets: Path) -> None:
    for part in ("train", "test"):
        (streets / part / "normal").mkdir()
        for number in range(COUNT):
            write(streets / part / "normal", number, np.full((SIDE, SIDE, 3), 100.0))
    with pytest.raises(DataError, match="directions with parts from -1 to 1"):
        load_suite({"name": "pixel_maps", "folder": "streets"})
    for name in ("../streets", "/tmp", "a\\b", "streets/.."):
        with pytest.raises(DataError, match="paths upward or from the root are not followed"):
            load_suite({"name": "pixel_maps", "folder": name})


def test_heads_of_any_plain_array_are_read(tmp_path: Path) -> None:
    for array in (np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(4, dtype=">i2"), np.array([True, False])):
        np.save(tmp_path / "a.npy", array)
        np.testing.assert_array_equal(read_array((tmp_path / "a.npy").read_bytes(), "a"), array)
    old = head("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }\n", 24, b"\x02\x00")
    np.testing.assert_array_equal(read_array(old, "a"), np.zeros((2, 3)))
