"""A page as a presentation: one picture a screen, large enough for the last row, with keys to go on and nothing around it."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from dashboard.components.scripts import script
from dashboard.words import _

TROUBLE = "link-trouble"
"""The key of the place where it is said what of a link was not understood; it is seen in a presentation too."""

_JAVASCRIPT = script("presentation.js")
_HTML = """<div class="seesaw-stage">
<p class="heading" aria-live="polite"></p>
<footer><p class="aid"></p><nav><button class="before">‹</button><span class="count"></span><button class="after">›</button>
<button class="leave">×</button></nav></footer>
</div>"""
_STYLE = """
p { margin: 0; }
.heading, footer { position: fixed; left: 1.5rem; right: 1.5rem; font-family: var(--st-font); color: var(--st-text-color); }
.heading { top: .9rem; font-size: 1.5rem; font-weight: 650; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
footer { bottom: .8rem; display: flex; align-items: center; gap: 1.5rem; }
.aid { flex: 1; font-size: 1rem; line-height: 1.25; max-height: 2.5em; overflow: hidden; }
nav { display: flex; align-items: center; gap: .4rem; white-space: nowrap; }
button { border: 0; border-radius: .4rem; background: none; color: inherit; font: inherit; font-size: 1.4rem; line-height: 1;
  padding: .2rem .6rem; cursor: pointer; }
button:hover:not(:disabled) { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
button:disabled { opacity: .35; cursor: default; }
"""
# What the page's own frame looks like meanwhile. The sizes of all text are in rem, so one size makes them all larger.
_PAGE = """<style>
html { font-size: clamp(16px, 1.72vw, 33px) !important; }
[data-testid="stHeader"], [data-testid="stSidebar"], .modebar-container { display: none !important; }
[data-testid="stMainBlockContainer"] { padding: 1rem 2rem; }
.st-key-link-trouble { position: fixed; top: .5rem; right: 1.5rem; width: 60%; z-index: 2; backdrop-filter: blur(1rem); }
[data-seesaw-way] > :not([data-seesaw-way], [data-seesaw-on]) { display: none !important; }
[data-seesaw-on] { position: fixed !important; inset: 3.1rem 1.5rem 3.6rem; width: auto !important; height: auto !important;
  overflow: auto; }
[data-seesaw-on]:is(.st-key-seen-examples, [class*="st-key-decision"]) {
  display: flex; flex-direction: column; justify-content: center;
}
.st-key-seen-examples[data-seesaw-on] > * { zoom: 1.3; }
[class*="st-key-plot-lesson"][data-seesaw-on] { padding-top: 1.5rem; }
[class*="st-key-plot-lesson"][data-seesaw-on] > * { zoom: 1.5; }
[class*="st-key-decision"][data-seesaw-on] :is(p, strong) { font-size: 1.9rem; line-height: 1.35; }
[class*="st-key-decision"][data-seesaw-on] [data-testid="stCaptionContainer"] p { font-size: 1.1rem; }
</style>"""


@cache
def _stage() -> Any:
    return st.components.v2.component("seesaw_presentation", html=_HTML, css=_STYLE, js=_JAVASCRIPT)


def presentation(key: str, page: str, hidden: str, on_leave: Callable[[], None], *, before: bool, after: bool) -> int:
    """Present the page: its pictures and answers one after the other, each as large as the screen allows.

    Args:
        key: unique on the page.
        page: the page's name; another one begins with its first picture.
        hidden: what of the page is not shown, in CSS; empty for nothing.
        on_leave: called when the visitor leaves the presentation, before the page runs.
        before: whether there is a page before this one.
        after: whether there is one after it.

    Returns:
        1 where the visitor goes on beyond the last picture, -1 back from the first; 0 otherwise.
    """
    st.html(_PAGE)
    words = {"before": _("Back"), "after": _("Next"), "leave": _("Leave the presentation (Escape)")}
    said = _stage()(
        key=key,
        data={"page": page, "hidden": hidden, "before": before, "after": after, "words": words},
        height="content",
        on_left_change=on_leave,
        on_turned_change=lambda: None,
    )
    return {1: 1, -1: -1}.get(said.turned, 0)  # a browser may send anything
