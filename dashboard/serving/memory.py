"""What the server keeps of memory that it no longer uses: little."""

import contextlib
import ctypes

_MMAP_THRESHOLD = -3  # glibc's name for the size from which a piece of memory is a mapping of its own; see mallopt(3)

LARGE = 256 * 2**10
"""Bytes of arrays and pictures that go back to the system as soon as they are let go of."""


def give_back() -> None:
    """Let the system have what large arrays took as soon as they are let go of; call it before there are any.

    Unless it is told a size, glibc raises its own with each large array that is freed, up to 32 MB: then the arrays behind a
    picture, some tens of MB for an eye's blink, lie among small things and stay with the server. Does nothing elsewhere.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE)
