"""Sharing: what tasks have in common in the models of each strategy, what that gains and what it costs."""

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.figures.frame import mean
from dashboard.figures.matrices import Table, bars, least_width, matrices
from dashboard.figures.sharing import sharing
from dashboard.reading.studies import Reading
from dashboard.showing import reference, results_page
from dashboard.showing.comparison import task_names
from dashboard.showing.decision import draw_decision
from dashboard.showing.sharing_table import among_all, answer, costs_table, gains_table, title_of
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import on_sharing
from mtl_core.diagnostics.sharing import Shared, shared
from mtl_core.diagnostics.strategies import labels_of, usual_weighting, weightings
from mtl_core.diagnostics.structure import parts_of, traced
from mtl_core.records.sharing import Trace
from mtl_core.spec.phases import phase_ends

# What Play is offered with where a study has nothing to compare.
OFFERED = ("hard", "cross_stitch", "mmoe")

# The most tables in a line.
EACH = 3

SIMILAR = ("similarity", "ceiling")


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
    answer(judged)
    if {model.name for model in result.layout.models} == {"hard"}:
        _offer()
    runs = [
        run.index
        for run in result.layout.runs
        if run.label == labels_of(result.layout, weighting)[strategy] and selection.seed in (None, run.seed)
    ]
    found = shared(result.layout, result.records, runs, _last(result))
    _diagram(reading, result, found, strategy, selection)
    _structure(reading, result, strategy, runs)
    _similarity(reading, result, found, strategy, runs)
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


def _last(result: Result) -> int:
    return max((record.step for record in result.records if record.kind == "evaluation"), default=0)


def _diagram(reading: Reading, result: Result, found: Shared, strategy: str, selection: Selection) -> None:
    results_page.heading(_("What is shared"), "sharing")
    whose = _("mean over seeds") if selection.seed is None else _("seed {seed}").format(seed=selection.seed)
    words = f"**{escape_markdown(strategy)}** · {title_of(result, strategy)} · {whose}"
    st.caption(words + (" · " + _("fixed: nothing of it moves in training") if found.fixed else ""))
    if selection.seed is None and not found.fixed and len(result.study.seed_list) > 1:
        st.caption(_("Seeds may give modules other parts to play; choose one above to see a single model."))
    results_page.show(
        sharing(found, strategy, phase_ends(result.study.phases), still=reading.active), "sharing", live=reading.active
    )
    if not found.rows or len(found.tasks) < 2:
        return
    results_page.heading(_("In numbers"), "shared")
    names = [found.tasks[task] for task in found.order]
    pick = np.ix_(found.order, found.order)
    tables = [
        Table(f"{row.name}: {value:.2f}", names, names, found.shared[-1, place][pick])
        for place, (row, value) in enumerate(zip(found.rows, found.mean[-1], strict=True))
    ]
    alt = _("What each pair of tasks shares in {strategy}, stage by stage.").format(strategy=strategy)
    _matrices(reading, tables, alt, "shared")


def _matrices(reading: Reading, tables: list[Table], alt: str, key: str) -> None:
    """Tables side by side, as many in a line as there is room for."""
    pictures = matrices(tables, alt)
    with st.grid(min(len(pictures), EACH), min_column_width=least_width(tables), gap="small"):
        for place, picture in enumerate(pictures):
            results_page.show(picture, f"{key}-{place}", live=reading.active)


def _at_end(result: Result, trace: Trace, runs: list[int]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None":
    """The last recorded numbers of a trace, mean over runs."""
    tables = traced(result.records, trace.name, runs)
    return mean(tables[max(tables)]) if tables else None


def _structure(reading: Reading, result: Result, strategy: str, runs: list[int]) -> None:
    """What the strategy itself traces, small multiples by kind."""
    model = result.layout.model(strategy)
    kinds = dict.fromkeys(parts_of(trace.name)[0] for trace in model.traces)
    own = [kind for kind in kinds if kind not in SIMILAR]
    if not own:
        return
    results_page.heading(_("Its own structure"), "own-structure")
    for kind in own:
        traces = [trace for trace in model.traces if parts_of(trace.name)[0] == kind]
        st.caption(f"**{escape_markdown(kind)}**: {escape_markdown(_(traces[0].title))}")
        values = [(trace, _at_end(result, trace, runs)) for trace in traces]
        known = [(trace, table) for trace, table in values if table is not None]
        alt = _("{kind} of {strategy} at the last step, by stage.").format(kind=kind, strategy=strategy)
        if len(traces[0].axes) == 1:
            same = [(trace, table) for trace, table in known if trace.labels == known[0][0].labels]
            stacked = np.stack([table for _trace, table in same]) if same else np.zeros((0, 0))
            rows = [parts_of(trace.name)[1] or kind for trace, _table in same]
            tables = [Table(kind, rows, traces[0].labels[0], stacked)] if same else []
            results_page.show(bars(tables, task_names(result), alt), f"structure-{kind}", live=reading.active)
        else:
            _matrices(reading, [_table(trace, table) for trace, table in known], alt, f"structure-{kind}")


def _table(trace: Trace, values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Table:
    """A trace as one table: the first axis down, all others across."""
    across = list(trace.labels[1])
    for labels in trace.labels[2:]:
        across = [f"{first} {second}" for first in across for second in labels]
    return Table(parts_of(trace.name)[1] or trace.name, trace.labels[0], across, values.reshape(len(values), -1))


def _similarity(reading: Reading, result: Result, found: Shared, strategy: str, runs: list[int]) -> None:
    """How alike tasks see the same examples, with the same task in another seed on the diagonal."""
    model = result.layout.model(strategy)
    results_page.heading(_("How alike tasks see examples"), "alignment")
    tables, same = [], []
    for row in found.rows:
        trace, ceiling = model.trace(f"similarity.{row.name}"), model.trace(f"ceiling.{row.name}")
        values = None if trace is None else _at_end(result, trace, runs)
        if trace is None:
            same.append(row.name)
        if values is None:
            continue
        level = _at_end(result, ceiling, runs) if ceiling is not None and len(result.study.seed_list) > 1 else None
        np.fill_diagonal(values, np.nan if level is None else level)
        names = [found.tasks[task] for task in found.order]
        tables.append(Table(row.name, names, names, values[np.ix_(found.order, found.order)]))
    if same:
        words = _("Same by construction, for all tasks read one module there: {stages}.")
        st.caption(words.format(stages=", ".join(map(escape_markdown, same))))
    if len(same) < len(found.rows):
        alt = _("Similarity of what tasks see in {strategy}, stage by stage.").format(strategy=strategy)
        _matrices(reading, tables, alt, "similarity")


results_page.results_page(
    "sharing",
    _("Sharing"),
    _("What do the tasks have in common in each strategy's model, what does it gain, and what does it cost?"),
    draw,
)
