"""Controls beside pictures, and what becomes of them on a phone."""

import streamlit as st

_STYLE = """<style>
@media (max-width: 640px) {
  PAGE { flex-direction: column; flex-wrap: nowrap; gap: 1rem }
  PAGE > :first-child, PAGE > :first-child > [data-testid="stVerticalBlock"] { display: contents }
  PAGE > :last-child { order: 1; flex: none; width: 100% }
  .st-key-AROUND div:has(> .st-key-SETTINGS) { order: 2 }
}
</style>"""


def stacked(page: str, settings: str) -> None:
    """On a phone, have the pictures of a page stand between the first of its controls and its settings.

    Args:
        page: the key of the container around two columns, of which the first holds the controls.
        settings: the key of those that come below the pictures.
    """
    columns = f'.st-key-{page} > div > [data-testid="stHorizontalBlock"]'
    st.html(_STYLE.replace("PAGE", columns).replace("AROUND", page).replace("SETTINGS", settings))
