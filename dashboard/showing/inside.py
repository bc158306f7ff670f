"""The Sharing page's part on what serves whom: units, probes, and each task's own network beside the shared one."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.figures.matrices import Table, least_width, matrix
from dashboard.figures.units import strip
from dashboard.reading import inside as looks
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import task_names
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.inside import ALL, IDLE, ONE, Inside
from mtl_core.errors import SeesawError

EACH = 3
"""The most tables in a line."""

INPUT = "input"
"""What probes read before the first stage, as answers call it."""


def draw_inside(reading: Reading, result: Result, runs: list[int]) -> None:
    """Draw the part, closed until it is opened: only then is anything computed.

    Args:
        reading, result: the study.
        runs: those of the strategy and weighting on the page; the first that is well is looked into.
    """
    part = st.expander(
        _("What serves whom: look into the trained network"), icon=":material/frame_inspect:", key="inside", on_change="rerun"
    )
    if not part.open:
        return
    with part:
        if reading.info.state != "finished":
            st.info(
                _("A network can be looked into once its study is finished, for only then is it kept."), icon=":material/info:"
            )
            return
        lost = set(result.runs.loc[result.runs["diverged_step"].notna(), "run"])
        run = next((run for run in runs if run not in lost), None)
        if run is None:
            st.info(_("All of these runs diverged: there is nothing to look into."), icon=":material/info:")
            return
        found = _look(reading, run)
        if found is not None:
            st.caption(
                _("**{label}**, seed {seed}: one network, judged on {count} validation examples.").format(
                    label=escape_markdown(result.layout.runs[run].label),
                    seed=result.layout.runs[run].seed,
                    count=found.found["rows"],
                )
            )
            _units(result, found)
            _probes(result, found)
            _similar(result, found)


def _look(reading: Reading, run: int) -> Inside | None:
    """The answer; while there is none yet, how far it is."""
    try:
        if looks.known(reading.info, run):
            return looks.inside(reading.info, run)
        words = _("Each unit is held still in turn, and each stage is read …")
        bar = st.progress(0.0, text=words)

        def tell(part: float) -> None:
            bar.progress(min(1.0, part), text=words)

        found = looks.inside(reading.info, run, tell)
        bar.empty()
    except SeesawError as problem:
        st.info(escape_markdown(problem), icon=":material/info:")
        return None
    return found


def _units(result: Result, found: Inside) -> None:
    results_page.heading(_("Which unit serves which task"), "units")
    if found.no_units:
        st.info(escape_markdown(found.no_units), icon=":material/info:")
        return
    st.markdown(f"**{escape_markdown(answer(found.units))}**")
    rows = found.found["units"]["rows"]
    if rows < found.found["rows"]:
        st.caption(_("The network is large: its units are judged on {count} examples.").format(count=rows))
    for place, stage in enumerate(dict.fromkeys(found.units["stage"])):
        picture = strip(found.units, stage, task_names(result), legend=not place)
        results_page.show(picture, f"units-{place}", live=False)
    _leaning(found)
    results_page.downloads(found.units, "units")


def answer(units: pd.DataFrame) -> str:
    """How many units serve one task, several or all, in a sentence."""
    each = units.groupby(["stage", "module", "unit"], sort=False).agg(
        size=("part", lambda parts: np.maximum(parts, 0).sum()), specialist=("specialist", "first")
    )
    idle = each["size"] <= IDLE * each.groupby("stage")["size"].transform("max").clip(lower=1e-30)
    used = each.loc[~idle, "specialist"]
    one, every = int((used > ONE).sum()), int((used < ALL).sum())
    words = ngettext(
        "Of {count} unit {one} serve one task almost alone, {every} serve all tasks, {some} are in between, and {idle} hardly "
        "matter.",
        "Of {count} units {one} serve one task almost alone, {every} serve all tasks, {some} are in between, and {idle} hardly "
        "matter.",
        len(each),
    )
    return words.format(count=len(each), one=one, every=every, some=len(used) - one - every, idle=int(idle.sum()))


def _leaning(found: Inside) -> None:
    table = found.leaning
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "stage": _("stage"),
        "task": _("task"),
        "units": number(_("units"), help=_("That are there for the task or others.")),
        "shared": number(_("leans on"), format="%.1f", help=_("As many units as would, alike, be as spread out.")),
        "alone": number(_("alone on"), format="%.1f", help=_("The same in the task's own network.")),
    }
    with st.expander(_("On how many units each task leans"), icon=":material/table:"):
        st.dataframe(
            table,
            hide_index=True,
            key="leaning-table",
            placeholder="–",
            column_config=columns,
            alt=_("On how many units each task leans, here and in its own network"),
        )


def _probes(result: Result, found: Inside) -> None:
    results_page.heading(_("Where each task becomes readable"), "readable")
    probes = found.probes
    if left := found.found["not_probed"]:
        words = _("Not probed, for they answer for every word or pixel, or for a place: {tasks}.")
        st.caption(words.format(tasks=", ".join(map(escape_markdown, left))))
    if probes.empty:
        return
    asked = [task for task in task_names(result) if task in set(probes["task"])]
    tables = [
        _table(
            probes[probes["network"] == network],
            asked,
            "readable",
            _("{task} alone").format(task=network) if network else _("this network"),
        )
        for network in dict.fromkeys(probes["network"])
    ]
    _grid(tables, "readable", _("How much of each task a linear probe reads off each stage."))
    st.caption(_("Fitted on {count} train examples.").format(count=found.found["train_rows"]))
    results_page.downloads(probes, "probes")


def _similar(result: Result, found: Inside) -> None:
    results_page.heading(_("Beside each task's own network"), "own-networks")
    table = found.similar
    if table.empty:
        st.caption(_("There is no network of a task alone to compare with."))
        return
    asked = [task for task in task_names(result) if task in set(table["task"])]
    tables = [_table(table, asked, "similarity", _("this and the task's own"))]
    if table["again"].notna().any():
        tables.append(_table(table, asked, "again", _("two of the task alone")))
    _grid(tables, "own-networks", _("How alike two networks see the same examples, stage by stage."))
    results_page.downloads(table, "similar")


def _table(rows: pd.DataFrame, tasks: list[str], values: str, title: str) -> Table:
    """Stages down, tasks across; what is worse than nothing is nothing."""
    stages = list(dict.fromkeys(rows["stage"]))
    wide = rows.pivot_table(index="stage", columns="task", values=values, dropna=False).reindex(index=stages, columns=tasks)
    names = [_("input") if stage == INPUT else stage for stage in stages]
    return Table(title, names, tasks, np.maximum(wide.to_numpy(dtype=float), 0))


def _grid(tables: list[Table], key: str, alt: str) -> None:
    with st.grid(min(len(tables), EACH), min_column_width=least_width(tables), gap="small"):
        for place in range(len(tables)):
            results_page.show(matrix(tables, place, alt), f"{key}-{place}", live=False)
