"""The Trade-off page's part on strategies that serve every weighting with one model: the front, the slider and the price."""

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.figures.curves import metric_name
from dashboard.figures.one_model import one_model
from dashboard.figures.transfer import verdict_word
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.showing.comparison import task_names
from dashboard.words import _, escape_markdown, ngettext
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.remarks import prices
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.spec import STRATEGIES
from mtl_core.spec.kinds import METRICS


def draw_one_model(reading: Reading, result: Result) -> None:
    """Draw one model's front over the runs trained separately, and say the gap; nothing where no strategy has such a model."""
    if not any(STRATEGIES[strategy.name].preferred for strategy in result.study.strategies):
        return
    results_page.heading(_("One model for every weighting"), "one-model")
    found = result.one_model
    if reading.active or found.fronts.empty:
        # A figure with frames cannot be updated in place, and there is nothing to ask before the last step.
        st.caption(_("The one model is asked for every weighting when training has ended; its front comes here then."))
        return
    found_prices = [remark.told(_, ngettext, escape_markdown) for remark in prices(result)]
    for words in found_prices[:-1]:
        st.markdown(f"**{words}**")
    for words in found_prices[-1:]:  # what the numbers are
        st.caption(words)
    label, against = _chosen(result)
    pair = _pair(result)
    means, gaps = headline_rows(result.layout, found.means), headline_rows(result.layout, found.gaps)
    means = means[(means["label"] == label) & (means["split"] == "test")]
    gaps = gaps[(gaps["label"] == label) & (gaps["against"] == against)]
    if pair is not None:
        heads = {task.name: task.headline for task in result.layout.tasks}
        picture = one_model(
            means,
            gaps,
            task_names(result),
            pair,
            metrics={task: metric_name(metric) for task, metric in heads.items()},
            lower=[task for task, metric in heads.items() if METRICS[metric].lower_is_better],
        )
        results_page.show(picture, "one-model", live=False)
    rows = found.in_order[found.in_order["label"] == label]
    shares = ", ".join(
        f"{escape_markdown(task)} {100 * share:.0f} %" for task, share in zip(rows["task"], rows["share"], strict=True)
    )
    st.caption(
        _(
            "Does it heed the weights? More weight on a task lowers the task's loss in so many pairs of weightings: {shares}."
        ).format(shares=shares)
    )
    _table(result, label, against)


def _chosen(result: Result) -> tuple[str, str]:
    """Whose front is drawn, and over whose runs; asked only where there is a choice."""
    sides = result.one_model.price[["label", "against"]].astype(str).drop_duplicates()
    models = list(dict.fromkeys(result.one_model.means["label"].astype(str)))
    others = list(dict.fromkeys(sides["against"])) or [""]
    with st.container(horizontal=True):
        return _choose(_("One model"), models, state.MODEL), _choose(_("Trained separately"), others, state.APART)


def _choose(title: str, options: list[str], key: str) -> str:
    if len(options) < 2:
        return options[0]
    state.keep_valid(key, options, options[0])
    chosen = st.selectbox(title, options, index=0, key=key, bind="query-params", width=260, format_func=str)
    return str(chosen or options[0])


def _pair(result: Result) -> tuple[str, str] | None:
    """The two tasks to draw: those that the page asks for where there are many; None where they are the same."""
    tasks = task_names(result)
    if len(tasks) == 2:
        return tasks[0], tasks[1]
    if len(tasks) == 3:
        left, right = st.columns(2)
        for key, usual in ((state.ACROSS, tasks[0]), (state.UP, tasks[1])):
            state.keep_valid(key, tasks, usual)
        first = left.selectbox(_("Across"), tasks, index=0, key=state.ACROSS, bind="query-params", format_func=str)
        second = right.selectbox(_("Up"), tasks, index=1, key=state.UP, bind="query-params", format_func=str)
    else:
        first, second = st.session_state.get(state.ACROSS, tasks[0]), st.session_state.get(state.UP, tasks[1])
    if first == second:
        if len(tasks) == 3:
            st.info(_("Choose two different tasks."), icon=":material/info:")
        return None
    if len(tasks) > 2:
        st.caption(
            _("The slider goes through the weightings row by row, the weight of {task} rising.").format(
                task=escape_markdown(first)
            )
        )
    return str(first), str(second)


def _table(result: Result, label: str, against: str) -> None:
    gaps = result.one_model.gaps
    shown = headline_rows(result.layout, gaps)
    shown = shown[(shown["label"] == label) & (shown["against"] == against)]
    if shown.empty:
        return
    number, level = st.column_config.NumberColumn, f"{100 * result.study.confidence:.0f} %"
    columns: dict[str, Any] = {
        "weights": st.column_config.TextColumn(_("weights"), pinned=True),
        "task": _("task"),
        "n": number(_("seeds"), help=_("Paired seeds that the row rests on.")),
        "one": number(_("one model"), format="%.4f"),
        "separate": number(_("trained for it"), format="%.4f"),
        "difference": number(_("difference"), format="%+.4f", help=_("Positive is better.")),
        "delta_percent": number(_("percent"), format="%+.1f", help=_("The difference in percent of the task alone.")),
        "low": number(_("{level} from").format(level=level), format="%+.4f"),
        "high": number(_("{level} to").format(level=level), format="%+.4f"),
        "verdict": _("verdict"),
    }
    with st.expander(_("The gap at every weighting"), icon=":material/table:"):
        words = shown.astype({"weights": str, "task": str}).assign(verdict=shown["verdict"].astype(str).map(verdict_word))
        st.dataframe(
            words[list(columns)],
            hide_index=True,
            key="one-model-table",
            placeholder="–",
            column_config=columns,
            alt=_("One model beside the run trained for it, at every weighting and task"),
        )
        results_page.downloads(gaps, "one-model")
