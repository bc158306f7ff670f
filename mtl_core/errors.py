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

What a person gave is written into a message by ``shown`` and ``some_of`` alone: it may be of any length, depth and kind.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

SHOWN = 120
"""About as many characters of a person's value stand in a message."""

_ITEMS = 8
_DIGITS = 40
_LISTED = 600
_NAME = 60


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
    # The time of a comparison grows with the square of the lengths.
    near = [each for each in names if len(each) <= SHOWN]
    close = get_close_matches(name[:SHOWN], near, n=1, cutoff=0.5) if isinstance(name, str) else []
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return SpecError(f"unknown {kind} {shown(name)}{hint} Known: {some_of(names)}.")


def shown(value: object, most: int = SHOWN) -> str:
    """A value of any kind as a message shows it: on one line, bounded, never deeper than its own items, never an error.

    Args:
        value: whatever a person gave.
        most: the most characters, but for a few.

    >>> print(shown("abcdefgh", most=5), shown([[1], 2]), shown(10**5000), shown(list(range(1000))))
    'abcd…' [[…], 2] a whole number of 5001 digits a list of 1000 items
    """
    try:
        return _shown(value, most)
    except Exception:  # a value may refuse anything: its own length, its repr, its attributes
        return _a(value)


def some_of(names: Iterable[str], most: int = _LISTED) -> str:
    """Names with commas between, long ones cut, and how many more there are where they are many.

    >>> print(some_of(["left", "right"]), "|", some_of(["left", "right", "up"], most=8))
    left, right | left and 2 more
    """
    every, kept, room = list(names), [], most
    for name in every:
        kept.append(cut(name, _NAME))
        room -= len(kept[-1]) + 2
        if room < 0 and len(kept) > 1:
            kept.pop()
            break
    more = len(every) - len(kept)
    return ", ".join(kept) + (f" and {more} more" if more else "")


def is_text(value: object) -> bool:
    """Whether it is text that can be stored and printed: half of a surrogate pair cannot be written in UTF-8."""
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)


def cut(text: str, most: int = SHOWN) -> str:
    """A text of at most so many characters, an ellipsis where the rest was."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _shown(value: Any, most: int) -> str:
    match value:
        case None | bool() | float() | complex():
            return cut(repr(value), most)
        case int():
            return _whole(value)
        case str() | bytes() | bytearray():
            # Only what is shown is written: the text may have millions of characters.
            short = value if len(value) <= most else value[: most - 1]
            text = repr(short + "…" if short is not value and isinstance(short, str) else short)
            return cut(text, 2 * most)  # a sign that cannot be printed is written with up to ten others
        case list() | tuple() | set() | frozenset() | dict():
            if len(value) > _ITEMS:
                return _of_length(value)
            text = _written_out(value)
            return text if len(text) <= most else _of_length(value)
    if isinstance(value, type):
        return cut(repr(value), most)
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{_a(value)} of shape {cut(str(shape), most)}"
    if hasattr(value, "__len__"):
        return _of_length(value)
    return cut(" ".join(repr(value).split()), most)


def _whole(number: int) -> str:
    # Python refuses to write a whole number of more than 4300 digits.
    digits = int(number.bit_length() * 0.30102999566398120)
    if digits <= _DIGITS:
        return int.__repr__(number)
    return f"a whole number of {digits + (abs(number) >= 10**digits)} digits"


def _written_out(value: Any) -> str:
    """A list, tuple, set or mapping with its items, those that have items themselves by their brackets alone."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_item(key)}: {_item(item)}" for key, item in value.items()) + "}"
    opening, closing = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return opening + ", ".join(_item(item) for item in value) + comma + closing


def _item(value: Any) -> str:
    match value:
        case list():
            return "[…]" if value else "[]"
        case tuple():
            return "(…)" if value else "()"
        case dict() | set() | frozenset():
            return "{…}" if value else "{}"
    return shown(value, _NAME)


def _of_length(value: Any) -> str:
    count = len(value)
    return f"{_a(value)} of {count} item{'' if count == 1 else 's'}"


def _a(value: object) -> str:
    name = cut(type(value).__name__, _NAME)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
