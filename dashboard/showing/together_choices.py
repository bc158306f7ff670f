"""What the Together page is asked: what is counted, how much of it there is, and whether each task is learned once."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.state import Selection
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.subsets import COSTS, strategies_of
from mtl_core.diagnostics.together import Together
from mtl_core.errors import SpecError

BUTTONS = 9
"""The most numbers of networks that have a button each."""


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Args:
        measure: what a budget counts.
        strategy: whose networks; None where there is one strategy alone.
        budget: how much of it.
        partition: whether each task is learned once.
    """

    measure: str
    strategy: str | None
    budget: float
    partition: bool

    def of(self, result: Result) -> Together:
        """The study's answers."""
        return result.together(self.measure, self.strategy)

    @property
    def choices(self) -> dict[str, Any]:
        """What the pictures are told."""
        names = ("measure", "strategy", "budget", "partition")
        return {name: getattr(self, name) for name in names}


def everything(result: Result, *, arrived: bool = False) -> Selection:  # noqa: ARG001 - as other pages choose
    """All tasks, runs and seeds: groups are made of all tasks and judged over all seeds."""
    labels = dict.fromkeys(run.label for run in result.layout.runs)
    return Selection(tuple(task.name for task in result.layout.tasks), tuple(labels), None)


def choices(result: Result) -> Asked:
    """Draw the controls; they change the view alone."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="together-choices"):
        strategy = _strategy(result)
        known = [cost for cost in COSTS if _known(result, cost, strategy)]
        words = {
            "networks": _("networks"),
            "parameters": _("parameters"),
            "flops": _("operations"),
            "latency": _("latency"),
        }
        measure = str(
            choose(
                st.segmented_control,
                _("Budget in"),
                known,
                known[0],
                required=True,
                key=state.COUNTED,
                format_func=words.__getitem__,
                help=_("All but networks as multiples of what a network for one task has or takes."),
            )
        )
        budget = _networks(result) if measure == "networks" else _multiple(result, measure, strategy)
        partition = st.toggle(
            _("Each task once"),
            key=state.ONCE,
            bind="query-params",
            help=_("Otherwise a task may be learned in several networks, and its best one answers it."),
        )
    return Asked(measure, strategy, budget, bool(partition))


def _strategy(result: Result) -> str | None:
    names = list(strategies_of(result.layout))
    if len(names) < 2:
        return None
    usual = "hard" if "hard" in names else names[0]
    state.keep_valid(state.GROUPED_BY, names, usual)
    chosen = st.selectbox(
        _("Networks of"), names, names.index(usual), key=state.GROUPED_BY, bind="query-params", width=220, format_func=str
    )
    return str(chosen or usual)


def _known(result: Result, cost: str, strategy: str | None) -> bool:
    try:
        result.together(cost, strategy)
    except SpecError:
        return False
    return True


def _networks(result: Result) -> float:
    tasks = len(result.layout.tasks)
    numbers = [str(number) for number in range(1, tasks + 1)]
    control: Any = st.segmented_control if tasks <= BUTTONS else st.selectbox
    more: dict[str, Any] = {"required": True} if tasks <= BUTTONS else {"width": 140}
    return float(choose(control, _("Networks, at most"), numbers, "2", key=state.MOST, **more))


def _multiple(result: Result, measure: str, strategy: str | None) -> float:
    # Heads come on top of trunks: two networks cost a little more than twice one for one task.
    asked = result.together(measure, strategy)
    usual = round(2 * float(asked.cost.max()) + 0.05, 1)
    given = st.number_input(
        _("Budget, at most"),
        min_value=0.5,
        max_value=float(2 * len(result.layout.tasks)),
        value=usual,
        step=0.1,
        format="%.1f",
        key=state.BUDGET,
        bind="query-params",
        width=160,
    )
    return round(float(given or usual), 2)
