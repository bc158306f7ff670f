"""Sharing: what tasks have in common in the models of each strategy, what that gains and what it costs."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.figures.matrices import Table, least_width
from dashboard.reading.drawings import Draw
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.decision import draw_decision
from dashboard.showing.inside import draw_inside
from dashboard.showing.sharing_pictures import (
    draw_shared,
    draw_sharing,
    draw_similarity,
    draw_structure,
    runs_of,
    shared_in,
    shared_tables,
    similarity_tables,
    structure_tables,
    structure_traces,
)
from dashboard.showing.sharing_table import among_all, costs_table, gains_table, title_of
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import on_sharing
from mtl_core.diagnostics.strategies import labels_of, usual_weighting, weightings
from mtl_core.diagnostics.structure import parts_of

# What Play is offered with where a study has nothing to compare.
OFFERED = ("hard", "cross_stitch", "mmoe")

# The most tables in a line.
EACH = 3


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's answer, pictures and table."""
    if not weightings(result.layout):
        st.info(_("This study trains each task alone: there is nothing that tasks could share."), icon=":material/info:")
        return
    reference.draw_phases(result)
    strategy, weighting = _choices(result)
    table = result.sharing_with(weighting)
    judged = among_all(result, table)
    draw_decision(reading, lambda: on_sharing(result, weighting))
    if {model.name for model in result.layout.models} == {"hard"}:
        _offer()
    runs = runs_of(result, strategy, weighting, selection.seed)
    chosen = {"strategy": strategy, "weighting": weighting, "seed": selection.seed}
    for draw_part in (_diagram, _structure, _similarity):
        draw_part(reading, result, runs, chosen)
    draw_inside(reading, result, runs)
    gains_table(result, judged)
    costs_table(table)
    results_page.remake(result)


def _choices(result: Result) -> tuple[str, str]:
    known, usual = list(weightings(result.layout)), usual_weighting(result.layout)
    with st.container(horizontal=True, vertical_alignment="top", key="sharing-choices"):
        state.keep_valid(state.WEIGHTING, known, usual)
        weighting = st.selectbox(
            _("Trained with"),
            known,
            index=known.index(usual),
            key=state.WEIGHTING,
            bind="query-params",
            width=220,
            help=_("The method or fixed weights of the runs that are compared here."),
        )
        names = list(labels_of(result.layout, str(weighting)))
        # What moves in training is seen first.
        moves = [
            name for name in names if any(parts_of(trace.name)[0] == "usage" for trace in result.layout.model(name).traces)
        ]
        first = next(iter([*moves, *(name for name in names if name != "hard"), *names]))
        state.keep_valid(state.STRATEGY, names, first)
        strategy = st.selectbox(
            _("Picture of"),
            names,
            index=names.index(first),
            key=state.STRATEGY,
            bind="query-params",
            width=300,
            help=_("Whose model is drawn below; the table has all."),
        )
    return str(strategy), str(weighting)


def _offer() -> None:
    st.info(
        _(
            "This study has hard sharing alone: one trunk for all tasks. With other strategies beside it you would see which "
            "tasks come to share what, stage by stage, and whether that gains anything for its cost."
        ),
        icon=":material/account_tree:",
    )
    words = _("Play with {names}").format(names=", ".join(OFFERED))
    if st.button(words, key="offer-strategies", icon=":material/play_circle:"):
        st.switch_page(results_page.VIEWS / "play.py", query_params=state.offer_draft(strategies=list(OFFERED)))


def _diagram(reading: Reading, result: Result, runs: list[int], chosen: dict[str, Any]) -> None:
    found, strategy, seed = shared_in(result, runs), chosen["strategy"], chosen["seed"]
    results_page.heading(_("What is shared"), "sharing")
    whose = _("mean over seeds") if seed is None else _("seed {seed}").format(seed=seed)
    words = f"**{escape_markdown(strategy)}** · {title_of(result, strategy)} · {whose}"
    st.caption(words + (" · " + _("fixed: nothing of it moves in training") if found.fixed else ""))
    if seed is None and not found.fixed and len(result.study.seed_list) > 1:
        st.caption(_("Seeds may give modules other parts to play; choose one above to see a single model."))
    results_page.follow(reading, "sharing", draw_sharing, **chosen, still=reading.active)
    if found.rows and len(found.tasks) > 1:
        results_page.heading(_("In numbers"), "shared")
        _matrices(reading, shared_tables(result, runs), "shared", draw_shared, **chosen)


def _matrices(reading: Reading, tables: list[Table], key: str, draw: Draw, **chosen: Any) -> None:
    """Tables side by side, as many in a line as there is room for; one picture where nothing is known, which says so."""
    count = len(tables) if any(np.isfinite(table.values).any() for table in tables) else 1
    with st.grid(min(count, EACH), min_column_width=least_width(tables), gap="small"):
        for place in range(count):
            results_page.follow(reading, f"{key}-{place}", draw, **chosen, place=place)


def _structure(reading: Reading, result: Result, runs: list[int], chosen: dict[str, Any]) -> None:
    """What the strategy itself traces, small multiples by kind."""
    own = structure_traces(result, chosen["strategy"])
    if not own:
        return
    results_page.heading(_("Its own structure"), "own-structure")
    for kind, traces in own.items():
        st.caption(f"**{escape_markdown(kind)}**: {escape_markdown(_(traces[0].title))}")
        key = f"structure-{kind}"
        if len(traces[0].axes) == 1:
            results_page.follow(reading, key, draw_structure, **chosen, kind=kind, place=None)
        else:
            tables = structure_tables(result, chosen["strategy"], kind, runs)
            _matrices(reading, tables, key, draw_structure, **chosen, kind=kind)


def _similarity(reading: Reading, result: Result, runs: list[int], chosen: dict[str, Any]) -> None:
    """How alike tasks see the same examples."""
    results_page.heading(_("How alike tasks see examples"), "alignment")
    model = result.layout.model(chosen["strategy"])
    same = [row.name for row in model.rows if model.trace(f"similarity.{row.name}") is None]
    if same:
        words = _("Same by construction, for all tasks read one module there: {stages}.")
        st.caption(words.format(stages=", ".join(map(escape_markdown, same))))
    if len(same) < len(model.rows):
        tables = similarity_tables(result, chosen["strategy"], runs)
        _matrices(reading, tables, "similarity", draw_similarity, **chosen)


results_page.results_page(
    "sharing",
    _("Sharing"),
    _("What do the tasks have in common in each strategy's model, what does it gain, and what does it cost?"),
    draw,
)
