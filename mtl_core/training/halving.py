"""Successive halving: after some steps only the best fixed weightings go on, at their full length."""

from collections.abc import Sequence

import numpy as np

from mtl_core.records import Record
from mtl_core.spec.kinds import METRICS
from mtl_core.suites.suite import Task
from mtl_core.training.cohort import Cohort
from mtl_core.training.snapshot import BestStep

KEPT = 3
"""One in so many goes on."""


def survivors(cohorts: Sequence[Cohort], told: Sequence[Record], tasks: Sequence[Task]) -> set[int]:
    """The places in the study of the runs that go on: all of the best third of labels of fixed weightings, and all others.

    A label is judged by the mean over its runs and tasks of the headline metric on validation, each task in standard deviations
    over the candidates; a task that a run does not train counts as the worst of them, and a run that diverged is the worst.

    Args:
        cohorts: those that train now.
        told: begins with an evaluation of each.
        tasks: the T tasks.

    Source: Karnin, Koren & Somekh 2013 (ICML); Jamieson & Talwalkar 2016 (AISTATS), with one in three kept.
    """
    runs = [run for cohort in cohorts for run in cohort.runs]
    values = np.concatenate([record.arrays["validation"] for record in told[: len(cohorts)]]).astype(np.float64)
    heads = [task.metrics.index(task.headline) for task in tasks]
    signed = values[:, range(len(tasks)), heads] * [-1 if METRICS[task.headline].lower_is_better else 1 for task in tasks]
    asked = [place for place, run in enumerate(runs) if run.role == "fixed"]
    scores = signed[asked]
    worst = np.where(np.isfinite(scores), scores, np.inf).min(axis=0, initial=np.inf)
    scores = np.where(np.isfinite(scores), scores, np.where(np.isfinite(worst), worst, 0.0))
    spread = scores.std(axis=0)
    merit = (scores / np.where(spread > 0, spread, 1.0)).mean(axis=1)
    alive = np.concatenate([cohort.alive.cpu().numpy() for cohort in cohorts])[asked]
    merit[~alive] = -np.inf
    labels = list(dict.fromkeys(runs[place].label for place in asked))
    means = [np.mean([m for m, place in zip(merit, asked, strict=True) if runs[place].label == label]) for label in labels]
    order = sorted(range(len(labels)), key=lambda place: -means[place])  # stable: of equals the first
    best = {labels[place] for place in order[: -(-len(labels) // KEPT)]}
    return {run.index for run in runs if run.role != "fixed" or run.label in best}


Standing = tuple[Cohort, BestStep]


def go_on(larger: Standing, smaller: Standing) -> None:
    """Put the runs of a smaller cohort, and their best steps, where they stood in a larger one of the same program."""
    before, after = larger[0], smaller[0]
    places = {run.index: place for place, run in enumerate(before.runs)}
    state = {name: value for name, value in before.state().items() if not name.startswith("method.")}
    rows = [places[run.index] for run in after.runs]
    state = {name: value[rows].clone() for name, value in state.items()}
    methods = [before.runs[group.runs.start].method for group in before.balance.groups]
    for place, group in enumerate(after.balance.groups):
        own = methods.index(after.runs[group.runs.start].method)
        start = before.balance.groups[own].runs.start
        kept = [row - start for row in rows[group.runs]]
        for name, value in before.balance.groups[own].state.items():
            state[f"method.{place}.{name}"] = value if len(value) == len(kept) else value[kept].clone()
    after.restore(state)
    smaller[1].restore({name: value[rows].clone() for name, value in larger[1].state().items()})
