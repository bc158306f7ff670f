"""The answer of the Sharing page: in words, from intervals alone, and as a table."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.frame import signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.showing import results_page
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.spec import STRATEGIES

PER_TASK = ("transfer", "difference", "low", "high", "verdict")


def answer(table: pd.DataFrame) -> None:
    """Say what the strategies of a table gained; nothing but intervals decides a word."""
    if table["n"].isna().all():
        st.caption(_("What strategies gain is said here once their runs and the tasks alone have been tested."))
        return
    for words, column, change in (
        (_("Against each task alone"), "verdict", "delta_m"),
        (_("Against hard sharing, paired by seed"), "versus_hard_verdict", "versus_hard"),
    ):
        known = table[table[column].notna() & table[change].notna()]
        parts = []
        for verdict in ("positive", "negative", "unclear"):
            names = known.loc[known[column].astype(str) == verdict, "strategy"].astype(str)
            if len(names):
                listed = ", ".join(map(escape_markdown, names))
                parts.append(f"{VERDICT_MARKS[verdict]} **{verdict_word(verdict)}**: {listed}")
        missing = table.loc[table[column].notna() & table[change].isna(), "strategy"].astype(str)
        if len(missing):
            why = _("no percentage, for a reference is no better than chance: {names}")
            parts.append(why.format(names=", ".join(map(escape_markdown, missing))))
        if parts:
            st.markdown(f"{words}: " + " · ".join(parts))
    lines = [_line(row) for row in table.to_dict("records")]
    st.markdown("\n".join(f"- {line}" for line in lines if line))


def _line(row: dict[Any, Any]) -> str:
    def change(name: str, low: str, high: str) -> str:
        value, ends = row[name], (row[low], row[high])
        if pd.isna(value):
            return ""
        return f"{signed(value, 1)} %" + ("" if pd.isna(ends[0]) else f" ({signed(ends[0], 1)} … {signed(ends[1], 1)})")

    alone, hard = change("delta_m", "low", "high"), change("versus_hard", "versus_hard_low", "versus_hard_high")
    shared = row["shared"]
    parts = [
        _("two tasks have {share} of what they use in common").format(share=f"{shared:.2f}") if pd.notna(shared) else "",
        _("{change} against alone").format(change=alone) if alone else _("no percentage: see the differences in the table"),
        _("{change} against hard").format(change=hard) if hard else "",
    ]
    return f"**{escape_markdown(row['strategy'])}**: " + "; ".join(part for part in parts if part)


def strategy_table(result: Result, table: pd.DataFrame) -> None:
    """Every number of the table of strategies, with downloads; ``table`` is from ``Result.sharing_with``."""
    results_page.heading(_("What it gains and costs"), "strategies")
    shown = table.drop(columns="label")
    verdicts = [name for name in map(str, shown) if name.startswith("verdict") or name == "versus_hard_verdict"]
    for name in verdicts:
        shown[name] = [
            "" if pd.isna(word) else f"{VERDICT_MARKS[str(word)]} {verdict_word(str(word))}"
            for word in table[name].astype(object)
        ]
    matched = table["matched"].notna().any()
    number, level = st.column_config.NumberColumn, f"{100 * result.study.confidence:.0f} %"
    columns: dict[str, Any] = {
        "strategy": st.column_config.TextColumn(_("strategy"), pinned=True),
        "parameters": number(_("parameters"), format="localized"),
        "x_parameters": number(_("× alone"), format="%.2f", help=_("Parameters as a multiple of all tasks' own models.")),
        "trunk": number(_("of several tasks"), format="localized"),
        "own": number(_("of one task"), format="localized"),
        "heads": number(_("heads"), format="localized"),
        "flops": number(
            _("FLOPs"),
            format="localized",
            help=_("Of one example for all tasks, in products of matrices and in mixes of networks."),
        ),
        "x_flops": number(_("FLOPs × alone"), format="%.2f"),
        "flops_one": number(
            _("FLOPs, one task"),
            format="localized",
            help=_("When one task is asked, without gates and units; mean over tasks."),
        ),
        "seconds_per_step": number(_("s per step"), format="%.5f"),
        "x_seconds_per_step": number(_("step × alone"), format="%.2f"),
        "latency": number(_("s per answer"), format="%.5f"),
        "x_latency": number(_("answer × alone"), format="%.2f"),
        "delta_m": number(_("Δm %"), format="%+.1f", help=_("Mean gain over tasks in percent of each task alone.")),
        "low": number(_("{level} from").format(level=level), format="%+.1f"),
        "high": number(_("{level} to").format(level=level), format="%+.1f"),
        "verdict": _("verdict"),
        "n": number(_("seeds")),
        "versus_hard": number(_("against hard %"), format="%+.1f"),
        "versus_hard_low": number(_("from"), format="%+.1f"),
        "versus_hard_high": number(_("to"), format="%+.1f"),
        "versus_hard_verdict": _("verdict against hard"),
        "shared": number(_("shared"), format="%.2f", help=_("Mean over pairs of tasks and stages at the last step.")),
        "width": number(_("width"), format="%.4g") if matched else None,
        "more": _("units added") if matched else None,
        "matched": number(_("matched"), format="%.3f", help=_("Parameters without heads, as a multiple of the target."))
        if matched
        else None,
    }
    for task in result.layout.tasks:
        formats = dict(zip(PER_TASK, ("%+.1f", "%+.4f", "%+.4f", "%+.4f", None), strict=True))
        titles = {"transfer": _("{task} %"), "difference": _("{task}, difference"), "low": _("{task} from")}
        titles |= {"high": _("{task} to"), "verdict": _("{task}, verdict")}
        for name, form in formats.items():
            title = titles[name].format(task=task.name)
            columns[f"{name}_{task.name}"] = number(title, format=form) if form else title
    first = ["strategy", "delta_m", "low", "high", "verdict", "versus_hard", "versus_hard_low", "versus_hard_high"]
    first += ["versus_hard_verdict", "n", "shared", "parameters", "x_parameters", "flops", "x_flops"]
    order = [*first, *(name for name in shown if name not in first)]
    st.dataframe(
        shown[order],
        hide_index=True,
        key="strategies-table",
        placeholder="–",
        alt=_("What every sharing strategy gains and costs"),
        column_config=columns,
    )
    results_page.downloads(table, "sharing")


def title_of(result: Result, strategy: str) -> str:
    """A strategy's title in words."""
    return _(STRATEGIES[result.layout.model(strategy).name].title)
