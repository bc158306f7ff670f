"""A Plotly chart that stays one node in the page while its data changes.

Streamlit's own chart is destroyed and made anew at every change of data, which flickers and loses the zoom. This one hands
each new figure to ``Plotly.react`` in the node that is there already.
"""

from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.components.plotly import PLOTLY_URL
from dashboard.words import _

_JAVASCRIPT = (Path(__file__).parent / "live_plot.js").read_text(encoding="utf-8")
_HTML = """<div class="seesaw-plot"></div>
<!-- the chart is drawn into the node above -->"""


@cache
def _component() -> Any:
    return st.components.v2.component("seesaw_live_plot", html=_HTML, js=_JAVASCRIPT, isolate_styles=False)


def live_plot(figure: go.Figure, key: str, height: int, alt: str) -> None:
    """Draw a figure, or bring the one already drawn under this key up to date.

    Fonts, grid and ground come from the page's theme, light or dark; what the figure sets itself stays. The visitor's zoom is
    kept while ``figure.layout.uirevision`` is the same (the key, where the figure sets none).

    Args:
        figure: what to show; its template is ignored.
        key: unique on the page, and the same at every update.
        height: pixels.
        alt: what the picture shows, for people who cannot see it.
    """
    _component()(
        key=key,
        data={
            "figure": figure.to_json(),
            "key": key,
            "height": height,
            "alt": alt,
            "source": PLOTLY_URL,
            "failed": _("The chart could not be drawn; reload the page."),
        },
        height="content",
    )
