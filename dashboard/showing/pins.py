"""Notes on the Play page's curves: pin one to a step, take one away; they are in the page's address."""

import streamlit as st

from dashboard import teaching
from dashboard.teaching import LONGEST_NOTE, MOST_NOTES, Note
from dashboard.words import _, escape_markdown

_STEP, _TEXT = "note-step", "note-text"


def controls(study_id: str, last: int) -> list[Note]:
    """Draw the notes' controls and return the notes on a study's curves.

    Args:
        study_id: the study.
        last: its last step.
    """
    notes = teaching.notes(study_id)
    place = st.popover(_("Notes"), icon=":material/keep:", type="tertiary", key="notes", on_change="rerun")
    if place.open:
        with place:
            _content(notes, last)
    return notes


def _content(notes: list[Note], last: int) -> None:
    st.caption(_("A note stands at its step of the curves, and travels in the link of this page."))
    for number, note in enumerate(notes):
        with st.container(horizontal=True, vertical_alignment="center"):
            beyond = _(" (after the last step: not seen)") if note.step > last else ""
            st.markdown(f"**{note.step:,}** {escape_markdown(note.text)}{beyond}", width="stretch")
            rest = [each for each in notes if each != note]
            help_text = _("Take this note away")
            st.button(
                "", key=f"note-away-{number}", icon=":material/close:", help=help_text, on_click=teaching.pin, args=(rest,)
            )
    if len(notes) >= MOST_NOTES:
        st.caption(_("There are {count} notes at most.").format(count=MOST_NOTES))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(_("Step"), 0, last, last // 2, key=_STEP, width=120)
        st.text_input(_("Note"), key=_TEXT, max_chars=LONGEST_NOTE, width=260)
    st.button(_("Pin"), key="note-pin", icon=":material/keep:", on_click=_pin, args=(notes,))


def _pin(notes: list[Note]) -> None:
    note = teaching.read_note(f"{st.session_state[_STEP]}:{st.session_state[_TEXT]}")
    if note is not None:
        teaching.pin(sorted({*notes, note}))
        st.session_state[_TEXT] = ""
