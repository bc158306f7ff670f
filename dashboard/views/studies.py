"""Studies: everything that was asked for, how it stands, what can be done with it, and several side by side."""

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.reading import jobs
from dashboard.reading.gists import gists
from dashboard.reading.listing import SHEET, search, sheet, sheets, study_title, table, whole
from dashboard.reading.studies import forget
from dashboard.reading.visitors import not_yours
from dashboard.showing import beside, results_page
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.errors import SeesawError
from mtl_core.exporting import FORMATS, command, snippet
from mtl_core.store import NAME_LENGTH, StudyInfo

# Seconds between two looks at the list while something in it may change.
INTERVAL = 2.0


def draw() -> None:
    """Draw the page."""
    state.turn_to("studies")
    st.title(_("Studies"), anchor=False)
    st.caption(_("Everything that was asked for. Pick a row to open, rename, download or delete it; compare several below."))
    try:
        infos, damaged = jobs.get_store().survey()
    except SeesawError as problem:
        st.error(
            _("The store cannot be read: {problem}").format(problem=escape_markdown(problem)), icon=":material/database_off:"
        )
        st.button(_("Try again"), icon=":material/refresh:")
        return
    _damaged(damaged)
    if not infos:
        st.info(_("There is no study yet."), icon=":material/science:")
        st.page_link(results_page.VIEWS / "play.py", label=_("Train the first one"), icon=":material/play_circle:")
        return
    words = st.text_input(
        _("Find"),
        key=state.SEARCH,
        bind="query-params",
        placeholder=_("name, suite, task, sharing, method, state"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    state.selected_study()
    active = any(info.active for info in infos)
    st.fragment(_list, run_every=INTERVAL if active else None)(words or "", active)


def _damaged(found: dict[str, str]) -> None:
    """Studies whose row in the store cannot be read: what is wrong, and a way to be rid of them."""
    for study_id, problem in found.items():
        st.warning(escape_markdown(problem), icon=":material/broken_image:")
        words = _("Delete {id} for good").format(id=study_id)
        st.button(
            words,
            key=f"damaged-{study_id}",
            icon=":material/delete_forever:",
            on_click=_gone,
            args=(study_id,),
            disabled=not state.visitor().may_change_all,  # whose it was cannot be read
        )


def _list(words: str, active: bool) -> None:
    try:
        everything = jobs.get_store().list()
    except SeesawError as problem:
        st.warning(escape_markdown(problem), icon=":material/cloud_off:")
        return
    if any(info.active for info in everything) != active:
        st.rerun()
    later = _sheet(everything, words)
    beside.draw(everything)
    if later:
        st.rerun()  # no timer: each look reads more of them, and then all are known to everybody


def _sheet(everything: list[StudyInfo], words: str) -> bool:
    infos = search(everything, words)
    count = ngettext("{count} study", "{count} studies", len(infos)).format(count=len(infos))
    st.caption(count + (_(" of {all}").format(all=len(everything)) if len(infos) < len(everything) else ""))
    number = 1
    if len(infos) > SHEET:
        number = st.pagination(sheets(len(infos)), key=state.SHEET, bind="query-params")
    shown = sheet(infos, number)
    if not shown:
        st.info(_("No study has these words."), icon=":material/search_off:")
        return False
    picked, later = _table(shown, f"{words}-{number}")
    if picked is not None:
        _one(picked)
    return later


def _table(infos: list[StudyInfo], key: str) -> tuple[StudyInfo | None, bool]:
    """The study that was picked, and whether the results of some are still to be read."""
    results, later = gists(jobs.get_store(), infos)
    event = st.dataframe(
        table(infos, results),
        hide_index=True,
        height=min(38 + 35 * len(infos), 460),
        key=f"studies-{key}",
        on_select="rerun",
        selection_mode="single-row",
        alt=_("Studies, the newest first"),
        column_config={
            "name": st.column_config.TextColumn(_("name"), pinned=True, width=190),
            "result": st.column_config.TextColumn(
                _("result"), width=200, help=_("The mean over tasks of the change against each alone, up is better.")
            ),
            "created": st.column_config.DatetimeColumn(_("created"), format="distance", width=110),
            "steps": st.column_config.NumberColumn(_("steps"), width=60),
            "seeds": st.column_config.NumberColumn(_("seeds"), width=55),
            "methods": st.column_config.TextColumn(_("methods"), width=130),
            "strategies": st.column_config.TextColumn(_("sharing"), width=100),
            "tasks": st.column_config.NumberColumn(_("tasks"), width=50),
            "other": st.column_config.TextColumn(_("other settings"), width=190, help=_("What differs from the defaults.")),
            "state": st.column_config.TextColumn(_("state"), width=90),
            "progress": st.column_config.ProgressColumn(_("progress"), min_value=0, max_value=100, format="%.0f %%"),
            "suite": _("suite"),
            "id": _("id"),
        },
    )
    rows = event.selection.rows
    if rows and rows[0] < len(infos):
        return infos[rows[0]], later
    current = st.session_state.get(state.STUDY)
    return next((info for info in infos if info.id == current), None), later


def _one(info: StudyInfo) -> None:
    """What can be done with the study that was picked."""
    mine = state.visitor().may_change(info)
    why_not = None if mine else not_yours()
    with st.container(border=True, key="picked"):
        st.markdown(f"**{escape_markdown(study_title(info))}**  ·  {info.id}")
        _facts(info)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if st.button(_("Open"), key="open", type="primary", icon=":material/open_in_new:"):
                state.select_study(info.id)
                st.switch_page(results_page.VIEWS / "play.py")
            with st.popover(_("Rename"), icon=":material/edit:", disabled=not mine, help=why_not):
                _rename(info)
            with st.popover(_("Download"), icon=":material/download:"):
                _download(info)
            with st.popover(_("Delete"), icon=":material/delete:", disabled=not mine, help=why_not):
                _delete(info)
                _delete_models(info)
        _remake(info)


def _facts(info: StudyInfo) -> None:
    parts = [", ".join(escape_markdown(task) for task in info.spec["tasks"]), results_page.ago(info.created)]
    if info.seconds:
        parts.append(_("trained for {seconds:.1f} s").format(seconds=info.seconds))
    if info.device:
        parts.append(escape_markdown(info.device))
    if info.altered:
        parts.append(_("changed by hand while it trained"))
    if size := _model_size(info):
        parts.append(_("trained parameters: {size:.1f} MB").format(size=size / 1e6))
    st.caption("  ·  ".join(parts))
    if info.reason:
        show = st.error if info.state == "failed" else st.info
        show(escape_markdown(info.reason))


def _rename(info: StudyInfo) -> None:
    with st.form(f"rename-{info.id}", border=False):
        name = st.text_input(_("Name"), value=info.name, max_chars=NAME_LENGTH, key=f"name-{info.id}")
        if st.form_submit_button(_("Save name")):
            try:
                jobs.rename(info.id, name, state.visitor())
            except SeesawError as problem:
                st.error(escape_markdown(problem))
                return
            st.rerun()


def _download(info: StudyInfo) -> None:
    st.caption(_("All tables, the study as JSON, and how to make it again, in one ZIP file."))
    for form in FORMATS:
        st.download_button(
            {"csv": "CSV", "parquet": "Parquet"}.get(form, form),
            data=partial(whole, info.id, form),
            file_name=f"seesaw-{info.id}-{form}.zip",
            mime="application/zip",
            key=f"archive-{form}",
            icon=":material/folder_zip:",
            on_click="ignore",
            width="stretch",
        )


def _remake(info: StudyInfo) -> None:
    with st.expander(_("Make this study again"), icon=":material/terminal:", key="remake"):
        try:
            study = info.study
        except SeesawError as problem:
            st.info(escape_markdown(problem), icon=":material/info:")
            return
        st.caption(_("In a shell:"))
        st.code(command(study), language="bash", wrap_lines=True)
        st.caption(_("In Python:"))
        st.code(snippet(study), language="python", wrap_lines=True)
        if info.state == "finished" and _model_size(info):
            results_page.network(study, info.id)


def _delete(info: StudyInfo) -> None:
    # A popover, not a dialog: the timer's next look at the list would close a dialog under the visitor's hands.
    st.markdown(_("Its runs, curves and checkpoint are removed for good. It can be trained again from its command."))
    words, icon = _("Delete for good"), ":material/delete_forever:"
    if st.button(words, key="delete-for-good", type="primary", icon=icon, on_click=_gone, args=(info.id,)):
        st.rerun()


def _delete_models(info: StudyInfo) -> None:
    size = _model_size(info)
    if not size:
        return
    st.markdown(_("Or only its trained parameters ({size:.1f} MB): tables and pictures stay.").format(size=size / 1e6))
    st.button(_("Delete parameters"), key="delete-models", icon=":material/memory:", on_click=_models_gone, args=(info.id,))


def _model_size(info: StudyInfo) -> int:
    return jobs.get_store().model_sizes().get(info.id, 0)


def _models_gone(study_id: str) -> None:
    try:
        jobs.delete_models(study_id, state.visitor())
    except SeesawError as problem:
        st.toast(escape_markdown(problem), icon=":material/error:")


def _gone(study_id: str) -> None:
    try:
        jobs.delete(study_id, state.visitor())
    except SeesawError as problem:
        st.toast(escape_markdown(problem), icon=":material/error:")
        return
    forget(study_id)
    state.compare_studies([kept for kept in state.studies_beside() if kept != study_id])
    if st.session_state.get(state.STUDY) == study_id:
        state.select_study(None)


draw()
