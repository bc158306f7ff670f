"""Suites of idx files: what is made of them, how they are told apart, and which are refused."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import mtl_core as mtl
from mtl_core.errors import DataError
from mtl_core.spec import SUITES
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.multi_mnist import drawn, overlaid

ROWS = {"train": 120, "t10k": 40}
SHIFTS = {"sener": 6, "pareto": 8}

Write = Callable[..., Path]


def header(magic: int, *sizes: int) -> bytes:
    return struct.pack(f">{1 + len(sizes)}I", magic, *sizes)


def files(seed: int = 0) -> dict[str, bytes]:
    """Four small idx files; every image has its label's shade in its first pixel and its number in the next two."""
    made = {}
    for split, rows in ROWS.items():
        images = np.random.default_rng([seed, rows]).integers(256, size=(rows, 28, 28), dtype=np.uint8)
        labels = np.arange(rows) % 10
        images[:, 0, 0], images[:, 0, 1], images[:, 0, 2] = labels, np.arange(rows), rows
        made[f"{split}-images"] = header(2051, rows, 28, 28) + images.tobytes()
        made[f"{split}-labels"] = header(2049, rows) + labels.astype(np.uint8).tobytes()
    return made


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Lays the small files into a folder of a data folder of their own, some replaced."""
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))

    def laid(folder: str = "mnist", mark: str = "-", packed: bool = False, seed: int = 0, **replaced: bytes) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        for name, content in (files(seed) | {name.replace("_", "-"): content for name, content in replaced.items()}).items():
            file = tmp_path / folder / f"{name}{mark}idx{3 if 'images' in name else 1}-ubyte{'.gz' if packed else ''}"
            file.write_bytes(gzip.compress(content) if packed else content)
        return tmp_path / folder

    return laid


def small(**options: object) -> Suite:
    return load_suite({"name": "mnist_two", "images": 100} | options)


def shades(inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Pixels from 0 to 255, from what was standardised by MNIST's mean and spread."""
    return np.rint((inputs.astype(np.float64) * 0.3081 + 0.1307) * 255).astype(np.int64)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", ["-", "."])
def test_both_names_packed_or_not_are_read_alike(write: Write, mark: str, packed: bool) -> None:
    write(mark=mark, packed=packed)
    suite = small()
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [100, 20, 40]
    for split, low, high, rows in ((suite.train, 0, 100, 120), (suite.validation, 100, 120, 120), (suite.test, 0, 40, 40)):
        found = shades(split.inputs)[:, 0, 0]
        assert sorted(found[:, 1]) == list(range(low, high)), "five sixths train, the rest validates"
        assert (found[:, 2] == rows).all()
        np.testing.assert_array_equal(found[:, 0], split.targets[0])
        np.testing.assert_array_equal(found[:, 0] % 2, split.targets[1])


def test_the_second_question_can_be_another(write: Write) -> None:
    write()
    suite = small(second="at_least_five")
    assert [task.name for task in suite.tasks] == ["digit", "at_least_five"]
    np.testing.assert_array_equal(suite.train.targets[0] >= 5, suite.train.targets[1] == 1)


def test_few_labels_are_even_and_among_more(write: Write) -> None:
    write()
    observed = {count: small(labels=count).train.observed for count in (10, 34, 95)}
    for count, seen in observed.items():
        assert seen.sum(axis=0).tolist() == [count, 100]
        digits = small().train.targets[0][seen[:, 0]]
        assert np.ptp(np.bincount(digits, minlength=10)) <= 1
    assert (observed[10] <= observed[34]).all()
    assert (observed[34] <= observed[95]).all()
    assert small(labels=5000).train.observed.all()


@pytest.mark.parametrize("construction", SHIFTS)
def test_two_pictures_are_overlaid_as_the_papers_say(construction: str) -> None:
    """Against a loop over pixels."""
    left, right = np.random.default_rng(0).integers(256, size=(2, 3, 28, 28), dtype=np.uint8)
    found, shift = overlaid(left, right, construction), SHIFTS[construction]
    side = 28 if construction == "sener" else 36
    assert found.shape == (3, side, side)
    for row in range(side):
        for column in range(side):
            y, x = ((2 * row + 1) * 36 // (2 * side), (2 * column + 1) * 36 // (2 * side))
            under = left[:, y, x] if y < 28 and x < 28 else np.zeros(3, np.uint8)
            inside = 0 <= y - shift < 28 and 0 <= x - shift < 28
            over = right[:, y - shift, x - shift] if inside else np.zeros(3, np.uint8)
            np.testing.assert_array_equal(found[:, row, column], np.maximum(under, over))


def test_every_left_picture_comes_once_before_any_comes_twice() -> None:
    left, right = drawn(0, 250, 100, 60)
    assert sorted(left[:100]) == sorted(left[100:200]) == list(range(100))
    assert right.max() < 60
    assert len(set(right.tolist())) > 50
    assert drawn(1, 250, 100, 60)[1].tolist() != right.tolist()


@pytest.mark.parametrize("pictures", ["digits", "fashion", "fashion_and_mnist"])
def test_pairs_are_of_the_folders_that_were_asked_for(write: Write, pictures: str) -> None:
    folders = {"digits": ("mnist", "mnist"), "fashion": ("fashion", "fashion"), "fashion_and_mnist": ("fashion", "mnist")}
    for seed, folder in enumerate(sorted(set(folders[pictures]))):
        write(folder, seed=seed)  # the other folder is not there, and nobody asks for it
    suite = load_suite({"name": "multi_mnist", "construction": "pareto", "pictures": pictures, "pairs": 100, "test_pairs": 100})
    assert suite.train.inputs.shape == (100, 1, 36, 36)
    corner = shades(suite.train.inputs)[:, 0, 0]  # nothing lies on the left picture there
    np.testing.assert_array_equal(corner[:, 0], suite.train.targets[0])
    assert corner[:, 1].max() < 100
    assert np.unique(suite.train.targets[1]).size == 10
    garments = ["bag" in task.labels for task in suite.tasks]
    assert garments == [folder == "fashion" for folder in folders[pictures]]
    assert [("garment" in task.help) for task in suite.tasks] == garments


def test_what_is_seen_has_its_own_shades(write: Write) -> None:
    write()
    suite = small()
    view = SUITES["mnist_two"].load().view(suite, suite.train.inputs[0])
    np.testing.assert_array_equal(np.array(view.picture), shades(suite.train.inputs[0]))


def test_files_that_are_not_mnists_are_said_to_be_others(write: Write) -> None:
    write()
    assert "mnist/: not MNIST's four files" in SUITES["mnist_two"].load().found()
    assert "results say nothing of MNIST" in small().notes[0]


def test_mnist_is_recognised_and_nothing_else_is_taken_for_fashion(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert SUITES["mnist_two"].load().found()[0] == "mnist/: found MNIST"
    assert load_suite("mnist_two").notes == ()
    (tmp_path / "fashion").mkdir()
    for file in (real_data / "mnist").iterdir():
        (tmp_path / "fashion" / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"fashion/train-images-idx3-ubyte must be Fashion-MNIST's, found MNIST's"):
        load_suite({"name": "multi_mnist", "pictures": "fashion"})


def test_other_files_are_another_study_and_old_ones_are_missed(write: Write) -> None:
    folder = write(seed=1)
    study = mtl.Study(suite={"name": "mnist_two", "images": 100})
    assert study.suite.options["sha256"]
    write(seed=2)
    assert mtl.Study(suite={"name": "mnist_two", "images": 100}).id != study.id
    with pytest.raises(DataError, match="must be what the study was made with"):
        load_suite(study.suite)
    for file in folder.iterdir():
        file.unlink()
    assert mtl.Study.from_dict(study.to_dict()) == study, "a stored study is told without its files"


def gone(content: bytes) -> bytes:
    """A gzip archive that ends too soon."""
    return gzip.compress(content)[:-20]


GOOD = files()
BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "empty": ({"train_images": b""}, r"train-images.* must be an idx file of images \(2051\), found an empty file"),
    "three bytes": ({"train_images": b"\0\0\x08"}, "found another beginning"),
    "wrong magic": ({"train_labels": header(2050, 120) + bytes(120)}, r"labels \(2049\), found another beginning"),
    "swapped": ({"t10k_images": GOOD["t10k-labels"]}, "t10k-images.* must be an idx file of images.* found one of labels"),
    "packed without its ending": ({"train_images": gzip.compress(GOOD["train-images"])}, "found another beginning"),
    "no sizes": ({"train_images": header(2051, 120)}, "must have a header of 16 bytes, found 8"),
    "huge counts": (
        {"train_images": header(2051, 2**32 - 1, 2**32 - 1, 2**32 - 1)},
        "must hold the 4,294,967,295 x 4,294,967,295 x 4,294,967,295 bytes that its header says, found 0",
    ),
    "one image more": ({"train_images": header(2051, 121, 28, 28) + GOOD["train-images"][16:]}, "found 94,080; copy it anew"),
    "cut off": ({"train_labels": GOOD["train-labels"][:-1]}, "must hold the 120 bytes that its header says, found 119"),
    "bytes after the end": ({"train_labels": GOOD["train-labels"] + b"\0"}, "must hold the 120 bytes .* found 121"),
    "nothing in it": ({"t10k_images": header(2051, 0, 28, 28)}, "must hold images, found none"),
    "another size": ({"t10k_images": header(2051, 40, 14, 56) + GOOD["t10k-images"][16:]}, "28x28, found 14x56"),
    "letters": ({"t10k_labels": header(2049, 40) + bytes([26] * 40)}, "must hold labels from 0 to 9, found 26"),
    "labels of others": ({"train_labels": GOOD["t10k-labels"]}, "same examples, found 120 images and 40 labels"),
    "a class with no image": ({"train_labels": header(2049, 120) + bytes(n % 9 for n in range(120))}, "found no 9"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_words(write: Write, case: str) -> None:
    replaced, words = BAD[case]
    write(**replaced)
    with pytest.raises(DataError, match=words):
        small()


def test_a_damaged_archive_is_refused_in_words(write: Write) -> None:
    folder = write(packed=True)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gone(GOOD["t10k-images"]))
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz must be a whole gzip archive"):
        small()
    with pytest.raises(DataError, match="whole gzip archive"):
        SUITES["mnist_two"].load().found()


def test_more_than_such_a_file_has_is_not_unpacked(write: Write) -> None:
    write(train_labels=header(2049, 10**6) + bytes(10**6), packed=True)
    with pytest.raises(DataError, match="must hold at most 1 MB, found more"):
        small()


def test_a_missing_file_is_named_with_where_it_comes_from(write: Write) -> None:
    (write() / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"mnist/train-labels-idx1-ubyte must be in the data folder.*put it there.*exdb/mnist"):
        small()
    assert not SUITES["mnist_two"].load().ready(**SUITES["mnist_two"].check({}))


def test_more_images_than_there_are_are_refused(write: Write) -> None:
    write()
    with pytest.raises(DataError, match=r"mnist_two\.images must be at most 100, which the files have for training, found 101"):
        small(images=101)
