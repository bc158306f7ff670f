"""Fewer steps of a long study, where it must be held in little memory."""

from dataclasses import replace
from math import prod

import numpy as np

from mtl_core.records.examples import watched
from mtl_core.records.layout import Layout
from mtl_core.records.record import Record, steps_of
from mtl_core.spec.plan import equal_weights
from mtl_core.spec.study import Study

STEPS_KEPT = 1000
"""Steps kept of each run's losses and weights: twice what a figure draws."""

CELLS_KEPT = 2_000_000
"""Numbers kept of each series over all runs and tasks, where there are so many runs that even ``STEPS_KEPT`` is too much."""


def thin(record: Record, study: Study, layout: Layout) -> Record:
    """Every k-th step of a long run; picked, never averaged, so that each point drawn is a record."""
    stride = strides(study, layout).get(record.kind, 1)
    if stride == 1:
        return record
    if record.kind in ("structure", "answers"):  # of one step: whole, or of no run; what a study came to is always kept
        kept = record.step % stride == 0 or record.step >= study.steps
        return record if kept else replace(record, arrays={name: a[:0].copy() for name, a in record.arrays.items()})
    keep = np.flatnonzero(steps_of(record) % stride == 0)
    return replace(record, arrays={name: a if name == "run" else a[keep].copy() for name, a in record.arrays.items()})


def strides(study: Study, layout: Layout) -> dict[str, int]:
    """Between how many steps a step is kept, by kind of record; 1 where all are.

    Whole studies of the size of a class exercise are kept whole; tables that are downloaded from longer ones say so.
    """
    runs, tasks = len(layout.runs), len(layout.tasks)
    by_step = max(-(-study.steps // STEPS_KEPT), -(-study.steps * runs * tasks // CELLS_KEPT))
    compared = -(-study.steps // study.conflict_every) * runs * len(layout.layers) * max(1, len(layout.pairs))
    every = -(-compared // CELLS_KEPT)
    seen = sum(run.weights == equal_weights(tasks) for run in layout.runs) if study.affinity_every else 0
    rarer = -(-(-(-study.steps // max(1, study.affinity_every)) * seen * tasks**2) // CELLS_KEPT)
    traced = sum(prod(map(len, trace.labels)) for run in layout.runs for trace in layout.model(run.strategy).traces)
    asked = 0 if layout.examples is None else 2 * len(watched(layout.runs)) * tasks * len(layout.examples)
    return {
        "steps": by_step,
        "conflict": study.conflict_every * every if every > 1 else 1,
        "affinity": study.affinity_every * rarer if rarer > 1 else 1,
        "structure": _evaluations(study, traced),
        "answers": _evaluations(study, asked),
    }


def _evaluations(study: Study, numbers: int) -> int:
    """Between how many steps an evaluation's so many numbers are kept."""
    looked = study.evaluation_interval
    fewer = -(-numbers * (study.steps // looked + 1) // CELLS_KEPT)
    return looked * fewer if fewer > 1 else 1
