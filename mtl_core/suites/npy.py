"""Files of one array, as ``numpy.save`` writes them: what a head says is held against the file before it is believed."""

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown

_MAGIC = b"\x93NUMPY"

_HEAD = re.compile(
    rb"\{'descr': '([<>|=]?(?:f[248]|[iu][1248]|b1))', 'fortran_order': (True|False), "
    rb"'shape': \((\d{1,9}L?(?:, \d{1,9}L?){0,3}),?\),? *\} *\n?"
)
"""A head of plain numbers in four dimensions at most, as NumPy writes it; Python 2 wrote an L behind each length."""


def read_array(content: bytes, name: str) -> npt.NDArray[Any]:
    """The array of whole or other numbers that a file holds, read-only, over the file's own bytes.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        DataError: it is no such file, holds anything but numbers, as objects and records, or is longer or shorter than its head
            says.
    """
    if not content.startswith(_MAGIC):
        raise DataError(f"{name} must be an array as numpy.save writes it, found another file; write it anew.")
    wide = 2 if content[6:7] == b"\x01" else 4  # the bytes that say how long the head is
    start = 8 + wide
    end = start + int.from_bytes(content[8:start], "little")
    head = _HEAD.fullmatch(content[start:end])
    if head is None or end > len(content):
        raise DataError(
            f"{name} must hold an array of plain numbers, as numpy.save writes it, found {shown(bytes(content[start:end]))}; "
            "write it anew from an array without objects or named fields."
        )
    dtype = np.dtype(head[1].decode())
    shape = tuple(int(length.rstrip(b"L")) for length in head[3].split(b", "))
    wanted, there = math.prod(shape) * dtype.itemsize, len(content) - end
    if wanted != there or not wanted:
        raise DataError(
            f"{name} must have as many numbers as its head says, found {there:,} bytes for {shown(shape)} numbers of "
            f"{dtype.itemsize} bytes; copy it anew."
        )
    return np.frombuffer(content, dtype, offset=end).reshape(shape, order="F" if head[2] == b"True" else "C")
