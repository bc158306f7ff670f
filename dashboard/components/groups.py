"""Tasks that are put into networks by hand: dragged with a mouse or a finger, or moved with arrow keys."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st

from dashboard.components.scripts import script
from dashboard.words import _

_HTML = '<div class="seesaw-groups"><div class="boxes"></div><p class="said" aria-live="polite"></p></div>'
_STYLE = """
.seesaw-groups { font: 400 .9375rem var(--st-font); color: var(--st-text-color); user-select: none; }
.boxes { display: flex; flex-wrap: wrap; gap: .75rem; }
.box { flex: 1 1 9rem; min-height: 5.5rem; padding: .5rem .75rem .75rem; border: 1px solid var(--st-border-color);
  border-radius: .5rem; background: var(--st-secondary-background-color); box-sizing: border-box; }
.box.new { border-style: dashed; background: none; }
.box.over { outline: 2px solid var(--st-primary-color); }
.box h4 { margin: 0 0 .375rem; font: inherit; font-size: .8125rem; }
.chips { display: flex; flex-wrap: wrap; gap: .375rem; }
button { display: flex; align-items: center; gap: .4rem; border: 1px solid var(--st-border-color); border-radius: 1rem;
  padding: .25rem .75rem; background: var(--st-background-color); color: inherit; font: inherit; cursor: grab;
  touch-action: none; max-width: 100%; overflow-wrap: anywhere; }
button i { flex: none; width: .7rem; height: .7rem; border-radius: .35rem; background: var(--hue); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button.held { cursor: grabbing; position: relative; z-index: 2; box-shadow: 0 .25rem .75rem rgb(0 0 0 / .3); }
.said { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
"""


@cache
def _component() -> Any:
    return st.components.v2.component("seesaw_groups", html=_HTML, css=_STYLE, js=script("nodes.js", "hand.js", "groups.js"))


def groups(
    tasks: Sequence[str], colors: Sequence[str], value: Sequence[int], key: str, on_move: Callable[[list[int]], None]
) -> None:
    """Draw the networks with their tasks; what is moved is told once the hand lifts or the keys rest.

    Args:
        tasks: their names.
        colors: theirs.
        value: ``(T,)`` in which network each task is, from 0 on without gaps.
        key: unique on the page.
        on_move: called with the new value before the page runs.
    """

    def moved() -> None:
        given = checked(st.session_state[key].get("moved"), len(tasks))
        if given is not None:
            on_move(given)

    words = {
        "network": _("Network {number}"),
        "fresh": _("New network"),
        "hint": _("{task}, in {network}: drag it, or move it with the arrow keys"),
        "moved": _("{task} is in {network}, with {others}"),
        "apart": _("{task} is in {network}, alone"),
    }
    _component()(
        key=key,
        data={"tasks": list(tasks), "colors": list(colors), "value": list(value), "words": words},
        height="content",
        on_moved_change=moved,
    )


def checked(given: Any, count: int) -> list[int] | None:
    """What a browser or a link sent, where it puts each task into a network; numbered as they come first.

    >>> checked([2, 0, 2], 3), checked([0, 5, 0], 3), checked("0", 1)
    ([0, 1, 0], None, None)
    """
    if not isinstance(given, list) or len(given) != count or not all(type(each) in (int, float) for each in given):
        return None
    if not all(each in range(count) for each in given):
        return None
    order = {number: place for place, number in enumerate(dict.fromkeys(given))}
    return [order[number] for number in given]
