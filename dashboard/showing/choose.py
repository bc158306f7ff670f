"""The Trade-off page's part *Choose*: which weighting to keep, chosen on validation, and what the choice is worth on test."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.figures.choose import choose
from dashboard.figures.curves import metric_name
from dashboard.figures.transfer import verdict_word
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import mean_place, task_names
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.chosen_words import on_choice
from mtl_core.diagnostics.selection import BEST, MERIT, NESTED, SIMPLEST


def draw_choose(reading: Reading, result: Result) -> None:
    """Draw what each candidate has on validation, say what is chosen and what it is worth; nothing where there is no choice."""
    if reading.active or len(result.selection) < 2:
        return
    results_page.heading(_("Choose"), "choose")
    told = [remark.told(_, ngettext, escape_markdown) for remark in on_choice(result)]
    if told:
        st.markdown(" ".join([f"**{told[0]}**", *told[1:]]))
    results_page.follow(reading, "choose", draw_choice)
    _caption(result)
    _numbers(result)


def draw_choice(result: Result) -> go.Figure:
    """Validation of every candidate, with the band of one standard error."""
    table, tasks = result.selection, task_names(result)
    own = [str(row.label) for row in table[table[f"weight_{tasks[0]}"].isna()].itertuples()] if len(tasks) < 4 else []
    places = {label: place for label in own if (place := mean_place(result, label)) is not None}
    return choose(table, tasks, places)


def _caption(result: Result) -> None:
    if result.layout.inner:
        words = _("Size: for how many outer folds it is the choice on their inner folds.")
    elif result.study.folds:
        words = _("Size: on how many folds it is the best, each by itself.")
    else:
        words = _(
            "Size: with how many seeds it is the best, each by itself. Folds would say more: they change the examples too."
        )
    st.caption(words)


def _numbers(result: Result) -> None:
    rules = {BEST: _("best"), SIMPLEST: _("nearest to equal"), NESTED: _("nested")}
    table = result.choice
    if table.empty:
        return
    metrics = table["metric"].map(lambda name: _("SD over runs") if name == MERIT else metric_name(str(name)))
    where = {"test": _("test split"), "outer folds": _("outer folds")}
    shown = table.assign(
        rule=table["rule"].astype(str).map(rules),
        split=table["split"].astype(str).map(where),
        task=table["task"].astype(object).where(table["task"].notna(), _("mean over tasks")).astype(str),
        metric=metrics,
        verdict=table["verdict"].astype(str).map(verdict_word),
    )
    number, level = st.column_config.NumberColumn, f"{100 * result.study.confidence:.0f} %"
    columns: dict[str, Any] = {
        "rule": st.column_config.TextColumn(_("rule"), pinned=True),
        "label": _("chosen"),
        "task": _("task"),
        "metric": _("metric"),
        "validation": number(_("validation"), format="%.4f"),
        "test": number(_("test"), format="%.4f", help=_("Of nested choices the outer folds, which they were not made on.")),
        "equal": number(_("equal weights, test"), format="%.4f"),
        "difference": number(_("difference"), format="%+.4f", help=_("Positive is better.")),
        "low": number(_("{level} from").format(level=level), format="%+.4f"),
        "high": number(_("{level} to").format(level=level), format="%+.4f"),
        "verdict": _("verdict"),
        "split": _("judged on"),
        "n": number(_("runs"), help=_("Pairs of runs that the row rests on.")),
    }
    st.dataframe(
        shown[list(columns)],
        hide_index=True,
        key="choose-table",
        placeholder="–",
        column_config=columns,
        alt=_("Validation and test of what is chosen, beside equal weights"),
    )
    results_page.downloads(result.selection, "selection")
