"""Runs of the store in hand, to be asked: from the parameters that were kept when a study was finished."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mtl_core.errors import SpecError, StoreError, shown, some_of, unknown_name
from mtl_core.records import Layout, Moment
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.store import Store
from mtl_core.suites import Suite, suite_of
from mtl_core.suites.folds import Folded
from mtl_core.suites.intake import Intake, Taken, intake_of
from mtl_core.suites.replies import Asked, Reply, truth

if TYPE_CHECKING:
    from mtl_core.training.trained import Answered, Trained

Given = Mapping[str, Any]


def suite_and_intake(study: Study) -> tuple[Suite, Intake]:
    """What a study was trained on, and how that takes what a person gives."""
    suite = _suite_of(study)
    return suite, intake_of(suite, dict(study.suite.options))


def _suite_of(study: Study) -> Suite:
    """What a study's networks see; of one with folds those of the first fold, which stand for all where one is asked."""
    suite = suite_of(study)
    return Folded.of(suite, study.folds).suite_of(0) if study.folds else suite


def layout_of(store: Store, study_id: str) -> Layout:
    """Raises StoreError where the study has not begun."""
    layout = store.layout(study_id)
    if layout is None:
        raise StoreError(f"study {shown(study_id)} must have been trained, found it waiting; train it first.")
    return layout


def choose_run(layout: Layout, label: str, seed: int | None = None) -> Run:
    """The run with a label and a seed, the first where none is said.

    Raises:
        SpecError: there is none; the message has the nearest label, or the seeds.
    """
    found = [run for run in layout.runs if run.label == label]
    if not found:
        raise unknown_name("run", label, dict.fromkeys(run.label for run in layout.runs))
    chosen = [run for run in found if seed is None or run.seed == seed]
    if not chosen:
        raise SpecError(f"{shown(label)} has the seeds {[run.seed for run in found]}, found {seed} asked for; choose one.")
    return chosen[0]


def only_label(layout: Layout) -> str:
    """The one label beside those of the tasks alone; raises SpecError where there are none or several."""
    labels = list(dict.fromkeys(run.label for run in layout.runs if run.role != "baseline"))
    if len(labels) != 1:
        known = some_of(dict.fromkeys(run.label for run in layout.runs))
        raise SpecError(f"one run must be chosen, found none named; name a label with --run, one of: {known}.")
    return labels[0]


def in_hand(store: Store, study_id: str, run: int, moment: Moment | None = None) -> "Trained":
    """A run of a finished study, on the CPU.

    Args:
        store: where it is kept.
        study_id: the study's id.
        run: its place in the study.
        moment: ``end`` or ``best``; None for the study's own choice.

    Raises:
        UnknownStudyError, StoreError: no such study, or none of its parameters.
        SpecError: there is no such run.
    """
    return several_in_hand(store, study_id, [run], moment)[run]


def several_in_hand(store: Store, study_id: str, runs: Sequence[int], moment: Moment | None = None) -> dict[int, "Trained"]:
    """Several runs by their places, of whose parameters those of a strategy are read once; otherwise as ``in_hand``."""
    from mtl_core.training.trained import Trained  # loads torch

    study, layout = store.get(study_id).study, layout_of(store, study_id)
    found = {}
    strategies: dict[str, list[int]] = {}
    for run in runs:
        if type(run) is not int or not 0 <= run < len(layout.runs):
            raise SpecError(f"a run must be one of {len(layout.runs)}, found {shown(run)}; choose one from 0 on.")
        if layout.runs[run].fold:
            raise SpecError(
                "of a study with folds the networks of the first fold can be asked, found another one; choose that."
            )
        strategies.setdefault(layout.runs[run].strategy, []).append(run)
    suite = _suite_of(study)
    for strategy, members in strategies.items():
        kept = store.parameters(study_id, moment or study.test_at, strategy)
        for run in members:
            places = np.flatnonzero(kept["run"] == run)
            if not len(places):
                raise StoreError(f"parameters of run {run} were expected, found none; train the study again.")
            found[run] = Trained.of(study, suite, layout.runs[run], kept["parameters"][places[0]])
    return found


def predict(
    store: Store,
    study_id: str,
    given: Sequence[Given],
    label: str,
    seed: int | None = None,
    tasks: Sequence[str] | None = None,
    moment: Moment | None = None,
) -> list[tuple[Taken, "Answered"]]:
    """What a run answers to what a person gives, one after another; see ``mtl_core.predict``."""
    info = store.get(study_id)
    _, intake = suite_and_intake(info.study)
    taken = [intake.take(each) for each in given]  # before torch is loaded: most mistakes are here
    trained = in_hand(store, study_id, choose_run(layout_of(store, study_id), label, seed).index, moment)
    return [(each, trained.answer(each, tasks)) for each in taken]


def truths(suite: Suite, taken: Taken) -> dict[str, Reply]:
    """What is true of an example, by task, where that is known and asked; empty for what is none."""
    if not taken.example:
        return {}
    found = {}
    words = [taken.text[start:end] for start, end in taken.words]
    for place, task in enumerate(suite.tasks):
        row = taken.rows[place]
        if row is not None and suite.test.observed[taken.example - 1, place]:
            unit = suite.units[place] if suite.units else (0.0, 1.0)
            asked = Asked(task, unit, words, taken.before[row] if taken.before else 0)
            found[task.name] = truth(asked, suite.test.targets[place][taken.example - 1])
    return found
