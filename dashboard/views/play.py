"""Play: a finished trade-off first, then the controls that ask for another one, and training as it goes."""

import streamlit as st

from dashboard import draft as drafts
from dashboard import state
from dashboard.asking.panel import fitted, panel
from dashboard.asking.upload import settled, unfinished
from dashboard.components import stacked
from dashboard.reading import jobs, presets
from dashboard.reading.cost import cost_words
from dashboard.reading.uploads import folder
from dashboard.reading.visitors import not_yours
from dashboard.showing import examples, training
from dashboard.showing.headline import headline
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError, UnknownStudyError
from mtl_core.spec import Study
from mtl_core.store import StudyInfo

TRAIN = "train"  # the key of the button

# The form comes first in the document, so that the keyboard meets it first, and stands at the right.
_ORDER = """<style>
.st-key-play-page > div > [data-testid="stHorizontalBlock"] { flex-direction: row-reverse }
</style>"""


def page() -> None:
    """Draw the page."""
    arrived, newcomer = state.turn_to("play"), state.selected_study() is None
    preset = state.settings_asked() if newcomer else {}
    try:
        info = _asked_for(preset) if preset else _on_screen()
    except UnknownStudyError:
        _stale_link()
        return
    except SeesawError as problem:
        st.error(
            _("The store cannot be used: {problem}").format(problem=escape_markdown(problem)), icon=":material/database_off:"
        )
        st.button(_("Try again"), icon=":material/refresh:")
        return
    st.html(_ORDER)
    stacked("play-page", "panel")
    with st.container(key="play-page"):
        controls, pictures = st.columns([1, 2.15], gap="large")

    def draw_pictures() -> None:
        with pictures:
            if info is None:
                _untrained()
                return
            headline(info)
            now = training.first_sight(info) if newcomer and not preset else info
            training.await_first_points(now.id)
            told = examples.draw(now)
            # Success changes nothing that the form says; any other end does.
            training.stage(now if now.state == "finished" else info, told=told)

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


def _asked_for(preset: dict[str, str]) -> StudyInfo | None:
    """The study that a link's settings ask for; None where it is yet to be trained."""
    found = presets.study_of(preset, state.visitor())
    if found is None:
        return None
    state.select_study(found)
    return jobs.watch(found)


def _untrained() -> None:
    st.title(_("Not trained yet"), anchor=False)
    words = _("Nobody has trained the study of this link here. Its settings are in the form: press Train to see it learn.")
    st.info(words, icon=":material/link:")


def _stale_link() -> None:
    st.warning(
        _("This link leads to a study that this store does not have: it may have been deleted, or made on another machine."),
        icon=":material/link_off:",
    )
    st.button(_("Show the first study"), on_click=state.select_study, args=(None,), icon=":material/home:")


def _controls(info: StudyInfo | None, arrived: bool) -> None:
    store = jobs.get_store()
    uploads = folder(store)
    try:
        base = info.study if info else Study()
    except SeesawError as problem:
        # Its file is gone, or it was asked for with something this version does not have.
        st.info(escape_markdown(problem), icon=":material/info:")
        base = Study()
    top = st.container(key="to-train")
    with st.container(border=True, key="panel"):
        opened, refused = state.open_draft(base, uploads, arrived=arrived)
        for words in refused:
            st.warning(_("Part of the link was not understood: {words}").format(words=escape_markdown(words)))
        devices = list(dict.fromkeys(device for worker in store.workers() for device in worker.devices))
        draft = panel(opened, devices)
        study, why_not, to_do = None, "", unfinished(draft["suite"])
        try:
            if not to_do:
                known = settled(draft)
                if (usual := fitted(known, draft)) is not known and usual != known:
                    # Only now is it known how many rows there are to train from.
                    state.keep_draft(usual, base, uploads)
                    st.rerun()
                study = drafts.to_study(known)
        except SeesawError as refusal:
            why_not = str(refusal)
        state.keep_draft(drafts.of_study(study) if study else draft, base, uploads)
        with top:
            _train(study, info)
            if to_do:
                st.caption(to_do)
            elif why_not:
                st.error(escape_markdown(why_not), icon=":material/block:")


def _train(study: Study | None, info: StudyInfo | None) -> None:
    shown = info if info and study is not None and jobs.get_store().find(study) == info.id else None
    going = shown is not None and not jobs.may_start_again(shown)
    others = shown is not None and not going and not state.visitor().may_change(shown)
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
    # Where many press at the same time, what another study would cost is not worth the wait.
    refusal = ""
    if pressed:
        try:
            state.select_study(jobs.submit(study, state.visitor()))
        except SeesawError as problem:
            refusal = escape_markdown(problem)
        else:
            st.rerun()
    st.caption(cost_words(study, shown))
    if refusal:
        st.error(refusal, icon=":material/error:")


page()
