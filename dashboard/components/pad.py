"""Squares to draw on, by mouse, pen or finger."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from dashboard.components.scripts import script
from dashboard.words import _

SIDE = 48
"""Rows and columns of a drawing, as the page has it."""

_HTML = '<div class="seesaw-pads"></div>'
_STYLE = """
.seesaw-pads { display: flex; flex-wrap: wrap; gap: .75rem; font: 400 .875rem var(--st-font); color: var(--st-text-color); }
figure { margin: 0; flex: 1 1 9rem; max-width: 15rem; }
canvas { display: block; width: 100%; aspect-ratio: 1; border-radius: .5rem; border: 1px solid var(--st-border-color);
  box-sizing: border-box; cursor: crosshair; touch-action: none; background: #000; }
figcaption { display: flex; justify-content: space-between; align-items: center; padding-top: .25rem; }
button { border: 0; border-radius: .4rem; background: none; color: inherit; font: inherit; padding: .25rem .5rem;
  cursor: pointer; text-decoration: underline; }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""


@cache
def _component() -> Any:
    return st.components.v2.component("seesaw_pad", html=_HTML, css=_STYLE, js=script("nodes.js", "pad.js"))


def pads(names: Sequence[str], key: str) -> list[list[list[int]] | None]:
    """Draw the squares, and give what was drawn on each: ``SIDE`` rows of shades from 0, dark, to 255; None for nothing.

    Args:
        names: what belongs on each, in words.
        key: unique on the page; another one is another sheet.
    """
    alt = _("{name}: a square to draw on with a mouse or a finger; without one, pick an example.")
    said = [{"name": name, "alt": alt.format(name=name), "clear": _("Clear")} for name in names]
    found = _component()(
        key=key, data={"pads": said, "side": SIDE}, default={"drawn": []}, on_drawn_change=lambda: None, height="content"
    )
    return checked(found.drawn, len(names))


def checked(given: Any, count: int) -> list[list[list[int]] | None]:
    """What a browser sent, where that is drawings."""
    drawn = given if isinstance(given, list) and len(given) == count else [None] * count
    return [_rows(each) for each in drawn]


def _rows(flat: Any) -> list[list[int]] | None:
    if not isinstance(flat, list) or len(flat) != SIDE * SIDE or not all(type(each) in (int, float) for each in flat):
        return None
    shades = [min(255, max(0, int(each))) if each == each else 0 for each in flat]
    return [shades[start : start + SIDE] for start in range(0, len(shades), SIDE)] if any(shades) else None
