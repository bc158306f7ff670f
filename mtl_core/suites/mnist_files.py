"""The files of MNIST and of what has their form: read, told apart, and shown."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError
from mtl_core.suites.folder import FileSource, Wanted, find, fingerprint, read
from mtl_core.suites.idx import CLASSES, read_images, read_labels
from mtl_core.suites.intake.picture import Pad, PictureIntake
from mtl_core.suites.suite import Suite
from mtl_core.suites.view import View

DIGITS, GARMENTS = "mnist", "fashion"
"""The folders; Fashion-MNIST's files have MNIST's names."""

CLASS_NAMES = {
    DIGITS: tuple(str(digit) for digit in range(CLASSES)),
    GARMENTS: ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
}

ROWS = 2000
"""Examples of validation and of test, where no other number is asked for."""

MEAN, SPREAD = 0.1307, 0.3081
"""Of MNIST's shades; Sener & Koltun standardise by them, and so does every variant here."""

MNIST = (
    "6bbc9ace898e44ae57da46a324031adb",
    "a25bea736e30d166cdddb491f175f624",
    "2646ac647ad5339dbf082846283269ea",
    "27ae3e4e09519cfbb04c329615203637",
)
"""The MD5 of what MNIST's four files hold, in the order of ``wanted``."""

NOT_MNIST = f"The files in {DIGITS}/ have the names of MNIST's four and hold something else: results say nothing of MNIST."

DIGIT = Pad("digit", 28, 20, "mass")
"""What a digit is drawn on, as MNIST's were brought to their size and place."""

Images = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.int64]


def wanted(folder: str) -> tuple[Wanted, ...]:
    """The four files of a folder: images and labels for training, images and labels for testing."""
    kinds = (("images", 3, 50_000_000), ("labels", 1, 1_000_000))
    return tuple(
        Wanted(tuple(f"{folder}/{split}-{what}{mark}idx{axes}-ubyte" for mark in "-."), most)
        for split in ("train", "t10k")
        for what, axes, most in kinds
    )


@dataclass(frozen=True)
class Sources:
    """The images of a folder by split, ``(N, 28, 28)`` and ``(N,)``: of the training images the first five sixths train, the
    others validate; and what a person should know of them."""

    images: tuple[Images, ...]
    labels: tuple[Ids, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: str, contents: tuple[bytes, ...]) -> "Sources":
        """What the four files of ``wanted`` hold.

        Raises:
            DataError: a file is no idx file, images and labels disagree, a class has no image to train on, or MNIST's own
                files lie where Fashion-MNIST's belong.
        """
        names = [each.places[0] for each in wanted(folder)]
        parts = []
        for place in (0, 2):
            images = read_images(contents[place], names[place])
            labels = read_labels(contents[place + 1], names[place + 1])
            if len(images) != len(labels):
                raise DataError(
                    f"{names[place]} and {names[place + 1]} must be of the same examples, found {len(images):,} images and "
                    f"{len(labels):,} labels; put files of one data set there."
                )
            parts.append((images, labels))
        (images, labels), test = parts
        count = len(images) - len(images) // 6
        if missing := sorted(set(range(CLASSES)) - set(np.unique(labels[:count]).tolist())):
            raise DataError(
                f"{names[1]} must have every label from 0 to 9 among its first {count:,}, found no {missing[0]}; put the whole "
                "file there."
            )
        same = [_md5(content) == known for content, known in zip(contents, MNIST, strict=True)]
        if folder != DIGITS and any(same):
            raise DataError(f"{names[same.index(True)]} must be Fashion-MNIST's, found MNIST's; put the right one there.")
        notes = () if all(same) or folder != DIGITS else (NOT_MNIST,)
        return cls((images[:count], images[count:], test[0]), (labels[:count], labels[count:], test[1]), notes)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=8)
def _original(files: tuple[Path, ...], _content: str) -> bool:
    """Whether these are MNIST's four files; they are read again when their hash is another."""
    return tuple(_md5(read(file, each.most)) for file, each in zip(files, wanted(DIGITS), strict=True)) == MNIST


def standardised(images: Images) -> npt.NDArray[np.float32]:
    """``(N, H, W)`` shades from 0 to 255 as ``(N, 1, H, W)`` inputs."""
    shades = images[:, None].astype(np.float32)
    shades /= 255 * SPREAD
    shades -= MEAN / SPREAD
    return shades


class IdxSource(FileSource):
    """What suites of idx files have in common: their folders, and how their pictures are seen."""

    origin = (
        "MNIST's four idx files are those of yann.lecun.com/exdb/mnist (CC BY-SA 3.0), Fashion-MNIST's those of "
        "github.com/zalandoresearch/fashion-mnist (MIT)."
    )

    def folders(self, **_options: Any) -> tuple[str, ...]:
        """The folders that it reads, each once."""
        return (DIGITS,)

    def files(self, **options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        return tuple(each for folder in self.folders(**options) for each in wanted(folder))

    def found(self, **options: Any) -> tuple[str, ...]:
        """See ``FileSource.found``; and whether the files are MNIST's, whose names others have too."""
        told = []
        for folder in self.folders(**options):
            files = tuple(find(each, self.origin) for each in wanted(folder))
            original = _original(files, fingerprint(files))
            told.append(f"{folder}/: found MNIST" if original else f"{folder}/: not MNIST's four files")
        return (*told, *super().found(**options))

    def sources(self, sha256: str, **options: Any) -> dict[str, Sources]:
        """What the folders hold, by folder."""
        contents = self.contents(sha256, **options)
        folders = self.folders(**options)
        return {folder: Sources.of(folder, contents[4 * n : 4 * n + 4]) for n, folder in enumerate(folders)}

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        return PictureIntake(suite, (MEAN,), (SPREAD,), (DIGIT,))

    def view(self, suite: Suite, example: npt.NDArray[np.float32]) -> View:
        """See ``SuiteSource.view``: in the shades that were standardised."""
        return super().view(suite, example * SPREAD + MEAN)
