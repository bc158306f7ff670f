"""The frame of a results page: which study, how it stands, what is selected, and then the page's own drawing.

Of a study that is not at its end the pictures follow it by themselves; the rest is drawn anew now and then, and at the end.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import state, teaching
from dashboard.components import allow_interruptions, live_plot, live_progress
from dashboard.components.plotly import CONFIG
from dashboard.figures import frame
from dashboard.reading import jobs
from dashboard.reading.drawings import Draw
from dashboard.reading.listing import methods_of, strategies_of, study_title
from dashboard.reading.load import PAGES
from dashboard.reading.standing import looks, progress_words
from dashboard.reading.studies import Reading, read
from dashboard.showing import drawn
from dashboard.showing.comparison import without_percent
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.showing.selection import selection_controls
from dashboard.showing.training import draw_trouble
from dashboard.state import Selection
from dashboard.words import _, escape_markdown, first_of
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError, UnknownStudyError
from mtl_core.exporting import FORMATS, command, network_command, snippet, to_bytes
from mtl_core.spec import Study
from mtl_core.store import StudyInfo

VIEWS = Path(__file__).parents[1] / "views"
"""Where the pages are."""

INK = "#000037"
"""Streamlit's name for strong grey: its charts replace it by the theme's own, dark on light or light on dark."""

MOST_NAMES = 8
"""The most tasks that the head of a page names."""

Body = Callable[[Reading, Result, Selection], None]
"""Draws what a results page has below its head."""


def results_page(name: str, title: str, lead: str, draw: Body, choose: Callable[..., Selection] = selection_controls) -> None:
    """Draw a results page, or say in words why there is nothing to show.

    Args:
        name: the page's name in the URL.
        title: the page's name in words.
        lead: what the page answers, in one sentence.
        draw: draws the result; called again now and then while the study trains.
        choose: draws what is selected of it, the selection that results pages share.
    """
    arrived = state.turn_to(name)
    st.title(title, anchor=False)
    st.caption(lead)
    study_id = state.selected_study() or _first_study()
    if study_id is None:
        _nothing(_("No study is on screen yet. Train one, or open one of those that are there."), ":material/science:")
        return
    reading = _read(study_id)
    if reading is None:
        return
    _head(reading.info)
    selection = choose(reading.result, arrived=arrived) if reading.result else None
    st.fragment(_body)(study_id, reading.active, selection, draw)


def _first_study() -> str | None:
    """The study of a first visit, where the store has it: a page opened by its own address need not be empty."""
    with suppress(SeesawError):
        default = jobs.get_store().find(Study())
        if default is not None:
            state.select_study(default)
        return default
    return None


def _read(study_id: str) -> Reading | None:
    try:
        return read(jobs.get_store(), study_id)
    except UnknownStudyError:
        _nothing(
            _(
                "This link leads to a study that this store does not have: it may have been deleted, or made on another "
                "machine."
            ),
            ":material/link_off:",
        )
    except SeesawError as problem:
        st.error(_("The study cannot be read: {problem}").format(problem=escape_markdown(problem)), icon=":material/error:")
        st.button(_("Try again"), icon=":material/refresh:")
    return None


def _nothing(words: str, icon: str) -> None:
    st.info(words, icon=icon)
    with st.container(horizontal=True):
        st.page_link(VIEWS / "play.py", label=_("Train a study"), icon=":material/play_circle:")
        st.page_link(VIEWS / "studies.py", label=_("See all studies"), icon=":material/list_alt:")


def percent_caution(result: Result) -> None:
    """Say so where percentages of a task alone are shares of next to nothing."""
    weak = without_percent(result)
    if weak:
        words = _(
            "Alone, {tasks} cannot be told from chance, so there are no percentages of it and no Δm: read the differences."
        )
        st.caption(":material/warning: " + words.format(tasks=escape_markdown(", ".join(weak))))


def _body(study_id: str, active: bool, selection: Selection | None, draw: Body) -> None:
    began = time.thread_time()
    reading = _read(study_id)
    if reading is None:
        return
    if reading.active != active or (reading.result is not None) != (selection is not None):
        # The study has begun or ended: the selection beside the page changes with it.
        st.rerun()
    _standing(reading)
    if reading.result is None or selection is None:
        if reading.active:
            st.skeleton(height=340)
        return
    draw(reading, reading.result, selection)
    if reading.active:
        PAGES.note(state.session(), time.thread_time() - began)


def _head(info: StudyInfo) -> None:
    shared = strategies_of(info)
    tasks = first_of(info.spec["tasks"], MOST_NAMES)
    parts = [study_title(info), tasks, "" if shared == "hard" else shared, methods_of(info), info.id]
    st.markdown(f"**{escape_markdown(parts[0])}**  ·  " + "  ·  ".join(escape_markdown(part) for part in parts[1:] if part))
    if info.altered:
        words = _("This study was changed by hand while it trained: the command below does not re-make it.")
        st.warning(words, icon=":material/back_hand:")


def _standing(reading: Reading) -> None:
    info = reading.info
    draw_trouble(info)
    match info.state:
        case "queued" | "running" | "paused":
            words = progress_words(info)
            live_progress(info.id, info.progress, words, looks(reading), "progress", ages=reading.result is not None)
        case "failed":
            st.error(_("Training failed: {reason}").format(reason=escape_markdown(info.reason)), icon=":material/error:")
        case "stopped":
            words = _("Stopped at step {step:,} of {total:,}: what is here comes from the part that was trained.")
            st.info(words.format(step=info.step, total=info.total), icon=":material/stop_circle:")


def follow(reading: Reading, key: str, draw: Draw, select: dict[str, Any] | None = None, **choices: Any) -> Any:
    """Draw a picture of a study: one that follows it while it trains, a still one otherwise; gives what was selected in that.

    Args:
        reading: the study, with its tables.
        key: of the place, unique on the page.
        draw: see ``drawings.Recipe``.
        select: how marks of the still one can be selected, as Streamlit has it.
        choices: what ``draw`` is told besides the tables.
    """
    if reading.active:
        drawn.show(reading, key, draw, **choices)
        return None
    # Others look at the same drawing: it is not to be changed.
    return show(go.Figure(drawn.picture(reading, draw, **choices)), key, live=False, **(select or {}))


def show(picture: go.Figure, key: str, *, live: bool, **more: Any) -> Any:
    """Draw a figure: updated in place while the study trains, a still chart otherwise; ``more`` goes to the still chart.

    In a presentation it is of the kind that fills the screen, and nothing in it is selected.
    """
    if live or teaching.presented():
        live_plot(picture, f"plot-{key}", int(picture.layout.height), frame.alt(picture))
        return None
    picture.update_layout(font_color=INK)
    with st.container(gap=None):
        event = st.plotly_chart(
            picture, width="stretch", theme="streamlit", key=chart_key(key), alt=frame.alt(picture), config=CONFIG, **more
        )
        if picture.frames:
            allow_interruptions()
    return event


def chart_key(key: str) -> str:
    """The session key of a still chart, under which its selection is found."""
    return f"chart-{key}"


def heading(title: str, name: str) -> None:
    """A picture's name in words, its reading aid, and its definition one click away; ``name`` is one of ``meanings``."""
    st.subheader(title, anchor=False)
    explain(*meaning(name), key=name)


def downloads(table: pd.DataFrame, name: str) -> None:
    """A table as a file, in every format there is; made only when asked for."""
    with st.container(horizontal=True, gap="small", key=f"downloads-{name}"):
        for form in FORMATS:
            st.download_button(
                {"csv": "CSV", "parquet": "Parquet"}.get(form, form),
                data=partial(to_bytes, table, form),
                file_name=f"seesaw-{name}.{form}",
                key=f"download-{name}-{form}",
                icon=":material/download:",
                on_click="ignore",
            )


def remake(result: Result) -> None:
    """The one command and the lines of Python that make the study again."""
    with st.expander(_("Make this study again"), icon=":material/terminal:", key="remake"):
        st.caption(_("In a shell:"))
        st.code(command(result.study), language="bash", wrap_lines=True)
        st.caption(_("In Python:"))
        st.code(snippet(result.study), language="python", wrap_lines=True)
        if result.state == "finished":
            network(result.study, result.id)


def network(study: Study, study_id: str) -> None:
    """The command that writes a trained network as a file."""
    st.caption(_("A trained network of it as a file, for use without Seesaw:"))
    st.code(network_command(study, study_id), language="bash", wrap_lines=True)


def ago(moment: datetime | None) -> str:
    """How long ago something was, in words."""
    if moment is None:
        return ""
    seconds = max(0.0, (datetime.now(UTC) - moment).total_seconds())
    for size, words in ((86400, _("{count} d ago")), (3600, _("{count} h ago")), (60, _("{count} min ago"))):
        if seconds >= size:
            return words.format(count=int(seconds // size))
    return _("just now")
