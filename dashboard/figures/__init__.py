"""Pictures: each function takes tidy tables and gives a Plotly figure. Nothing here knows of Streamlit.

Every figure carries its own description for screen readers; ``frame.alt`` reads it.
"""
