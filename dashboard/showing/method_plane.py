"""What a method makes of two gradients, under the hand: its own answers, asked once and then followed in the browser."""

from typing import Any

import numpy as np
import streamlit as st
from safetensors.numpy import load

from dashboard import state
from dashboard.asking.links import choose
from dashboard.components.arrows import At, arrows, looks_at_losses
from dashboard.reading import requests
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError
from mtl_core.spec.landscapes import FORMAT
from mtl_core.spec.table import MethodEntry

LATER = 100
"""After how many equal steps a method is looked at again that remembers something."""

FIRST_SIGHT = "1.4,-1.6,0.3,1,0.5"
"""Where arrows and losses are for a newcomer: the tasks conflict, and the first is worse off."""

_AXES = ("lengths", "places", "places", "losses", "losses")


def draw_plane(entry: MethodEntry) -> None:
    """Draw the picture of a method, or say why there is none."""
    st.fragment(_draw)(entry)


def _draw(entry: MethodEntry) -> None:
    # Asked anew only where the first answer says that there is more to see.
    shown = st.session_state.get(_remembers(entry), bool(st.query_params.get(state.AFTER)))
    steps = int(_after()) if shown else 1
    try:
        with st.spinner(_("Asking {method} …").format(method=entry.title), show_time=False):
            table = load(requests.answer("plane", asked_for(entry.name, steps)))
    except SeesawError as problem:
        st.error(escape_markdown(problem), icon=":material/error:")
        st.button(_("Try again"), icon=":material/refresh:", key="ask-again")
        return
    remembers = bool(table["remembers"])
    if st.session_state.get(_remembers(entry)) != remembers:
        st.session_state[_remembers(entry)] = remembers
        if remembers != shown:
            st.rerun()

    def keep(at: At) -> None:
        st.session_state[state.PULL] = st.query_params[state.PULL] = write(at, table)

    # Another page takes it out of the URL; the next method is shown at the same arrows.
    text = st.query_params.get(state.PULL) or st.session_state.get(state.PULL)
    if text:
        st.session_state[state.PULL] = st.query_params[state.PULL] = text
    arrows(entry.name, table, "method-plane", read(text or FIRST_SIGHT, table), keep)
    st.caption(told_of(entry, table))


def _remembers(entry: MethodEntry) -> str:
    return f"remembers.{entry.name}"


def _after() -> str:
    words = {"1": _("at its first step"), str(LATER): _("after {count} steps").format(count=LATER)}
    return str(
        choose(
            st.segmented_control,
            _("What it makes of them"),
            list(words),
            "1",
            key=state.AFTER,
            format_func=words.__getitem__,
            label_visibility="collapsed",
        )
    )


def asked_for(name: str, steps: int) -> dict[str, Any]:
    """What a worker is asked for a method's answers."""
    # The format that says what walks mean says what methods answer: another one is another question.
    return {"format": FORMAT, "method": name, "steps": steps}


def read(text: str, table: dict[str, Any]) -> At:
    """The places of the table nearest to what a link says; those of a newcomer where it cannot be understood.

    Args:
        text: the first arrow's length, the second one's tip across and up, and both losses; what is missing is a newcomer's.
        table: see ``mtl_core.balancing.plane``.
    """
    usual = [float(part) for part in FIRST_SIGHT.split(",")]
    try:
        given = [float(part) for part in text.split(",")][: len(usual)]
    except ValueError:
        given = []
    values = given + usual[len(given) :]
    if not np.isfinite(values).all():
        values = usual
    first, across, up, one, two = (int(np.abs(table[axis] - value).argmin()) for axis, value in zip(_AXES, values, strict=True))
    at = (first, across, up, one, two)
    # An arrow without length points nowhere.
    return read(FIRST_SIGHT, table) if table["places"][across] == table["places"][up] == 0 else at


def write(at: At, table: dict[str, Any]) -> str:
    """The places in numbers, as a link has them."""
    return ",".join(f"{table[axis][place]:g}" for axis, place in zip(_AXES, at, strict=True))


def told_of(entry: MethodEntry, table: dict[str, Any]) -> str:
    """What there is to know of the picture: how it is read, and what of the method it cannot show."""
    found = [_("Drag the tips. In the shaded part both losses fall; the dotted line is where weighted means end.")]
    if entry.name == "fixed":
        found.append(_("Here at weights 0.3 and 0.7: whatever arrows and losses do, they stay."))
    elif looks_at_losses(table):
        found.append(_("This method looks at the losses alone, so it is they that move its weights: drag them too."))
    else:
        found.append(_("Both losses are 1 here, and the parameters are the two of the plane."))
    if len(table["made"]) > 1:
        found.append(_("It draws by lot: these are {count} draws.").format(count=len(table["made"])))
    if bool(table["remembers"]):
        found.append(
            _("It remembers what it saw: choose what it does once it has seen the same {count} times.").format(count=LATER)
        )
    if entry.extra:
        found.append(_("What it looks at beyond a step is the same here as before it: nothing moves."))
    return " ".join(found)
