"""Landscape: where does each method go, on land that can be seen whole?"""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking import landscape_form, walking
from dashboard.asking.links import choose
from dashboard.components import allow_interruptions, live_plot, stacked
from dashboard.figures import frame
from dashboard.figures.landscape import landscape
from dashboard.figures.landscape_ground import CHOICES, SUM
from dashboard.showing import results_page
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError, SpecError
from mtl_core.spec import OPTIMIZERS
from mtl_core.spec.landscapes import PROBLEMS, ProblemEntry, Walk

# Nearer than this to the Pareto set counts as there; every window is three wide or more.
REACHED = 0.05

# Pixels of the picture: all of it, with Play, is on a first screen of 1280 x 720.
HEIGHT = 530


def draw() -> None:
    """Draw the page."""
    state.turn_to("landscape")
    st.title(_("Landscape"), anchor=False)
    st.caption(_("Two losses of a few numbers: where does each method go, and where does it get stuck?"))
    stacked("landscape-page", "walk-settings")
    with st.container(key="landscape-page"):
        controls, pictures = st.columns([1, 2.7], gap="medium")
    place = pictures.empty()
    with controls:
        entry, walk, walked, ground, arrows = _ask()
    if walk is None:
        return
    try:
        if landscape_form.is_known(walk):
            picture = landscape_form.picture(walk)
        else:
            # What was here answers other settings.
            with place.container(), st.spinner(_("Walking {steps:,} steps …").format(steps=walk.steps)):
                st.skeleton(height=HEIGHT)
                picture = landscape_form.picture(walk)
    except SeesawError as problem:
        with place.container():
            st.error(escape_markdown(problem), icon=":material/error:")
            st.button(_("Try again"), icon=":material/refresh:")
        return
    with place.container():
        _picture(entry, walk, picture, ground, arrows if walked else None, walked=walked)
        if walked:
            _ends(walk, picture)
        _sources(entry, walk)


def _ask() -> tuple[ProblemEntry, Walk | None, bool, list[str], str | None]:
    """The controls, and what they ask for; no walk where that cannot be done, after saying why. Then whether anybody walks,
    which losses have contours, and whose arrows are drawn."""
    problem = choose(
        st.selectbox,
        _("Landscape"),
        list(PROBLEMS),
        next(iter(PROBLEMS)),
        key=state.LAND,
        format_func=lambda name: _(PROBLEMS[name].title),
        on_change=_elsewhere,
    )
    entry = PROBLEMS[problem]
    methods = choose(
        st.multiselect,
        _("Methods"),
        landscape_form.selectable(),
        list(landscape_form.METHODS_AT_FIRST),
        key=state.WALKERS,
        max_selections=landscape_form.MOST_METHODS,
    )
    st.caption(_(entry.summary))
    with st.container(key="walk-settings"):
        view = st.container(horizontal=True, vertical_alignment="bottom")
        text = _starts(entry)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            numbers = _settings(entry)
        try:
            starts = landscape_form.read_starts(text, entry)
            if not methods:
                raise SpecError(_("Choose a method to see where it goes."))
            # Without any start the land is still worth a look.
            walk = Walk(problem, methods, starts or landscape_form.quick(entry).starts[:1], **numbers)
        except SpecError as problem_found:
            st.info(escape_markdown(problem_found), icon=":material/info:")
            return entry, None, False, [], None
        with view:
            return entry, walk, bool(starts), *_view(walk)


def _elsewhere() -> None:
    """Another landscape has starts and settings of its own. A callback."""
    usual = landscape_form.quick(PROBLEMS[st.session_state[state.LAND]])
    walking.put_walk(
        starts=landscape_form.write_starts(usual.starts),
        scale=f"{usual.scale:g}",
        rate=f"{usual.learning_rate:g}",
        length=f"{usual.steps:g}",
        rule=usual.optimizer,
    )


def _starts(entry: ProblemEntry) -> str:
    text = st.text_input(
        _("Starts"),
        value=landscape_form.write_starts(landscape_form.quick(entry).starts),
        key=state.STARTS,
        bind="query-params",
        help=_("Two numbers each, semicolons between. A click in the picture adds one."),
        placeholder=_("Click in the picture, or type 1.5, -2; 0, 3"),
    )
    paper = entry.settings[0]
    with st.container(horizontal=True):
        st.button(
            _("The paper's starts"),
            icon=":material/article:",
            on_click=walking.put_starts,
            args=(landscape_form.write_starts(paper.starts),),
            help=entry.source,
        )
        st.button(_("Clear"), icon=":material/close:", on_click=walking.put_starts, args=("",))
    return str(text)


def _settings(entry: ProblemEntry) -> dict[str, Any]:
    usual = landscape_form.quick(entry)
    scale = _number(
        _("Scale of loss 1"), landscape_form.SCALES, usual.scale, state.SCALE, _("What the first loss is multiplied by.")
    )
    rate = _number(_("Learning rate"), landscape_form.RATES, usual.learning_rate, state.RATE, _("How far each step goes."))
    steps = _number(
        _("Steps"), landscape_form.STEPS, usual.steps, state.LENGTH, _("More steps take longer: about a second a thousand.")
    )
    rules = list(OPTIMIZERS)
    rule = choose(
        st.selectbox,
        _("Optimizer"),
        rules,
        usual.optimizer,
        key=state.RULE,
        format_func=lambda name: OPTIMIZERS[name].title,
        width=150,
    )
    return {"scale": scale, "steps": int(steps), "learning_rate": rate, "optimizer": rule}


def _number(label: str, choices: tuple[float, ...], usual: float, key: str, words: str) -> float:
    texts = {f"{number:g}": number for number in choices}
    state.keep_valid(key, list(texts), f"{usual:g}")
    chosen = st.selectbox(
        label, list(texts), index=list(texts).index(f"{usual:g}"), key=key, bind="query-params", help=words, width=125
    )
    return texts[str(chosen)]


def _view(walk: Walk) -> tuple[list[str], str | None]:
    """Which losses have contours, and whose arrows are drawn."""
    ground = st.segmented_control(
        _("Contours"),
        list(CHOICES),
        default=[SUM],
        selection_mode="multi",
        key=state.GROUND,
        bind="query-params",
    )
    nobody = _("nobody")
    options = [*walk.labels, nobody]
    state.keep_valid(state.ARROWS, options, options[0])
    arrows = st.selectbox(
        _("Arrows of"),
        options,
        index=0,
        key=state.ARROWS,
        bind="query-params",
        width=180,
        help=_("Where each task alone would go, and where the method goes, at the step of the slider."),
    )
    return list(ground), None if arrows == nobody else arrows


def _picture(
    entry: ProblemEntry, walk: Walk, picture: landscape_form.Arrays, ground: list[str], arrows: str | None, *, walked: bool
) -> None:
    made = landscape(picture, walk.labels, entry.axes, ground=ground, arrows=arrows, walked=walked, height=HEIGHT)
    live_plot(made, "plot-landscape", HEIGHT, frame.alt(made), on_click=_clicked)
    allow_interruptions()
    explain(*meaning("landscape"), key="landscape")


def _clicked(x: float, y: float) -> None:
    """Start where the plane was clicked."""
    walking.add_start(f"{x:g}, {y:g}")


def _ends(walk: Walk, picture: landscape_form.Arrays) -> None:
    st.subheader(_("Where they end"), anchor=False)
    table = ends(walk, picture)
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        key="landscape-table",
        alt=_("The last step of every trajectory"),
        column_config={
            "method": _("method"),
            "start": number(_("start"), help=_("Its place in the list of starts, from 1.")),
            "L1": number("L1", format="%.3f"),
            "L2": number("L2", format="%.3f"),
            "distance_to_front": number(_("distance to the Pareto set"), format="%.3f"),
            "on_front": st.column_config.CheckboxColumn(
                _("there"), help=_("Nearer than {reach:g} to the Pareto set.").format(reach=REACHED)
            ),
        },
    )
    results_page.downloads(table, "landscape")


def ends(walk: Walk, picture: landscape_form.Arrays) -> pd.DataFrame:
    """The last step of every trajectory."""
    starts, count = len(walk.starts), len(walk.labels)
    table = pd.DataFrame({"method": np.repeat(np.array(walk.labels, dtype=object), starts)})
    table["start"] = np.tile(np.arange(1, starts + 1), count)
    for place, name in enumerate(PROBLEMS[walk.problem].axes):
        table[name] = picture["path"][:, -1, place].astype(np.float64)
    for task in (0, 1):
        table[f"L{task + 1}"] = picture["losses"][:, -1, task].astype(np.float64)
    table["distance_to_front"] = picture["distance"][:, -1].astype(np.float64)
    return table.assign(on_front=table["distance_to_front"] < REACHED)


def _sources(entry: ProblemEntry, walk: Walk) -> None:
    with st.expander(_("Walk again"), icon=":material/terminal:", key="remake-landscape"):
        st.latex(entry.formula)
        if entry.source:
            st.caption(_("From {source}.").format(source=escape_markdown(entry.source)))
        st.code(landscape_form.snippet(walk), language="python", wrap_lines=True)


draw()
