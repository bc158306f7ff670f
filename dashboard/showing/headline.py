"""The head of the Play page: which study this is, and its trade-off once it is known."""

from functools import partial

import streamlit as st

from dashboard.asking.forms import entry_title
from dashboard.components import explain
from dashboard.reading import jobs
from dashboard.reading.studies import Reading, read
from dashboard.showing.decision import draw_decision
from dashboard.showing.drawn import show
from dashboard.showing.tradeoff_pictures import draw_plane
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics.decisions import together
from mtl_core.spec import BACKBONES, STRATEGIES, SUITES
from mtl_core.store import StudyInfo

HEIGHT = 440
"""Pixels of the trade-off."""


def headline(info: StudyInfo) -> None:
    """Draw the study's name and what it is in one line."""
    suite = info.spec["suite"]["name"]
    title = info.name or (_(SUITES[suite].title) if suite in SUITES else suite)
    st.title(escape_markdown(title), anchor=False)
    st.caption(_summary(info))


def draw_tradeoff(info: StudyInfo) -> None:
    """Draw the trade-off of a finished study, or keep its place."""
    with st.container(key="found"):
        if info.state == "finished" and (reading := read(jobs.get_store(), info.id)).result is not None:
            draw_decision(reading, partial(together, reading.result))
            tradeoff(reading)


def _summary(info: StudyInfo) -> str:
    spec = info.spec
    backbone = spec["backbone"]["name"]
    parts = [
        ", ".join(escape_markdown(task) for task in spec["tasks"]),
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
