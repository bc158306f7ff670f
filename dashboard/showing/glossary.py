"""The glossary on the Learn page, and the words of a reading aid that it knows."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from dashboard import attending, state
from dashboard.glossary import GLOSSARY, found, title
from dashboard.glossary.term import Term
from dashboard.lessons import LESSONS
from dashboard.words import _, escape_markdown, spoken
from mtl_core.errors import unknown_name

_KEPT = (state.LANGUAGE, attending.CLASS)
"""What a link to another page takes along: it opens beside the one that is read."""


def link(**parameters: str) -> str:
    """An address of the Learn page that keeps the reader's language and class."""
    kept = {name: st.query_params[name] for name in _KEPT if name in st.query_params}
    return f"learn?{urlencode(parameters | kept)}"


def words_used(*texts: str) -> str:
    """What the terms in these texts mean, a line each with links to the glossary and the lesson; Markdown, empty where none."""
    terms = found(" ".join(texts), spoken())
    return "\n".join(f"- {_line(term)}" for term in terms)


def linked(names: Sequence[str]) -> str:
    """Terms by their names as links to the glossary, in a line; Markdown."""
    known = [GLOSSARY[name] for name in names if name in GLOSSARY]
    return " · ".join(f"[{title(term, spoken())}]({link(term=term.name)})" for term in known)


def _line(term: Term) -> str:
    parts = [f"**[{title(term, spoken())}]({link(term=term.name)})**: {_(term.definition)}"]
    if term.formula:
        parts.append(f"${term.formula}$")
    if term.lesson in LESSONS:
        kind = _("Lesson")
        parts.append(f"[{kind}: {_(LESSONS[term.lesson].title)}]({link(lesson=term.lesson)})")
    return " ".join(parts)


def draw_glossary() -> None:
    """Draw all terms, those that are looked for, or the one that a link names."""
    st.subheader(_("Glossary"), anchor=False)
    asked = st.query_params.get(state.TERM)
    if asked is not None and asked not in GLOSSARY:
        text = _("Part of the link was not understood: {words}")
        words = escape_markdown(unknown_name("term", asked, list(GLOSSARY)))
        st.warning(text.format(words=words), icon=":material/link_off:")
    if asked in GLOSSARY:
        _term(GLOSSARY[asked])
        st.button(_("All terms"), icon=":material/menu_book:", type="tertiary", on_click=_leave)
        return
    wanted = st.text_input(
        _("Find"),
        key="glossary-find",
        placeholder=_("a term, or a word of its definition"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    terms = sorted(GLOSSARY.values(), key=lambda term: title(term, spoken()).casefold())
    shown = [term for term in terms if (wanted or "").casefold() in f"{_(term.words)} {_(term.definition)}".casefold()]
    if not shown:
        st.info(_("No term has these words."), icon=":material/search_off:")
        return
    st.markdown("\n".join(f"- {_line(term)}" for term in shown))


def _term(term: Term) -> None:
    with st.container(border=True, key="term"):
        st.markdown(f"**{title(term, spoken())}**")
        st.markdown(_(term.definition))
        if term.formula:
            st.latex(term.formula)
        others = _(term.words).split("|")[1:]
        if others:
            st.caption(_("Also: {words}.").format(words=", ".join(others)))
        with st.container(horizontal=True):
            if term.lesson in LESSONS:
                words = _("Lesson: {title}").format(title=_(LESSONS[term.lesson].title))
                st.button(words, key="term-lesson", icon=":material/school:", on_click=_open, args=(term.lesson,))
            if term.page:
                st.page_link(f"views/{term.page}.py", label=_("See it measured"), icon=":material/insights:")


def _open(lesson: str) -> None:
    _leave()
    st.session_state[state.LESSON] = st.query_params[state.LESSON] = lesson


def _leave() -> None:
    st.query_params.pop(state.TERM, None)
