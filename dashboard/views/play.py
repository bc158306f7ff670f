"""Play: a finished trade-off first, then the controls that ask for another one, and training as it goes."""

import streamlit as st

from dashboard import draft as drafts
from dashboard import state
from dashboard.asking.panel import panel
from dashboard.asking.upload import settled, unfinished
from dashboard.reading import jobs
from dashboard.reading.cost import cost_words
from dashboard.reading.uploads import folder
from dashboard.reading.visitors import not_yours
from dashboard.showing import training
from dashboard.showing.headline import headline
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError, UnknownStudyError
from mtl_core.spec import Study
from mtl_core.store import StudyInfo

TRAIN = "train"  # the key of the button


def page() -> None:
    """Draw the page."""
    arrived, newcomer = state.turn_to("play"), state.selected_study() is None
    try:
        info = _on_screen()
    except UnknownStudyError:
        _stale_link()
        return
    except SeesawError as problem:
        st.error(
            _("The store cannot be used: {problem}").format(problem=escape_markdown(problem)), icon=":material/database_off:"
        )
        st.button(_("Try again"), icon=":material/refresh:")
        return
    pictures, controls = st.columns([2.15, 1], gap="large")

    def draw_pictures() -> None:
        with pictures:
            headline(info)
            now = training.first_sight(info) if newcomer else info
            # Success changes nothing that the form says; any other end does.
            training.stage(now if now.state == "finished" else info)

    def draw_controls() -> None:
        with controls:
            _controls(info, arrived)

    # A newcomer's pictures are still to come, and whoever pressed Train wants those of another study.
    controls_first = newcomer or st.session_state.get(TRAIN)
    for draw in (draw_controls, draw_pictures) if controls_first else (draw_pictures, draw_controls):
        draw()


def _on_screen() -> StudyInfo:
    asked = state.selected_study()
    if asked is None:
        asked = jobs.first_study(state.visitor())
        state.select_study(asked)
    return jobs.watch(asked)


def _stale_link() -> None:
    st.warning(
        _("This link leads to a study that this store does not have: it may have been deleted, or made on another machine."),
        icon=":material/link_off:",
    )
    st.button(_("Show the first study"), on_click=state.select_study, args=(None,), icon=":material/home:")


def _controls(info: StudyInfo, arrived: bool) -> None:
    store = jobs.get_store()
    uploads = folder(store)
    try:
        base = info.study
    except SeesawError as problem:
        # Its file is gone, or it was asked for with something this version does not have.
        st.info(escape_markdown(problem), icon=":material/info:")
        base = Study()
    with st.container(border=True, key="panel"):
        top = st.container()
        opened, refused = state.open_draft(base, uploads, arrived=arrived)
        for words in refused:
            st.warning(_("Part of the link was not understood: {words}").format(words=escape_markdown(words)))
        devices = list(dict.fromkeys(device for worker in store.workers() for device in worker.devices))
        draft = panel(opened, devices)
        study, why_not, to_do = None, "", unfinished(draft["suite"])
        try:
            study = None if to_do else drafts.to_study(settled(draft))
        except SeesawError as refusal:
            why_not = str(refusal)
        state.keep_draft(drafts.of_study(study) if study else draft, base, uploads)
        with top:
            _train(study, info)
            if to_do:
                st.caption(to_do)
            elif why_not:
                st.error(escape_markdown(why_not), icon=":material/block:")


def _train(study: Study | None, info: StudyInfo) -> None:
    unchanged = study is not None and jobs.get_store().find(study) == info.id
    going = unchanged and not jobs.may_start_again(info)
    others = unchanged and not going and not state.visitor().may_change(info)
    pressed = st.button(
        _("Train"),
        key=TRAIN,
        type="primary",
        icon=":material/play_arrow:",
        shortcut="Ctrl+Enter",
        width="stretch",
        disabled=study is None or going or others,
        help=not_yours() if others else None,
    )
    if study is None:
        return
    st.caption(cost_words(study, info if unchanged else None))
    if pressed:
        try:
            state.select_study(jobs.submit(study, state.visitor()))
        except SeesawError as refusal:
            st.error(escape_markdown(refusal), icon=":material/error:")
            return
        st.rerun()


page()
