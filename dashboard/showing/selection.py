"""The selection that all results pages share: which tasks, runs and seeds they show."""

import streamlit as st

from dashboard.state import LABELS, SEED, TASKS, Selection, keep_valid
from dashboard.words import _
from mtl_core.diagnostics import Result

_SELECTED = "kept_selection"


def selection_controls(result: Result, *, arrived: bool = False) -> Selection:
    """Draw the shared selection in a line and say what is chosen. Nothing chosen means everything.

    Called once by every results page; the choice is shared by all pages and kept in the URL.

    Args:
        result: what there is to choose from.
        arrived: whether the visitor comes from another page, whose link leaves the choice out of the URL.
    """
    if arrived:
        for key, value in st.session_state.get(_SELECTED, {}).items():
            if value and key not in st.query_params:
                st.session_state[key] = st.query_params[key] = value
    tasks = [task.name for task in result.layout.tasks]
    labels = list(dict.fromkeys(run.label for run in result.layout.runs))
    seeds = [str(seed) for seed in result.study.seed_list]
    for key, options in ((TASKS, tasks), (LABELS, labels), (SEED, seeds)):
        keep_valid(key, options)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="selection"):
        st.caption(
            _("Show"), help=_("What the results pages show. Changes the view only, never the training."), width="content"
        )
        shown = _several(_("Tasks"), _("All tasks"), tasks, TASKS)
        compared = _several(_("Runs"), _("All runs"), labels, LABELS)
        seed = st.selectbox(
            _("Seed"),
            seeds,
            index=None,
            placeholder=_("All seeds"),
            key=SEED,
            bind="query-params",
            label_visibility="collapsed",
            width="stretch",
        )
    st.session_state[_SELECTED] = {key: st.session_state.get(key) for key in (TASKS, LABELS, SEED)}
    return Selection(shown, compared, None if seed is None else int(seed))


def _several(title: str, all_of_them: str, options: list[str], key: str) -> tuple[str, ...]:
    chosen = st.multiselect(
        title, options, key=key, placeholder=all_of_them, bind="query-params", label_visibility="collapsed", width="stretch"
    )
    return tuple(option for option in options if option in chosen) or tuple(options)
