"""Choosing lines of a table, a suite or some methods, each with its options."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.forms import begin_with, findable_title, locked, option_inputs, place_of
from dashboard.fitting import option_values
from dashboard.words import _
from mtl_core.spec.table import Entry


def form_key(*parts: str) -> str:
    """The session key of a control of the form."""
    return ".".join((state.FORM, *parts))


def select_line(entries: Mapping[str, Entry], setting: str, title: str, names: Sequence[str], current: str) -> str:
    """Choose one of a table's lines among some names; the first where the current one is not among them."""
    key = form_key(setting)
    begin_with(key, current)
    if st.session_state[key] not in names:
        st.session_state[key] = names[0]
    now = place_of(names, st.session_state[key])
    words = partial(findable_title, entries)
    return str(st.selectbox(title, names, now, key=key, format_func=words, disabled=locked()))


def line_options(entry: Entry, setting: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the options of a line and return their values."""
    return option_inputs(entry.options, form_key(setting, entry.name), values)


def chosen_line(
    entries: Mapping[str, Entry], setting: str, title: str, given: Any, names: Sequence[str] = (), *, options: bool = True
) -> dict[str, Any]:
    """Choose one of a table's lines and, where wanted, its options."""
    current = option_values(given)
    name = select_line(entries, setting, title, names or list(entries), current["name"])
    values = {key: value for key, value in current.items() if key != "name"} if name == current["name"] else {}
    return {"name": name} | (line_options(entries[name], setting, values) if options else values)


def chosen_lines(
    entries: Mapping[str, Entry],
    setting: str,
    given: Sequence[Any],
    *,
    title: str,
    help_text: str,
    placeholder: str,
    tasks: Sequence[str] = (),
) -> list[Any]:
    """Choose any number of a table's lines, each with its options; ``tasks`` as for ``option_input``."""
    asked = [option_values(each) for each in given]
    # A study may ask for one line several times with different options: each is an entry of its own.
    variants = {name: [each for each in asked if each["name"] == name] for name in entries}
    names = {name: name for name in entries}
    names |= {f"{name} {place + 1}": name for name, each in variants.items() for place in range(1, len(each))}
    current = {f"{name} {place + 1}" if place else name: each for name in entries for place, each in enumerate(variants[name])}
    key = form_key(setting)
    begin_with(key, [item for item in names if item in current])
    state.keep_valid(key, list(names))
    chosen = st.multiselect(
        title,
        list(names),
        st.session_state[key],
        key=key,
        format_func=lambda item: findable_title(entries, names[item]) + item.removeprefix(names[item]),
        help=help_text,
        placeholder=placeholder,
        disabled=locked(),
    )
    found = []
    for item in (item for item in names if item in chosen):
        entry = entries[names[item]]
        values = {key: value for key, value in current.get(item, {}).items() if key != "name"}
        if entry.options:
            with st.expander(_("Options of {method}").format(method=_(entry.title))):
                st.caption(_(entry.summary))
                values |= option_inputs(entry.options, form_key(setting, item), values, tasks)
        found.append({"name": entry.name} | values)
    return found
