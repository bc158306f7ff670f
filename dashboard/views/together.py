"""Together: which tasks should share a network, what that gains, and what cheaper ways to find out would have cost."""

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.components import groups
from dashboard.components.groups import checked
from dashboard.figures.palette import task_style
from dashboard.reading.cost import cost_words
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.decision import draw_decision
from dashboard.showing.together_choices import Asked, choices, everything
from dashboard.showing.together_pictures import (
    MOST_TASKS,
    chosen_sets,
    draw_affinity,
    draw_budget,
    draw_lattice,
    draw_predicted,
    drawn_sets,
)
from dashboard.showing.together_tables import answers_table, rules_table
from dashboard.state import Selection
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.predictors import PREDICTORS, ranks_agree
from mtl_core.diagnostics.together_told import caveats, on_groups, on_together
from mtl_core.errors import SeesawError, SpecError
from mtl_core.spec import Study, plan
from mtl_core.spec.weightings import PAIRS, SUBSETS

# What Play is offered with where a study has no sets of tasks: the most that the limit on runs allows.
OFFERED = (SUBSETS, f"{SUBSETS}:3", PAIRS)


def draw(reading: Reading, result: Result, selection: Selection) -> None:  # noqa: ARG001 - as results pages draw
    """Draw the page's answer, pictures and tables."""
    reference.draw_phases(result)
    answer = st.container()
    known = result.gains
    if not any(len(members) > 1 for members in known.sets):
        _offer(result)
        results_page.remake(result)
        return
    wanted = choices(result)
    asked = wanted.of(result)
    with answer:
        draw_decision(reading, lambda: on_together(asked, wanted.budget, wanted.measure, partition=wanted.partition))
        for remark in caveats(result, asked) if not reading.active else ():
            st.caption(":material/info: " + remark.told(_, ngettext, escape_markdown))
    if len(asked.found.tasks) > 2 and len(asked.found.sets) <= len(asked.found.tasks) + 1:
        _offer(result)
    answers_table(result, wanted)
    _lattice(reading, result, wanted)
    kind = _affinities(reading, result, wanted)
    results_page.heading(_("Value against budget"), "budget")
    results_page.follow(reading, "budget", draw_budget, **wanted.choices, kind=kind)
    rules_table(result, wanted)
    _own_groups(reading, result, wanted)
    results_page.remake(result)


def _offer(result: Result) -> None:
    """Say that sets of tasks are missing, and lead to where they are trained."""
    words = _(
        "This study has not trained sets of its tasks: which of them should share a network is not known. Train a network for "
        "every set and this page says it."
    )
    found = _offered(result.study)
    cost = f" {cost_words(found, None)}" if found is not None else ""
    st.info(words + escape_markdown(cost), icon=":material/hub:")
    if found is not None and st.button(_("Play with all these sets"), key="offer-sets", icon=":material/play_circle:"):
        st.switch_page(results_page.VIEWS / "play.py", query_params=state.offer_draft(weights=found.weights))


def _offered(study: Study) -> Study | None:
    """The study with as many sets of tasks as are allowed; with two tasks their one set, equal weights."""
    for weights in OFFERED:
        try:
            changed = replace(study, weights=weights)
            plan(changed)
        except SeesawError:
            continue
        return changed
    return None


def _lattice(reading: Reading, result: Result, wanted: Asked) -> None:
    results_page.heading(_("Every set of tasks"), "lattice")
    asked = wanted.of(result)
    results_page.follow(reading, "lattice", draw_lattice, **wanted.choices)
    if len(asked.found.tasks) > MOST_TASKS:
        shown = drawn_sets(asked, chosen_sets(asked, wanted.budget, partition=wanted.partition))
        words = _("{shown} of {all} sets are drawn: the best on validation, the tasks alone, and what was chosen.")
        st.caption(words.format(shown=len(shown), all=len(asked.found.sets)))


def _affinities(reading: Reading, result: Result, wanted: Asked) -> str | None:
    """The matrix and what it predicts; gives the affinity that is switched on."""
    asked = wanted.of(result)
    known = list(asked.affinities)
    if not known:
        return None
    st.subheader(_("Could it be known beforehand?"), anchor=False)
    kind = str(
        choose(
            st.segmented_control,
            _("Affinity"),
            known,
            known[0],
            required=True,
            key=state.AFFINITY,
            format_func=lambda name: _(PREDICTORS[name].title),
        )
    )
    with st.grid(2, gap="medium", min_column_width=380):
        with st.container():
            results_page.heading(_("Who helps whom"), "affinity")
            results_page.follow(reading, "affinity", draw_affinity, strategy=wanted.strategy, kind=kind)
        with st.container():
            results_page.heading(_("Predicted and real gains"), "predicted")
            results_page.follow(reading, "predicted", draw_predicted, strategy=wanted.strategy, kind=kind)
            rho = ranks_agree(asked.predictions[kind], asked.found.mean("test"))
            told = ", ".join(
                f"{escape_markdown(task)} {signed_rank(value)}" for task, value in zip(asked.found.tasks, rho, strict=True)
            )
            st.caption(_("Spearman's rank correlation over sets, a task: {values}.").format(values=told))
    return kind


def signed_rank(value: float) -> str:
    """A correlation with its sign."""
    return f"{value:+.2f}".replace("-", "−") if np.isfinite(value) else "–"


def _own_groups(reading: Reading, result: Result, wanted: Asked) -> None:
    """Tasks under the visitor's hand, and what their groups gain."""
    results_page.heading(_("Your own groups"), "own-groups")
    asked = wanted.of(result)
    tasks = asked.found.tasks
    begun = [0] * len(tasks) if asked.one() is not None else list(range(len(tasks)))
    given = _from_link(len(tasks)) or begun

    def moved(value: list[int]) -> None:
        st.query_params[state.OWN_GROUPS] = ",".join(str(number + 1) for number in value)

    colors = [task_style(place).color for place in range(len(tasks))]
    members = [[task for task, number in enumerate(given) if number == group] for group in sorted(set(given))]
    with st.container(key="decision-own"):
        groups(tasks, colors, given, f"own-groups-{reading.info.id}", moved)
        try:
            told = on_groups(asked, asked.own(members), partition=wanted.partition)
        except SpecError as problem:
            st.caption(":material/info: " + escape_markdown(problem))
            return
        said = [remark.told(_, ngettext, escape_markdown) for remark in told]
        st.markdown(" ".join([f"**{said[0]}**", *said[1:]]))


def _from_link(tasks: int) -> list[int] | None:
    """In which network each task is as the address has it, if it is of as many tasks."""
    parts = str(st.query_params.get(state.OWN_GROUPS, "")).split(",")
    return checked([int(part) - 1 for part in parts if part.strip().isdecimal()], tasks) if len(parts) == tasks else None


results_page.results_page(
    "together",
    _("Together"),
    _("Which tasks should share a network, and how much better is that than one network for all?"),
    draw,
    choose=everything,
)
