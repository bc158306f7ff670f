"""The idx format of MNIST and its kin: a number that says what follows, the sizes, then one byte for each value."""

from math import prod
from struct import unpack_from

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError

SIDE = 28
CLASSES = 10

_IMAGES, _LABELS = 2051, 2049
_NAMES = {_IMAGES: "images", _LABELS: "labels"}


def read_images(content: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Pictures ``(N, 28, 28)`` from 0, ground, to 255, ink; nothing is copied.

    Args:
        content: of the file, unpacked.
        name: of the file, for messages.

    Raises:
        DataError: it is no file of images, its sizes are not those of its content, or its pictures have another size.
    """
    sizes, start = _header(content, name, _IMAGES, 3)
    if sizes[1:] != (SIDE, SIDE):
        raise DataError(f"{name} must hold pictures of {SIDE}x{SIDE}, found {sizes[1]}x{sizes[2]}; it is another file.")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(sizes)


def read_labels(content: bytes, name: str) -> npt.NDArray[np.int64]:
    """Class ids ``(N,)`` from 0 to 9.

    Args:
        content: of the file, unpacked.
        name: of the file, for messages.

    Raises:
        DataError: it is no file of labels, its size is not that of its content, or it has other labels.
    """
    _, start = _header(content, name, _LABELS, 1)
    labels = np.frombuffer(content, dtype=np.uint8, offset=start)
    if (largest := int(labels.max())) >= CLASSES:
        raise DataError(f"{name} must hold labels from 0 to {CLASSES - 1}, found {largest}; it is another file.")
    return labels.astype(np.int64)


def _header(content: bytes, name: str, magic: int, axes: int) -> tuple[tuple[int, ...], int]:
    """The sizes, and where the values begin. The content is all that is believed: nothing is allocated by a header's word."""
    start = 4 * (1 + axes)
    found = unpack_from(">I", content)[0] if len(content) >= 4 else None
    if found != magic:
        seen = "an empty file" if not content else f"one of {_NAMES[found]}" if found in _NAMES else "another beginning"
        raise DataError(f"{name} must be an idx file of {_NAMES[magic]} ({magic}), found {seen}; put the right one there.")
    if len(content) < start:
        raise DataError(f"{name} must have a header of {start} bytes, found {len(content)}; copy it anew.")
    sizes = unpack_from(f">{axes}I", content, 4)
    if prod(sizes) != len(content) - start:
        words = " x ".join(f"{size:,}" for size in sizes)
        raise DataError(
            f"{name} must hold the {words} bytes that its header says, found {len(content) - start:,}; copy it anew."
        )
    if not prod(sizes):
        raise DataError(f"{name} must hold {_NAMES[magic]}, found none; put the right one there.")
    return sizes, start
