"""Conflict: do the tasks' gradients on the shared parameters pull together or apart?"""

from typing import Literal

import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.figures import conflict as figures
from dashboard.reading.studies import Reading
from dashboard.showing import reference, replay, results_page
from dashboard.showing.comparison import compared, shares, spread, task_names
from dashboard.showing.conflict_pictures import draw_over_time, draw_share, draw_share_of, layers_of
from dashboard.showing.decision import draw_decision
from dashboard.state import Selection
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.decisions import on_conflict

# The most labels that get pictures over time of their own.
PANELS = 6


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
    _over_time(reading, result, selection, labels, layer, "cosine")
    _over_time(reading, result, selection, labels, layer, "magnitude_similarity")
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


def _over_time(
    reading: Reading,
    result: Result,
    selection: Selection,
    labels: list[str],
    layer: str,
    measure: Literal["cosine", "magnitude_similarity"],
) -> None:
    if measure == "cosine":
        results_page.heading(_("Direction"), "cosine")
    else:
        results_page.heading(_("Length"), "magnitude")
    shown = spread(result, labels, PANELS)
    with st.grid(min(2, max(1, len(shown))), gap="medium", min_column_width=340):
        for place, label in enumerate(shown):
            with st.container():
                _panel(reading, selection, label, layer, measure, place, named=len(shown) > 1)
    if len(labels) > PANELS:
        words = _("{shown} of {all} kinds of run are drawn; choose others under Runs in the side bar.")
        st.caption(words.format(shown=PANELS, all=len(labels)))


def _panel(
    reading: Reading,
    selection: Selection,
    label: str,
    layer: str,
    measure: Literal["cosine", "magnitude_similarity"],
    place: int,
    *,
    named: bool,
) -> None:
    if named:
        st.markdown(f"**{escape_markdown(label)}**")
    results_page.follow(
        reading,
        f"{measure}-{place}",
        draw_over_time,
        label=label,
        measure=measure,
        layer=layer,
        shown=list(selection.tasks),
        seed=selection.seed,
    )


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
    tasks = task_names(result)
    kept = [task for task in tasks if task in selection.tasks]
    kept = kept if len(kept) > 1 else tasks
    shown = spread(result, labels, PANELS)
    with st.grid(min(2, max(1, len(shown))), gap="medium", min_column_width=440):
        for place, label in enumerate(shown):
            with st.container():
                if len(shown) > 1:
                    st.markdown(f"**{escape_markdown(label)}**")
                results_page.follow(reading, f"share-{place}", draw_share_of, label=label, layer=layer, shown=kept)


results_page.results_page(
    "conflict",
    _("Conflict"),
    _("Do the tasks' gradients on the shared parameters pull together or apart?"),
    draw,
)
