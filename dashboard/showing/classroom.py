"""A lesson in a class: students hand predictions in and wait; the teacher sees all of them, without names, and uncovers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import state
from dashboard.attending import attended, member
from dashboard.components import live_plot
from dashboard.figures import frame
from dashboard.figures.class_answers import Scale, Truth, curves, dots
from dashboard.figures.class_choices import pairs, stacked
from dashboard.learned import Learned
from dashboard.lessons import Answer, Bins, Lesson, Marks
from dashboard.reading import jobs
from dashboard.reading.lessons import Standing, standing, train_again
from dashboard.reading.load import CLASSES
from dashboard.words import N_, _, escape_markdown, ngettext
from mtl_core.errors import SeesawError
from mtl_core.store.classes import UNUSED, Vote, VoteState

_OPENED, _RECEIPT = "class_opened", "class_receipt"

_RECEIPTS = {
    "late": N_("The vote was closed before your answer came: it does not count."),
    "full": N_("This class has as many answers as it may; ask the teacher to clear it."),
    "unknown": N_("There is no such class any more; ask the teacher to open the lesson again."),
}

_STATES: dict[VoteState, str] = {
    "open": N_("The vote is open."),
    "closed": N_("The vote is closed."),
    "uncovered": N_("The vote is over."),
}


@dataclass(frozen=True)
class Room:
    """A class at a lesson, as it stood when the page was drawn.

    Args:
        name: of the class.
        lesson: the lesson's name.
        is_teacher: whether the reader is the teacher.
        vote: how it stood.
        mine: what the reader handed in; None for nothing that fits the lesson.
    """

    name: str
    lesson: str
    is_teacher: bool
    vote: Vote
    mine: list[int] | None

    @property
    def uncovered(self) -> bool:
        """Whether all may see what came out."""
        return self.vote.state == "uncovered"


class _Now(NamedTuple):
    """A class at a lesson as it stands: the vote, the lesson's studies, what the student handed in, and for the teacher all."""

    vote: Vote
    found: Standing
    kept: dict[str, Any] | None
    given: list[dict[str, Any]]


def greet() -> None:
    """Say over the list of lessons which class the reader attends, and what to do there."""
    if (name := attended()) is None:
        return
    words = (
        _("You teach class {name}: open a lesson, and give the class its link, which is under Share.")
        if state.visitor().is_teacher
        else _("You are in class {name}: in each lesson, hand in what you expect.")
    )
    st.info(words.format(name=f"**{escape_markdown(name)}**"), icon=":material/groups:")


def enter(lesson: str, asked: Marks | Bins) -> Room | None:
    """The class that the reader attends at a lesson; None for none, and in words where the link's class is not there.

    Raises:
        SpecError: the teacher opens one more class than a store may have.
        StoreError: the store cannot be used.
    """
    name = attended()
    if name is None:
        return None
    store, is_teacher = jobs.get_store(), state.visitor().is_teacher
    if is_teacher and st.session_state.get(_OPENED) != name:
        store.open_class(name)
        st.session_state[_OPENED] = name
    vote = store.vote(name, lesson)
    if vote is None:
        words = _("There is no class {name} here. Look again at the link, or ask the teacher to open it first.")
        st.warning(words.format(name=f"**{escape_markdown(name)}**"), icon=":material/group_off:")
        return None
    who = member(name)
    return Room(name, lesson, is_teacher, vote, _said(asked, store.answer_of(name, lesson, who) if who else None))


def attend(room: Room, lesson: Lesson, asked: Marks | Bins, known: Learned) -> None:
    """Draw what a student does with a prediction; once the teacher uncovers, the page is drawn anew."""
    every = CLASSES.interval()
    with st.container(border=True, key="class"):
        st.fragment(_attend, run_every=every)(room, lesson, asked, known, every)


def lead(room: Room, lesson: Lesson, asked: Marks | Bins, answer: Answer | None) -> None:
    """Draw what the teacher sees and does.

    Args:
        room: the class.
        lesson: the lesson.
        asked: what it asks for.
        answer: what came out; None while it is covered.
    """
    every = CLASSES.interval()
    with st.container(border=True, key="class"):
        st.fragment(_lead, run_every=every)(room, lesson, asked, answer, every)


def _attend(room: Room, lesson: Lesson, asked: Marks | Bins, known: Learned, every: float) -> None:
    began = time.thread_time()
    now = _now(room, lesson)
    if now is None:
        return
    vote, mine, found = now.vote, _said(asked, now.kept), now.found
    if vote.state == "uncovered" and found.ready:
        st.rerun()
    said = asked.check(known.said)
    _head(room, vote)
    if vote.state == "open":
        st.button(
            _("Hand in") if mine is None else _("Hand in the change"),
            key=f"hand-in-{room.lesson}",
            type="primary",
            icon=":material/how_to_vote:",
            disabled=said is None or said == mine,
            help=_("First say what you expect.") if said is None else _("It is kept without a name."),
            on_click=partial(_hand_in, room, said),
        )
    if problem := st.session_state.pop(_RECEIPT, ""):
        st.warning(problem, icon=":material/error:")
    if mine is not None:
        st.markdown(":material/check: " + _("Your answer counts."))
        if vote.state == "open":
            st.caption(_("You can change it while the vote is open."))
    elif vote.state != "open":
        st.caption(_("You handed nothing in."))
    if vote.state == "uncovered":
        st.progress(found.progress, _("The networks of this lesson are still being trained."))
    else:
        st.caption(_("What came out stays covered until the teacher uncovers it."))
    _pace(every, time.thread_time() - began)


def _hand_in(room: Room, said: list[int] | None) -> None:
    who = member(room.name)
    if said is None:
        return
    if not who:
        words = _("A browser that keeps cookies was expected, found one without; allow cookies for this address and reload.")
        st.session_state[_RECEIPT] = words
        return
    try:
        receipt = jobs.get_store().hand_in(room.name, room.lesson, who, {"answer": said})
    except SeesawError as problem:
        st.session_state[_RECEIPT] = escape_markdown(problem)
        return
    if receipt in _RECEIPTS:
        st.session_state[_RECEIPT] = _(_RECEIPTS[receipt])


def _lead(room: Room, lesson: Lesson, asked: Marks | Bins, answer: Answer | None, every: float) -> None:
    began = time.thread_time()
    now = _now(room, lesson)
    if now is None:
        return
    vote, found = now.vote, now.found
    if (vote.state == "uncovered" and found.ready) != (answer is not None):
        st.rerun()
    _head(room, vote)
    with st.container(horizontal=True, vertical_alignment="center"):
        if vote.state == "open":
            _step(room, "closed", _("Close the vote"), ":material/lock:")
        else:
            _step(room, "open", _("Open it again"), ":material/lock_open:")
        if vote.state != "uncovered":
            _step(room, "uncovered", _("Uncover for all"), ":material/visibility:", ready=found.ready)
        with st.popover(_("Clear the class"), icon=":material/delete:", type="tertiary", key="class-clear"):
            st.markdown(_("All answers and votes of this class, of every lesson, are removed for good."))
            words = _("They go by themselves {days} days after a teacher last opened the class.")
            st.caption(words.format(days=round(UNUSED / 86_400)))
            words = _("Clear for good")
            st.button(words, key="class-clear-for-good", type="primary", on_click=partial(_clear, room.name))
        shown = answer is not None or st.toggle(
            _("Show the answers"), True, key="class-shown", help=_("Who sees what others say says it too.")
        )
    if problem := st.session_state.pop(_RECEIPT, ""):
        st.warning(problem, icon=":material/error:")
    if found.problem:
        words = _("What this lesson trains came to no end: {problem}")
        st.error(words.format(problem=escape_markdown(found.problem)), icon=":material/error:")
        st.button(_("Try again"), icon=":material/refresh:", on_click=train_again, args=(lesson,))
    elif not found.ready:
        st.progress(found.progress, _("The networks of this lesson are being trained while the class thinks."))
    if shown:
        given = [_said(asked, each) for each in now.given]
        picture = draw_answers(asked, [each for each in given if each is not None], answer)
        live_plot(picture, f"plot-class-{room.lesson}", int(picture.layout.height), frame.alt(picture))
    _pace(every, time.thread_time() - began)


def draw_answers(asked: Marks | Bins, said: Sequence[Sequence[int]], answer: Answer | None) -> go.Figure:
    """The predictions of a class in the axes in which they were asked for, with what came out once it is uncovered."""
    truth = None if answer is None else np.array(answer.values, dtype=np.float64)
    if isinstance(asked, Bins):
        return pairs(asked.items, np.array(said, dtype=np.float64).reshape(-1, len(asked.items)), truth)
    values = np.array([[asked.value(step) for step in each] for each in said], dtype=np.float64).reshape(-1, len(asked.rows))
    came = None
    if truth is not None and answer is not None:
        ends = (np.array(side, dtype=np.float64) if side else truth for side in (answer.low, answer.high))
        came = Truth(truth, *ends)
    if asked.stops and not asked.upright:
        return stacked(asked.rows, values, asked.stops, came)
    named = [(asked.value(step), asked.told(asked.value(step))) for step in asked.ticks()]
    scale = Scale(asked.axis, asked.value(0), asked.value(asked.steps), named)
    return curves(asked.rows, values, scale, asked.across, came) if asked.upright else dots(asked.rows, values, scale, came)


def _head(room: Room, vote: Vote) -> None:
    counted = ngettext("{count} has answered.", "{count} have answered.", vote.answers).format(count=vote.answers)
    named = _("Class {name}").format(name=f"**{escape_markdown(room.name)}**")
    st.markdown(f":material/groups: {named} · {_(_STATES[vote.state])} **{counted}**")


def _step(room: Room, to: VoteState, words: str, icon: str, *, ready: bool = True) -> None:
    st.button(words, key=f"class-{to}", icon=icon, disabled=not ready, on_click=partial(_set, room, to))


def _set(room: Room, to: VoteState) -> None:
    if not state.visitor().is_teacher:  # the key may be another one since
        return
    try:
        jobs.get_store().set_vote(room.name, room.lesson, to)
    except SeesawError as problem:
        st.session_state[_RECEIPT] = escape_markdown(problem)


def _clear(name: str) -> None:
    if not state.visitor().is_teacher:
        return
    try:
        jobs.get_store().clear_class(name)
    except SeesawError as problem:
        st.session_state[_RECEIPT] = escape_markdown(problem)


def _now(room: Room, lesson: Lesson) -> _Now | None:
    """How all stands now; None, in words, where it cannot be read."""
    try:
        store, who = jobs.get_store(), member(room.name)
        vote, found = store.vote(room.name, room.lesson), standing(lesson)
        kept = store.answer_of(room.name, room.lesson, who) if who and not room.is_teacher else None
        given = store.answers(room.name, room.lesson) if room.is_teacher else []
    except SeesawError as problem:
        st.warning(escape_markdown(problem), icon=":material/cloud_off:")
        return None
    if vote is None:
        st.warning(_(_RECEIPTS["unknown"]), icon=":material/group_off:")
        return None
    return _Now(vote, found, kept, given)


def _said(asked: Marks | Bins, kept: dict[str, Any] | None) -> list[int] | None:
    """An answer as the store has it, where it fits what the lesson asks for today."""
    return None if kept is None else asked.check(kept.get("answer"))


def _pace(every: float, seconds: float) -> None:
    """Note what a look at the class cost; where many look, all of them look less often."""
    CLASSES.note(state.session(), seconds)
    if not every / 2 < CLASSES.interval() < 2 * every:
        st.rerun()  # a timer keeps its pace until the page is drawn anew
