"""Folders of pictures with a value for every pixel, a file each: checked, and reduced to a size that trains in minutes."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError
from mtl_core.suites.cache import Arrays, in_turn
from mtl_core.suites.folder import listed, read
from mtl_core.suites.intake.picture import resized
from mtl_core.suites.npy import read_array
from mtl_core.suites.suite import UNLABELLED

MOST_CLASSES = 255

_NAME = re.compile(r"[0-9]{1,9}\.npy")
_MOST = 100_000_000
"""Bytes of a file; one of NYUv2 has some 3,000,000."""

_SIDES = (8, 4096)
_STEP = 8
"""Sides are multiples of it, so that networks can halve them."""

_PIXELS = 50_000_000
"""Those of all reduced pictures together, at most: some two gigabytes in memory."""

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


def numbers(folder: Path, most: int, least: int) -> list[str]:
    """The names of the pictures that are read, in the order of their numbers: all, or so many that lie evenly among them.

    Args:
        folder: of pictures named ``0.npy``, ``1.npy``, ...; other files are left out.
        most: how many are read at most.
        least: how many there must be.

    Raises:
        DataError: there are fewer, or the folder cannot be read.
    """
    found = sorted((name for name in listed(folder) if _NAME.fullmatch(name)), key=lambda name: (int(name[:-4]), name))
    if len(found) < least:
        raise DataError(
            f"{_called(folder)} must have at least {least} pictures, named 0.npy, 1.npy and so on, found {len(found)}; copy "
            "them there."
        )
    count = min(len(found), most)
    return [found[place * len(found) // count] for place in range(count)]


def reduced(folders: Sequence[Path], names: Sequence[str], height: int) -> Arrays:
    """The pictures and their maps, by the names ``image``, ``label``, ``depth`` and, with a fourth folder, ``normal``.

    Rows are ``height`` and columns follow, each side brought to a multiple of eight, and none is made larger. A class is that
    of the pixel at the middle of what is one now. The others are means over that area: of a picture's colours, of the depths
    that are known, and of the directions that are known, brought to length one again; a value is known where it is on half of
    the area at least.

    Args:
        folders: of pictures, classes, depths and, if there are any, normals.
        names: of the files, in every folder the same.
        height: rows that are wanted.

    Returns:
        ``image`` ``(N, 3, h, w)`` float32 from 0 to 1; ``label`` ``(N, h, w)`` int16, ``UNLABELLED`` where the file has -1;
        ``depth`` ``(N, h, w)`` float32, 0 where it is not known; ``normal`` ``(N, 3, h, w)`` float32, zeros where not known.

    Raises:
        DataError: a file is missing, is none such, or has values that cannot be what it should have.
    """
    _check_names(folders, names)
    shape = _shape(_read(folders[0], names[0]), f"{_called(folders[0])}/{names[0]}")
    size = _size(shape, height)
    if (pixels := len(names) * size[0] * size[1]) > _PIXELS:
        raise DataError(
            f"{_called(folders[0])} must come to at most {_PIXELS:,} pixels, found {pixels:,}; choose fewer pictures or a "
            "smaller height."
        )
    readers = (_image, _label, _depth, _normal)[: len(folders)]
    kinds = {"image": (3, np.float32), "label": (0, np.int16), "depth": (0, np.float32), "normal": (3, np.float32)}
    found: Arrays = {
        kind: np.empty((len(names), *((channels,) if channels else ()), *size), dtype=dtype)
        for kind, (channels, dtype) in list(kinds.items())[: len(folders)]
    }
    for place, name in enumerate(in_turn(names)):
        for folder, reader, kept in zip(folders, readers, found.values(), strict=True):
            where = f"{_called(folder)}/{name}"
            kept[place] = reader(_planes(_read(folder, name), shape, kept.ndim == 4, where), size, where)
    return found


def _check_names(folders: Sequence[Path], names: Sequence[str]) -> None:
    for folder in folders[1:]:
        there = listed(folder)
        if missing := next((name for name in names if name not in there), None):
            raise DataError(f"{_called(folder)} must have a file for every picture, found no {missing}; copy it there.")


def _called(folder: Path) -> str:
    """A folder's name behind those of its split and of the data set."""
    return "/".join(folder.parts[-3:])


def _read(folder: Path, name: str) -> Array:
    return read_array(read(folder / name, _MOST), f"{_called(folder)}/{name}")


def _shape(picture: Array, where: str) -> tuple[int, int]:
    """Rows and columns of a picture, from the first of them."""
    low, high = _SIDES
    if picture.ndim != 3 or picture.shape[2] != 3 or not all(low <= side <= high for side in picture.shape[:2]):
        raise DataError(
            f"{where} must be a picture of {low} to {high} rows and columns with three colours, found an array of shape "
            f"{picture.shape}; write it as (rows, columns, 3)."
        )
    return int(picture.shape[0]), int(picture.shape[1])


def _size(shape: tuple[int, int], height: int) -> tuple[int, int]:
    """What pictures are reduced to."""
    share = min(1.0, height / shape[0])
    rows, columns = (max(_STEP, _STEP * round(share * side / _STEP)) for side in shape)
    # A side that is rounded up must not be made larger than it was.
    return min(rows, shape[0] // _STEP * _STEP), min(columns, shape[1] // _STEP * _STEP)


def _planes(found: Array, shape: tuple[int, int], three: bool, where: str) -> Array:
    """``(3, H, W)`` or ``(H, W)`` of a file's array, as numbers that can be compared."""
    wanted = (*shape, 3) if three else shape
    if not three and found.shape == (*shape, 1):
        found = found[:, :, 0]
    if found.shape != wanted:
        raise DataError(
            f"{where} must be of the first picture's size, {wanted}, found {found.shape}; bring all of them to one size."
        )
    return np.moveaxis(found, 2, 0) if three else found


def _image(found: Array, size: tuple[int, int], where: str) -> Floats:
    values = found.astype(np.float64)
    most = 1 if found.dtype.kind == "f" else 255
    if not (values.min() >= 0 and values.max() <= most):  # neither holds for NaN
        raise DataError(f"{where} must have shades from 0 to 1, or whole ones from 0 to 255, found others; scale them.")
    return resized(values / most, *size)


def _label(found: Array, size: tuple[int, int], where: str) -> Array:
    rows, columns = (
        ((np.arange(wanted) + 0.5) * side / wanted).astype(np.int64) for side, wanted in zip(found.shape, size, strict=True)
    )
    values = found.astype(np.float64)
    if not (values.min() >= -1 and values.max() < MOST_CLASSES and (values == np.floor(values)).all()):
        raise DataError(
            f"{where} must have whole numbers of classes, from 0 to {MOST_CLASSES - 1}, or -1 where there is none, found "
            "others; number them so."
        )
    ids = values[np.ix_(rows, columns)]
    return np.where(ids < 0, UNLABELLED, ids)


def _depth(found: Array, size: tuple[int, int], where: str) -> Floats:
    values = found.astype(np.float64)
    if not (np.isfinite(values).all() and values.min() >= 0):
        raise DataError(
            f"{where} must have finite depths above 0, or 0 where there is none, found others; write 0 for what is not known."
        )
    return _mean(values, values > 0, size)


def _normal(found: Array, size: tuple[int, int], where: str) -> Floats:
    values = found.astype(np.float64)
    if not (np.isfinite(values).all() and np.abs(values).max() <= 1.01):  # lengths of one are rounded in files
        raise DataError(
            f"{where} must have directions with parts from -1 to 1, or zeros where there is none, found others; scale them."
        )
    mean = _mean(_direction(values), np.asarray((values != 0).any(axis=0)), size)
    return _direction(mean)


def _direction(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=0)
    return np.asarray(vectors / np.where(length > 1e-6, length, np.inf))


def _mean(values: Floats, known: npt.NDArray[np.bool_], size: tuple[int, int]) -> Floats:
    """The mean over what is known of each area, zero where that is less than half of it."""
    share = resized(known.astype(np.float64), *size)
    total = resized(np.where(known, values, 0), *size)
    # A half may be summed to a little less than one.
    return np.asarray(np.where(share > 0.5 - 1e-9, total / np.maximum(share, 1e-9), 0))
