"""The Conflict page's part on one recorded step: what every method would have made of the same gradients."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.figures.palette import method_styles
from dashboard.figures.update import gains, replayed
from dashboard.reading import updates
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import task_names
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.showing.update import labels_of, pair_of, run_of
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError


def draw(reading: Reading, result: Result, seed: int | None) -> None:
    """Draw it, closed until it is opened: only then are the gradients asked for."""
    labels = labels_of(result)
    if reading.info.state in ("queued", "running") or not labels:
        return
    part = st.expander(
        _("One step under every method"), icon=":material/compare_arrows:", key=f"{state.LIVE}-replay", on_change="rerun"
    )
    if part.open:
        with part:
            _draw(reading, result, labels, seed)


def _draw(reading: Reading, result: Result, labels: list[str], seed: int | None) -> None:
    key, tasks = f"{state.LIVE}.{reading.info.id}.replay", task_names(result)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = str(st.selectbox(_("Gradients of"), labels, key=f"{key}.label", width=200, format_func=str))
        pair = pair_of(tasks, f"{key}.pair")
        run = run_of(result, label, seed)
        try:
            with st.spinner(_("Looking …"), show_time=False):
                found = updates.replay(reading.info, run.index)
        except SeesawError as problem:
            st.info(escape_markdown(problem), icon=":material/info:")
            return
        steps = found.steps.tolist()
        if not steps:
            st.info(_("No gradients of this run were compared."), icon=":material/info:")
            return
        at = steps.index(st.select_slider(_("Step"), steps, steps[-1], key=f"{key}.step", width=300))
    gramian = found.gramians[at]
    weights = {name: table[at] for name, table in found.weights.items() if np.isfinite(table[at]).all()}
    styles = method_styles(list(found.weights))
    left, right = st.columns(2, gap="medium")
    with left:
        results_page.show(replayed(gramian, weights, tasks, pair, styles), "replay", live=False)
    with right:
        results_page.show(gains(gramian, weights, tasks, styles), "gains", live=False)
    explain(*meaning("replay"), key="replay")
    words = _("Seed {seed}. Left out, for they also look at what was before or at the losses: {names}.")
    st.caption(words.format(seed=run.seed, names=escape_markdown(", ".join(found.left_out))))
