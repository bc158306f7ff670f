"""What networks answer to one input, side by side."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from dashboard.components.scripts import script

_HTML = '<div class="seesaw-replies" role="region" aria-live="polite"></div>'
_STYLE = """
.seesaw-replies { font: 400 .9375rem/1.4 var(--st-font); color: var(--st-text-color); }
h3, h4, p, ul { margin: 0; padding: 0; font: inherit; }
.given { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; margin-bottom: .75rem; overflow-wrap: anywhere; }
canvas { width: 5.5rem; height: auto; image-rendering: pixelated; border-radius: .4rem; flex: none; }
.given canvas { width: 9rem; border: 1px solid var(--st-border-color); border-radius: .2rem; }
audio { width: min(18rem, 100%); height: 2.5rem; }
section canvas { margin-top: .375rem; }
pre { margin: .375rem 0 0; font: 1rem/1.2 var(--st-code-font); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1rem; align-items: start; }
article { border: 1px solid var(--st-border-color); border-radius: .5rem; padding: .75rem 1rem; min-width: 0; }
h3 { display: flex; justify-content: space-between; gap: .5rem; align-items: baseline; padding-bottom: .25rem; }
h3 b { font-size: 1.05rem; font-weight: 650; overflow-wrap: anywhere; }
section { border-left: 4px solid; padding: .125rem 0 .125rem .75rem; margin-top: .75rem; }
h4 b { margin-right: .5rem; font-weight: 650; }
h4 span, .truth, .chance { font-size: .8125rem; color: color-mix(in srgb, var(--st-text-color) 78%, transparent); }
.chance { font-variant-numeric: tabular-nums; white-space: nowrap; }
.answer { display: flex; align-items: baseline; gap: .5rem; padding-top: .25rem; overflow-wrap: anywhere; }
.answer strong { font-size: 1.125rem; font-weight: 650; }
.text + .truth, .answer + .truth { padding-top: .125rem; }
.text { padding-top: .375rem; line-height: 2.35; overflow-wrap: anywhere; }
mark { color: inherit; padding: .125rem .375rem; border-radius: .3rem;
  background: color-mix(in srgb, var(--hue) 20%, transparent); border-bottom: 3px solid var(--hue);
  box-decoration-break: clone; -webkit-box-decoration-break: clone; }
mark small { font-size: .6875rem; font-weight: 650; margin-left: .375rem; }
ul { list-style: none; padding-top: .375rem; }
li { display: grid; grid-template-columns: minmax(3rem, 6.5rem) 1fr 3rem; gap: .5rem; align-items: center;
  font-size: .8125rem; }
li > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
li .chance { text-align: right; }
li > i { height: .5rem; border-radius: .25rem; background: var(--st-secondary-background-color); overflow: hidden; }
li > i > i { display: block; height: 100%; }
.mark { display: inline-block; flex: none; width: 1.125rem; height: 1.125rem; border-radius: .5625rem; color: #fff;
  align-self: center; font: 700 .75rem/1.125rem var(--st-font); text-align: center; }
.right { background: #00734f; }
.wrong { background: #b3263f; }
"""


@cache
def _component() -> Any:
    return st.components.v2.component("seesaw_replies", html=_HTML, css=_STYLE, js=script("nodes.js", "replies.js"))


def replies(told: Mapping[str, Any], key: str) -> None:
    """Draw answers.

    Args:
        told: from ``dashboard.showing.told``.
        key: unique on the page.
    """
    _component()(key=key, data=told, height="content")
