"""What every picture carries: one sentence on how to read it, its definition one click away, and what its words mean."""

import streamlit as st

from dashboard.showing.glossary import words_used
from dashboard.words import _


def explain(sentence: str, formula: str, definition: str, key: str) -> None:
    """Draw the reading aid of a picture.

    Args:
        sentence: how to read the picture, in one sentence.
        formula: its definition in LaTeX, without dollar signs.
        definition: what the signs of the formula mean, in words; Markdown.
        key: unique on the page.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"explain-{key}"):
        st.caption(sentence, width="stretch")
        with st.popover(_("Formula"), icon=":material/function:", type="tertiary", width="content"):
            st.latex(formula)
            st.markdown(definition)
            if used := words_used(sentence, definition):
                st.caption(_("Words used here"))
                st.markdown(used)
