"""What all charts have in common in the browser: where the library comes from, and what their bar of buttons offers."""

import plotly

PLOTLY_PATH = "/assets/plotly.min.js"
PLOTLY_URL = f"{PLOTLY_PATH}?v={plotly.__version__}"
"""An address that carries the version, so that no older copy is used."""

CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "sendChartToCloud"],
    # What is learned from here stays here: the library would offer to upload a chart to its makers.
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
"""The settings of every chart."""
