"""How far the reader is with a lesson, in the session and in the address: a link leads to where its reader was."""

from dataclasses import dataclass

import streamlit as st

from dashboard import state


@dataclass
class Learned:
    """How far the reader is with a lesson.

    Args:
        said: the place of each mark, or the group of each thing; None for a mark that has not been placed.
        seen: whether what came out is uncovered.
        seeds: the other seeds that were asked for.
    """

    said: list[int | None]
    seen: bool
    seeds: list[int]


def learned(lesson: str, count: int) -> Learned:
    """How far the reader is with a lesson whose prediction has ``count`` parts; kept in the session and in the address."""
    key = f"{state.LESSON}.{lesson}"
    if key not in st.session_state:
        parts = str(st.query_params.get(state.SAID, "")).split(",")
        given = [int(part) if part.isdecimal() and len(part) < 4 else None for part in parts]
        said: list[int | None] = given if len(given) == count else [None] * count
        st.session_state[key] = Learned(said, bool(st.query_params.get(state.SEEN)) and None not in said, [])
    known: Learned = st.session_state[key]
    put_learned(lesson, known)
    return known


def put_learned(lesson: str, known: Learned) -> None:
    """Keep how far the reader is with a lesson. May be called from a callback."""
    st.session_state[f"{state.LESSON}.{lesson}"] = known
    said = ",".join("" if part is None else str(part) for part in known.said) if any(p is not None for p in known.said) else ""
    for name, value in ((state.LESSON, lesson), (state.SAID, said), (state.SEEN, "1" if known.seen else "")):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value:
            st.query_params.pop(name, None)


def lesson_asked() -> str | None:
    """The lesson on the Learn page: the address's, or the one that was left there."""
    asked = st.query_params.get(state.LESSON)
    if asked is not None:
        st.session_state[state.LESSON] = asked
    return st.session_state.get(state.LESSON)


def leave_lesson() -> None:
    """Go back to the list of lessons. May be called from a callback."""
    st.session_state[state.LESSON] = None
    for name in (state.LESSON, state.SAID, state.SEEN):
        st.query_params.pop(name, None)
