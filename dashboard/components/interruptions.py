"""An animation that is cut short is no fault."""

import streamlit as st

_LISTEN = """<script>
// Plotly rejects the promise of an animation that Pause, Play or the slider ends, without a reason and with nobody to hear it:
// the browser would report it as an error of the page. Whatever has a reason is reported as before.
if (!window.seesawInterruptions) {
  window.seesawInterruptions = true
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason === undefined) event.preventDefault()
  })
}
</script>"""


def allow_interruptions() -> None:
    """Let the visitor stop and restart the animations of still charts without an error in the browser's console."""
    st.html(_LISTEN, unsafe_allow_javascript=True)
