"""Where runs start: from first values that are drawn, or from a trunk that read texts before."""

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.forms import begin_with, locked, place_of
from dashboard.asking.lines import form_key
from dashboard.fitting import Draft, option_values
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError
from mtl_core.spec import BACKBONES, SUITES
from mtl_core.spec.choice import choose
from mtl_core.spec.pretrained import fitting

DRAWN = ""


def start(draft: Draft) -> str | None:
    """Choose among the pretrained trunks of this machine that fit the suite and the backbone; where there is none of a suite of
    texts, say how to make one. Elsewhere there is nothing to choose."""
    suite = option_values(draft["suite"])["name"]
    given: str | None = draft.get("start")
    if suite not in SUITES or SUITES[suite].shape != "tokens":
        return given
    try:
        trunks = {each.id: each for each in fitting(suite, choose("backbone", BACKBONES, draft["backbone"]))}
    except SeesawError:
        return given
    if not trunks and given is None:
        st.caption(_("Let the backbone read first: {command}").format(command=f"`seesaw pretrain {suite}`"))
        return None
    names = [DRAWN, *trunks, *([given] if given and given not in trunks else [])]

    def words(name: str) -> str:
        if name == DRAWN:
            return _("Nothing: first values are drawn")
        if name not in trunks:
            return name
        trunk = trunks[name]
        return _("{corpus}, {steps} steps ({id})").format(corpus=escape_markdown(trunk.corpus), steps=trunk.steps, id=name)

    key = form_key("start")
    begin_with(key, given or DRAWN)
    state.keep_valid(key, names, DRAWN)
    common: dict[str, Any] = {
        "key": key,
        "help": _("Every run starts from it, the tasks alone too."),
        "disabled": locked(),
    }
    place = place_of(names, st.session_state[key])
    return str(st.selectbox(_("What was read before"), names, place, format_func=words, **common)) or None
