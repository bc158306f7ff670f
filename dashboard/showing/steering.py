"""What a study that trains can be told by hand, beside its curves and in a popover; it shows what the runs have now."""

import streamlit as st

from dashboard import state
from dashboard.components import simplex, take_back
from dashboard.reading import jobs
from dashboard.reading.studies import Reading
from dashboard.showing.changes import rate_now, steerable, weights_now
from dashboard.showing.comparison import task_names
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError


def send(study_id: str, name: str, **arguments: object) -> None:
    """Tell whoever trains a study something; a refusal is said. A callback."""
    _sent(study_id, name, **arguments)


def _sent(study_id: str, name: str, **arguments: object) -> bool:
    """``send``, and whether it was not refused."""
    try:
        jobs.control(study_id, name, state.visitor(), **arguments)
    except SeesawError as problem:
        st.toast(escape_markdown(problem), icon=":material/error:")
        return False
    return True


def popover(look: Reading) -> None:
    """Learning rate and fixed weights of runs that are training; the numbers then answer another question than the spec."""
    assert look.result is not None  # noqa: S101 - drawn only then
    key, result = f"{state.LIVE}.{look.info.id}", look.result
    st.caption(_("Acts at once, on the training that goes on. The study is marked as changed by hand."))
    now = rate_now(result)
    # Another rate has another control: what was typed before it was set says nothing any more.
    rate = st.number_input(_("Learning rate"), 1e-6, 10.0, now, 1e-3, format="%g", key=f"{key}.rate.{now:g}")
    told = {"value": rate}
    st.button(_("Set learning rate"), key="set-rate", on_click=send, args=(look.info.id, "set_learning_rate"), kwargs=told)
    fixed = steerable(result)
    if fixed:
        label = st.selectbox(_("Fixed weights of"), fixed, key=f"{key}.label", format_func=str)
        _weights(look, label, f"{key}.weights.{label}")


def beside(look: Reading, label: str) -> None:
    """The weights of the label whose curves are shown, to be moved while they are drawn."""
    assert look.result is not None  # noqa: S101 - drawn only then
    fixed = steerable(look.result)
    if label in fixed:
        st.markdown(f"**{_('Weights')}**")
        st.caption(_("Drag: the training that goes on follows at once, and the curves get a mark."))
        _weights(look, label, f"{state.LIVE}.{look.info.id}.beside.{label}")
    elif fixed:
        st.caption(_("These runs decide their weights themselves. Those of fixed weightings can be dragged:"))
        words = _("Show {label}").format(label=escape_markdown(fixed[0]))
        st.button(words, key="steer-fixed", on_click=state.put_label, args=(fixed[0],))


def _weights(look: Reading, label: str, key: str) -> None:
    assert look.result is not None  # noqa: S101 - drawn only then
    now = weights_now(look.result, label) or ()

    before = f"{key}.before"

    def move(weights: tuple[float, ...]) -> None:
        if _sent(look.info.id, "set_weights", weights=list(weights), label=label):
            st.session_state[before] = look.info.reason
        else:
            take_back(key)

    # A worker refuses later than the page asks, in the study's reason; one that stood there already is of something else.
    reason = look.info.reason
    if reason.startswith("set_weights was refused") and reason != st.session_state.get(before, reason):
        del st.session_state[before]
        take_back(key)
    simplex(task_names(look.result), key, now, move)
