"""Plotly charts that stay one node in the page while their data changes, and the progress of a study that trains.

Streamlit's own chart is destroyed and made anew at every change of data, which flickers and loses the zoom. This one hands
each new figure to ``Plotly.react`` in the node that is there already. While a study trains, the charts and the progress of a
page ask the server together what is new, and no page runs for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.components.plotly import CONFIG, PLOTLY_URL
from dashboard.components.scripts import script
from dashboard.words import _, language

LIVE_PATH = "/api/live"


_JAVASCRIPT = script("live.js", "fit.js", "live_plot.js")
_HTML = """<div class="seesaw-plot"></div>
<!-- the chart is drawn into the node above -->"""
_PROGRESS = """<p class="seesaw-words"></p>
<div class="seesaw-track"><div class="seesaw-done"></div></div>"""
_STYLE = """
.seesaw-words { margin: 0 0 .35rem; font: 400 1rem var(--st-font); color: var(--st-text-color); }
.seesaw-track { height: .5rem; border-radius: .25rem; background: var(--st-secondary-background-color); overflow: hidden; }
.seesaw-done { height: 100%; background: var(--st-primary-color); transition: width .2s; }
@media (prefers-reduced-motion: reduce) { .seesaw-done { transition: none; } }
"""


@dataclass(frozen=True)
class Source:
    """Where a chart's next figures come from.

    Args:
        study: the id of the study that trains.
        picture: what the picture is asked for by; see ``dashboard.reading.drawings``.
    """

    study: str
    picture: str


@cache
def _chart() -> Any:
    return st.components.v2.component("seesaw_live_plot", html=_HTML, js=_JAVASCRIPT, isolate_styles=False)


@cache
def _progress() -> Any:
    return st.components.v2.component("seesaw_live_progress", html=_PROGRESS, css=_STYLE, js=_JAVASCRIPT)


def live_plot(
    figure: go.Figure,
    key: str,
    height: int,
    alt: str,
    source: Source | None = None,
    *,
    written: str | None = None,
    on_click: Callable[[float, float], None] | None = None,
) -> None:
    """Draw a figure, or bring the one already drawn under this key up to date.

    Fonts, grid and ground come from the page's theme, light or dark; what the figure sets itself stays. The visitor's zoom is
    kept while ``figure.layout.uirevision`` is the same (the key, where the figure sets none). Where there is little room, what
    ``figure.layout.meta`` has as ``narrow`` takes the place of parts of the layout.

    Args:
        figure: what to show; its template is ignored.
        key: unique on the page, and the same at every update.
        height: pixels.
        alt: what the picture shows, for people who cannot see it.
        source: where further figures come from by themselves; None for none.
        written: the figure as JSON, where it is known.
        on_click: called with the place of a mark that was clicked, before the page runs.
    """

    def clicked() -> None:
        place = st.session_state[key].get("clicked")
        if on_click is not None and isinstance(place, list) and len(place) == 2 and all(type(x) in (int, float) for x in place):
            on_click(*place)

    _chart()(
        key=key,
        data={
            "figure": written or figure.to_json(),
            "key": key,
            "height": height,
            "alt": alt,
            "source": PLOTLY_URL,
            "config": CONFIG,
            "live": None if source is None else asked_of(source.study, source.picture),
            "failed": _("The chart could not be drawn; reload the page."),
            "clicks": on_click is not None,
        },
        height="content",
        **({"on_clicked_change": clicked} if on_click else {}),
    )


def live_progress(study: str, progress: float, words: str, looks: str, key: str, *, ages: bool = False) -> None:
    """Draw how far a study is, and follow it; when what a page says of it changes, the page or fragment it is in runs anew.

    Args:
        study: the id of the study that trains.
        progress: the share that is done, 0 to 1.
        words: the same in words.
        looks: what the page says of it; see ``dashboard.reading.standing``.
        key: unique on the page.
        ages: whether the page says more than pictures do, so that it runs anew now and then: less often where many look.
    """
    _progress()(
        key=key,
        data={"progress": progress, "words": words, "looks": looks, "ages": ages, "live": asked_of(study, None)},
        height="content",
        on_changed_change=lambda: None,
    )


def asked_of(study: str, picture: str | None) -> dict[str, str | None]:
    """What a part of the page asks the server, to follow a study."""
    return {"path": LIVE_PATH, "study": study, "language": language(), "picture": picture}
