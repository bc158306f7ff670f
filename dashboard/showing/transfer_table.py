"""The tables under the Transfer page's pictures."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.figures.curves import metric_name
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.showing import results_page
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.sides import ALONE
from mtl_core.diagnostics.tradeoff import tradeoff_means


def comparison_table(comparison: Comparison, table: pd.DataFrame) -> None:
    """Every number of a comparison, a row for each label, task and metric; ``table`` is from its ``transfer``."""
    if table.empty:
        return
    st.subheader(_("Table"), anchor=False)
    shown = table.assign(
        label=table["label"].astype(str),
        task=table["task"].astype(str),
        metric=_said(table["metric"], metric_name),
        verdict=_words(table["verdict"]),
        verdict_holm=_words(table["verdict_holm"]),
        no_percent=table["no_percent"].astype(object).map({"chance": _("no better than chance"), "zero": _("near zero")}),
    )
    number, level = st.column_config.NumberColumn, f"{100 * comparison.confidence:.0f} %"
    st.dataframe(
        shown,
        hide_index=True,
        key="transfer-table",
        placeholder="–",
        alt=_("Transfer of every kind of run, task and metric, with intervals and verdicts"),
        column_config={
            "label": st.column_config.TextColumn(_("run"), pinned=True),
            "task": st.column_config.TextColumn(_("task"), pinned=True),
            "metric": _("metric"),
            "n": number(_("seeds"), help=_("Paired seeds that the row rests on.")),
            "baseline": number(
                _("alone") if comparison.reference == ALONE else comparison.reference,
                format="%.4f",
                help=_("Mean of what it is compared with."),
            ),
            "value": number(_("together"), format="%.4f"),
            "difference": number(_("difference"), format="%+.4f", help=_("Positive is better.")),
            "delta_percent": number(_("percent"), format="%+.1f", help=_("The difference in percent of the reference.")),
            "low": number(_("{level} from").format(level=level), format="%+.4f"),
            "high": number(_("{level} to").format(level=level), format="%+.4f"),
            "verdict": _("verdict"),
            "diverged": number(_("diverged"), help=_("Seeds left out because a run or its reference diverged.")),
            "p": number(_("p"), format="%.3f", help=_("How surprising the difference is if there were none.")),
            "p_holm": number(_("p, Holm"), format="%.3f", help=_("The same for all headline rows of this page together.")),
            "verdict_holm": st.column_config.TextColumn(
                _("verdict among all"), help=_("After Holm's correction: one of many verdicts is easily right by chance.")
            ),
            "effect": number(_("effect"), format="%+.2f", help=_("Hedges' g: the difference in its spread over seeds.")),
            "more_seeds": number(
                _("more seeds"),
                format="%.0f",
                help=_("About how many more would make such a difference clear; none where the test examples leave it open."),
            ),
            "index": number(
                _("index"), format="%+.1f", help=_("The difference in percent of what the reference is better than chance.")
            ),
            "no_percent": st.column_config.TextColumn(_("no percent"), help=_("Why there is no percentage.")),
            "strategy": _("sharing"),
            "learning_rate": number(_("learning rate"), format="%g"),
            "baseline_rate": number(_("its reference's"), format="%g"),
        },
    )
    results_page.downloads(table, "transfer")


def _words(verdicts: "pd.Series[str]") -> list[str]:
    return _said(verdicts, lambda word: f"{VERDICT_MARKS[word]} {verdict_word(word)}")


def _said(names: "pd.Series[str]", words: Callable[[str], str]) -> list[str]:
    """Names in words; each is looked up once, for a table may have thousands of rows."""
    known = {str(name): words(str(name)) for name in names.unique()}
    return [known[str(name)] for name in names]


def baseline_table(result: Result, comparison: Comparison) -> None:
    """What each task reaches alone, at every learning rate in use."""
    means = tradeoff_means(result.layout, comparison.scores)
    means = means[(means["role"] == "baseline") & (means["weight"] == 1)]
    if means.empty:
        return
    st.subheader(_("Each task alone"), anchor=False)
    st.caption(_("How much the single-task baselines themselves vary over seeds: differences smaller than that mean little."))
    headline = {task.name: metric_name(task.headline) for task in result.layout.tasks}
    shown = pd.DataFrame(
        {
            "label": means["label"].astype(str),
            "task": means["task"].astype(str),
            "metric": [headline[str(task)] for task in means["task"]],
            "n": means["n"],
            "mean": means["mean"],
            "low": means["low"],
            "high": means["high"],
        }
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        hide_index=True,
        key="baseline-table",
        alt=_("Test metric of every task trained alone, with its interval over seeds"),
        column_config={
            "label": _("run"),
            "task": _("task"),
            "metric": _("metric"),
            "n": number(_("seeds")),
            "mean": number(_("mean"), format="%.4f"),
            "low": number(_("95 % from"), format="%.4f"),
            "high": number(_("95 % to"), format="%.4f"),
        },
    )
