"""Looking into a run of a finished study and into the networks of its tasks alone, from the parameters that were kept."""

from collections.abc import Callable, Sequence
from typing import Any

from mtl_core.diagnostics.runs import divergence
from mtl_core.errors import SpecError, shown
from mtl_core.execution.predicting import layout_of, several_in_hand
from mtl_core.records import Layout, Moment
from mtl_core.spec.plan import Run
from mtl_core.store import Store


def inside(
    store: Store, study_id: str, run: int, moment: Moment | None = None, tell: Callable[[float], None] = lambda _: None
) -> dict[str, Any]:
    """What is inside a run's network, as JSON has it; see ``mtl_core.training.inside``.

    Args:
        store: where it is kept.
        study_id: the study's id.
        run: its place in the study.
        moment: ``end`` or ``best``; None for the study's own choice.
        tell: called now and then with how far it is.

    Raises:
        UnknownStudyError, StoreError: no such study, or none of its parameters.
        SpecError: there is no such run, or it diverged.
        DataError: the suite's files are not there any more.
    """
    from mtl_core.training.inside import Networks, look_inside  # loads torch

    layout = layout_of(store, study_id)
    shared = several_in_hand(store, study_id, [run], moment)[run]
    lost, _ = divergence(len(layout.runs), store.read(study_id, kinds=["status"])[0])
    if lost[run] >= 0:
        raise SpecError(f"a run must be well to be looked into, found {shown(shared.run.label)} diverged; choose another.")
    alone, again = own_networks(layout, shared.run, [place for place, step in enumerate(lost) if step < 0])
    trained = several_in_hand(store, study_id, [*alone.values(), *again.values()], moment)
    networks = Networks(
        shared,
        {task: trained[place] for task, place in alone.items()},
        {task: trained[place] for task, place in again.items()},
    )
    return look_inside(networks, tell)


def own_networks(layout: Layout, run: Run, well: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """By task the places of its own network's runs: that with the run's seed and learning rate, and the next seed's.

    Args:
        layout: the study's.
        run: beside which they stand.
        well: the places of the runs that did not diverge.
    """
    tasks = len(layout.tasks)
    alone: dict[int, int] = {}
    again: dict[int, int] = {}
    for place in well:
        other = layout.runs[place]
        if other.role != "baseline" or other.learning_rate != run.learning_rate or other.index == run.index:
            continue
        task = other.weighs(tasks).index(True)
        (alone if other.seed == run.seed else again).setdefault(task, place)
    return alone, {task: place for task, place in again.items() if task in alone}
