"""What is changed by hand while a study trains: in which runs, and how that is reported."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mtl_core.records import Record
from mtl_core.training.cohort import Cohort

Change = tuple[str, Any, str | None]
"""What (``learning_rate`` or ``weights``), the new value, and the label whose runs get it; None for all."""

_EARLIER = {"rate": "learning_rate"}
"""What checkpoints of an older version call it."""


def apply(cohort: Cohort, change: Change) -> list[int]:
    """Make a change; gives the places in the cohort of the runs it was for, which for weights are fixed ones, no baselines."""
    what, value, label = change
    asked = [(place, run) for place, run in enumerate(cohort.runs) if label in (None, run.label)]
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
        value = np.asarray(change[1], dtype=np.float64)
        told = {_EARLIER.get(change[0], change[0]): np.broadcast_to(value, (len(runs), *value.shape)).copy()}
        records += [Record("change", step, {"run": runs} | told)] if len(runs) else []
    return records
