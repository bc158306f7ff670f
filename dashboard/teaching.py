"""What a teacher's link sets for every page: what is hidden, what is locked, presentation, and the notes pinned to curves.

The URL holds what is hidden (``hide``) and locked (``lock``), names with commas between; presentation (``view=present``); and
each note as ``pin=STEP:text``. Whoever has the link can take any of it off: it keeps attention, not secrets.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard import address
from dashboard.words import N_, _
from mtl_core.errors import shown, unknown_name

HIDE, LOCK, VIEW, PIN = "hide", "lock", "view", "pin"

NAVIGATION, PANEL, PRESENT = "nav", "panel", "present"


class Part(NamedTuple):
    """What can be hidden: its name in words, and where it is on the pages, in CSS; empty where it is not drawn at all."""

    title: str
    place: str


PARTS = {
    NAVIGATION: Part(N_("list of pages"), ""),
    PANEL: Part(N_("settings on Play"), '[data-testid="stColumn"]:has(.st-key-panel)'),
    "filters": Part(N_("filters of results"), ".st-key-selection"),
    "answers": Part(N_("answers in words"), '[class*="st-key-decision"], .st-key-ranking'),
    "tables": Part(N_("tables"), '[data-testid="stDataFrame"], [class*="st-key-downloads-"]'),
}
"""The parts of pages that can be hidden, by their names in links."""

LOCKABLE = (PANEL,)
"""The parts that can be shown without letting anybody change them."""

MOST_NOTES = 5
LONGEST_NOTE = 80
"""The most characters of a note."""

_NOTES_OF = "notes_of"


class Note(NamedTuple):
    """What is pinned to a step of the curves."""

    step: int
    text: str

    @property
    def written(self) -> str:
        """The note as the address has it."""
        return f"{self.step}:{self.text}"


def hidden() -> list[str]:
    """The names of the parts that are hidden, of those that there are."""
    return [name for name in PARTS if name in _names(HIDE)]


def locked(part: str) -> bool:
    """Whether a part is to be seen and not to be changed."""
    return part in LOCKABLE and part in _names(LOCK)


def presented() -> bool:
    """Whether pages are shown as a presentation."""
    return PRESENT in _names(VIEW)


def present(*, on: bool) -> None:
    """Begin or leave the presentation. May be called from a callback."""
    address.keep(VIEW, [PRESENT] if on else [])


def notes(study_id: str) -> list[Note]:
    """The notes on a study's curves, by step. Notes on another study's curves are let go."""
    if st.session_state.setdefault(_NOTES_OF, study_id) != study_id:
        st.session_state[_NOTES_OF] = study_id
        pin([])
    read = (read_note(text) for text in address.kept(PIN))
    return sorted(dict.fromkeys(note for note in read if note is not None))[:MOST_NOTES]


def pin(kept: list[Note]) -> None:
    """Let these be all notes. May be called from a callback."""
    address.keep(PIN, [note.written for note in kept])


def read_note(written: str) -> Note | None:
    """A note as the address has it; None for what is none.

    >>> read_note("120: the left digit gives up"), read_note("soon")
    (Note(step=120, text='the left digit gives up'), None)
    """
    step, _colon, rest = written.partition(":")
    text = " ".join(rest.split())
    if not (step.isascii() and step.isdecimal() and len(step) <= 9 and text):
        return None
    return Note(int(step), text if len(text) <= LONGEST_NOTE else text[: LONGEST_NOTE - 1] + "…")


def unknown() -> list[str]:
    """What the link asks of the pages and there is not, in words."""
    known = {HIDE: [*PARTS], LOCK: [*LOCKABLE], VIEW: [PRESENT]}
    told = [str(unknown_name(key, name, names)) for key, names in known.items() for name in _names(key) if name not in names]
    pins = address.kept(PIN)
    said = _("a note is a step, a colon and its text, found {text}.")
    told += [said.format(text=shown(text)) for text in pins if read_note(text) is None]
    if len(pins) > MOST_NOTES:
        told.append(_("{count} notes, of which {most} are shown.").format(count=len(pins), most=MOST_NOTES))
    return told


def link(page: str, parameters: Mapping[str, list[str]], changes: Mapping[str, list[str]]) -> str:
    """An address with everything that it has now but for some changes.

    Args:
        page: the address without parameters.
        parameters: what it has now, each name with all its values.
        changes: the values of some names; none takes the name out.
    """
    told = {name: values for name, values in {**parameters, **changes}.items() if values}
    # What addresses may hold as it is stays readable; the link is shorter for it.
    query = urlencode(told, doseq=True, safe=",:;/")
    page = page if urlsplit(page).path else f"{page}/"
    return f"{page}?{query}" if query else page


def _names(key: str) -> list[str]:
    return [name.strip() for text in address.kept(key) for name in text.split(",") if name.strip()]
