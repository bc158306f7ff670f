"""From the store to tables: studies as they stand, listings, cost. No Streamlit, no torch."""
