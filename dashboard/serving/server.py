"""The web server: Streamlit with our pages, routes and settings. Slow to import; see ``dashboard.launch``."""

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import App

from dashboard.reading.uploads import MEGABYTES
from dashboard.serving import routes, theme
from dashboard.serving.door import Door
from dashboard.serving.hosts import LOOPBACK
from dashboard.words import _


def make_app(lifespan: Any, door: Door) -> App:
    """The pages and routes as one application behind a door; ``lifespan`` is entered when it serves and left at its end."""
    return App(
        Path(__file__).parents[1] / "app.py",
        lifespan=lifespan,
        routes=routes.ROUTES,
        middleware=routes.middleware(door),
        on_script_error=apologise,
    )


def apologise(_problem: Exception) -> bool:
    """Say on the page that something went wrong, in place of Streamlit's own words; the details are in the server's output."""
    st.error(
        _(
            "Something went wrong on this page; what was trained is safe. Reload it, or open the list of studies. The server's "
            "output has the details."
        ),
        icon=":material/error:",
    )
    return True


def options(host: str, port: int) -> dict[str, Any]:
    """The server's settings, as dotted Streamlit options."""
    return theme.options() | {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.allowedHosts": [],  # the gate in front looks at the name, for every route
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": MEGABYTES,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": "localhost" if host in LOOPBACK else host,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": True,
        "global.developmentMode": False,
        "runner.magicEnabled": False,  # it would print strings that stand alone in a page's code
        # The Landscape page's buttons and clicks set controls that have a default of their own, as they should.
        "global.disableWidgetStateDuplicationWarning": True,
    }
