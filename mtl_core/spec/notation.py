"""How choices and weightings are written on one line, as the command line has them: ``cagrad:c=0.4`` and ``0.3,0.7;0.5,0.5``.

Every text written here is read back as the same value.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from mtl_core.errors import SpecError, shown
from mtl_core.spec.choice import Choice
from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry

_BARE = re.compile(r"[^\s,=:;\"'\[\]{}](?:[^,=:;\"'\[\]{}\t\r\n]*[^\s,=:;\"'\[\]{}])?")
"""A name or word that needs no quotes."""


def write_choice(choice: Choice, entries: Mapping[str, Entry]) -> str:
    """``name`` or ``name:key=value,key=value`` with the options that differ from their defaults.

    >>> from mtl_core.spec import BACKBONES
    >>> write_choice(Choice("mlp", (("width", 64), ("depth", 2))), BACKBONES)
    'mlp:width=64'
    """
    parts = [f"{name}={write_value(value)}" for name, value in entries[choice.name].changed(choice.options).items()]
    return choice.name + (":" + ",".join(parts) if parts else "")


def read_choice(text: str, entries: Mapping[str, Entry], extras: tuple[Option, ...] = ()) -> dict[str, Any]:
    """The mapping with ``name`` and options that a text means; what is unknown is left for the study to refuse.

    Args:
        text: as ``write_choice`` writes it. A list is ``[a,b]``, a mapping ``{a:word,b:word}``; a word with signs in it that
            have a meaning here is a JSON string.
        entries: the table that tells the kind of each option.
        extras: options that every line of the table takes.

    Raises:
        SpecError: the text cannot be read, or a value is of another kind than its option.
    """
    name, _, rest = text.partition(":")
    name = name.strip()
    kinds = {option.name: option for option in (*(entries[name].options if name in entries else ()), *extras)}
    given: dict[str, Any] = {"name": name}
    kind = name if name in entries else "name"
    while rest:
        key, separator, rest = rest.partition("=")
        if not separator or not key.strip():
            raise SpecError(
                f"options must be written key=value,key=value, found {shown(text)}; write for example {kind}:key=value, and "
                f"more than one value in brackets, {kind}:key=[one,two]."
            )
        option = kinds.get(key.strip())
        take = _take_point if option and option.kind in ("simplex", "path") else _take
        value, bare, rest = take(rest, text)
        if option and bare:
            value = read_value(value, option, name)
        elif option and option.kind == "names" and isinstance(value, str):
            value = [value]
        given[key.strip()] = value
    return given


def write_value(value: Any) -> str:
    """An option's canonical value as text."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return value if _BARE.fullmatch(value) and value != "none" else json.dumps(value)
        case tuple() if value and isinstance(value[0], int | float):
            return "[" + ",".join(repr(item) for item in value) + "]"
        case tuple() if value and isinstance(value[0], tuple) and not isinstance(value[0][0], str):
            return "[" + ";".join(",".join(repr(item) for item in row) for row in value) + "]"
        case tuple() if value and isinstance(value[0], tuple):
            return "{" + ",".join(f"{_word(name)}:{_word(word)}" for name, word in value) + "}"
    return "[" + ",".join(_word(item) for item in value) + "]"


def read_value(text: str, option: Option, owner: str = "") -> Any:
    """A plain value of an option's kind.

    Raises:
        SpecError: the text is no such value.
    """
    where = f"{owner}.{option.name}" if owner else option.name
    if text == "none" and option.default is None:
        return None
    match option.kind:
        case "integer" | "number":
            try:
                number = float(text)
                # What no float can hold is out of bounds however it is written, and Python reads no more than 4300 digits.
                return int(text) if math.isfinite(number) and re.fullmatch(r"[+-]?\d+", text.strip()) else number
            except ValueError:
                raise SpecError(f"{where} must be a number{option.range}, found {shown(text)}.") from None
        case "flag":
            if text.lower() not in ("true", "false"):
                raise SpecError(f"{where} must be true or false, found {shown(text)}.")
            return text.lower() == "true"
        case "names":
            return [text]
        case "mapping":
            return _take(text, text)[0] if text.lstrip().startswith("{") else text
    return text


def write_weights(weights: int | str | tuple[tuple[float, ...], ...]) -> str:
    """Points a side, sets of tasks, or the points themselves: ``11``, ``subsets``, ``0.3,0.7;0.5,0.5`` or ``none``."""
    if isinstance(weights, (int, str)):
        return str(weights)
    return ";".join(",".join(f"{weight!r}" for weight in point) for point in weights) or "none"


def read_weights(text: str) -> int | str | list[list[float]]:
    """What ``write_weights`` wrote.

    Raises:
        SpecError: neither a whole number, the name of sets nor points.
    """
    if text.strip().lower() == "none":
        return []
    if re.match(r"\s*(subsets|pairs|scattered)\b", text):
        return text.strip()
    try:
        if re.fullmatch(r"\s*\d+\s*", text):
            return int(text)
        return [[float(weight) for weight in point.split(",")] for point in text.split(";") if point.strip()]
    except ValueError:
        raise SpecError(
            f"weights must be points a side such as 11, sets of tasks such as subsets, pairs or subsets:3, scattered "
            f"points such as scattered:32, or weightings such as 0.3,0.7;0.5,0.5, found {shown(text)}."
        ) from None


def _word(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text)


def _take_point(text: str, whole: str) -> tuple[Any, bool, str]:  # noqa: ARG001 - called like `_take`
    """The numbers at the beginning of a text, which need no brackets: whatever stands before the next ``key=``."""
    parts = text.split(",")
    count = next((place for place, part in enumerate(parts) if "=" in part), len(parts))
    return ",".join(parts[:count]).strip(), True, ",".join(parts[count:])


def _take(text: str, whole: str) -> tuple[Any, bool, str]:
    """The value at the beginning of a text, whether it is a bare word, and what follows the comma after it."""
    text = text.lstrip()
    if text[:1] not in ('"', "[", "{"):
        word, _, rest = text.partition(",")
        return word.strip(), True, rest
    value, rest = _json(text, whole) if text[0] == '"' else _collection(text, whole)
    rest = rest.lstrip()
    if rest and not rest.startswith(","):
        raise SpecError(f"a comma must stand between options, found {shown(rest)} in {shown(whole)}.")
    return value, False, rest[1:]


def _collection(text: str, whole: str) -> tuple[Any, str]:
    closing = "]" if text[0] == "[" else "}"
    items: list[str] = []
    pairs: dict[str, str] = {}
    rest = text[1:].lstrip()
    while not rest.startswith(closing):
        word, rest = _next_word(rest, whole)
        if closing == "}":
            if not rest.startswith(":"):
                raise SpecError(f"a mapping must be written {{name:word,name:word}}, found {shown(whole)}.")
            pairs[word], rest = _next_word(rest[1:].lstrip(), whole)
        else:
            items.append(word)
        if rest.startswith(","):
            rest = rest[1:].lstrip()
        elif not rest.startswith(closing):
            raise SpecError(f"a {closing} must close what was opened, found {shown(whole)}.")
    return (pairs if closing == "}" else items), rest[1:]


def _next_word(text: str, whole: str) -> tuple[str, str]:
    if text[:1] == '"':
        value, rest = _json(text, whole)
        return str(value), rest.lstrip()
    found = _BARE.match(text)
    if found is None:
        raise SpecError(
            f"a word was expected before {shown(text, 20)} in {shown(whole)}; put words with signs in them in double quotes."
        )
    return found.group(), text[found.end() :].lstrip()


def _json(text: str, whole: str) -> tuple[Any, str]:
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError:
        raise SpecError(f"a double quote must close what was opened, found {shown(whole)}.") from None
    return value, text[end:]
