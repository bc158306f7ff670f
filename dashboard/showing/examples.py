"""The first picture of the Play page: examples, what the networks answer, and the network itself."""

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from dashboard.components.live_examples import live_examples
from dashboard.components.live_plot import Source
from dashboard.figures import frame
from dashboard.figures.examples import examples, has_whole
from dashboard.figures.network import network
from dashboard.reading import jobs
from dashboard.reading.studies import Reading, read
from dashboard.showing import drawn
from dashboard.words import _, escape_markdown, first_of
from mtl_core import records
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.answers import answers, wholes
from mtl_core.diagnostics.sharing import shared
from mtl_core.records import Layout, watched
from mtl_core.spec import KINDS
from mtl_core.store import StudyInfo

VIEWS = Path(__file__).parents[1] / "views"
"""Where the pages are."""


def draw(info: StudyInfo) -> bool:
    """Draw a study's examples and network where it has any; whether its tables are there to tell."""
    reading = read(jobs.get_store(), info.id)
    result = reading.result
    if result is None:
        return False
    label = together(result.layout)
    if label is None or result.layout.examples is None:
        return True
    with st.container(key="examples"):
        left, right = st.columns([3.4, 1], gap="small")
        with left:
            _table(reading, label)
        with right:
            drawn.show(reading, "network", draw_network, label=label)
        words = _("Examples kept aside. Alone: a network for each question; together: one for all ({label}).")
        words = words.format(label=escape_markdown(label))
        if any(KINDS[task.kind].targets == "values" for task in result.layout.tasks):
            words += " " + _("A number is right within half a standard deviation.")
        finished = info.state == "finished"
        known, tasks = result.layout.examples, enumerate(result.layout.tasks)
        many = [escape_markdown(task.name) for place, task in tasks if not task.single and not has_whole(known, place)]
        if finished and many:  # of an older version, which kept none of these answers
            words += " " + _("Try shows what they make of {tasks}.").format(tasks=first_of(many, 3))
        left, right = st.columns([3.4, 1], gap="small")
        left.caption(words)
        if finished:
            right.page_link(VIEWS / "try.py", label=_("Try them"), icon=":material/edit_note:")
    return True


def _table(reading: Reading, label: str) -> None:
    recipe, found = drawn.drawing(reading, draw_examples, label=label)
    source = Source(reading.info.id, recipe.name) if reading.active else None
    live_examples(found.picture, "seen-examples", frame.alt(found.picture), source, written=found.json)


def draw_examples(result: Result, *, label: str) -> go.Figure:
    """The examples with the newest answers."""
    layout = result.layout
    wanted = [run for run in watched(layout.runs) if layout.runs[run].role == "baseline" or layout.runs[run].label == label]
    return examples(layout, answers(layout, result.records, wanted, last=True), label, wholes(result.records, wanted))


def draw_network(result: Result, *, label: str) -> go.Figure:
    """The model that the label's runs have."""
    layout = result.layout
    runs = [run.index for run in layout.runs if run.label == label]
    model = layout.model_of(runs[0])
    return network(shared(layout, result.records, runs), model.strategy)


def together(layout: Layout) -> str | None:
    """The label that answers for one network."""
    first = records.together([layout.runs[place] for place in watched(layout.runs)], len(layout.tasks))
    return first.label if first else None
