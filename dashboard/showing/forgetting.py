"""What came later, on the Transfer page: the score matrix of studies with phases or paths, and what was forgotten."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.figures.curves import metric_name
from dashboard.figures.score_matrix import score_matrix
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import task_names
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.spec.kinds import METRICS


def draw_forgetting(reading: Reading, result: Result, labels: Sequence[str], tasks: Sequence[str]) -> None:
    """Draw the part, where a study has parts: nothing of one that learns all tasks all the time.

    Args:
        reading: the study.
        result: its tables.
        labels: the labels to show.
        tasks: the tasks to show.
    """
    known = dict.fromkeys(result.score_matrix["label"])
    drawn = [label for label in labels if label in known]
    if not drawn:
        return
    results_page.heading(_("What came later"), "score-matrix")
    results_page.follow(reading, "score-matrix", draw_scores, labels=drawn, tasks=list(tasks))
    table = result.forgetting
    table = table[table["label"].isin(drawn) & table["task"].isin(list(tasks))]
    if len(table):
        _table(result, table)


def draw_scores(result: Result, *, labels: list[str], tasks: list[str]) -> go.Figure:
    """The score matrix of some labels."""
    lower = {task.name for task in result.layout.tasks if METRICS[task.headline].lower_is_better}
    return score_matrix(result.score_matrix, task_names(result), labels, tasks, lower)


def _table(result: Result, table: pd.DataFrame) -> None:
    number, level = st.column_config.NumberColumn, f"{100 * result.study.confidence:.0f} %"
    bounds = {
        f"{name}_{end}": number(
            _("{level} {end}").format(level=level, end=_("from") if end == "low" else _("to")), format="%+.4f"
        )
        for name in ("forward", "forgotten", "backward")
        for end in ("low", "high")
    }
    st.dataframe(
        table.assign(metric=[metric_name(str(name)) for name in table["metric"]]),
        hide_index=True,
        key="forgetting-table",
        placeholder="–",
        alt=_("Forward transfer, forgetting and backward transfer of every kind of run and task, with intervals over seeds"),
        column_config=bounds
        | {
            "label": st.column_config.TextColumn(_("run"), pinned=True),
            "task": st.column_config.TextColumn(_("task"), pinned=True),
            "metric": _("metric"),
            "first_phase": number(_("first part"), help=_("The first part of training in which the task was learned.")),
            "last_phase": number(_("last part"), help=_("The last one.")),
            "n": number(_("seeds")),
            "before": number(_("before"), format="%.4f", help=_("Before any training.")),
            "at_start": number(_("at its start"), format="%.4f", help=_("When its first part began.")),
            "learned": number(_("learned"), format="%.4f", help=_("When its last part ended.")),
            "end": number(_("at the end"), format="%.4f"),
            "forward": number(
                _("forward"),
                format="%+.4f",
                help=_("What the parts before its first gave it; through a head that never learned."),
            ),
            "forgotten": number(
                _("forgotten"),
                format="%+.4f",
                help=_("Its best score at the end of a part, less that of the last: positive is lost."),
            ),
            "backward": number(
                _("backward"), format="%+.4f", help=_("From the end of its first part to the end of all: negative is lost.")
            ),
        },
    )
    results_page.downloads(table, "forgetting")
