"""What runs say of the examples that are watched, right and wrong, as a table."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtl_core.diagnostics.columns import Columns, along, assemble, names, of_kind
from mtl_core.diagnostics.runs import labels, strategies
from mtl_core.records import Layout, Record
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Task
from mtl_core.suites.view import in_words

NEAR = 0.5
"""How far a value may be from the true one to count as right, in standard deviations over the train split."""


def answers(
    layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None, *, last: bool = False
) -> pd.DataFrame:
    """What the watched runs said of the layout's examples over time.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.
        runs: the runs wanted, None for all that are watched.
        last: whether to read the newest answers of each run alone.

    Returns:
        ``run, label, step, example, task, truth, answer, certainty, right, strategy``: examples from 1; classes as ids and
        values in their own units; ``certainty`` is the probability of the answer, NaN for values; ``right``: the true class, or
        nearer than half a standard deviation to the true value; missing where the truth is not known. A task that a run does
        not train, and a run that diverged, has no row.
    """
    parts: list[Columns] = []
    known = layout.examples
    tasks = np.arange(len(layout.tasks))
    if known is not None:
        truths = np.array(known.truths, dtype=np.float64).T  # (T, N)
        allowed = np.array([0.0 if _is_class(t) else NEAR * s for t, s in zip(layout.tasks, known.spreads, strict=True)])
        told: set[int] = set()
        for record, run, places in of_kind(reversed(records) if last else records, "answers", runs):
            if last:
                fresh = np.array([int(each) not in told for each in run], dtype=np.bool_)
                run, places = run[fresh], np.arange(len(record.arrays["run"]))[places][fresh]
                told |= set(run.tolist())
            said = record.arrays["answer"][places].astype(np.float64)  # (r, T, N)
            right = np.where(np.isnan(truths), np.nan, np.abs(said - truths) <= allowed[:, None])
            columns = {
                "run": along(run, 0, said.shape),
                "step": np.full(said.size, record.step),
                "example": along(np.arange(1, len(known) + 1), 2, said.shape),
                "task": along(tasks, 1, said.shape),
                "truth": np.broadcast_to(truths, said.shape).reshape(-1),
                "answer": said.reshape(-1),
                "certainty": record.arrays["certainty"][places].reshape(-1),
                "right": right.reshape(-1),
            }
            kept = np.isfinite(columns["answer"])
            parts.append({name: column[kept] for name, column in columns.items()})
    types: dict[str, Any] = {"run": np.int32, "step": np.int32, "example": np.int32}
    types |= {"task": names(task.name for task in layout.tasks)} | dict.fromkeys(
        ("truth", "answer", "certainty", "right"), np.float64
    )
    table = assemble(parts, types)
    table["right"] = table["right"].map({1.0: True, 0.0: False}).astype("boolean")
    table.insert(1, "label", labels(layout)[table["run"].to_numpy()])
    return table.assign(strategy=strategies(layout, table["run"].to_numpy()))


def wholes(records: Sequence[Record], runs: Collection[int]) -> dict[int, dict[str, npt.NDArray[Any]]]:
    """The newest answers of runs, by their places, that are more than a class or a number: ``(N, ...)`` by the names of the
    tasks that they train, as ``mtl_core.suites.wholes.whole`` has them."""
    found: dict[int, dict[str, npt.NDArray[Any]]] = {}
    for record in reversed(records):
        if record.kind == "wholes" and (run := int(record.arrays["run"][0])) in runs and run not in found:
            found[run] = {name: array[0] for name, array in record.arrays.items() if name != "run"}
            if len(found) == len(runs):
                break
    return found


def said(task: Task, value: float, spread: float) -> str:
    """An answer or a truth in words: the name of the class, or the number with as many decimals as matter.

    Args:
        task: whose it is.
        value: a class id, or a value in its own units.
        spread: of the values, as ``Examples.spreads`` has it.
    """
    if _is_class(task):
        return task.labels[int(value)] if task.labels else str(int(value))
    return in_words(value, spread)


def _is_class(task: Task) -> bool:
    return KINDS[task.kind].targets == "classes"
