"""The part of the Studies page that compares studies: what they ask differently, and what came out, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.figures.beside import beside
from dashboard.figures.curves import metric_name
from dashboard.figures.frame import signed
from dashboard.figures.palette import VERDICT_MARKS
from dashboard.figures.transfer import verdict_word
from dashboard.reading import jobs
from dashboard.reading.beside import MOST, Side, apart, by_task, gather, labels, totals, wide
from dashboard.reading.listing import methods_of, state_words, strategies_of, study_title
from dashboard.showing import results_page
from dashboard.showing.comparison import compared
from dashboard.showing.reference_words import moment_words
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics.differences import differences
from mtl_core.store import StudyInfo

CHOSEN = "beside-chosen"
"""What the session keys of the control that chooses studies begin with; a number follows."""

_TURN = "beside-turn"


def draw(infos: Sequence[StudyInfo]) -> None:
    """Let studies be chosen, and draw them side by side.

    Args:
        infos: all studies that can be read, the newest first.
    """
    chosen = state.studies_beside()
    if len(infos) < 2 and not chosen:
        return
    st.subheader(_("Compare"), anchor=False)
    chosen = _choose(infos, chosen)
    if len(chosen) < 2:
        words = _("Choose two to {most} studies to see what they ask differently and what came out. The link keeps the choice.")
        st.caption(words.format(most=MOST))
        return
    if len(chosen) > MOST:
        words = _("At most {most} studies are compared: these are the first {most} of the {count} chosen.")
        st.warning(words.format(most=MOST, count=len(chosen)), icon=":material/filter_6:")
    sides = gather(jobs.get_store(), chosen)
    _standing(sides)
    _settings(sides)
    if any(side.result is not None for side in sides):
        _totals(sides)
        _tasks(sides)
    else:
        st.info(_("None of these studies has a result yet: there is nothing to compare."), icon=":material/hourglass_top:")


def _words_of(info: StudyInfo) -> tuple[str, ...]:
    """By what a person knows one study from another."""
    return study_title(info), strategies_of(info), methods_of(info), info.id


def _choose(infos: Sequence[StudyInfo], chosen: list[str]) -> list[str]:
    titles = {info.id: " · ".join(filter(None, _words_of(info))) for info in infos}
    # What a link asks for and the store does not have stays among the choices, so that it is seen and can be taken out.
    titles |= {study_id: _("{id} · not here").format(id=study_id) for study_id in chosen if study_id not in titles}
    # What a link, a step back or a deletion changed is the default of a fresh control. Set through the session it would reach
    # the browser in one run alone: a slow browser misses that one, and answers that nothing is chosen.
    turn = st.session_state.get(_TURN, 0)
    if st.session_state.get(f"{CHOSEN}-{turn}", chosen) != chosen:
        turn += 1
        st.session_state[_TURN] = turn
    st.multiselect(
        _("Studies side by side"),
        list(titles),
        default=chosen,
        key=f"{CHOSEN}-{turn}",
        format_func=titles.__getitem__,
        placeholder=_("Choose two to {most} studies").format(most=MOST),
        on_change=_chosen,
        args=(f"{CHOSEN}-{turn}",),
    )
    return chosen


def _chosen(key: str) -> None:
    state.compare_studies(list(st.session_state[key]))


def _standing(sides: Sequence[Side]) -> None:
    """Which studies these are, a line each, and what is missing of them."""
    st.markdown("\n".join(f"- **{_title(side)}**  ·  {_facts(side)}" for side in sides if side.info is not None))
    for side in sides:
        if side.problem:
            words = f"**{escape_markdown(side.name)}**: {escape_markdown(side.problem)}"
            st.warning(words, icon=":material/link_off:" if side.info is None else ":material/broken_image:")


def _title(side: Side) -> str:
    return escape_markdown(side.name if side.info is None else f"{side.letter} · {study_title(side.info)}")


def _facts(side: Side) -> str:
    info, result = side.info, side.result
    if info is None:
        return ""
    parts = [state_words(info) + (f" {100 * info.progress:.0f} %" if info.active else "")]
    if info.state == "failed" and info.reason:
        parts[0] += f": {info.reason}"
    parts.append(", ".join(info.spec["tasks"]))
    if result is None:
        parts.append(_("no results"))
    else:
        count = len(result.study.seed_list)
        parts.append(ngettext("{count} seed", "{count} seeds", count).format(count=count))
        parts += [_("{level:.0f} % intervals").format(level=100 * result.study.confidence), moment_words(result.study.test_at)]
    if info.altered:
        parts.append(_("changed by hand while it trained"))
    return "  ·  ".join(escape_markdown(part) for part in [*parts, info.id])


def _settings(sides: Sequence[Side]) -> None:
    known = [side for side in sides if side.info is not None]
    if len(known) < 2:
        return
    st.subheader(_("Settings that differ"), anchor=False)
    table = differences({side.study_id: side.info.spec for side in known if side.info is not None})
    if table.empty:
        st.caption(_("None: these studies ask the same."))
        return
    st.caption(_("Named as in the command of a study; what is not listed is the same in all of them."))
    names: dict[str, Any] = {side.study_id: side.name for side in known}
    st.dataframe(
        table,
        hide_index=True,
        key="beside-settings",
        placeholder="–",
        alt=_("Settings in which the studies differ, a column a study"),
        column_config=names | {"setting": st.column_config.TextColumn(_("setting"), pinned=True)},
    )
    results_page.downloads(table, "beside-settings")


def _totals(sides: Sequence[Side]) -> None:
    results_page.heading(_("Δm side by side"), "beside")
    table = totals(sides)
    if _own_tasks(sides):
        st.caption(
            ":material/info: " + _("Δm is the mean over a study's own tasks, and these studies do not all have the same ones.")
        )
    called = labels(sides)
    shown = [called[side.study_id][label] for side in sides for label in _first_labels(side)]
    picture = beside(table, [side.name for side in sides], list(dict.fromkeys(shown)))
    results_page.show(picture, "beside", live=any(side.active for side in sides))
    cells = [_gain(row, "delta_m", "low", "high", digits=1, unit=" %") for row in table.to_dict("records")]
    _table(
        wide(table, ["label"], cells, sides),
        "beside-totals",
        _("Δm of every kind of run, a column a study, with interval and verdict"),
        _("In brackets the interval: {levels}. The word comes from the interval alone.").format(levels=_levels(sides)),
        240,
    )
    results_page.downloads(table, "beside-totals")


def _tasks(sides: Sequence[Side]) -> None:
    st.subheader(_("Task by task, side by side"), anchor=False)
    _coincidence(sides)
    table = by_task(sides)
    reached = table[table["mean"].notna() | (table["diverged"] > 0)]
    _table(
        wide(reached, ["label", "task", "metric"], [_mean(row) for row in reached.to_dict("records")], sides),
        "beside-metrics",
        _("Test metric of every kind of run and task, a column a study, with interval"),
        _("Each task's test metric, the mean over seeds and in brackets its 95 % interval over seeds."),
        180,
    )
    gains = table[table["verdict"].notna()]
    cells = [_gain(row, "transfer", "transfer_low", "transfer_high", digits=4) for row in gains.to_dict("records")]
    _table(
        wide(gains, ["label", "task", "metric"], cells, sides),
        "beside-transfer",
        _("Transfer of every kind of run and task, a column a study, with interval and verdict"),
        _("Transfer: the difference to the task alone in the same study, positive is better; intervals: {levels}.").format(
            levels=_levels(sides)
        ),
        280,
    )
    results_page.downloads(table, "beside-tasks")


def _coincidence(sides: Sequence[Side]) -> None:
    """Say where the studies do not speak of the same tasks, or not of the same data."""
    lone = apart(sides)
    parts = [f"{task} ({metric_name(metric)}): {', '.join(letters)}" for (task, metric), letters in lone.items()]
    if parts:
        words = _("Not in all of these studies, and so with empty cells: {tasks}.")
        st.caption(":material/info: " + words.format(tasks=escape_markdown("; ".join(parts))))
    suites = [side.info.spec["suite"] for side in sides if side.result is not None and side.info is not None]
    if any(suite != suites[0] for suite in suites):
        words = _("Their suites differ: a task of the same name is then another task, or one on other data.")
        st.caption(":material/warning: " + words)


def _own_tasks(sides: Sequence[Side]) -> bool:
    return len({side.result.study.tasks for side in sides if side.result is not None}) > 1


def _first_labels(side: Side) -> list[str]:
    """The labels that the results pages show of a study while nobody has chosen any."""
    return [] if side.result is None else compared(side.result, list({run.label for run in side.result.layout.runs}))


def _levels(sides: Sequence[Side]) -> str:
    """At which level whose intervals are: ``95 % (A, C), 98 % (B)``."""
    found: dict[float, list[str]] = {}
    for side in sides:
        if side.result is not None:
            found.setdefault(side.result.study.confidence, []).append(side.letter)
    whose = {level: f" ({', '.join(letters)})" if len(found) > 1 else "" for level, letters in found.items()}
    return ", ".join(f"{100 * level:.0f} %{letters}" for level, letters in sorted(whose.items()))


def _gain(row: Mapping[Any, Any], value: str, low: str, high: str, *, digits: int, unit: str = "") -> str:
    """A difference with its interval and its verdict, in one cell."""
    parts = [f"{signed(row[value], digits)}{unit}"]
    if pd.isna(row[value]):
        parts = [_("index {number} %").format(number=signed(row["index"], 1))] if pd.notna(row.get("index")) else ["–"]
    if pd.notna(row[low]):
        parts.append(f"({signed(row[low], digits)} … {signed(row[high], digits)})")
    parts.append(f"{VERDICT_MARKS[row['verdict']]} {verdict_word(row['verdict'])}")
    return " ".join([*parts, *_lost(row)])


def _mean(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["mean"]):
        return " ".join(["–", *_lost(row)])
    interval = "" if pd.isna(row["mean_low"]) else f" ({row['mean_low']:.4f} … {row['mean_high']:.4f})"
    return f"{row['mean']:.4f}{interval}"


def _lost(row: Mapping[Any, Any]) -> list[str]:
    return [_("{count} diverged").format(count=int(row["diverged"]))] if row["diverged"] > 0 else []


def _table(table: pd.DataFrame, key: str, alt: str, aid: str, width: int) -> None:
    """A table whose cells are words, how to read it in one sentence, and how many pixels the words of a study take."""
    if table.empty:
        return
    st.caption(aid)
    if "metric" in table:
        table = table.assign(metric=table["metric"].map(metric_name))
    text = st.column_config.TextColumn
    longest = min(8 * int(table["label"].str.len().max()) + 16, 200)
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        placeholder="–",
        alt=alt,
        column_config={name: text(width=width) for name in table.columns}
        | {"label": text(_("run"), pinned=True, width=longest), "task": text(_("task")), "metric": text(_("metric"))},
    )
