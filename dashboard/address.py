"""What stands in the address of every page: kept in the session, and put back where a change of page leaves it out."""

import time

import streamlit as st

SETTLING = 2.0
"""Seconds that a browser may take to follow a change of the URL; an older URL arriving within them is not a wish."""

_KEPT = "in_address"


def kept(name: str) -> list[str]:
    """What the address has under this name: what it says now, or what was there before; each value once, in order."""
    values: list[str]
    values, at = st.session_state.get(f"{_KEPT}.{name}", ([], -SETTLING))
    asked = list(dict.fromkeys(st.query_params.get_all(name)))
    if asked and asked != values and time.monotonic() - at > SETTLING:
        values = asked
        st.session_state[f"{_KEPT}.{name}"] = (values, -SETTLING)
    elif asked != values:
        _put(name, values)
    return values


def keep(name: str, values: list[str]) -> None:
    """Let the address have these values under this name from now on, on every page. May be called from a callback."""
    st.session_state[f"{_KEPT}.{name}"] = (values, time.monotonic())
    _put(name, values)


def _put(name: str, values: list[str]) -> None:
    if values:
        st.query_params[name] = values
    else:
        st.query_params.pop(name, None)
