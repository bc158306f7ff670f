"""Where whoever started the server names the data folder; no link can, and nobody else is shown it."""

import streamlit as st

from dashboard import state
from dashboard.reading import folder
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError


def data_folder() -> None:
    """Draw the control for whoever may use it, and why a folder was refused."""
    if not state.visitor().is_host:
        return

    def follow() -> None:
        try:
            folder.name(str(st.session_state[state.FOLDER] or ""), state.visitor())
        except SeesawError as refusal:
            st.session_state[state.REFUSED] = str(refusal)
        else:
            st.session_state.pop(state.REFUSED, None)

    st.session_state.setdefault(state.FOLDER, folder.named())
    words = _("A folder of this machine, with what suites read. Everybody who trains on this server reads from there.")
    st.text_input(_("Data folder"), key=state.FOLDER, on_change=follow, placeholder="~/data", help=words)
    if refused := st.session_state.get(state.REFUSED):
        st.error(escape_markdown(refused), icon=":material/error:")
