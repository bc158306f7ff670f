"""A person's pictures with a value for every pixel, such as NYUv2 or Cityscapes: classes, depths, and normals if any."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.cache import Arrays, cached
from mtl_core.suites.folder import FileSource, Wanted, check_name, data_folder, fingerprint
from mtl_core.suites.intake.picture import PictureIntake
from mtl_core.suites.map_files import numbers, reduced
from mtl_core.suites.suite import UNLABELLED, Split, Suite, Task

FOLDER = "nyuv2"
PICTURES, HEIGHT = 500, 32

MAPS = ("label", "depth", "normal")
LABELS = ("label", "label_7", "label_19", "label_2")
"""What the folder of classes is called; Cityscapes has them in several grains, of which the first is read that is there."""

HELD_BACK = 5
"""Of so many training pictures the last is for validation."""

TESTED = 2
"""Of so many times as many training pictures there is one for testing, at most."""

LEAST = 20
"""Pictures of each folder that there must be."""

_MOST = 30_000_000_000
"""Bytes of a folder; NYUv2's largest have some 2,000,000,000."""

_KNOWN_CLASSES = 13
"""Of NYUv2."""


class PixelMaps(FileSource):
    """Pictures and their maps, one ``.npy`` file each, laid out as for MTAN (Liu, Johns & Davison 2019): ``train`` and ``test``
    (or ``val``), in each ``image`` ``(H, W, 3)``, ``label`` ``(H, W)`` with -1 where there is none, ``depth`` ``(H, W, 1)``
    with 0 where there is none, and, if they are there, ``normal`` ``(H, W, 3)`` with zeros where there is none.

    Of the training folder every n-th picture is read, so that as many are read as are asked for, and the last fifth of them is
    for validation: neighbours, which are often of one scene, are seldom parted. Pictures are reduced as ``map_files.reduced``
    says. Depth is the logarithm of what the files have, standardised over the known pixels of train: metres in NYUv2, and in
    Cityscapes what is nearer the larger it is.

    Cost: all files are read once to know them again; the reduced pictures are kept.
    """

    origin = (
        "A folder as for MTAN is wanted, with train and test (or val), and in each image, label, depth and, if there are any, "
        "normal; github.com/lorenmt/mtan says where NYUv2 and Cityscapes can be had like that. Option 'folder' names another."
    )

    def files(self, folder: str = FOLDER, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``: the training folders, then those for testing."""
        check_name(folder, "pixel_maps.folder", "a folder", FOLDER)
        there = data_folder() / folder
        split = "test" if (there / "test").is_dir() else "val"
        kinds = (("image",), LABELS, ("depth",), *((("normal",),) if (there / "train" / "normal").is_dir() else ()))
        return tuple(
            Wanted(tuple(f"{folder}/{part}/{name}" for name in names), _MOST, folder=True)
            for part in ("train", split)
            for names in kinds
        )

    def found(self, **options: Any) -> tuple[str, ...]:
        """See ``FileSource.found``: a line for each split."""
        files = self.checked(**options | {"sha256": None})
        half = len(files) // 2
        return tuple(
            f"{part[0].parent.name}: {len(numbers(part[0], 10**9, LEAST)):,} pictures with "
            f"{', '.join(each.name for each in part[1:])}, SHA-256 {fingerprint(part)[:12]}…"
            for part in (files[:half], files[half:])
        )

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with the content's hash and with what the tasks are. Of settled ones no file is read."""
        if options["sha256"] and options["maps"]:
            return options
        settled = super().settle(**options)
        train, *others = self._read(**settled)
        return settled | {
            "maps": tuple(name for name in MAPS if name in train),
            "count": _count((train, *others), settled["classes"]),
            "spread": _centre_and_spread(train)[1],
            "train_rows": len(train["image"]),
        }

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``; before they are settled as far as can be told without reading files: where there are none,
        as for NYUv2."""
        classes = options.get("classes", ())
        if options.get("maps"):
            return _tasks(options["maps"], options["count"], options["spread"], classes)
        try:
            maps = MAPS[: len(self._found(options)) // 2 - 1]
        except DataError:
            if options.get("folder", FOLDER) != FOLDER:
                raise
            maps = MAPS
        return _tasks(maps, len(classes) or _KNOWN_CLASSES, 1.0, classes)

    def train_rows(self, **options: Any) -> int | None:
        """See ``SuiteSource.train_rows``."""
        found: int | None = options["train_rows"]
        return found

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        return PictureIntake(suite)

    def load(self, classes: Sequence[str] = (), **options: Any) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            DataError: as ``settle`` does; also where a file is no longer the one that was settled.
        """
        return _load(*self._asked(**options), tuple(classes))

    def _read(self, **options: Any) -> tuple[Arrays, Arrays, Arrays]:
        return _parts(*self._asked(**options))

    def _asked(
        self,
        folder: str = FOLDER,
        pictures: int = PICTURES,
        height: int = HEIGHT,
        sha256: str | None = None,
        **_options: Any,
    ) -> tuple[tuple[Path, ...], int, int, str]:
        files = self.checked(sha256, folder=folder)
        return files, pictures, height, sha256 or fingerprint(files)


def _tasks(maps: Sequence[str], count: int, spread: float, classes: Sequence[str]) -> tuple[Task, ...]:
    names = tuple(classes) + tuple(f"class {number}" for number in range(len(classes), count))
    tasks = {
        "label": Task("segmentation", "segmentation", count, "What is each pixel part of?", names),
        "depth": Task("depth", "depth", help="How far away is what each pixel shows?", spread=spread),
        "normal": Task("normals", "normals", help="Which way does the surface face that each pixel shows?"),
    }
    return tuple(tasks[name] for name in maps)


@lru_cache(maxsize=2)
def _parts(files: tuple[Path, ...], pictures: int, height: int, sha256: str) -> tuple[Arrays, Arrays, Arrays]:
    """The reduced pictures for training, validation and testing."""
    half = len(files) // 2
    train, test = (
        _kept(part, most, height, sha256) for part, most in ((files[:half], pictures), (files[half:], pictures // TESTED))
    )
    if train["image"].shape[1:] != test["image"].shape[1:]:
        raise DataError(
            f"pictures for training and testing must be of one size, found {train['image'].shape[2:]} and "
            f"{test['image'].shape[2:]}; bring them to one size."
        )
    held = len(train["image"]) // HELD_BACK
    first, last = ({name: values[part] for name, values in train.items()} for part in (slice(-held), slice(-held, None)))
    return first, last, test


def _kept(folders: tuple[Path, ...], most: int, height: int, sha256: str) -> Arrays:
    """The pictures of a split, reduced, from the cache where they were read before."""
    made_from = hashlib.sha256(f"{sha256} {folders[0].parent.name} {most} {height}".encode()).hexdigest()
    return cached("pixel_maps 1", made_from, lambda: reduced(folders, numbers(folders[0], most, LEAST), height))


def _count(parts: Sequence[Arrays], classes: Sequence[str]) -> int:
    """How many classes there are: as many as are named, or as occur; raises DataError where more occur, or there is but one."""
    found = 1 + max(int(part["label"].max()) for part in parts)
    if classes and found > len(classes):
        raise DataError(
            f"pixel_maps.classes must name all classes, found {len(classes)} names and class {found - 1}, from 0 on; "
            "name them all, or none."
        )
    if (count := len(classes) or found) < 2:
        raise DataError(f"labels must be of two classes or more, found {max(0, count)}; there is nothing to tell apart.")
    return count


def _centre_and_spread(train: Arrays) -> tuple[float, float]:
    """The mean and the standard deviation of the logarithm of the depths that are known."""
    known = np.log(train["depth"][train["depth"] > 0].astype(np.float64))
    if not known.size or known.std() < 1e-6:
        raise DataError("depths must differ from pixel to pixel, found one or none; copy the depths anew.")
    return round(float(known.mean()), 6), round(float(known.std()), 6)


@lru_cache(maxsize=2)
def _load(files: tuple[Path, ...], pictures: int, height: int, sha256: str, classes: tuple[str, ...]) -> Suite:
    parts = _parts(files, pictures, height, sha256)
    centre, spread = _centre_and_spread(parts[0])
    maps = [name for name in MAPS if name in parts[0]]
    tasks = _tasks(maps, _count(parts, classes), spread, classes)
    plain = (0.0, 1.0)
    units = tuple((centre, spread) if name == "depth" else plain for name in maps)
    splits = [_split(part, maps, centre, spread) for part in parts]
    return make_suite("pixel_maps", tasks, splits, _notes(parts), units=units)


def _split(part: Arrays, maps: Sequence[str], centre: float, spread: float) -> Split:
    known = _known(part)
    values = {
        "label": part["label"].astype(np.int64),
        "depth": np.where(known["depth"], (np.log(np.where(known["depth"], part["depth"], 1)) - centre) / spread, UNLABELLED),
        "normal": part.get("normal", part["image"]),
    }
    observed = np.stack([known[name].any(axis=(1, 2)) for name in maps], axis=1)
    return make_split(part["image"], [values[name] for name in maps], observed)


def _known(part: Arrays) -> dict[str, npt.NDArray[np.bool_]]:
    """``(N, H, W)`` which pixels of each map have a value."""
    known = {"label": part["label"] != UNLABELLED, "depth": part["depth"] > 0}
    return known | ({"normal": part["normal"].any(axis=1)} if "normal" in part else {})


def _notes(parts: Sequence[Arrays]) -> tuple[str, ...]:
    rows, columns = parts[0]["image"].shape[2:]
    counts = ", ".join(
        f"{len(part['image']):,} for {name}" for name, part in zip(("training", "validation", "testing"), parts, strict=True)
    )
    shares = ", ".join(f"{name} {each.mean():.0%}" for name, each in _known(parts[0]).items())
    return (
        f"Pictures of {rows} x {columns} pixels: {counts}. Papers report larger ones.",
        f"Pixels with a value in training: {shares}.",
    )


SOURCE = PixelMaps()
