"""Every error that Seesaw raises on purpose, drawn in one place.

::

    SeesawError
    ├── SpecError          what was asked for cannot be done (unknown name, out of range, impossible pair)
    ├── DataError          the data cannot be learned from (empty table, one-class target, wrong types)
    ├── StoreError         the store cannot be read or written
    │   ├── StoreVersionError   it was written by a newer Seesaw
    │   ├── StoreUnavailableError   read-only, locked, full or out of reach
    │   │   └── StoreFullError      its disk has no room left
    │   └── UnknownStudyError   no study of that id
    ├── NotAllowedError    it is not this visitor's to change, or more than a visitor may ask for
    ├── CheckpointError    a checkpoint does not fit the study it is loaded into
    └── WorkerError        the training process could not be started or died

A message says what was expected, what was found and what to do. Divergence is not an error: it is recorded.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class SeesawError(Exception):
    """The root of the tree: ``except SeesawError`` catches everything raised on purpose."""


class SpecError(SeesawError, ValueError):
    """What was asked for cannot be done. Raised before any training starts."""


class DataError(SeesawError, ValueError):
    """The data cannot be learned from as they are. Raised before any training starts."""


class StoreError(SeesawError):
    """The store cannot be read or written."""


class StoreVersionError(StoreError):
    """The store was written by a newer Seesaw than this one."""


class StoreUnavailableError(StoreError):
    """The store is read-only, locked, full or out of reach."""


class StoreFullError(StoreUnavailableError):
    """The store's disk has no room left."""


class UnknownStudyError(StoreError, KeyError):
    """The store holds no study of that id."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class NotAllowedError(SeesawError):
    """It is not this visitor's to change, or more than a visitor may ask for."""


class CheckpointError(SeesawError, ValueError):
    """A checkpoint does not fit the study that it is loaded into."""


class WorkerError(SeesawError):
    """The training process could not be started, or died."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> SpecError:
    """The error for a name that is in no table, with the nearest valid one.

    >>> print(unknown_name("method", "pcgard", ["equal", "pcgrad"]))
    unknown method 'pcgard'; did you mean 'pcgrad'? Known: equal, pcgrad.
    """
    names = list(known)
    close = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return SpecError(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}.")
