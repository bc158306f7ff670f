"""The answer to a page's question in a sentence or two, before its pictures and tables."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.reading.studies import Reading
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics.remarks import Remark


def draw_decision(reading: Reading, found: Callable[[], Sequence[Remark]], key: str = "decision") -> None:
    """Say the answer, its first sentence bold; while the study trains, say that it is still to come.

    Args:
        reading: the study.
        found: asks one of ``mtl_core.diagnostics.decisions``; nothing comes where nothing can be said.
        key: of the place.
    """
    with st.container(key=key):
        if reading.active:
            st.caption(_("The answer is said here when training is over."))
            return
        told = [remark.told(_, ngettext, escape_markdown) for remark in found()]
        if not told:
            return
        st.markdown(" ".join([f"**{told[0]}**", *told[1:]]))
        st.caption(_("From intervals alone: the words hold among all that is compared here (Holm), an interval is its own."))
