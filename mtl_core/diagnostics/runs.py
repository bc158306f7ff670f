"""The table of a study's runs: what each is and how it fared."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, names, of_kind
from mtl_core.records import Layout, Record, steps_of

STATUSES = ("finished", "diverged", "running", "stopped", "pruned")
"""How a run can stand. ``running`` includes runs whose turn has not come yet; ``pruned`` ones did not go on at a rung."""

ROLES = ("baseline", "fixed", "method")


def runs(layout: Layout, records: Sequence[Record], steps: int, state: str = "running", *, rungs: bool = False) -> pd.DataFrame:
    """One row a run, in the order of the study.

    Args:
        layout: what the records' axes mean.
        records: of any kind.
        steps: how many steps each run was to make.
        state: the study's state in the store; runs that are not at their end are ``stopped`` if it is ``stopped`` or
            ``failed`` and ``running`` otherwise.
        rungs: whether the study has rungs at which runs were left out: those of a finished one are ``pruned``.

    Returns:
        ``run, role, label, method, seed, status, diverged_step, parameters``, then ``diverged_task``, ``step`` (the last one
        recorded), ``learning_rate``, ``strategy``, ``options`` (the method's, as JSON) and a column ``weight_<task>`` a task
        (the point on the simplex of runs with fixed weights, NaN for the others); with folds ``fold`` behind ``seed``.
    """
    count = len(layout.runs)
    step, (diverged, task) = last_steps(count, records), divergence(count, records)
    status = np.where(step >= steps, 0, 3 if state in ("stopped", "failed") else 4 if rungs and state == "finished" else 2)
    status = np.where(diverged >= 0, 1, status)
    tasks = [each.name for each in layout.tasks]
    points = np.array([run.weights or (np.nan,) * len(tasks) for run in layout.runs], dtype=np.float64).reshape(
        count, len(tasks)
    )
    return pd.DataFrame(
        {
            "run": np.arange(count, dtype=np.int32),
            "role": pd.Categorical([run.role for run in layout.runs], dtype=names(ROLES)),
            "label": labels(layout),
            "method": pd.Categorical([run.method.name for run in layout.runs]),
            "seed": np.array([run.seed for run in layout.runs], dtype=np.int64),
            **folds_of(layout),
            "status": pd.Categorical.from_codes(status, dtype=names(STATUSES)),
            "diverged_step": pd.array(diverged, dtype="Int32").copy(),
            "parameters": np.array([layout.model(run.strategy).parameters for run in layout.runs], dtype=np.int64),
            "diverged_task": pd.Categorical.from_codes(np.where(diverged >= 0, task, -1), dtype=names(tasks)),
            "step": step.astype(np.int32),
            "learning_rate": np.array([run.learning_rate for run in layout.runs], dtype=np.float64),
            "strategy": strategies(layout, range(count)),
            "options": pd.Series([json.dumps(run.method.options) for run in layout.runs], dtype="str"),
        }
        | {f"weight_{name}": points[:, place] for place, name in enumerate(tasks)}
    ).assign(diverged_step=lambda table: table["diverged_step"].mask(table["diverged_step"] < 0))


def folds_of(layout: Layout) -> dict[str, Array]:
    """The column ``fold`` of the runs; none where there are no folds."""
    if not layout.shared:
        return {}
    return {"fold": np.array([run.fold for run in layout.runs], dtype=np.int64)}


def strategies(layout: Layout, found: Sequence[int] | Array) -> Any:
    """The sharing strategy of each of the runs given by their places, the strategies in the order of the layout."""
    known = [model.strategy for model in layout.models]
    codes = np.array([known.index(run.strategy) for run in layout.runs], dtype=np.int16)
    return pd.Categorical.from_codes(codes[np.asarray(found, dtype=np.int64)], dtype=names(known))


def shared_by(layout: Layout, known: Iterable[Any]) -> Any:
    """The sharing strategy behind each label or family."""
    first = {name: run.index for run in reversed(layout.runs) for name in (run.family, run.label)}
    return strategies(layout, [first[str(name)] for name in known])


def labels(layout: Layout) -> Any:
    """The label of each run, the labels in the order of the study."""
    return pd.Categorical([run.label for run in layout.runs], dtype=names(run.label for run in layout.runs))


def last_steps(count: int, records: Sequence[Record]) -> Array:
    """The last step that the records tell of each run, ``(R,)``; 0 for runs they do not tell of."""
    last = np.zeros(count, dtype=np.int64)
    for record in records:
        if record.kind in ("evaluation", "steps"):
            np.maximum.at(last, record.arrays["run"], max(int(record.step), int(steps_of(record).max(initial=0))))
    return last


def divergence(count: int, records: Sequence[Record]) -> tuple[Array, Array]:
    """The step at which each run stopped being finite, and the task where it was seen first, both ``(R,)``; -1 where none."""
    step, task = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    for record, run, _ in of_kind(records, "status"):
        step[run], task[run] = record.arrays["diverged_step"], record.arrays["diverged_task"]
    return step, task
