"""Examples as a person sees them, with what networks answer: a table of real words that is brought up to date in place.

It comes as a figure without marks whose ``meta`` holds the table, so that it follows a study as every picture does.
"""

from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.components.live_plot import Source, asked_of
from dashboard.components.scripts import script

_HTML = """<div class="seesaw-examples" tabindex="0" role="region"></div>"""
_STYLE = """
.seesaw-examples { overflow: auto; max-height: 17.5rem; font: 400 .8125rem/1.3 var(--st-font); color: var(--st-text-color); }
.seesaw-examples:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; }
th, td { padding: .0625rem .375rem; text-align: left; vertical-align: top; font-weight: 400; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; }
td { min-width: 3.5rem; max-width: 7rem; }
thead { position: sticky; top: 0; z-index: 2; background: var(--st-background-color); }
thead tr:last-child > * { padding-bottom: .3rem; }
tbody tr:first-child > * { border-top: 1px solid var(--st-border-color-light, var(--st-border-color)); padding-top: .3rem; }
tbody tr:last-child > *, tbody .name { padding-bottom: .3rem; }
.name, .who { position: sticky; z-index: 1; background: var(--st-background-color); }
.name { left: 0; width: 9rem; min-width: 9rem; max-width: 9rem; box-sizing: border-box; }
.who { left: 9rem; width: 3.75rem; min-width: 3.75rem; box-sizing: border-box; text-align: right; }
tbody .name { border-left: 4px solid; padding-left: .5rem; white-space: normal; }
.name b { display: block; overflow: hidden; text-overflow: ellipsis; }
.name > span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  font-size: .75rem; line-height: 1.2; }
.field { max-width: 12.75rem; text-align: right; }
canvas { display: block; width: 3.5rem; height: auto; image-rendering: pixelated; border-radius: .25rem; }
dl { display: grid; grid-template-columns: auto auto; gap: 0 .375rem; margin: 0; font-size: .75rem; justify-content: start; }
dt { overflow: hidden; text-overflow: ellipsis; max-width: 5.5rem; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; }
.truth { font-weight: 600; }
.long td { min-width: 9rem; max-width: 12rem; white-space: normal; }
.text { display: inline; margin: 0; font-weight: 400; overflow-wrap: anywhere; }
.drawn canvas { width: 3rem; margin: .0625rem 0; }
.seesaw-examples:has(.drawn, .long) { max-height: 24rem; }
pre { margin: 0; font: 400 .6875rem/1.05 var(--st-code-font); }
mark { color: inherit; border-radius: .2rem; background: color-mix(in srgb, var(--hue) 20%, transparent);
  border-bottom: 2px solid var(--hue); box-decoration-break: clone; -webkit-box-decoration-break: clone; }
mark small { font-size: .625rem; font-weight: 650; margin-left: .25rem; }
.mark { display: inline-block; width: 1rem; height: 1rem; margin-right: .3rem; border-radius: .5rem; color: #fff;
  font: 700 .6875rem/1rem var(--st-font); text-align: center; }
.right { background: #00734f; }
.wrong { background: #b3263f; }
.none { visibility: hidden; }
@media (max-width: 640px) {
  .name { width: 7rem; min-width: 7rem; max-width: 7rem; }
  .who { left: 7rem; }
  .field { max-width: 10.75rem; }
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "seesaw_live_examples", html=_HTML, css=_STYLE, js=script("live.js", "nodes.js", "live_examples.js")
    )


def live_examples(figure: go.Figure, key: str, alt: str, source: Source | None = None, *, written: str | None = None) -> None:
    """Draw examples and answers, or bring those already drawn under this key up to date.

    Args:
        figure: from ``dashboard.figures.examples``.
        key: unique on the page, and the same at every update.
        alt: what stands there, for people who cannot see it.
        source: where further answers come from by themselves; None for none.
        written: the figure as JSON, where it is known.
    """
    live = None if source is None else asked_of(source.study, source.picture)
    data = {"figure": written or figure.to_json(), "key": key, "alt": alt, "live": live}
    _component()(key=key, data=data, height="content")
