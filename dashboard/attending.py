"""Which class the reader attends, and as whom: the class stands in the address of every page, who it is in cookies alone."""

import streamlit as st

from dashboard import address
from dashboard.reading.visitors import has_classes, in_class
from dashboard.words import _
from mtl_core.errors import SpecError
from mtl_core.store.classes import class_name

CLASS, TEACHER = "class", "teacher"
"""The URL parameters of the class, and of a teacher's key: a right one has left the address before a page sees it."""

_WRONG_KEY = "wrong_teacher_key"


def attended() -> str | None:
    """The class in whose link the reader is; None for none."""
    asked = address.kept(CLASS)
    if not asked or not has_classes():
        return None
    try:
        return class_name(asked[0])
    except SpecError:  # which is said over the page
        return None


def member(name: str) -> str:
    """Who the reader is in a class and nowhere else; empty for a browser that keeps no cookies."""
    return in_class(st.context.cookies, name)


def problems() -> list[str]:
    """What is wrong with a link to a class, in words; a wrong key leaves the address, for it may be another server's."""
    if TEACHER in st.query_params:
        del st.query_params[TEACHER]
        st.session_state[_WRONG_KEY] = True
    told = []
    if st.session_state.get(_WRONG_KEY):
        told.append(
            _(
                "this is not the teacher's key, so you are one of the class. Each start of the server has another key: use the "
                "link that it printed last."
            )
        )
    asked = address.kept(CLASS)
    if asked and not has_classes():
        told.append(_("this server has no classes; whoever starts it can add one: seesaw serve --class."))
    elif asked:
        try:
            class_name(asked[0])
        except SpecError as problem:
            told.append(str(problem))
    return told
