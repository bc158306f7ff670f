"""Try: what do the trained networks say to a sentence, a drawing, a row of yours?"""

# ruff: noqa: N999 - a page is called what links call it

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.asking.trying import give
from dashboard.components.replies import replies
from dashboard.reading import trying
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.examples import together
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.showing.told import told
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError
from mtl_core.store import StudyInfo

# The most networks side by side.
MOST = 2


def choices(result: Result, **_more: bool) -> Selection:
    """Draw what is asked of whom."""
    tasks = [task.name for task in result.layout.tasks]
    known = trying.networks(result.layout)
    first = [name for name in (trying.ALONE, together(result.layout)) if name in known] or list(known)[:1]
    for_networks, for_tasks, for_seed = st.columns([2, 2, 0.6], gap="small")
    with for_networks:
        shown = choose(
            st.multiselect,
            _("Networks"),
            list(known),
            first,
            key=state.NETWORKS,
            format_func=_called,
            max_selections=MOST,
        )
    with for_tasks:
        state.keep_valid(state.TASKS, tasks)
        asked = st.multiselect(_("Tasks"), tasks, key=state.TASKS, placeholder=_("All tasks"), bind="query-params")
    seeds = [str(seed) for seed in result.study.seed_list]
    with for_seed:
        state.keep_valid(state.SEED, seeds)
        seed = st.selectbox(_("Seed"), seeds, index=None, placeholder=seeds[0], key=state.SEED, bind="query-params")
    chosen = tuple(task for task in tasks if task in asked) or tuple(tasks)
    return Selection(chosen, tuple(shown) or tuple(first), int(seed or seeds[0]))


def _called(name: str) -> str:
    return _("alone: a network a task") if name == trying.ALONE else name


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the form and the answers."""
    info = reading.info
    if info.state != "finished":
        st.info(
            _("Networks can be tried once their study is finished; meanwhile Play shows what they answer."),
            icon=":material/hourglass:",
        )
        return
    known = trying.networks(result.layout)
    seed = selection.seed if selection.seed is not None else result.study.seed_list[0]
    asked = [(name, known[name][seed]) for name in selection.labels if seed in known.get(name, {})]
    runs = list(dict.fromkeys(run for _name, members in asked for run in members))
    left, right = st.columns([1, 1.7], gap="large")
    try:
        with left, st.spinner(_("Looking at what the suite takes …")):
            taking = trying.intake(info)

        def look(number: int) -> dict[str, Any]:
            return dict(trying.attempt(trying.asked(info, runs[:1], [], {"example": number}))["given"])

        with left:
            given, to_do = give(taking, info.id, look)
        with right:
            if given is None:
                st.info(to_do, icon=":material/edit:")
                return
            _answers(info, asked, runs, selection.tasks, given, taking["tasks"])
    except SeesawError as problem:
        with right:
            st.warning(escape_markdown(problem), icon=":material/warning:")


def _answers(
    info: StudyInfo,
    asked: Sequence[tuple[str, Sequence[int]]],
    runs: Sequence[int],
    tasks: Sequence[str],
    given: dict[str, Any],
    suite_tasks: Sequence[dict[str, Any]],
) -> None:
    question = trying.asked(info, runs, tasks, given)
    if trying.is_known(question):
        answer = trying.attempt(question)
    else:
        place = st.empty()
        with place.container(), st.spinner(_("The networks answer …")):
            answer = trying.attempt(question)
        place.empty()
    places = {run: place for place, run in enumerate(runs)}
    named = [(_called(name), [places[run] for run in members]) for name, members in asked]
    replies(told(answer, named, suite_tasks), "replies")
    explain(*meaning("try"), key="try")


results_page.results_page(
    "try",
    _("Try"),
    _("What do the trained networks say to an input of yours?"),
    draw,
    choose=choices,
)
