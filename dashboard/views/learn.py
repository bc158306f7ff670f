"""Learn: lessons of five minutes that ask for a prediction first."""

import streamlit as st

from dashboard import state, teaching
from dashboard.learned import leave_lesson, lesson_asked
from dashboard.lessons import LESSONS, Lesson
from dashboard.showing import classroom
from dashboard.showing.glossary import draw_glossary
from dashboard.showing.lesson import draw_lesson
from dashboard.words import _, escape_markdown
from mtl_core.errors import unknown_name


def draw() -> None:
    """Draw the page: the list of lessons, or one of them."""
    state.turn_to("learn")
    asks_term = state.TERM in st.query_params
    name = None if asks_term else lesson_asked()
    staged = teaching.presented() and name in LESSONS  # a screen's height is for the question and its picture
    if not staged:
        st.title(_("Learn"), anchor=False)
    if asks_term:
        draw_glossary()
        return
    if name is not None and name not in LESSONS:
        text = _("Part of the link was not understood: {words}")
        words = escape_markdown(unknown_name("lesson", name, list(LESSONS)))
        st.warning(text.format(words=words), icon=":material/link_off:")
        name = None
    if name is None:
        _all()
        return
    if not staged:
        _steps(name)
    draw_lesson(LESSONS[name])


def _all() -> None:
    st.caption(_("Five minutes each. Say first what you expect; then real networks, trained here, show what comes out."))
    classroom.greet()
    with st.grid(3, gap="small", min_column_width=260):
        for place, lesson in enumerate(LESSONS.values()):
            with st.container(border=True, key=f"lesson-{lesson.name}"):
                st.markdown(f"**{place + 1}. {_(lesson.title)}**")
                st.caption(_(lesson.idea))
                st.button(_("Begin"), key=f"begin-{lesson.name}", icon=":material/school:", on_click=_open, args=(lesson,))
    draw_glossary()


def _open(lesson: Lesson) -> None:
    for name in (state.SAID, state.SEEN):
        st.query_params.pop(name, None)
    st.query_params[state.LESSON] = lesson.name
    st.session_state[state.LESSON] = lesson.name


def _steps(name: str) -> None:
    """Where the lesson stands among all, and ways to its neighbours."""
    names = list(LESSONS)
    place = names.index(name)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson-steps"):
        st.button(_("All lessons"), icon=":material/apps:", type="tertiary", on_click=leave_lesson)
        for words, icon, other in (
            (_("Previous lesson"), ":material/arrow_back:", place - 1),
            (_("Next lesson"), ":material/arrow_forward:", place + 1),
        ):
            there = 0 <= other < len(names)
            neighbour = LESSONS[names[other if there else place]]
            st.button(words, icon=icon, type="tertiary", disabled=not there, on_click=_open, args=(neighbour,))
        st.caption(_("Lesson {place} of {count}").format(place=place + 1, count=len(names)))


draw()
