"""What a results page compares with: the reference, the moment and the learning rates; what to know of it; and more seeds."""

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.reading import jobs
from dashboard.showing.comparison import labels_by_role
from dashboard.showing.reference_words import moment_words, reference_words
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.remarks import Remark, in_phases, moments, remarks
from mtl_core.diagnostics.sides import ALONE, BEST_FIXED, HARD
from mtl_core.errors import SeesawError, SpecError
from mtl_core.spec.extension import with_seeds

MOST_REFERENCES = 20
"""The most labels offered as a reference, besides the tasks alone and the best fixed weights."""

MOST_REMARKS = 4
"""The most remarks that are seen unasked: of many tasks each may have one."""


def comparison_controls(result: Result) -> Comparison:
    """Draw what to compare with, and return the comparison; all of it is in the URL."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        against = _reference(result)
        moment = _moment(result)
        rates = _rates(result)
    return result.compared(against, moment, rates)  # type: ignore[arg-type]


def draw_remarks(result: Result, comparison: Comparison) -> None:
    """What is worth knowing of the comparison, a line each; of many the first, and the others folded."""
    found = remarks(result, comparison)
    first = found if len(found) <= MOST_REMARKS + 1 else found[:MOST_REMARKS]
    for remark in first:
        _draw_remark(remark)
    if rest := found[len(first) :]:
        words = ngettext("{count} more remark", "{count} more remarks", len(rest)).format(count=len(rest))
        with st.expander(words, icon=":material/info:"):
            for remark in rest:
                _draw_remark(remark)


def draw_phases(result: Result) -> None:
    """Say how the study is trained in phases, where it is, on pages without other remarks."""
    if remark := in_phases(result.study):
        _draw_remark(remark)


def _draw_remark(remark: Remark) -> None:
    st.caption(":material/info: " + remark.told(_, ngettext, escape_markdown))


def more_seeds(result: Result, table: pd.DataFrame, *, altered: bool) -> None:
    """Offer the next look, where something is unclear: the study with more seeds, of which the new ones alone are trained.

    Args:
        result: the study's.
        table: the rows of its comparison that are shown.
        altered: whether it was changed by hand, so that a longer one would be another study.
    """
    if result.state != "finished" or altered or not (table["verdict"] == "unclear").any():
        return
    if table["more_seeds"].isna().all():
        st.caption(
            _("More seeds would hardly make it clear: it hangs on the test examples, or there is next to no difference.")
        )
    try:
        later = with_seeds(result.study)
    except SpecError:
        if result.study.looks:
            st.caption(_("All planned looks are taken: after 20 seeds, unclear is the answer."))
        return
    words = _("Train more seeds: {count} in all").format(count=len(later.seed_list))
    aid = _(
        "Trains the new seeds alone. Whoever looks again and again finds something by chance, so the intervals of the longer "
        "study are at 98 %, and there are three looks: at 5, 10 and 20 seeds. All together they call 7.6 % of nothings clear."
    )
    if st.button(words, key="more-seeds", icon=":material/add:", help=aid):
        try:
            state.select_study(jobs.submit(later, state.visitor()))
        except SeesawError as refusal:
            st.error(escape_markdown(refusal), icon=":material/error:")
            return
        st.rerun()


def _reference(result: Result) -> str:
    roles = labels_by_role(result)
    fixed = any(run.weights is not None and run.role != "baseline" for run in result.layout.runs)
    options = [ALONE, *([BEST_FIXED] if fixed else []), *_hard(result), *[*roles["method"], *roles["fixed"]][:MOST_REFERENCES]]
    chosen = choose(
        st.selectbox,
        _("Compared with"),
        options,
        ALONE,
        key=state.AGAINST,
        width=260,
        format_func=_title,
        help=_("Always paired by seed. The best fixed weights are chosen on the validation split."),
    )
    return str(chosen)


def _hard(result: Result) -> list[str]:
    """Each label's counterpart, where hard sharing is one of several strategies."""
    shared = {run.strategy for run in result.layout.runs if run.role != "baseline"}
    return [HARD] if HARD in shared and len(shared) > 1 else []


def _title(reference: str) -> str:
    words = reference_words(reference)
    return words[:1].upper() + words[1:] if reference in (ALONE, BEST_FIXED, HARD) else words


def _moment(result: Result) -> str:
    known: list[str] = [*moments(result)] or [result.study.test_at]
    first = result.study.test_at if result.study.test_at in known else known[0]
    chosen = choose(
        st.segmented_control,
        _("Results"),
        known,
        first,
        required=True,
        key=state.MOMENT,
        format_func=moment_words,
        help=_("The best step is each run's own, chosen by its validation loss; the test split decides nothing."),
    )
    return str(chosen)


def _rates(result: Result) -> str:
    families = {(run.family, run.learning_rate) for run in result.layout.runs if run.role != "baseline"}
    if len(families) == len({family for family, _rate in families}):
        return "same"
    words = {"same": _("the same on both sides"), "best": _("each side at its best")}
    chosen = choose(
        st.segmented_control,
        _("Learning rates"),
        list(words),
        "same",
        required=True,
        key=state.RATES,
        format_func=words.__getitem__,
        help=_("The best rate of each kind of run, and of each task alone, is chosen on the validation split."),
    )
    return str(chosen)
