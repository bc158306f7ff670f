"""One thing a person can set: its kind, bounds, unit, default and help, in one place.

Forms, command line, URL, documentation and server limits all read these descriptions; none keeps bounds of its own.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

from mtl_core.errors import SpecError, is_text, shown, unknown_name

Kind = Literal["integer", "number", "choice", "flag", "text", "names", "numbers", "mapping", "simplex", "task", "path"]

MOST_ROWS = 100
"""The most points that a path on the simplex goes through: at each of them a study is evaluated."""

SIMPLEX_TOLERANCE = 1e-3
"""How far the sum of a point on the simplex may be from one before it is refused rather than rescaled."""


@dataclass(frozen=True)
class Option:
    """A named setting.

    Args:
        name: the keyword by which Python, JSON and the command line know it.
        kind: what values it takes; ``names`` is a list of strings, ``numbers`` one of numbers, ``mapping`` string to string,
            ``simplex`` a list of numbers, one a task, each 0 to 1 and one in sum, ``task`` the place of a task from 1, or
            its name, which a study turns into its place, ``path`` one of ``choices`` or two or more points on the simplex.
        default: the value when none is given; None means "decided from the data" where the help says so.
        help: one sentence a student understands.
        low, high: inclusive bounds of an integer, a number, or each of several.
        choices: the values of a choice.
        unit: what a number counts, such as ``steps``.
        symbol: the paper's symbol, for people who know the formula.
        logarithmic: whether a form should move it by factors rather than by differences.
        follows: whether it follows from the others, and so is no part of ids and commands.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    symbol: str = ""
    logarithmic: bool = False
    follows: bool = False

    def check(self, value: Any, owner: str = "") -> Any:
        """The value in canonical form.

        Raises:
            SpecError: it is of another kind or out of bounds; the message names the bounds.
        """
        if value is None and self.default is None:
            return None
        return getattr(self, f"_check_{self.kind}")(value, f"{owner}.{self.name}" if owner else self.name)

    def _check_integer(self, value: Any, where: str) -> int:
        if not _is_finite(value) or value != int(value):
            raise SpecError(f"{where} must be a whole number{self.range}, found {shown(value)}.")
        return int(self._bounded(int(value), where))

    def _check_number(self, value: Any, where: str) -> float:
        if not _is_finite(value):
            raise SpecError(f"{where} must be a finite number{self.range}, found {shown(value)}.")
        return float(self._bounded(value, where))

    def _bounded(self, value: float, where: str) -> float:
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            found = shown(value) if isinstance(value, int) else f"{float(value):g}"
            raise SpecError(f"{where} must be{self.range}, found {found}; choose a value in that range.")
        return value

    def _check_choice(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in self.choices:  # an array has no answer to whether it is among them
            raise unknown_name(where, value, self.choices)
        return str(value)

    def _check_flag(self, value: Any, where: str) -> bool:
        if not isinstance(value, bool):
            raise SpecError(f"{where} must be true or false, found {shown(value)}.")
        return value

    def _check_text(self, value: Any, where: str) -> str:
        if not is_text(value):
            raise SpecError(f"{where} must be text, found {shown(value)}.")
        return str(value)

    def _check_names(self, value: Any, where: str) -> tuple[str, ...]:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(is_text(item) for item in items):
            raise SpecError(f"{where} must be a list of names, found {shown(value)}.")
        return tuple(item.strip() for item in items)

    def _check_numbers(self, value: Any, where: str) -> tuple[float, ...]:
        text = value.strip() if isinstance(value, str) else ""
        text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        items = text.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)):
            raise SpecError(f"{where} must be a list of numbers, found {shown(value)}.")
        try:
            found = [float(item) if isinstance(item, str) else item for item in items if item != ""]
        except ValueError:
            raise SpecError(f"{where} must be a list of numbers with commas between, found {shown(value)}.") from None
        return tuple(dict.fromkeys(self._check_number(item, where) for item in found))

    def _check_mapping(self, value: Any, where: str) -> tuple[tuple[str, str], ...]:
        try:
            pairs = dict(value) if isinstance(value, (Mapping, tuple, list)) else None
        except (TypeError, ValueError):  # a list of anything but pairs
            pairs = None
        if pairs is None or not all(is_text(k) and is_text(v) for k, v in pairs.items()):
            raise SpecError(f"{where} must map names to words, found {shown(value)}.")
        return tuple(sorted((name.strip(), word.strip()) for name, word in pairs.items()))

    def _check_simplex(self, value: Any, where: str) -> tuple[float, ...]:
        items = value.strip().strip("[]").split(",") if isinstance(value, str) else value
        try:
            return simplex_point(tuple(float(item) for item in items))
        except (TypeError, ValueError, OverflowError):  # a whole number beyond every float among them
            raise SpecError(
                f"{where} must be a point on the simplex (one number a task, each 0 to 1, sum 1), such as 0.2,0.8; "
                f"found {shown(value)}."
            ) from None

    def _check_task(self, value: Any, where: str) -> int | str:
        if is_text(value) and value.strip():
            # A name of digits alone can be asked for by its place.
            return int(value) if value.strip().isdecimal() and int(value) > 0 else str(value).strip()
        if not _is_finite(value) or value != int(value) or value < 1:
            raise SpecError(f"{where} must be the name of a task or its place, from 1, found {shown(value)}.")
        return int(value)

    def _check_path(self, value: Any, where: str) -> str | tuple[tuple[float, ...], ...]:
        if isinstance(value, str) and value.strip() in self.choices:
            return value.strip()
        if isinstance(value, str) and not re.search(r"\d", value):
            raise unknown_name(where, value, self.choices)
        rows = [row for row in value.strip().strip("[]").split(";") if row.strip()] if isinstance(value, str) else value
        if not isinstance(rows, (list, tuple)):
            raise SpecError(
                f"{where} must be {', '.join(self.choices)} or rows of weights such as 1,0;0.5,0.5, found {shown(value)}."
            )
        if not 2 <= len(rows) <= MOST_ROWS:
            raise SpecError(
                f"{where} must have 2 to {MOST_ROWS} rows of weights, found {len(rows)}; for one row choose fixed weights "
                "(weights=[[0.5, 0.5]])."
            )
        return tuple(self._check_simplex(row, f"row {place} of {where}") for place, row in enumerate(rows, 1))

    @property
    def range(self) -> str:
        """The bounds in words, such as `` between 1 and 50 seeds``; empty without bounds."""
        unit = f" {self.unit}" if self.unit else ""
        match (self.low, self.high):
            case (None, None):
                return ""
            case (low, None):
                return f" at least {_written(low)}{unit}"
            case (None, high):
                return f" at most {_written(high)}{unit}"
            case (low, high):
                return f" between {_written(low)} and {_written(high)}{unit}"


def simplex_point(values: tuple[float, ...]) -> tuple[float, ...]:
    """A point on the simplex in canonical form: six decimals, one in sum.

    Raises:
        ValueError: the numbers are negative, not finite, or their sum is off by more than ``SIMPLEX_TOLERANCE``.
    """
    total = math.fsum(values)
    if not values or not all(0 <= value <= 1 for value in values) or not abs(total - 1) <= SIMPLEX_TOLERANCE:
        raise ValueError(values)
    # A point that was rounded before stays as it is, so that a study read back from its canonical form keeps its id.
    total = 1.0 if abs(total - 1) < 1e-6 * len(values) else total
    return tuple(round(value / total, 6) for value in values)


def written_short(value: Any) -> str:
    """An option's value as labels show it.

    >>> written_short(0.25), written_short((0.2, 0.8))
    ('0.25', '0.2/0.8')
    >>> written_short(((1.0, 0.0), (0.5, 0.5)))
    '1/0; 0.5/0.5'
    """
    match value:
        case float():
            return f"{value:g}"
        case tuple() if value and isinstance(value[0], tuple) and not isinstance(value[0][0], str):
            return "; ".join(written_short(row) for row in value)
        case tuple():
            return "/".join(written_short(item) for item in value)
    return str(value)


CONTENT = Option("sha256", "text", None, "the hash of the content that the files must have; filled in when a study is made")
"""What every suite has that reads files from the data folder."""


def check_options(options: tuple[Option, ...], given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Every option in canonical form, defaults filled in.

    Raises:
        SpecError: an unknown option name, or a value that its option refuses.
    """
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            if not known:
                raise SpecError(f"{owner} takes no options, found {shown(name)}; remove it.")
            raise unknown_name(f"option of {owner}", name, known)
    return {name: option.check(given.get(name, option.default), owner) for name, option in known.items()}


def _is_finite(value: Any) -> bool:
    """Whether it is a number, NumPy's among them, that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except (OverflowError, ValueError, TypeError):  # a whole number beyond every float, or a number of somebody's own
        return False


def _written(number: float | None) -> str:
    # A limit of 2147483647 read as 2.14748e+09 could not be typed.
    return str(number) if isinstance(number, int) else f"{number:g}"
