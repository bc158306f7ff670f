"""The study on the Play page as it trains: where it stands, what it can be told, and its curves, updated in place."""

import time

import streamlit as st

from dashboard import state
from dashboard.components import live_plot, live_progress
from dashboard.figures import frame
from dashboard.reading import jobs
from dashboard.reading.standing import looks, progress_words
from dashboard.reading.studies import Reading, read
from dashboard.reading.visitors import not_yours
from dashboard.showing import pictures, steering, update
from dashboard.showing.comparison import task_names
from dashboard.showing.drawn import show
from dashboard.showing.headline import HEIGHT, draw_tradeoff
from dashboard.showing.play_tradeoff import draw_training, waiting
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.errors import SeesawError
from mtl_core.store import StudyInfo

COMMAND_WIDTH = 136
"""Pixels of each command's button."""

PROMPT = 0.6
"""Seconds for which a page is held back so that it comes with its first points; a worker with nothing else to do needs 0.2."""

FIRST_SIGHT = 5.0
"""Seconds for which a newcomer sees the first study's progress alone: drawing curves beside it takes half as long again."""


def first_sight(info: StudyInfo) -> StudyInfo:
    """Show a newcomer how far the first study is, and tell where it stands once it is at its end or takes long."""
    if info.state not in ("queued", "running"):
        return info
    place = st.empty()
    with place.container():
        progress, found = st.empty(), st.empty()
        # Where the trade-off will be; the browser loads what it draws with in the meantime.
        with found:
            picture = frame.empty(waiting(), HEIGHT)
            live_plot(picture, "plot-first", HEIGHT, frame.alt(picture))
    now, moves = info, False
    for now in jobs.follow(info.id, FIRST_SIGHT):
        progress.progress(now.progress, text=progress_words(now))
        reading = None if moves else read(jobs.get_store(), info.id)
        if reading and reading.active and reading.result is not None and reading.result.latest.step >= 0:
            with found:
                show(reading, "first-moves", draw_training, pair=task_names(reading.result)[:2], height=HEIGHT)
            moves = True
    place.empty()
    return now


def stage(info: StudyInfo, *, told: bool) -> None:
    """Draw the study; while it is not at its end its pictures and progress follow it, and this part of the page is drawn anew
    when more of it changes.

    Args:
        info: where it stood when the rest of the page was drawn; once it ends, or starts anew, all of the page is drawn again.
        told: whether its tables were there then; once they come, all of the page is drawn again too.
    """
    st.fragment(_stage)(info.id, info.active, told)


def await_first_points(study_id: str) -> None:
    """Hold the page back where these are about to come."""
    deadline = time.monotonic() + PROMPT
    while time.monotonic() < deadline:
        look = read(jobs.get_store(), study_id)
        if (look.result is not None and look.result.records) or not _is_begun(look.info):
            return
        time.sleep(PROMPT / 20)


def _is_begun(info: StudyInfo) -> bool:
    """Whether a worker trains the study, or is free to."""
    return info.state == "running" or (
        info.state == "queued" and any(worker.study in (None, info.id) for worker in jobs.get_store().workers())
    )


def _stage(study_id: str, active: bool, told: bool) -> None:
    try:
        look = read(jobs.get_store(), study_id)
    except SeesawError as problem:
        st.warning(
            _("The study cannot be read right now: {problem}").format(problem=escape_markdown(problem)),
            icon=":material/cloud_off:",
        )
        # No study stands as this says, so that the first answer, whatever it tells, has this drawn anew.
        live_progress(study_id, 0.0, "", "unreadable", "progress")
        return
    if active != look.active or told != (look.result is not None):
        # The end (or a new start) changes the whole page, for results appear; and so do the first numbers.
        st.rerun()
    # Every part has a place of its own, so that one that comes or goes does not move the others to new nodes.
    with st.container(key="standing"):
        _standing(look)
    with st.container(key="commands"):
        if look.active:
            _buttons(look)
    with st.container(key="next"):
        if look.info.state == "paused":
            update.draw(look)
    with st.container(key="found"):
        if look.info.state != "failed":
            draw_tradeoff(look)
    with st.container(key="pictures"):
        pictures.draw(look)


def _standing(look: Reading) -> None:
    info = look.info
    draw_trouble(info)
    match info.state:
        case "queued" | "running" | "paused":
            live_progress(info.id, info.progress, progress_words(info), looks(look), "progress")
        case "failed":
            st.error(_("Training failed: {reason}").format(reason=escape_markdown(info.reason)), icon=":material/error:")
            st.caption(_("Change a setting and train again; or press Train as it is to start it anew."))
        case "stopped":
            words = _("Stopped at step {step:,} of {total:,}. Press Train to go on from there.")
            st.info(words.format(step=info.step, total=info.total), icon=":material/stop_circle:")
    if info.state not in ("failed", "queued") and info.reason:
        st.caption(escape_markdown(info.reason))
    _divergence(look)


def draw_trouble(info: StudyInfo) -> None:
    """Say why the study does not get on, where it does not."""
    problem = jobs.trouble(info)
    if problem is None:
        return
    words = _("Training does not get on: {problem}")
    if info.state == "queued" and not jobs.get_store().workers(jobs.ALIVE):
        words += " " + _("Start a worker with `python -m mtl_core.execution.worker`, or start the server again with `seesaw`.")
    st.warning(words.format(problem=escape_markdown(problem)), icon=":material/hourglass_disabled:")


def _buttons(look: Reading) -> None:
    info = look.info
    paused = info.state == "paused"
    with st.container(horizontal=True, gap="small", key="controls", vertical_alignment="center"):
        # One button for both: if one went and the other came, the next ones would slip from under the pointer.
        if paused:
            _command(_("Resume"), "resume", ":material/play_arrow:", info, place="toggle", shortcut="P")
        else:
            waits = info.state == "queued"
            _command(_("Pause"), "pause", ":material/pause:", info, place="toggle", shortcut="P", disabled=waits)
        _command(_("Step"), "step", ":material/skip_next:", info, place="step", shortcut="N", disabled=not paused)
        _command(_("Stop"), "stop", ":material/stop:", info, place="stop", shortcut="S")
        if look.result is not None and state.visitor().may_change(info):
            change = st.popover(
                _("Change while it trains"),
                icon=":material/tune:",
                type="tertiary",
                key=f"{state.LIVE}-open",
                on_change="rerun",
            )
            # What is not on screen is not drawn: it comes up with what the runs have when it is opened.
            if change.open:
                with change:
                    steering.popover(look)
            else:
                state.forget_controls(f"{state.LIVE}.{info.id}.rate")


def _command(title: str, name: str, icon: str, info: StudyInfo, *, place: str, shortcut: str, disabled: bool = False) -> None:
    mine = state.visitor().may_change(info)
    st.button(
        title,
        key=f"command-{place}",
        icon=icon,
        shortcut=shortcut,
        width=COMMAND_WIDTH,
        disabled=disabled or not mine,
        help=None if mine else not_yours(),
        on_click=steering.send,
        args=(info.id, name),
    )


def _divergence(look: Reading) -> None:
    if look.result is None:
        return
    lost = look.result.runs["diverged_step"].dropna()
    if len(lost):
        words = ngettext(
            "{count} run of {total} diverged: its loss stopped being a finite number at step {step}. It was frozen there and "
            "the others go on. A smaller learning rate or gradient clipping usually helps.",
            "{count} runs of {total} diverged: their losses stopped being finite numbers, the first at step {step}. They were "
            "frozen there and the others go on. A smaller learning rate or gradient clipping usually helps.",
            len(lost),
        )
        total = len(look.result.layout.runs)
        st.warning(words.format(count=len(lost), total=total, step=int(lost.min())), icon=":material/warning:")
