"""Whether a study learns all at once or bit by bit."""

from typing import Any

import streamlit as st

from dashboard.asking.forms import begin_with, locked, place_of
from dashboard.asking.lines import form_key
from dashboard.fitting import Draft, option_values
from dashboard.words import _
from mtl_core.errors import SeesawError
from mtl_core.spec import BACKBONES
from mtl_core.spec.backbones import stages
from mtl_core.spec.choice import choose
from mtl_core.spec.phases import PHASES, check_phases, joining, thawing

ONE, JOINING, THAWING, OWN = "one", "joining", "thawing", "own"
"""Ways of dividing a run into phases."""


def phases(draft: Draft) -> list[Any]:
    """Whether all is learned at once or bit by bit; the phases that a link or a stored study asks for stay as they are."""
    kept = [option_values(each) for each in draft.get("phases") or ()]
    ways = {ONE: [], JOINING: _progressive(draft, JOINING), THAWING: _progressive(draft, THAWING)}
    now = next((name for name, phases in ways.items() if phases == kept), OWN)
    names = [*ways, *([OWN] if now == OWN else [])]
    titles = {
        ONE: _("All at once"),
        JOINING: _("Tasks join one after another"),
        THAWING: _("Layers unfreeze from the last one down"),
        OWN: _("As asked for"),
    }
    key = form_key("phases")
    begin_with(key, now)
    if st.session_state[key] == OWN and OWN not in names:
        names.append(OWN)
    help_text = _("In parts of equal length; what waits stands still, and each task alone learns all the time.")
    common: dict[str, Any] = {"key": key, "help": help_text, "disabled": locked()}
    place = place_of(names, st.session_state[key])
    chosen = str(st.selectbox(_("Progressive training"), names, place, format_func=lambda name: titles[name], **common))
    asked = kept if chosen == OWN else ways[chosen]
    if asked:
        steps = ", ".join(f"{_(PHASES[each['name']].title)} ({each['steps']})" for each in asked)
        st.caption(_("Trained in {count} phases, with their steps: {phases}.").format(count=len(asked), phases=steps))
    return asked


def _progressive(draft: Draft, way: str) -> list[Any]:
    """The phases of a way of training bit by bit, in canonical form; none where there are too few steps or tasks for it."""
    try:
        names = stages(choose("backbone", BACKBONES, draft["backbone"]))
        asked = joining(draft["steps"], draft["tasks"]) if way == JOINING else thawing(draft["steps"], names)
        return [each.to_dict() for each in check_phases(asked, draft["steps"], draft["tasks"], names)]
    except SeesawError:
        return []
