"""Where a task alone gets worse again: results at the end then make whatever regularises look good."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, names, of_kind
from mtl_core.diagnostics.intervals import interval
from mtl_core.diagnostics.sides import task_of
from mtl_core.records import Layout, Record

LEAST_RISE = 0.02
"""A validation loss that ends less than this share above its least is as good as flat."""


def overfitting(layout: Layout, records: Sequence[Record]) -> pd.DataFrame:
    """The baselines whose validation loss ends above its least.

    The least is that of the mean over seeds; a baseline is listed when the rise from there to the end is clear of zero (95 %,
    paired by seed) and more than ``LEAST_RISE``.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.

    Returns:
        ``task, learning_rate, step`` (since when), ``rise_percent`` (of the mean loss, until the end) and ``n`` seeds.
    """
    steps = sorted({record.step for record in records if record.kind == "evaluation"})
    place = {step: number for number, step in enumerate(steps)}
    losses = np.full((len(steps), len(layout.runs), len(layout.tasks)), np.nan)
    for record, run, _ in of_kind(records, "evaluation"):
        if "validation" in record.arrays:
            losses[place[record.step], run] = record.arrays["validation"][:, :, 0]
    rows = []
    asked = dict.fromkeys((run.label, run.learning_rate) for run in layout.runs if run.role == "baseline")
    for label, rate in asked:
        runs = [run for run in layout.runs if (run.role, run.label, run.learning_rate) == ("baseline", label, rate)]
        task = task_of(runs[0])
        curves = losses[:, [run.index for run in runs], task]  # (evaluations, seeds)
        told = np.isfinite(curves).any(axis=1)  # waves are evaluated at steps of their own
        curves = curves[told]
        curves = curves[:, np.isfinite(curves).all(axis=0)]
        if found := _rise(curves, layout.shared):
            rows.append((layout.tasks[task].name, rate, np.array(steps)[told][found[0]], 100 * found[1], curves.shape[1]))
    table = pd.DataFrame(rows, columns=["task", "learning_rate", "step", "rise_percent", "n"])
    types = {"learning_rate": np.float64, "step": np.int64, "rise_percent": np.float64, "n": np.int64}
    return table.astype({"task": names(task.name for task in layout.tasks)} | types)


def _rise(curves: Array, shared: float) -> tuple[int, float] | None:
    """The place of the least mean loss of ``(evaluations, seeds)`` and the share that it rises until the end, if it does."""
    if curves.shape[0] < 2 or curves.shape[1] < 2:
        return None
    mean = curves.mean(axis=1)
    least = int(mean.argmin())
    share = float(mean[-1] / mean[least] - 1) if mean[least] > 0 else 0.0
    clear = interval(curves[-1] - curves[least], shared=shared).low > 0
    return (least, share) if clear and share > LEAST_RISE else None
