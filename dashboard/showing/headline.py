"""The head of the Play page: which study this is, and its trade-off once it is known."""

from collections.abc import Sequence

import streamlit as st

from dashboard.asking.forms import entry_title
from dashboard.components import explain
from dashboard.reading import jobs
from dashboard.reading.listing import study_title
from dashboard.reading.studies import Reading, read
from dashboard.showing.drawn import show
from dashboard.showing.tradeoff_pictures import draw_plane
from dashboard.words import _, escape_markdown
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
        named = (
            ", ".join(tasks) if len(tasks) <= 3 else _("{first} and {count} more").format(first=tasks[0], count=len(tasks) - 1)
        )
        seen = _("A row of a table, and what it does not say: {tasks}.").format(tasks=escape_markdown(named))
    else:
        seen = _(SUITES[suite["name"]].summary) if suite["name"] in SUITES else ""
    if len(tasks) == 2:
        why = _("One network for both questions is cheaper than two: is each answer better, worse or as good?")
    else:
        why = _("One network for all {count} questions is cheaper than {count}: is each answer better, worse or as good?")
    return f"{seen} {why.format(count=len(tasks))}".strip()


def _named(tasks: Sequence[str], most: int) -> str:
    """The tasks' names, or the first where there are more than ``most``."""
    if len(tasks) <= most:
        return ", ".join(tasks)
    return _("{first} and {count} more").format(first=tasks[0], count=len(tasks) - 1)


def draw_tradeoff(info: StudyInfo) -> None:
    """Draw the trade-off of a finished study, or keep its place."""
    with st.container(key="found"):
        if info.state == "finished" and (reading := read(jobs.get_store(), info.id)).result is not None:
            tradeoff(reading)


def _summary(info: StudyInfo) -> str:
    spec = info.spec
    backbone = spec["backbone"]["name"]
    parts = [
        escape_markdown(_named(spec["tasks"], 8)),
        ", ".join(entry_title(STRATEGIES, name) for name in dict.fromkeys(each["name"] for each in spec["strategies"])),
        _(BACKBONES[backbone].title) if backbone in BACKBONES else escape_markdown(backbone),
        _("{count:,} steps").format(count=spec["steps"]),
    ]
    return " · ".join(parts) + (" · " + _("changed by hand while it trained") if info.altered else "")


def tradeoff(reading: Reading) -> None:
    """Draw what the first two tasks pay for each other."""
    tasks = [str(task) for task in reading.info.spec["tasks"]]
    show(reading, "tradeoff", draw_plane, pair=tasks[:2], labels=None, seed=None, corners=True, height=HEIGHT)
    explain(
        _("Every dot is a way of weighing the tasks: up and right is better, dashed lines are what each task reaches alone."),
        r"\text{front} = \{\,p : \nexists\, q,\; q_t \ge p_t \;\forall t,\; q \ne p\,\}",
        _(
            "$p_t$: the mean over seeds of task $t$'s test metric. A point on the front cannot be beaten in one task without "
            "losing in another."
        ),
        "tradeoff",
    )
