"""The head of the Play page: which study this is, and its trade-off once it is known."""

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.asking.forms import entry_title
from dashboard.components import live_plot
from dashboard.figures import frame
from dashboard.figures.tradeoff import crowded
from dashboard.reading.listing import study_title
from dashboard.reading.studies import Reading
from dashboard.showing.comparison import task_names
from dashboard.showing.decision import draw_decision
from dashboard.showing.drawn import show
from dashboard.showing.explain import explain
from dashboard.showing.marks_in_words import method_names
from dashboard.showing.meanings import meaning
from dashboard.showing.play_tradeoff import draw_trained, draw_training, movers, waiting
from dashboard.words import _, escape_markdown, first_of
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import together
from mtl_core.spec import BACKBONES, STRATEGIES, SUITES
from mtl_core.store import StudyInfo

HEIGHT = 440
"""Pixels of the trade-off."""


def headline(info: StudyInfo) -> None:
    """Draw the study's name and what it is in one line."""
    st.title(escape_markdown(study_title(info)), anchor=False)
    st.markdown(_sentence(info))
    st.caption(_summary(info))


def _sentence(info: StudyInfo) -> str:
    """What is seen, and why it matters."""
    suite, tasks = info.spec["suite"], info.spec["tasks"]
    if suite["name"] == "csv":
        seen = _("A row of a table, and what it does not say: {tasks}.").format(tasks=escape_markdown(first_of(tasks, 3)))
    else:
        seen = _(SUITES[suite["name"]].summary) if suite["name"] in SUITES else ""
    if len(tasks) == 2:
        why = _("One network for both questions is cheaper than two: is each answer better, worse or as good?")
    else:
        why = _("One network for all {count} questions is cheaper than {count}: is each answer better, worse or as good?")
    return f"{seen} {why.format(count=len(tasks))}".strip()


def draw_tradeoff(reading: Reading) -> None:
    """Draw the study's trade-off, on the validation split while it trains; at its end say first what was found."""
    result, active = reading.result, reading.active
    if result is None:
        if active:
            picture = frame.empty(waiting(), HEIGHT)
            live_plot(picture, "plot-tradeoff", HEIGHT, frame.alt(picture))
        return
    if not active:
        if result.tradeoff_means.empty:
            return
        draw_decision(reading, partial(together, result))
    pair = _pair(result)
    # Runs are evaluated less often than anything else of them is recorded.
    draw, part = (draw_training, "latest") if active else (draw_trained, None)
    if active or pair is None or not crowded(result.tradeoff_means, (pair[0], pair[1])):
        show(reading, "tradeoff", draw, part, pair=pair, height=HEIGHT)
    else:
        with st.grid(2, gap="small", min_column_width=320):
            show(reading, "tradeoff", draw, part, pair=pair, height=HEIGHT, legend=False)
            show(reading, "tradeoff-close", draw, part, pair=pair, height=HEIGHT, corners=False, legend=False)
        method_names(result)
    if pair is None:
        explain(*meaning("triangle"), key="tradeoff")
        return
    explain(
        _("Every dot is a way of weighing the tasks: up and right is better, dashed lines are what each task reaches alone."),
        r"\text{front} = \{\,p : \nexists\, q,\; q_t \ge p_t \;\forall t,\; q \ne p\,\}",
        _(
            "$p_t$: the mean over seeds of task $t$'s metric. A point on the front cannot be beaten in one task without "
            "losing in another."
        ),
        "tradeoff",
    )


def _pair(result: Result) -> list[str] | None:
    """The tasks of the plane's axes; None for the triangle of three. Of more the visitor chooses, or the two that move most."""
    tasks = task_names(result)
    if len(tasks) < 3:
        return tasks
    if len(tasks) == 3:
        return None
    usual = movers(result)
    chosen = []
    with st.container(horizontal=True, key="pair"):
        for title, key, task in zip((_("Across"), _("Up")), (state.ACROSS, state.UP), usual, strict=True):
            state.keep_valid(key, tasks)
            words = _("{task} (moves much)").format(task=task)
            asked = st.selectbox(
                title, tasks, index=None, key=key, bind="query-params", width=220, format_func=str, placeholder=words
            )
            chosen.append(str(asked or task))
    if chosen[0] == chosen[1]:
        chosen[1] = next(task for task in (*usual, *tasks) if task != chosen[0])
    return chosen


def _summary(info: StudyInfo) -> str:
    spec = info.spec
    backbone = spec["backbone"]["name"]
    parts = [
        escape_markdown(first_of(spec["tasks"], 8)),
        ", ".join(entry_title(STRATEGIES, name) for name in dict.fromkeys(each["name"] for each in spec["strategies"])),
        _(BACKBONES[backbone].title) if backbone in BACKBONES else escape_markdown(backbone),
        _("{count:,} steps").format(count=spec["steps"]),
    ]
    return " · ".join(parts) + (" · " + _("changed by hand while it trained") if info.altered else "")
