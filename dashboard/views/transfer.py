"""Transfer: did learning together help or hurt each task, against the same task trained alone?"""

import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.comparison import BY_METHOD, BY_STRATEGY, compared, grouped, is_thinned
from dashboard.showing.decision import draw_decision
from dashboard.showing.forgetting import draw_forgetting
from dashboard.showing.ranking import in_one_number, ranked
from dashboard.showing.transfer_pictures import by_metric, draw_transfer, fitting
from dashboard.showing.transfer_table import baseline_table, comparison_table
from dashboard.state import Selection
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.decisions import on_transfer
from mtl_core.records.thinning import strides


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's pictures and tables."""
    comparison = reference.comparison_controls(result)
    known = set(comparison.transfer["label"].astype(str))
    labels = [label for label in compared(result, selection.labels, comparison) if label in known]
    by = _grouping(result)
    groups = grouped(result, labels, by) if by else {}
    labels = list(groups or labels)
    table, summary = comparison.among(labels)
    draw_decision(reading, lambda: on_transfer(result, comparison, labels))
    in_one_number(result, comparison, summary, labels)
    reference.draw_remarks(result, comparison)
    reference.more_seeds(result, table, altered=reading.info.altered)
    drawn = fitting(labels, [str(row["label"]) for row in ranked(summary, labels)], len(selection.tasks))
    _picture(reading, comparison, selection, drawn, by)
    if len(drawn) < len(labels):
        words = _("{shown} of {all} kinds of run are drawn, the best; choose others, or fewer tasks, above. The table has all.")
        st.caption(words.format(shown=len(drawn), all=len(labels)))
    draw_forgetting(reading, result, labels, selection.tasks)
    comparison_table(comparison, table[table["task"].isin(list(selection.tasks))])
    baseline_table(result, comparison)
    results_page.remake(result)
    if is_thinned(strides(result.study, result.layout)):
        st.caption(
            _("This study is long: curves of every step are kept in part here and whole in the downloads of the Studies page.")
        )


def _grouping(result: Result) -> str | None:
    """What is compared is grouped by, as the visitor chooses; None where a study shares in one way alone."""
    if len(result.study.strategies) < 2:
        return None
    words = {BY_STRATEGY: _("sharing strategy"), BY_METHOD: _("balancing method")}
    chosen = choose(
        st.segmented_control,
        _("Grouped by"),
        list(words),
        BY_STRATEGY,
        required=True,
        key=state.GROUPS,
        format_func=words.__getitem__,
    )
    return str(chosen)


def _picture(reading: Reading, comparison: Comparison, selection: Selection, labels: list[str], by: str | None) -> None:
    results_page.heading(_("Task by task"), "transfer")
    if selection.seed is not None:
        st.caption(_("Rings show seed {seed} alone; means and intervals are over all seeds.").format(seed=selection.seed))
    assert reading.result is not None  # noqa: S101 - drawn only then
    # An accuracy and an R² share no axis: each metric has a picture of its own.
    for place, tasks in enumerate(by_metric(reading.result, selection.tasks)):
        results_page.follow(
            reading,
            f"transfer-{place}" if place else "transfer",
            draw_transfer,
            against=comparison.reference,
            moment=comparison.moment,
            rates=comparison.rates,
            labels=labels,
            tasks=tasks,
            seed=selection.seed,
            by=by,
        )


results_page.results_page(
    "transfer",
    _("Transfer"),
    _("Does learning together help or hurt each task, against the same task trained alone or another reference?"),
    draw,
)
