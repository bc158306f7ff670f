"""Navigation: the pages, and what all of them have."""

from pathlib import Path

import streamlit as st

from dashboard import state, teaching
from dashboard.serving.theme import STYLE
from dashboard.showing import share
from dashboard.words import _

HERE = Path(__file__).parent
VIEWS = HERE / "views"
LOGO = HERE / "components" / "logo.svg"

st.set_page_config(page_title="Seesaw", page_icon=LOGO, layout="wide")
st.html(STYLE)

pages = [
    st.Page(VIEWS / "play.py", title=_("Play"), icon=":material/play_circle:", url_path="play", default=True),
    st.Page(VIEWS / "transfer.py", title=_("Transfer"), icon=":material/compare_arrows:", url_path="transfer"),
    st.Page(VIEWS / "sharing.py", title=_("Sharing"), icon=":material/account_tree:", url_path="sharing"),
    st.Page(VIEWS / "conflict.py", title=_("Conflict"), icon=":material/call_split:", url_path="conflict"),
    st.Page(VIEWS / "tradeoff.py", title=_("Trade-off"), icon=":material/balance:", url_path="tradeoff"),
    st.Page(VIEWS / "together.py", title=_("Together"), icon=":material/hub:", url_path="together"),
    st.Page(VIEWS / "try.py", title=_("Try"), icon=":material/edit_note:", url_path="try"),
    st.Page(VIEWS / "learn.py", title=_("Learn"), icon=":material/school:", url_path="learn"),
    st.Page(VIEWS / "landscape.py", title=_("Landscape"), icon=":material/landscape:", url_path="landscape"),
    st.Page(VIEWS / "methods.py", title=_("Methods"), icon=":material/menu_book:", url_path="methods"),
    st.Page(VIEWS / "studies.py", title=_("Studies"), icon=":material/list_alt:", url_path="studies"),
]
st.logo(LOGO, size="large")
page = st.navigation(pages, position="hidden" if teaching.NAVIGATION in teaching.hidden() else "top")
state.selected_study()  # which keeps it in the URL of every page
share.begin()
# The button to share comes after the page in the document, for the keyboard, and is drawn before it, for the eye.
body = st.container(key="page")
share.frame(pages, page)
with body:
    page.run()
