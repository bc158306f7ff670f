"""The few browser components that Streamlit lacks."""

from dashboard.components.arrows import arrows
from dashboard.components.groups import groups
from dashboard.components.interruptions import allow_interruptions
from dashboard.components.live_plot import live_plot, live_progress
from dashboard.components.presentation import presentation
from dashboard.components.simplex import simplex, take_back
from dashboard.components.stacked import stacked

__all__ = [
    "allow_interruptions",
    "arrows",
    "groups",
    "live_plot",
    "live_progress",
    "presentation",
    "simplex",
    "stacked",
    "take_back",
]
