"""How often and how strongly task gradients conflict."""

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import CONFIDENCE, interval
from mtl_core.diagnostics.runs import ROLES, labels, shared_by
from mtl_core.records import Layout

_PAIR = ["layer", "task_a", "task_b"]


def telling(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``tables.conflict`` that say whether two tasks agree.

    Left out are those without a cosine (a task without labels, a gradient of zero), and those where it is exactly zero: tasks
    that use no number together there neither agree nor conflict.
    """
    return table[table["cosine"].notna() & (table["cosine"] != 0)]


def conflict_share(layout: Layout, table: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """The share of recorded steps at which two tasks' gradients point against each other (cosine < 0).

    Conflict is not negative transfer: tasks can conflict at half of all steps and still all gain.

    Args:
        layout: what the records' axes mean.
        table: from ``tables.conflict``; of it what is ``telling``.
        confidence: of the intervals.

    Returns:
        ``label, role, layer, task_a, task_b, n, share, low, high, cosine, magnitude_similarity, strategy``: means over seeds of
        each run's mean over steps; ``low`` and ``high`` are the interval of the share over ``n`` seeds, kept within 0 and 1.
    """
    kept = telling(table)
    measured = ["conflicting", "cosine", "magnitude_similarity"]
    kept = kept.assign(conflicting=(kept["cosine"] < 0).astype(np.float64))
    a_run = kept.groupby(["run", *_PAIR], observed=True)[measured].mean().reset_index()
    a_run = _name(layout, a_run)
    keys = ["label", "role", *_PAIR]
    grouped = a_run.groupby(keys, observed=True)
    found = grouped[measured].mean().rename(columns={"conflicting": "share"}).reset_index()
    place, group = grouped.cumcount().to_numpy(), grouped.ngroup().to_numpy()
    dense = np.full((int(place.max(initial=-1)) + 1, len(found)), np.nan)
    dense[place, group] = a_run["conflicting"].to_numpy()
    bounds = interval(dense, confidence=confidence, shared=layout.shared)
    found = found.assign(n=bounds.n.astype(np.int64), low=np.clip(bounds.low, 0, 1), high=np.clip(bounds.high, 0, 1))
    found = found[[*keys, "n", "share", "low", "high", "cosine", "magnitude_similarity"]]
    return found.assign(strategy=shared_by(layout, found["label"]))


def conflict_over_time(layout: Layout, table: pd.DataFrame, bins: int | None = None) -> pd.DataFrame:
    """The mean over seeds at each recorded step.

    Args:
        layout, table: as for ``conflict_share``.
        bins: at most so many points in time, each the mean of its stretch and placed at its last step; None for all.

    Returns:
        ``label, role, layer, task_a, task_b, step, n, cosine, magnitude_similarity, strategy``; ``n`` counts runs.
    """
    kept = _name(layout, table[table["cosine"].notna()])
    if bins is not None and len(kept):
        kept = kept.assign(step=_thin(kept["step"].to_numpy(), bins))
    grouped = kept.groupby(["label", "role", *_PAIR, "step"], observed=True)
    found = grouped[["cosine", "magnitude_similarity"]].mean()
    found.insert(0, "n", grouped["run"].nunique().astype(np.int64))
    found = found.reset_index()
    return found.assign(strategy=shared_by(layout, found["label"]))


def _name(layout: Layout, table: pd.DataFrame) -> pd.DataFrame:
    label, role = labels(layout), pd.Categorical([run.role for run in layout.runs], categories=list(ROLES))
    run = table["run"].to_numpy()
    return table.assign(label=label.take(run), role=role.take(run))


def _thin(steps: Array, bins: int) -> Array:
    known, place = np.unique(steps, return_inverse=True)
    stretch = -(-len(known) // max(1, bins))
    ends = np.minimum((np.arange(len(known)) // stretch + 1) * stretch - 1, len(known) - 1)
    return np.asarray(known[ends][place])
