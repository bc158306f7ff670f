"""Transfer: did learning together help or hurt each task, against the same task trained alone?"""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.figures.frame import signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.comparison import BY_METHOD, BY_STRATEGY, compared, grouped, is_thinned, labels_by_role
from dashboard.showing.decision import draw_decision
from dashboard.showing.reference_words import moment_words
from dashboard.showing.transfer_pictures import draw_transfer
from dashboard.showing.transfer_table import baseline_table, comparison_table
from dashboard.state import Selection
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.decisions import on_transfer
from mtl_core.diagnostics.remarks import moments
from mtl_core.records.thinning import strides

# The most labels that get a headline number of their own; the table has all.
CARDS = 9

COLORS: dict[str, Literal["green", "red", "gray"]] = {"positive": "green", "negative": "red", "unclear": "gray"}


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
    _cards(result, comparison, summary, labels)
    reference.draw_remarks(result, comparison)
    reference.more_seeds(result, table, altered=reading.info.altered)
    _picture(reading, comparison, selection, labels, by)
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
    state.keep_valid(state.GROUPS, list(words), BY_STRATEGY)
    chosen = st.segmented_control(
        _("Grouped by"),
        list(words),
        default=BY_STRATEGY,
        required=True,
        key=state.GROUPS,
        bind="query-params",
        format_func=words.__getitem__,
    )
    return str(chosen or BY_STRATEGY)


def _cards(result: Result, comparison: Comparison, summary: pd.DataFrame, labels: list[str]) -> None:
    rows: dict[str, dict[Any, Any]] = {str(row["label"]): row for row in summary.to_dict("records")}
    shown = [label for label in labels if label in rows][:CARDS]
    if not shown:
        return
    results_page.heading(_("In one number"), "delta-m")
    best, methods = comparison.best_name, labels_by_role(result)["method"]
    with st.grid(len(shown) if len(shown) <= 4 else 3, gap="small"):
        for label in shown:
            row = rows[label]
            word = str(row["verdict"])
            title = escape_markdown(label)
            if label == best and label not in methods:
                title = _("best fixed weights: {label}").format(label=title)
            st.metric(
                title,
                _percent(row),
                delta=f"{VERDICT_MARKS[word]} {verdict_word(word)}",
                delta_color=COLORS[word],
                delta_arrow="off",
                delta_description=_interval(row),
                border=True,
            )
    _elsewhere(result, comparison, shown)
    if best is not None:
        words = _("The best fixed weights, {label}, were chosen on the validation split and are shown on the test split.")
        st.caption(words.format(label=escape_markdown(best)))


def _percent(row: dict[Any, Any]) -> str:
    if pd.isna(row["delta_m"]) and not pd.isna(row["index"]):
        return _("index {number} %").format(number=signed(row["index"], 1))
    return "–" if pd.isna(row["delta_m"]) else f"{signed(row['delta_m'], 1)} %"


def _interval(row: dict[Any, Any]) -> str:
    seeds = ngettext("{count} seed", "{count} seeds", int(row["n"])).format(count=int(row["n"]))
    parts = [] if pd.isna(row["low"]) else [f"{signed(row['low'], 1)} … {signed(row['high'], 1)}"]
    if row["verdict"] != row["verdict_holm"]:
        parts.append(_("unclear among all"))
    if not pd.isna(row["more_seeds"]):
        more = int(row["more_seeds"])
        parts.append(ngettext("about {count} more seed", "about {count} more seeds", more).format(count=more))
    return " · ".join([*parts, seeds])


def _elsewhere(result: Result, comparison: Comparison, labels: list[str]) -> None:
    """The same in one line for the moment that is not shown."""
    for moment in moments(result):
        if moment == comparison.moment:
            continue
        other = result.compared(comparison.reference, moment, comparison.rates).summary
        rows = {str(row["label"]): row for row in other.to_dict("records")}
        parts = [
            f"{escape_markdown(label)} {_percent(rows[label])} ({verdict_word(str(rows[label]['verdict']))})"
            for label in labels
            if label in rows
        ]
        words = moment_words(moment)
        st.caption(f"{words[:1].upper()}{words[1:]}: " + " · ".join(parts))


def _picture(reading: Reading, comparison: Comparison, selection: Selection, labels: list[str], by: str | None) -> None:
    results_page.heading(_("Task by task"), "transfer")
    if selection.seed is not None:
        st.caption(_("Rings show seed {seed} alone; means and intervals are over all seeds.").format(seed=selection.seed))
    results_page.follow(
        reading,
        "transfer",
        draw_transfer,
        against=comparison.reference,
        moment=comparison.moment,
        rates=comparison.rates,
        labels=labels,
        tasks=list(selection.tasks),
        seed=selection.seed,
        by=by,
    )


results_page.results_page(
    "transfer",
    _("Transfer"),
    _("Does learning together help or hurt each task, against the same task trained alone or another reference?"),
    draw,
)
