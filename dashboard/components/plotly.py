"""Where the browser finds the chart library: an address that carries its version, so that no older copy is used."""

import plotly

PLOTLY_PATH = "/assets/plotly.min.js"
PLOTLY_URL = f"{PLOTLY_PATH}?v={plotly.__version__}"
