"""Conflict: do the tasks' gradients on the shared parameters pull together or apart?"""

from typing import Literal

import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.figures import conflict as figures
from dashboard.reading.studies import Reading
from dashboard.showing import reference, replay, results_page
from dashboard.showing.comparison import compared, shares, spread, task_names
from dashboard.showing.conflict_pictures import LINES, apart_most, draw_over_time, draw_share, draw_share_of, layers_of
from dashboard.showing.decision import draw_decision
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import on_conflict

# The most labels that get pictures of their own, by how many tasks there are at least.
PANELS = {0: 6, 9: 4, 17: 2}


def draw(reading: Reading, result: Result, selection: Selection) -> None:
    """Draw the page's pictures and tables."""
    known = compared(result, selection.labels)
    labels = [label for label in known if shares(result, label)]
    if len(labels) < len(known):
        apart = ", ".join(escape_markdown(label) for label in known if label not in labels)
        st.info(
            _("Tasks share no parameters in {labels}: their gradients never meet, so they cannot conflict.").format(
                labels=apart
            ),
            icon=":material/info:",
        )
    if not labels:
        results_page.remake(result)
        return
    reference.draw_phases(result)
    layer = _layer(result, labels)
    draw_decision(reading, lambda: on_conflict(result, labels, layer))
    _share(reading, result, selection, labels, layer)
    kept = _kept(result, selection)
    pairs = _pairs(result, labels, layer, kept) if len(kept) > LINES else None
    _over_time(reading, result, selection, labels, layer, pairs, "cosine")
    _over_time(reading, result, selection, labels, layer, pairs, "magnitude_similarity")
    replay.draw(reading, result, selection.seed)
    results_page.remake(result)


def _layer(result: Result, labels: list[str]) -> str:
    layers = layers_of(result, labels)
    st.info(
        _("Gradient cosine is not transfer: tasks can conflict at half of all steps and still all gain."),
        icon=":material/info:",
    )
    layer = choose(
        st.segmented_control,
        _("Layer"),
        layers,
        layers[0],
        required=True,
        key=state.LAYER,
        format_func=lambda name: _("whole trunk") if name == "all" else escape_markdown(name),
    )
    return str(layer)


def _panels(result: Result) -> int:
    return next(most for least, most in reversed(PANELS.items()) if len(result.layout.tasks) >= least)


def _kept(result: Result, selection: Selection) -> list[str]:
    """The tasks whose pairs are shown: all where fewer than two are chosen."""
    tasks = task_names(result)
    kept = [task for task in tasks if task in selection.tasks]
    return kept if len(kept) > 1 else tasks


def _pairs(result: Result, labels: list[str], layer: str, kept: list[str]) -> list[list[str]]:
    """The pairs of many tasks that are drawn as lines: the chosen ones, or those that are opposed most often."""
    names = {f"{first} × {second}": [first, second] for first, second in figures.shown_pairs(kept)}
    state.keep_valid(state.PAIRS, list(names))
    chosen = st.multiselect(
        _("Pairs over time"),
        list(names),
        key=state.PAIRS,
        bind="query-params",
        placeholder=_("Those opposed most often"),
        max_selections=figures.MAXIMUM_PAIRS,
        format_func=str,
    )
    return [names[str(name)] for name in chosen] or [list(pair) for pair in apart_most(result, labels, layer, kept)]


def _over_time(
    reading: Reading,
    result: Result,
    selection: Selection,
    labels: list[str],
    layer: str,
    pairs: list[list[str]] | None,
    measure: Literal["cosine", "magnitude_similarity"],
) -> None:
    if measure == "cosine":
        results_page.heading(_("Direction"), "cosine")
    else:
        results_page.heading(_("Length"), "magnitude")
    shown = spread(result, labels, _panels(result))
    with st.grid(min(2, max(1, len(shown))), gap="medium", min_column_width=340):
        for place, label in enumerate(shown):
            with st.container():
                if len(shown) > 1:
                    st.markdown(f"**{escape_markdown(label)}**")
                results_page.follow(
                    reading,
                    f"{measure}-{place}",
                    draw_over_time,
                    label=label,
                    measure=measure,
                    layer=layer,
                    shown=list(selection.tasks),
                    pairs=pairs,
                    seed=selection.seed,
                )
    _say_more(shown, labels)


def _say_more(shown: list[str], labels: list[str]) -> None:
    if len(shown) < len(labels):
        words = _("{shown} of {all} kinds of run are drawn; choose others under Runs above.")
        st.caption(words.format(shown=len(shown), all=len(labels)))


def _share(reading: Reading, result: Result, selection: Selection, labels: list[str], layer: str) -> None:
    results_page.heading(_("How often"), "share")
    tasks, share = task_names(result), result.conflict_share
    shown = figures.shown_pairs(tasks, selection.tasks)
    if len(shown) == 1:
        results_page.follow(reading, "share", draw_share, labels=labels, shown=list(shown[0]))
    else:
        _shares(reading, result, selection, labels, layer)
    table = share[share["label"].isin(labels)]
    if table.empty:
        return
    number = st.column_config.NumberColumn
    percent = {name: number(words, format="percent") for name, words in _percent_columns(result.study.confidence).items()}
    with st.expander(_("Table"), icon=":material/table:", key="conflict-expander"):
        st.dataframe(
            table,
            hide_index=True,
            key="conflict-table",
            alt=_("Share of conflicting steps by run, layer and task pair"),
            column_config={
                "label": st.column_config.TextColumn(_("run"), pinned=True),
                "role": None,
                "strategy": _("sharing"),
                "layer": _("layer"),
                "task_a": _("task"),
                "task_b": _("other task"),
                "n": number(_("seeds")),
                "cosine": number(_("mean cosine"), format="%+.3f"),
                "magnitude_similarity": number(_("mean magnitude similarity"), format="%.3f"),
                **percent,
            },
        )
        results_page.downloads(table, "conflict")


def _percent_columns(confidence: float) -> dict[str, str]:
    level = f"{100 * confidence:.0f} %"
    ends = {"low": _("{level} from").format(level=level), "high": _("{level} to").format(level=level)}
    return {"share": _("conflicting steps")} | ends


def _shares(reading: Reading, result: Result, selection: Selection, labels: list[str], layer: str) -> None:
    kept, shown = _kept(result, selection), spread(result, labels, _panels(result))
    with st.grid(min(2, max(1, len(shown))), gap="medium", min_column_width=440):
        for place, label in enumerate(shown):
            with st.container():
                if len(shown) > 1:
                    st.markdown(f"**{escape_markdown(label)}**")
                results_page.follow(reading, f"share-{place}", draw_share_of, label=label, layer=layer, shown=kept)
    _say_more(shown, labels)


results_page.results_page(
    "conflict",
    _("Conflict"),
    _("Do the tasks' gradients on the shared parameters pull together or apart?"),
    draw,
)
