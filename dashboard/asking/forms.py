"""Form controls made from the descriptions of what can be set: a new option or method needs no code here."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import teaching
from dashboard.asking.path_form import path_input
from dashboard.words import _, escape_markdown
from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry

FEW, LETTERS = 4, 22
"""So many choices, with so many letters together, are shown side by side; more are folded into a list."""

_BOUND = 2**53 - 1
"""Browsers count exactly up to here."""


def option_label(option: Option) -> str:
    """What stands over an option's control: its name in words, its symbol and unit.

    >>> option_label(Option("learning_rate", "number", 0.1, "", symbol="η"))
    'Learning rate η'
    """
    words = _(option.name.replace("_", " ").capitalize())
    return words + (f" {option.symbol}" if option.symbol else "")


def option_help(option: Option) -> str:
    """What hovers beside an option's control: its help, bounds and default."""
    text = _(option.help)
    text = text[:1].upper() + text[1:]
    bounds = option.range.strip()
    ends = [_("Between {low:g} and {high:g}.").format(low=option.low, high=option.high)] if bounds.startswith("between") else []
    return " ".join([text + ("" if text.endswith(".") else "."), *ends])


def option_input(option: Option, key: str, value: Any, *, disabled: bool = False, tasks: Sequence[str] = ()) -> Any:
    """Draw one option's control and return its value, of the option's kind.

    Args:
        option: what is set; its kind decides the control, its bounds limit it.
        key: the control's session key.
        value: what it shows when it is new on the page.
        disabled: whether it can be changed.
        tasks: the study's, for options that have a number for each.
    """
    label, help_text = option_label(option), option_help(option)
    common: dict[str, Any] = {"key": key, "help": help_text, "disabled": disabled or locked()}
    match option.kind:
        case "integer":
            return st.number_input(
                label,
                min_value=-_BOUND if option.low is None else int(option.low),
                max_value=_BOUND if option.high is None else int(option.high),
                value=begin_with(key, None if value is None else int(value)),
                step=_integer_step(option),
                placeholder=_("automatic"),
                **common,
            )
        case "number":
            return st.number_input(
                label,
                min_value=None if option.low is None else float(option.low),
                max_value=None if option.high is None else float(option.high),
                value=begin_with(key, None if value is None else float(value)),
                step=_number_step(option),
                format="%g",
                placeholder=_("none"),
                **common,
            )
        case "choice":
            now = begin_with(key, value)
            if len(option.choices) <= FEW and sum(map(len, option.choices)) <= LETTERS:
                return st.segmented_control(label, option.choices, default=now, required=True, format_func=_, **common)
            return st.selectbox(label, option.choices, index=place_of(option.choices, now), format_func=_, **common)
        case "flag":
            return st.toggle(label, begin_with(key, bool(value)), **common)
        case "names":
            text = st.text_input(
                label, begin_with(key, ", ".join(value or ())), placeholder=_("names with commas between"), **common
            )
            return [name.strip() for name in text.split(",") if name.strip()]
        case "numbers":
            now = begin_with(key, ", ".join(f"{number:g}" for number in value or ()))
            return st.text_input(label, now, placeholder=_("numbers with commas between"), **common).strip()
        case "simplex":
            now = begin_with(key, ", ".join(f"{part:g}" for part in value or ()))
            return st.text_input(label, now, placeholder=_("0.2, 0.8; none for equal"), **common).strip() or None
        case "task":
            text = st.text_input(label, begin_with(key, str(value)), **common).strip()
            return int(text) if text.isdecimal() else text or option.default
        case "path":
            return path_input(option, value=value, tasks=tasks, label=label, **common)
        case "mapping":
            now = begin_with(key, ", ".join(f"{name}={word}" for name, word in dict(value or {}).items()))
            text = st.text_input(label, now, placeholder=_("name=word, name=word"), **common)
            pairs = (pair.split("=", 1) for pair in text.split(",") if "=" in pair)
            return {name.strip(): word.strip() for name, word in pairs} or []  # as canonical forms have none
        case _:
            return st.text_input(label, begin_with(key, "" if value is None else str(value)), **common)


def option_inputs(
    options: Sequence[Option], prefix: str, values: Mapping[str, Any], tasks: Sequence[str] = ()
) -> dict[str, Any]:
    """Draw several options' controls, two in a row, and return their values by name; ``tasks`` as for ``option_input``."""
    chosen: dict[str, Any] = {}
    for start in range(0, len(options), 2):
        pair = options[start : start + 2]
        wide = len(pair) == 1 and pair[0].kind == "path"  # a table with a column a task
        for column, option in zip(st.columns(1 if wide else 2, vertical_alignment="bottom"), pair, strict=False):
            with column:
                value = values.get(option.name, option.default)
                chosen[option.name] = option_input(option, f"{prefix}.{option.name}", value, tasks=tasks)
    return chosen


def entry_title(entries: Mapping[str, Entry], name: str) -> str:
    """The name by which people know a table line."""
    return _(entries[name].title) if name in entries else escape_markdown(name)


def findable_title(entries: Mapping[str, Entry], name: str) -> str:
    """The same with the name in code, tables and links where the title does not hold it, so that a list is found by either."""
    title = entry_title(entries, name)
    return title if _letters(name) in _letters(title) else f"{title} ({name})"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def locked() -> bool:
    """Whether the form's settings are to be seen and not to be changed."""
    return teaching.locked(teaching.PANEL)


def begin_with(key: str, value: Any) -> Any:
    """What a control shows when it is new on the page; one that is there already keeps what the visitor chose.

    Returns what it shows now, to be given to the control as its default too. What the session says reaches the browser once:
    where a page runs twice before the browser has drawn it, the second run's message takes the first one's place, and the
    control comes up with its default.
    """
    if key not in st.session_state:
        st.session_state[key] = value
    return st.session_state[key]


def place_of(options: Sequence[str], chosen: Any) -> int | None:
    """Where a list's choice stands; None where nothing of it is chosen."""
    return list(options).index(chosen) if chosen in options else None


def begin_again(*keys: str) -> None:
    """Let these controls and all under them show what they are given when they are next drawn."""
    for key in [str(key) for key in st.session_state]:
        if key in keys or key.startswith(tuple(f"{each}." for each in keys)):
            del st.session_state[key]


def _integer_step(option: Option) -> int:
    if not option.logarithmic or not option.default:
        return 1
    return max(1, int(10 ** math.floor(math.log10(option.default))))


def _number_step(option: Option) -> float:
    if option.logarithmic and option.default:
        return float(10 ** math.floor(math.log10(option.default)))
    if option.low is not None and option.high is not None and option.high - option.low <= 2:
        return 0.05
    return 0.1
