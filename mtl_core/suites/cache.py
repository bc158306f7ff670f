"""Features that take long to compute, kept by the hash of what they were made from. What is lost is made again."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import platformdirs
from safetensors import SafetensorError
from safetensors.numpy import load, save

MOST = 1_000_000_000
"""Bytes that are kept altogether; those not read for longest go first."""

_ENDING = ".safetensors"

_PAUSE = 0.5
"""Seconds between two words of how far it is, at least."""

_tell: ContextVar[Callable[[float], None] | None] = ContextVar("tell", default=None)

Item = TypeVar("Item")
Arrays = dict[str, npt.NDArray[Any]]


def folder() -> Path:
    """Where features are kept on this machine."""
    return Path(platformdirs.user_cache_dir("seesaw", appauthor=False)) / "features"


@contextmanager
def telling(tell: Callable[[float], None]) -> Iterator[None]:
    """Meanwhile ``tell`` is called now and then with the share of the features that are made, where making them takes long."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def in_turn(items: Sequence[Item]) -> Iterator[Item]:
    """What features are made from, one after another; whoever asked is told how far it is (``telling``)."""
    tell, last = _tell.get(), time.monotonic()
    for place, item in enumerate(items):
        if tell is not None and time.monotonic() - last >= _PAUSE:
            last = time.monotonic()
            tell(place / len(items))
        yield item


def cached(kind: str, made_from: str, make: Callable[[], Mapping[str, npt.NDArray[Any]]]) -> Arrays:
    """Features from the cache, or made and kept.

    Processes that ask at once each make them, and one result stays; a process killed meanwhile leaves nothing that is read. A
    damaged file, a full disk or a folder that cannot be written costs only the time to make them again.

    Args:
        kind: whose features, with the version of what makes them, such as ``spoken_digits 1``.
        made_from: the hash of the data, and the settings.
        make: gives the features by name.
    """
    name = hashlib.sha256(f"{kind}\n{made_from}".encode()).hexdigest() + _ENDING
    file = folder() / name
    with suppress(OSError, SafetensorError):
        found = load(file.read_bytes())
        with suppress(OSError):
            os.utime(file)
        return found
    arrays = {each: np.ascontiguousarray(array) for each, array in make().items()}
    with suppress(OSError):
        _keep(file, save(arrays))
    return arrays


def _keep(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if len(content) > MOST:
        return
    kept = sorted(file.parent.glob(f"*{_ENDING}"), key=lambda each: each.stat().st_mtime)
    room = MOST - len(content) - sum(each.stat().st_size for each in kept)
    for each in kept:
        if room >= 0:
            break
        room += each.stat().st_size
        each.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
        try:
            part.write(content)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
    Path(part.name).replace(file)  # whole or not at all
