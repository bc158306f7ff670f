"""The answer of the Sharing page as two tables, with verdicts by Holm's correction."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.frame import from_to, signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.showing import results_page
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.strategies import TIMES
from mtl_core.spec import STRATEGIES

NAME, NARROW, WIDE = 120, 74, 136
"""Pixels of columns: a strategy's name, a number of a few digits, and an interval with the mark of its verdict."""


def among_all(result: Result, table: pd.DataFrame) -> pd.DataFrame:
    """The table of strategies with the verdicts that hold among all of its rows, by Holm's correction.

    What is said of all rows against one reference is a family: each strategy's mean over tasks, and, task by task, its
    transfer.

    Args:
        result: the study's.
        table: from ``Result.sharing_with``; unchanged.
    """
    labels = table["label"].astype(str)
    hard = labels[table["strategy"] == "hard"]
    found = table.copy()
    rows, total = result.compared().among(labels.tolist())
    found["verdict"] = labels.map(_verdicts(total))
    for task, part in headline_rows(result.layout, rows).groupby("task", observed=True):
        found[f"verdict_{task}"] = labels.map(_verdicts(part))
    if len(hard):
        found["versus_hard_verdict"] = labels.map(_verdicts(result.compared(hard.iloc[0]).among(labels.tolist())[1]))
    return found


def _verdicts(rows: pd.DataFrame) -> dict[str, str]:
    return dict(zip(rows["label"].astype(str), rows["verdict_holm"].astype(str), strict=True))


def gains_table(result: Result, table: pd.DataFrame) -> None:
    """What every strategy gains against each task alone and against hard sharing; ``table`` is from ``among_all``."""
    results_page.heading(_("What it gains"), "gains")
    level = f"{100 * result.study.confidence:.0f} %"
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "strategy": text(_("strategy"), pinned=True, width=NAME),
        "delta_m": number(
            _("Δm %"), format="%+.1f", width=NARROW, help=_("Mean gain over tasks in percent of each task alone.")
        ),
        "interval": text(_("{level} interval").format(level=level), width=WIDE),
    }
    shown = pd.DataFrame({name: table[name] for name in ("strategy", "delta_m")})
    shown["interval"] = _intervals(table, "low", "high", "verdict")
    if table["versus_hard"].notna().any():
        shown["versus_hard"] = table["versus_hard"]
        shown["versus_interval"] = _intervals(table, "versus_hard_low", "versus_hard_high", "versus_hard_verdict")
        columns["versus_hard"] = number(
            _("vs hard %"), format="%+.1f", width=NARROW, help=_("Δm against hard, paired by seed.")
        )
        columns["versus_interval"] = text(_("{level} interval").format(level=level), width=WIDE)
    rows = table.to_dict("records")
    for task in result.layout.tasks:
        shown[f"transfer_{task.name}"] = [_change(row, task.name) for row in rows]
        columns[f"transfer_{task.name}"] = text(
            task.name,
            width=NARROW,
            alignment="right",
            help=_("Gain in percent of the task alone; in units of its metric where there is no percentage."),
        )
    shown["shared"] = table["shared"]
    columns["shared"] = number(
        _("in common"),
        format="%.2f",
        width=NARROW,
        help=_("How much of what two tasks use is the same, mean over pairs and stages."),
    )
    shown["n"] = table["n"]
    columns["n"] = number(_("seeds"), width=NARROW)
    st.dataframe(
        shown,
        hide_index=True,
        key="gains-table",
        placeholder="–",
        alt=_("What every sharing strategy gains"),
        column_config=columns,
    )


def _intervals(table: pd.DataFrame, low: str, high: str, verdict: str) -> list[str | None]:
    """Each row's interval with the mark of its verdict."""
    return [
        None if pd.isna(row[low]) else f"{VERDICT_MARKS[str(row[verdict])]} {from_to(row[low], row[high])}"
        for row in table.to_dict("records")
    ]


def _change(row: dict[Any, Any], task: str) -> str | None:
    percent, difference = row[f"transfer_{task}"], row[f"difference_{task}"]
    if pd.isna(difference):
        return None
    mark = VERDICT_MARKS[str(row[f"verdict_{task}"])]
    return f"{mark} {signed(difference, 3)}" if pd.isna(percent) else f"{mark} {signed(percent, 1)} %"


def costs_table(table: pd.DataFrame) -> None:
    """What every strategy costs, with downloads of all there is to know; ``table`` is from ``Result.sharing_with``."""
    results_page.heading(_("What it costs"), "costs")
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    columns: dict[str, Any] = {"strategy": text(_("strategy"), pinned=True, width=NAME)}
    shown = pd.DataFrame({"strategy": table["strategy"]})
    titles = {
        "parameters": (_("parameters"), _("Of all parts of the model.")),
        "flops": (_("FLOPs"), _("Of one example for all tasks, in products of matrices and in mixes of networks.")),
        "seconds_per_step": (
            _("ms a step"),
            _("Forward and backward pass of a batch, for one run by itself."),
        ),
        "latency": (_("ms an answer"), _("From one example to all answers.")),
    }
    for name, (title, aid) in titles.items():
        shown[name] = table[name] if name not in TIMES else 1000 * table[name]
        shown[f"x_{name}"] = table[f"x_{name}"]
        columns[name] = number(title, format="%.3f" if name in TIMES else "localized", help=aid)
        columns[f"x_{name}"] = number("×", format="%.2f ×", width=NARROW, help=_("As a multiple of all tasks' own models."))
    if table["matched"].notna().any():
        for name in ("width", "more", "matched"):
            shown[name] = table[name]
        columns["width"] = number(_("width"), format="%.4g", width=NARROW)
        columns["more"] = text(_("units added"), width=NARROW)
        columns["matched"] = number(
            _("matched"), format="%.3f", help=_("Parameters without heads, as a multiple of the target.")
        )
    st.dataframe(
        shown,
        hide_index=True,
        key="costs-table",
        placeholder="–",
        alt=_("What every sharing strategy costs"),
        column_config=columns,
    )
    st.caption(
        _("The files have more: parameters by who uses them, FLOPs when one task is asked, and every interval task by task.")
    )
    results_page.downloads(table, "sharing")


def title_of(result: Result, strategy: str) -> str:
    """A strategy's title in words."""
    return _(STRATEGIES[result.layout.model(strategy).name].title)
