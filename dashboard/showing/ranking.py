"""Each label in one number, the best first: cards for a few, a list for many, and what is as good as the first."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.figures.frame import from_to, signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.showing import results_page
from dashboard.showing.comparison import SHOWN_AT_FIRST, labels_by_role
from dashboard.showing.marks_in_words import marks_of
from dashboard.showing.reference_words import moment_words
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.judged import held_against
from mtl_core.diagnostics.remarks import moments

CARDS = 6
"""More labels than this are a list."""

COLORS: dict[str, Literal["green", "red", "gray"]] = {"positive": "green", "negative": "red", "unclear": "gray"}

Row = dict[Any, Any]


def in_one_number(result: Result, comparison: Comparison, summary: pd.DataFrame, labels: list[str]) -> None:
    """Draw every label's ``Δm``, the best first.

    Args:
        result: the study's.
        comparison: with what.
        summary: its rows of these labels, with verdicts among them.
        labels: what is on the page.
    """
    rows, marks = ranked(summary, labels), marks_of(result)
    if not rows:
        return
    with st.container(key="ranking"):
        _draw(result, comparison, labels, rows, marks)


def _draw(result: Result, comparison: Comparison, labels: list[str], rows: list[Row], marks: dict[str, str]) -> None:
    results_page.heading(_("In one number"), "delta-m")
    best, methods = comparison.best_name, labels_by_role(result)["method"]
    titles = {str(row["label"]): str(row["label"]) for row in rows}
    if best in titles and best not in methods:
        titles[best] = _("best fixed weights: {label}").format(label=best)
    known = [str(row["label"]) for row in rows if pd.notna(row["delta_m"]) and row["n"] > 1]
    close, behind = held_against(result, known[0], known, comparison) if len(known) > 1 else ([], [])
    close.sort(key=known.index)
    if len(rows) <= CARDS:
        _cards(rows, titles, marks)
    else:
        _list(rows, titles, marks, close, known[0] if known else None)
    if len(known) > 1:
        named = ", ".join(map(escape_markdown, close))
        words = None
        if close:
            words = _("Not clearly behind {first}: {labels}.")
        elif len(behind) == len(known) - 1:
            words = _("All others are clearly behind {first}.")
        elif not behind:
            words = _("Nothing can be held against {first} itself, which in some task is not clearly better than chance.")
        if words:
            st.caption(words.format(first=escape_markdown(known[0]), labels=named))
    count = len(methods) + (best is not None and best not in methods)
    if comparison.rates == "same" and SHOWN_AT_FIRST <= len(labels) < count:
        words = _("{shown} of {all} kinds of run are on this page; choose others under Runs above.")
        st.caption(words.format(shown=len(labels), all=count))
    _elsewhere(result, comparison, [str(row["label"]) for row in rows])
    if best is not None:
        words = _("The best fixed weights, {label}, were chosen on the validation split and are shown on the test split.")
        st.caption(words.format(label=escape_markdown(best)))


def ranked(summary: pd.DataFrame, labels: list[str]) -> list[Row]:
    """The rows of these labels by ``Δm``, or where there is none by the index; the largest first."""
    table = summary[summary["label"].isin(labels)]
    table = table.sort_values(["delta_m", "index"], ascending=False, kind="stable", na_position="last")
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _cards(rows: list[Row], titles: dict[str, str], marks: dict[str, str]) -> None:
    with st.grid(len(rows) if len(rows) <= 4 else 3, gap="small"):
        for row in rows:
            word = str(row["verdict"])
            label = str(row["label"])
            picture = f"![]({marks[label]}) " if label in marks else ""
            st.metric(
                picture + escape_markdown(titles[label]),
                _percent(row),
                delta=f"{VERDICT_MARKS[word]} {verdict_word(word)}",
                delta_color=COLORS[word],
                delta_arrow="off",
                delta_description=_interval(row),
                border=True,
            )


def _list(rows: list[Row], titles: dict[str, str], marks: dict[str, str], close: list[str], first: str | None) -> None:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    shown = pd.DataFrame(
        {
            "mark": [marks.get(str(row["label"])) for row in rows],
            "label": [titles[str(row["label"])] for row in rows],
            "place": [_("first") if row["label"] == first else _("as good") if row["label"] in close else None for row in rows],
            "delta_m": [row["delta_m"] for row in rows],
            "interval": [None if pd.isna(row["low"]) else from_to(row["low"], row["high"]) for row in rows],
            "verdict": [f"{VERDICT_MARKS[str(row['verdict_holm'])]} {verdict_word(str(row['verdict_holm']))}" for row in rows],
            "index": [row["index"] for row in rows],
            "n": [row["n"] for row in rows],
        }
    )
    order = [name for name in shown if name not in ("mark", "delta_m", "index") or shown[name].notna().any()]
    st.dataframe(
        shown[order],
        hide_index=True,
        height="content",
        key="ranking",
        placeholder="–",
        alt=_("Every kind of run by its mean gain, the best first"),
        column_config={
            "mark": st.column_config.ImageColumn("", width=40, pinned=True, help=_("How the method is marked in pictures.")),
            "label": text(_("run"), width="medium", pinned=True),
            "place": text(_("place"), help=_("As good: not clearly behind the first, paired by seed.")),
            "delta_m": number(_("Δm %"), format="%+.1f"),
            "interval": text(_("interval")),
            "verdict": text(_("verdict among all"), help=_("After Holm's correction over this list.")),
            "index": number(_("index %"), format="%+.1f", help=_("In percent of what the reference is better than chance.")),
            "n": number(_("seeds")),
        },
    )


def _percent(row: Row) -> str:
    if pd.isna(row["delta_m"]) and not pd.isna(row["index"]):
        return _("index {number} %").format(number=signed(row["index"], 1))
    return "–" if pd.isna(row["delta_m"]) else f"{signed(row['delta_m'], 1)} %"


def _interval(row: Row) -> str:
    seeds = ngettext("{count} seed", "{count} seeds", int(row["n"])).format(count=int(row["n"]))
    parts: list[str] = [] if pd.isna(row["low"]) else [from_to(row["low"], row["high"])]
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
