"""The Together page's tables: which network answers each task, and what each way to choose comes to."""

from typing import Any

import streamlit as st

from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.showing import results_page
from dashboard.showing.together_choices import Asked
from dashboard.showing.together_pictures import rule_titles
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.subsets import subsets_table
from mtl_core.errors import SpecError


def answers_table(result: Result, wanted: Asked) -> None:
    """One row a task of the exact choice."""
    asked = wanted.of(result)
    try:
        table = asked.answers(asked.grouping(wanted.budget, partition=wanted.partition))
    except SpecError:
        return
    verdicts = table["verdict_holm"].astype(str)
    table = table.assign(verdict=[f"{VERDICT_MARKS[each]} {verdict_word(each)}" for each in verdicts])
    table.loc[[name.endswith(" alone") for name in table["label"]], "verdict"] = "–"
    number = st.column_config.NumberColumn
    st.dataframe(
        table[["task", "network", "validation", "gain", "low", "high", "verdict"]],
        hide_index=True,
        placeholder="–",
        key="answers-table",
        column_config={
            "task": st.column_config.TextColumn(_("task"), pinned=True),
            "network": st.column_config.TextColumn(_("is answered by"), width="medium"),
            "validation": number(_("gain on validation"), format="%+.1f", help=_("In points; the groups were chosen by it.")),
            "gain": number(_("gain on test"), format="%+.1f", help=_("In points over the task alone; positive is better.")),
            "low": number(_("from"), format="%+.1f", help=_("Its 95 % interval")),
            "high": number(_("to"), format="%+.1f", help=_("Its 95 % interval")),
            "verdict": st.column_config.TextColumn(_("verdict"), help=_("Among all tasks (Holm).")),
        },
        alt=_("Which network answers each task, and what that gains"),
    )


def rules_table(result: Result, wanted: Asked) -> None:
    """What each way to choose comes to within the chosen budget; all budgets and all sets are downloads."""
    asked = wanted.of(result)
    table = asked.rules(wanted.budget, partition=wanted.partition)
    if table.empty:
        return
    titles = rule_titles(asked)
    table = table.assign(rule=[titles[rule] for rule in table["rule"]])
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "rule": st.column_config.TextColumn(_("chosen by"), pinned=True),
        "groups": st.column_config.TextColumn(_("networks"), width="large"),
        "cost": number(_("cost"), format="%.2f"),
        "value": number(_("mean gain"), format="%+.1f", help=_("Over tasks, on test, in points.")),
        "low": number(_("from"), format="%+.1f"),
        "high": number(_("to"), format="%+.1f"),
        "regret": number(_("regret"), format="%+.1f", help=_("What is lost against the exact choice, paired by seed.")),
        "regret_low": number(_("regret from"), format="%+.1f"),
        "regret_high": number(_("regret to"), format="%+.1f"),
    }
    st.dataframe(
        table[list(columns)],
        hide_index=True,
        placeholder="–",
        key="rules-table",
        column_config=columns,
        alt=_("What each way to choose networks gains within the budget, and its regret"),
    )
    left, right = st.columns(2)
    with left:
        st.caption(_("All budgets:"))
        results_page.downloads(asked.groupings(partition=wanted.partition), "groupings")
    with right:
        st.caption(_("Every set, task and seed:"))
        results_page.downloads(subsets_table(asked.found), "subsets")
