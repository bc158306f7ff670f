"""Choices that stand in the page's address by name, whatever the language; what a link asks for and is not there is said."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard import state

Words = Callable[[str], str]


def choose(
    control: Callable[..., Any],
    title: str,
    options: Sequence[str],
    usual: Any,
    *,
    key: str,
    format_func: Words = str,
    **more: Any,
) -> Any:
    """Draw a control and return what is chosen; the address has it where it is not the usual.

    Args:
        control: ``selectbox``, ``multiselect`` or ``segmented_control``, of the page or of a part of it.
        title: what stands over it.
        options: the names to choose from, as links have them.
        usual: what is chosen where nobody has: a name, or a list of names for several.
        key: the name in the session and in the address.
        format_func: how a name is shown.
        more: goes to the control.
    """
    names, several = list(options), isinstance(usual, list)
    if key not in st.session_state:
        st.session_state[key] = usual
        asked, unknown = _asked(key, names, format_func, several=several)
        if asked:
            st.session_state[key] = asked if several else asked[0]
        if unknown:
            state.note_unknown(key, unknown, names)
    state.keep_valid(key, names, usual)
    now = st.session_state[key]
    shown = {"index": names.index(now)} if getattr(control, "__name__", "") == "selectbox" else {"default": now}
    chosen = control(title, names, key=key, format_func=format_func, **shown, **more)
    chosen = usual if chosen is None else chosen
    said = ",".join(chosen) if several else chosen
    if chosen == usual:
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != [said]:
        st.query_params[key] = said
    return chosen


def _asked(key: str, names: list[str], words: Words, *, several: bool) -> tuple[list[str], list[str]]:
    """What the address asks for, and what of it there is not."""
    # Links of older versions have the words that were on screen.
    known = {words(name): name for name in names} | {name: name for name in names}
    parts = [part for text in st.query_params.get_all(key) for part in (text.split(",") if several else [text])]
    asked = [part.strip() for part in parts if part.strip()]
    return [known[each] for each in asked if each in known], [each for each in asked if each not in known]


def to_walk(method: str) -> dict[str, str]:
    """The Landscape page's URL parameters to show how this method walks, beside equal weights."""
    return {state.WALKERS: ",".join(dict.fromkeys(["equal", method])), state.ARROWS: method}
