"""What the Landscape page's buttons and clicks set: its starts, and how to walk from them."""

import streamlit as st

from dashboard import state


def put_walk(*, starts: str, scale: str, rate: str, length: str, rule: str) -> None:
    """Set the Landscape page's starts and how to walk. A callback."""
    for key, value in (
        (state.STARTS, starts),
        (state.SCALE, scale),
        (state.RATE, rate),
        (state.LENGTH, length),
        (state.RULE, rule),
    ):
        st.session_state[key] = value


def put_starts(text: str) -> None:
    """Start from these places. A callback."""
    st.session_state[state.STARTS] = text


def add_start(text: str) -> None:
    """Start from this place too. A callback."""
    before = str(st.session_state.get(state.STARTS) or "").strip().rstrip(";")
    st.session_state[state.STARTS] = f"{before}; {text}" if before else text
