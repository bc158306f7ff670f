"""The few browser components that Streamlit lacks."""

from dashboard.components.live_plot import live_plot

__all__ = ["live_plot"]
