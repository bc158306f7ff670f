"""The few browser components that Streamlit lacks."""
