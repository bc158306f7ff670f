"""What is changed by hand while a study trains: in which runs, and how that is reported."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.records import Record
from mtl_core.training.cohort import Cohort

Change = tuple[str, Any, str | None]
"""What, the new value, and the label whose runs get it; None for all. ``learning_rate`` and ``weights`` hold from then on;
``along`` holds ``weights`` from step ``start`` to before ``end``, for runs of any method."""

_EARLIER = {"rate": "learning_rate"}
"""What checkpoints of an older version call it."""


def apply(cohort: Cohort, change: Change) -> list[int]:
    """Make a change; gives the places in the cohort of the runs it was for: for weights fixed ones, never baselines, and along
    given weights those that train every task with weight."""
    what, value, label = change
    asked = [(place, run) for place, run in enumerate(cohort.runs) if label in (None, run.label)]
    if what == "along":
        wanted = [place for place, weight in enumerate(value["weights"]) if weight]
        learned = [(place, run.trains(cohort.tasks)) for place, run in asked if run.role != "baseline"]
        places = [place for place, trained in learned if all(trained[task] for task in wanted)]
        if places:
            cohort.lead(places, **value)
        return places
    if _EARLIER.get(what, what) == "learning_rate":
        places = [place for place, _run in asked]
        cohort.set_rate(value, places)
    else:
        places = [place for place, run in asked if run.weights is not None and run.role != "baseline"]
        cohort.set_weights(places, value)
    return places


def made(cohorts: Iterable[Cohort], change: Change, step: int) -> list[Record]:
    """Make a change in all of these, after ``step`` updates, and report it."""
    records = []
    for cohort in cohorts:
        runs = np.array([cohort.runs[place].index for place in apply(cohort, change)], dtype=np.int32)
        told, at = _told(change, step)
        arrays = {name: np.broadcast_to(value, (len(runs), *value.shape)).copy() for name, value in told.items()}
        # Nothing is told of runs that nested choices are made by; they change alike.
        records += [Record("change", at, {"run": runs} | arrays)] if len(runs) and cohort.runs[0].besides is None else []
    return records


def _told(change: Change, step: int) -> tuple[dict[str, npt.NDArray[np.float64]], int]:
    """What is reported of a change for each run, and after how many updates it was made."""
    what, value, _label = change
    if what != "along":
        return {_EARLIER.get(what, what): np.asarray(value, dtype=np.float64)}, step
    told = {"along": value["weights"], "updates": value["end"] - value["start"]}
    return {name: np.asarray(each, dtype=np.float64) for name, each in told.items()}, value["start"]
