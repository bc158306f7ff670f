"""The Trade-off page's part on how good fronts are, and which method is best for whom."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.tradeoff_pictures import draw_preferences
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.front_words import on_fronts, on_preferences

MOST = 3
"""So many tasks have a picture of preferences."""


def draw_fronts(reading: Reading, result: Result) -> None:
    """Draw what is measured of fronts, and whom each method serves best; while a study trains, when that will be."""
    results_page.heading(_("How good is a front"), "fronts")
    told = [remark.told(_, ngettext, escape_markdown) for remark in on_fronts(result)]
    if not result.pareto.seeds:
        st.caption("  \n".join(told))
        return
    for place, words in enumerate(told):
        st.markdown(f"**{words}**") if not place else st.caption(words)
    _measures(result)
    told = [remark.told(_, ngettext, escape_markdown) for remark in on_preferences(result)]
    if not told:
        return
    results_page.heading(_("Which is best for whom"), "preferences")
    st.markdown(f"**{told[0]}**  \n" + " ".join(told[1:]))
    tasks = _cares(result)
    if len(tasks) < 2:
        st.info(_("Choose two or three tasks."), icon=":material/info:")
    else:
        results_page.follow(reading, "preferences", draw_preferences, tasks=tasks)
    _regrets(result)


def _cares(result: Result) -> list[str]:
    """The tasks that count: all, or those chosen of many."""
    tasks = result.pareto.tasks
    if len(tasks) <= MOST:
        return tasks
    chosen = choose(st.multiselect, _("Tasks that count"), tasks, tasks[:MOST], key=state.CARES, max_selections=MOST, width=480)
    return [task for task in tasks if task in chosen]


def _measures(result: Result) -> None:
    """A row a front."""
    table, level = result.front, f"{100 * result.study.confidence:.0f} %"
    number = st.column_config.NumberColumn
    rows = [_row(part, result.pareto.tasks) for _name, part in table.groupby(["kind", "front"], sort=False, observed=True)]
    columns: dict[str, Any] = {
        "front": st.column_config.TextColumn(_("front"), pinned=True),
        "kind": st.column_config.TextColumn(_("of"), help=_("A method by itself is a single point.")),
        "points": number(_("points"), help=_("How many labels or weightings it is made of.")),
        "n": number(_("seeds")),
        "hypervolume": number(_("hypervolume"), format="%.3f", help=_("1: as good as all tasks alone at once.")),
        "low": number(_("{level} from").format(level=level), format="%.3f"),
        "high": number(_("{level} to").format(level=level), format="%.3f"),
        "span": st.column_config.TextColumn(
            _("span"), help=_("From the front's worst to its best, on the scale of the tasks alone.")
        ),
        "gap": st.column_config.TextColumn(_("largest gap"), help=_("The largest step between neighbours in a task.")),
        "igd_plus": number(_("IGD+"), format="%.3f", help=_("Behind the best of all labels on average; 0 is best.")),
        "epsilon": number(_("epsilon"), format="%.3f", help=_("Behind the best of all labels at worst; 0 is best.")),
        "label": st.column_config.TextColumn(_("knee"), help=_("The knee of most seeds.")),
        "knee": number(_("seeds that agree"), format="percent", help=_("The share of seeds with that knee.")),
    }
    st.dataframe(
        pd.DataFrame(rows, columns=list(columns)),
        hide_index=True,
        key="fronts-table",
        placeholder="–",
        column_config=columns,
        alt=_("Hypervolume, span, gap, distances and knee of every front"),
    )
    results_page.downloads(table, "front")


def _row(part: pd.DataFrame, tasks: list[str]) -> dict[str, Any]:
    """A front in one row; where tasks have a number each, these in words."""
    kinds = {"strategy": _("a strategy's weightings and methods"), "one model": _("one model"), "method": _("a method")}
    first = part.iloc[0]
    whole = part[part["task"].isna()].set_index("measure")
    row: dict[str, Any] = {name: first[name] for name in ("front", "points")} | {"kind": kinds[str(first["kind"])]}
    row |= {name: whole.loc[name, "mean"] for name in ("hypervolume", "igd_plus", "epsilon", "knee")}
    row |= {name: whole.loc["hypervolume", name] for name in ("low", "high")}
    row |= {"n": whole.loc["size", "n"], "label": whole.loc["knee", "label"]}
    if first["points"] == 1:
        return row | {"span": _("a single point"), "gap": None}
    for measure in ("span", "gap"):
        own = part[part["measure"] == measure].set_index("task")["mean"]
        row[measure] = ", ".join(f"{task} {own[task]:.3f}" for task in tasks) if own.notna().all() else None
    return row


def _regrets(result: Result) -> None:
    """A row a label: what one loses with it."""
    table, level = result.regret, f"{100 * result.study.confidence:.0f} %"
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "label": st.column_config.TextColumn(_("run"), pinned=True),
        "way": _("method"),
        "n": number(_("seeds")),
        "mean": number(_("regret"), format="%.4f", help=_("What one loses on average over all preferences; 0 is best.")),
        "low": number(_("{level} from").format(level=level), format="%.4f"),
        "high": number(_("{level} to").format(level=level), format="%.4f"),
        "worst": number(_("at worst"), format="%.4f", help=_("For whom it serves worst.")),
        "best_for": number(_("best for"), format="percent", help=_("The share of preferences for which it is the best.")),
    }
    with st.expander(_("What one loses with each"), icon=":material/table:"):
        st.dataframe(
            table.astype({"label": str, "way": str})[list(columns)],
            hide_index=True,
            key="regret-table",
            placeholder="–",
            column_config=columns,
            alt=_("Mean and largest regret of every kind of run over all preferences"),
        )
        results_page.downloads(table, "regret")
