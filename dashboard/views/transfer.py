"""Transfer: did learning together help or hurt each task, against the same task trained alone?"""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.figures.curves import metric_name
from dashboard.figures.frame import signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import transfer, verdict_word
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import compared, is_thinned, task_names
from dashboard.state import Selection
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.records.thinning import strides

# The most labels that get a headline number of their own; the table has all.
CARDS = 6

COLORS: dict[str, Literal["green", "red", "gray"]] = {"positive": "green", "negative": "red", "unclear": "gray"}


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's pictures and tables."""
    labels = compared(result, selection.labels)
    _always_the_same(result, labels)
    _cards(result, labels)
    _picture(reading, result, selection, labels)
    _table(result, selection, labels)
    _baselines(result)
    results_page.remake(result)
    if is_thinned(strides(result.study, result.layout)):
        st.caption(
            _("This study is long: curves of every step are kept in part here and whole in the downloads of the Studies page.")
        )


def _always_the_same(result: Result, labels: list[str]) -> None:
    table = result.always_the_same.astype({"label": str, "task": str})
    table = table[table["label"].isin([*labels, *(run.label for run in result.layout.runs if run.role == "baseline")])]
    words = _("{label}: every answer to {task} is the same class in {n} of {seeds} runs.")
    said = [
        words.format(label=escape_markdown(label), task=escape_markdown(task), n=n, seeds=seeds)
        for label, task, n, seeds in table.itertuples(index=False)
    ]
    if said:
        st.info("\n\n".join(said), icon=":material/info:")


def _cards(result: Result, labels: list[str]) -> None:
    rows: dict[str, dict[Any, Any]] = {str(row["label"]): row for row in result.summary.to_dict("records")}
    shown = [label for label in labels if label in rows][:CARDS]
    if not shown:
        return
    results_page.heading(_("In one number"), "delta-m")
    best = result.best_fixed
    with st.grid(len(shown) if len(shown) <= 4 else 3, gap="small"):
        for label in shown:
            row = rows[label]
            word = str(row["verdict"])
            title = escape_markdown(label)
            if best is not None and label == best.label != "equal":
                title = _("best fixed weights: {label}").format(label=title)
            st.metric(
                title,
                f"{signed(row['delta_m'], 1)} %",
                delta=f"{VERDICT_MARKS[word]} {verdict_word(word)}",
                delta_color=COLORS[word],
                delta_arrow="off",
                delta_description=_interval(row),
                border=True,
            )
    results_page.percent_caution(result)
    if best is not None:
        words = _("The best fixed weights, {label}, were chosen on the validation split and are shown on the test split.")
        st.caption(words.format(label=escape_markdown(best.label)))


def _interval(row: dict[Any, Any]) -> str:
    seeds = ngettext("{count} seed", "{count} seeds", int(row["n"])).format(count=int(row["n"]))
    if pd.isna(row["low"]):
        return seeds
    return f"{signed(row['low'], 1)} … {signed(row['high'], 1)} · {seeds}"


def _picture(reading: Reading, result: Result, selection: Selection, labels: list[str]) -> None:
    results_page.heading(_("Task by task"), "transfer")
    rows, seeds = headline_rows(result.layout, result.transfer), headline_rows(result.layout, result.pairs)
    if selection.seed is not None:
        seeds = seeds[seeds["seed"] == selection.seed]
        st.caption(_("Rings show seed {seed} alone; means and intervals are over all seeds.").format(seed=selection.seed))
    results_page.show(
        transfer(rows, seeds, task_names(result), labels, selection.tasks, metric_words(result)),
        "transfer",
        live=reading.active,
    )


def metric_words(result: Result) -> str:
    """The headline metrics of the study, in words."""
    return " / ".join(dict.fromkeys(metric_name(task.headline) for task in result.layout.tasks))


def _table(result: Result, selection: Selection, labels: list[str]) -> None:
    table = result.transfer
    table = table[table["label"].isin(labels) & table["task"].isin(list(selection.tasks))]
    if table.empty:
        return
    st.subheader(_("Table"), anchor=False)
    shown = table.assign(
        label=table["label"].astype(str),
        task=table["task"].astype(str),
        metric=table["metric"].astype(str).map(metric_name),
        verdict=[f"{VERDICT_MARKS[str(word)]} {verdict_word(str(word))}" for word in table["verdict"]],
    )
    number = st.column_config.NumberColumn
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
            "baseline": number(_("alone"), format="%.4f", help=_("Mean of the task trained alone.")),
            "value": number(_("together"), format="%.4f"),
            "difference": number(_("difference"), format="%+.4f", help=_("Positive is better.")),
            "delta_percent": number(_("percent"), format="%+.1f", help=_("The difference in percent of the task alone.")),
            "low": number(_("95 % from"), format="%+.4f"),
            "high": number(_("95 % to"), format="%+.4f"),
            "verdict": _("verdict"),
            "diverged": number(_("diverged"), help=_("Seeds left out because a run or its baseline diverged.")),
        },
    )
    results_page.downloads(table, "transfer")


def _baselines(result: Result) -> None:
    means = result.tradeoff_means
    means = means[(means["role"] == "baseline") & (means["weight"] == 1)]
    if means.empty:
        return
    st.subheader(_("Each task alone"), anchor=False)
    st.caption(_("How much the single-task baselines themselves vary over seeds: differences smaller than that mean little."))
    headline = {task.name: metric_name(task.headline) for task in result.layout.tasks}
    shown = pd.DataFrame(
        {
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
            "task": _("task"),
            "metric": _("metric"),
            "n": number(_("seeds")),
            "mean": number(_("mean"), format="%.4f"),
            "low": number(_("95 % from"), format="%.4f"),
            "high": number(_("95 % to"), format="%.4f"),
        },
    )


results_page.results_page(
    "transfer",
    _("Transfer"),
    _("Does learning together help or hurt each task, against the same task trained alone?"),
    draw,
)
