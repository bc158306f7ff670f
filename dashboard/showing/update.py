"""A paused study's next update, stepped through: whose gradient, how many times, what comes of it; and the same one taken."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.components import live_plot
from dashboard.figures import frame
from dashboard.figures.update import Plane, update
from dashboard.reading import updates
from dashboard.reading.studies import Reading
from dashboard.reading.visitors import not_yours
from dashboard.showing import steering
from dashboard.showing.comparison import shares, task_names
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError
from mtl_core.spec.plan import Run

TIMES = (1, 10, 100)
"""How many updates are looked at."""

BUTTONS = 6
"""The most directions to choose from that are buttons; more are a list."""

TOLD = 3
"""The most tasks whose losses are told in a sentence; the table has them all."""

_METHOD, _MEAN = "method", "mean"


def draw(look: Reading) -> None:
    """Draw the part of Play on one update, closed until it is opened: only then is anything computed."""
    result = look.result
    labels = [] if result is None else labels_of(result)
    if result is None or not labels:
        return
    part = st.expander(_("Step through one update"), icon=":material/footprint:", key=f"{state.LIVE}-update", on_change="rerun")
    if not part.open:
        return
    with part:
        _choose(look, result, labels)


def labels_of(result: Result) -> list[str]:
    """The labels whose runs have gradients that meet, and train every task."""
    tasks = len(result.layout.tasks)
    runs = sorted(result.layout.runs, key=lambda run: run.role != "method")
    found = dict.fromkeys(run.label for run in runs if run.role != "baseline" and all(run.trains(tasks)))
    return [label for label in found if shares(result, label)]


def run_of(result: Result, label: str, seed: int | None = None) -> Run:
    """The label's run with a seed; the first that is well, or the first, where it does not matter which."""
    lost = set(result.runs.loc[result.runs["diverged_step"].notna(), "run"])
    runs = [run for run in result.layout.runs if run.label == label and seed in (None, run.seed)]
    return next((run for run in runs if run.index not in lost), runs[0])


def _choose(look: Reading, result: Result, labels: list[str]) -> None:
    key, tasks = f"{state.LIVE}.{look.info.id}.update", task_names(result)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = str(st.selectbox(_("Run"), labels, key=f"{key}.label", width=200, format_func=str))
        direction = _direction(tasks, f"{key}.along")
        times = st.segmented_control(
            _("Updates"), TIMES, key=f"{key}.times", format_func=lambda count: f"×{count}", default=1, required=True
        )
        pair = pair_of(tasks, f"{key}.pair")
    run, along = run_of(result, label), along_of(direction, len(tasks))
    try:
        with st.spinner(_("Looking …"), show_time=False):
            found = updates.look(look.info, run.index, int(times), along)
    except SeesawError as problem:
        # Where it moved on while this was drawn, the page says so to itself and draws this anew.
        st.info(escape_markdown(problem), icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        named = _("the mean") if direction == _MEAN else ""
        picture = update(found, tasks, pair, label, named)
        live_plot(picture, "plot-update", int(picture.layout.height), frame.alt(picture))
    with right:
        named = named or (label if along is None else tasks[int(direction)])
        st.markdown(f"**{escape_markdown(outcome(found, tasks, named))}**")
        st.dataframe(losses(found, tasks), hide_index=True, key="update-losses", column_config=_columns())
        st.caption(_beside(found, pair, run))
        _take(look, label, named, found["updates"], along)
    explain(*meaning("update"), key="update")


def _direction(tasks: Sequence[str], key: str) -> str:
    """Whose gradient is followed: the method's, the mean, or the place of a task."""
    directions = [_METHOD, _MEAN, *map(str, range(len(tasks)))]

    def words(direction: str) -> str:
        named = {_METHOD: _("the method's"), _MEAN: _("the mean")}
        return named.get(direction) or tasks[int(direction)]

    if len(directions) > BUTTONS:
        return str(st.selectbox(_("Whose gradient"), directions, key=key, format_func=words, width=200))
    return str(
        st.segmented_control(
            _("Whose gradient"),
            directions,
            key=key,
            format_func=lambda direction: escape_markdown(words(direction)),
            default=_METHOD,
            required=True,
        )
    )


def along_of(direction: str, tasks: int) -> list[float] | None:
    """The weights that a direction stands for; None for the method's own."""
    if direction == _METHOD:
        return None
    if direction == _MEAN:
        return [1 / tasks] * tasks
    return [float(place == int(direction)) for place in range(tasks)]


def pair_of(tasks: Sequence[str], key: str) -> tuple[int, int]:
    """The places of the two tasks whose plane is drawn."""
    pairs = list(combinations(range(len(tasks)), 2))
    if len(pairs) == 1:
        return pairs[0]

    def words(place: int) -> str:
        return " × ".join(tasks[side] for side in pairs[place])

    return pairs[st.selectbox(_("Plane of"), range(len(pairs)), key=key, format_func=words, width=220)]


def losses(found: dict[str, Any], tasks: Sequence[str]) -> pd.DataFrame:
    """Each task's loss before, after as first order promises it, and really after."""
    before, promised, after = (np.array(found[name], dtype=float) for name in ("before", "promised", "after"))
    return pd.DataFrame({"task": tasks, "before": before, "promised": promised, "after": after})


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "task": _("task"),
        "before": number(_("loss before"), format="%.4f"),
        "promised": number(_("promised"), format="%.4f", help=_("By first order: the loss, plus its slope times the step.")),
        "after": number(_("after"), format="%.4f", help=_("On the same batch, where the step really led.")),
    }


def outcome(found: dict[str, Any], tasks: Sequence[str], direction: str) -> str:
    """What the updates do to the losses, in a sentence."""
    table = losses(found, tasks)
    change, promise = table["after"] - table["before"], table["promised"] - table["before"]
    known = np.flatnonzero(change.notna())
    parts = [
        _("{task} {change} (promised {promise})").format(
            task=tasks[place], change=frame.signed(change[place], 4), promise=frame.signed(promise[place], 4)
        )
        for place in known[np.argsort(-change[known].abs())][:TOLD]
    ]
    return _("×{count} along {direction}: {parts}.").format(count=found["updates"], direction=direction, parts=", ".join(parts))


def _beside(found: dict[str, Any], pair: tuple[int, int], run: Run) -> str:
    plane = Plane(np.array(found["gramian"]), pair)
    length = found["length"]
    inside = float(np.linalg.norm(plane.place(-np.array(found["moved"]))) / length) if length > 0 else 0.0
    words = [
        _("{share:.0f} % of the step lies in this plane; the rest goes where neither gradient points.").format(
            share=100 * inside**2
        ),
        _("Losses are those of the next batch, seed {seed}.").format(seed=run.seed),
    ]
    if found["unexplained"] > 0.005:
        left = _("{share:.0f} % of the method's update is no weighted sum of gradients and is not drawn.")
        words.insert(0, left.format(share=100 * found["unexplained"]))
    return " ".join(words)


def _take(look: Reading, label: str, words: str, times: int, along: list[float] | None) -> None:
    mine = state.visitor().may_change(look.info)
    told: dict[str, Any] = {"times": times} | ({} if along is None else {"along": along, "label": label})
    st.button(
        _("Take it"),
        key="take-update",
        icon=":material/footprint:",
        disabled=not mine,
        help=None if mine else not_yours(),
        on_click=steering.send,
        args=(look.info.id, "step"),
        kwargs=told,
    )
    if along is None:
        st.caption(_("Looking moves nothing. Take it, and all runs train so far as they would."))
    else:
        by_hand = _("Looking moves nothing. Take it, and all runs train so far, {label} along {what}: a change by hand.")
        st.caption(by_hand.format(label=escape_markdown(label), what=escape_markdown(words)))
