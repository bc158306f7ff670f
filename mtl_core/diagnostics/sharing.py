"""What tasks share in a strategy's model, stage by stage: one measure for all strategies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.structure import traced
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout, Row

SKIPPED = "skipped"
"""The module that stands for passing a stage by."""


@dataclass(frozen=True)
class Shared:
    """What T tasks share at S recorded steps, means over the runs asked for.

    Args:
        tasks: their names.
        rows: the L stages from the input up.
        steps: ``(S,)``; one alone where the structure is fixed.
        usage: of each row ``(S, T, n)``, how much of what a task computes there is each module's.
        reads: of each row but the first ``(S, n, n_below)``, what its modules read.
        shared: ``(S, L, T, T)`` in [0, 1].
        private: ``(S, L, T)`` in [0, 1].
        order: the places of the tasks as columns of a picture, those that share most side by side at the end.
        fixed: whether nothing of it can change in training.
    """

    tasks: tuple[str, ...]
    rows: tuple[Row, ...]
    steps: Array
    usage: tuple[Array, ...]
    reads: tuple[Array, ...]
    shared: Array
    private: Array
    order: tuple[int, ...]
    fixed: bool

    @property
    def mean(self) -> Array:
        """``(S, L)``: the mean of ``shared`` over pairs of different tasks."""
        return mean_of_pairs(self.shared)


def shared(layout: Layout, records: Sequence[Record], runs: Sequence[int], step: int = 0) -> Shared:
    """What is shared in runs of one strategy.

    Usage is put together from the top down, ``U_L = M_L`` and ``U_{l-1} = rownorm(U_l N_l)``: M is what was traced of a row,
    else equal parts of what a task reaches; N is what modules read below. Then ``s_tu = sum_k min(U_tk, U_uk) κ_tu``, κ the
    traced agreement of what two tasks do with a module, 1 where none is traced: ``hard`` gives 1 everywhere, ``single_task``
    0, a tree its tree. What no other task uses as much is private, ``ρ_t = sum_k max(0, U_tk - max_u U_uk)``. The stage that
    is skipped is no module: the rest of a task's row then is how likely it executes the stage.

    Args:
        layout: what the records' axes mean.
        records: of any kind.
        runs: their places, one or more, of one strategy.
        step: what is said to be the step of a structure that nothing was recorded of.

    Returns:
        Means over the runs; of runs that diverged what is known of them.

    Deviation: where modules can be reached by every task, a private one is known by its use alone, so the private share
    is soft; it is the sum over modules of one task wherever usage is all or nothing.
    """
    model, tasks = layout.model_of(runs[0]), tuple(task.name for task in layout.tasks)
    kinds = ("usage", "reads", "agreement")
    found = {f"{kind}.{row.name}": traced(records, f"{kind}.{row.name}", runs) for row in model.rows for kind in kinds}
    found = {name: tables for name, tables in found.items() if tables}
    steps = sorted(set.union(*map(set, found.values()))) if found else [step]
    usages, reads, agreed = [], [], []
    for at in steps:
        here = {name: tables[at] for name, tables in found.items() if at in tables}
        usage, read = compose(model.rows, tasks, here, len(runs))
        usages.append(usage)
        reads.append(read)
        agreed.append([_agreement(row, here) for row in model.rows])
    pairs = [
        [_shared(row, used, agreement) for row, used, agreement in zip(model.rows, usage, agreement_of, strict=True)]
        for usage, agreement_of in zip(usages, agreed, strict=True)
    ]
    alone = [[private(used) for used in usage] for usage in usages]
    together = np.array([[_mean(table) for table in row] for row in pairs]).reshape(len(steps), -1, len(tasks), len(tasks))
    return Shared(
        tasks,
        model.rows,
        np.array(steps),
        tuple(np.stack([_mean(usage[row]) for usage in usages]) for row in range(len(model.rows))),
        tuple(np.stack([_mean(read[row]) for read in reads]) for row in range(len(model.rows) - 1)),
        together,
        np.array([[_mean(table) for table in row] for row in alone]).reshape(len(steps), -1, len(tasks)),
        order(together[-1]),
        not found and not _moves(model),
    )


def compose(
    rows: Sequence[Row], tasks: Sequence[str], tables: Mapping[str, Array], runs: int = 1
) -> tuple[list[Array], list[Array]]:
    """Each row's usage ``(R, T, n)`` from the input up, and what each row but the first reads, ``(R, n, n_below)``.

    Args:
        rows: from the input up.
        tasks: their names.
        tables: what was traced at one step: ``usage.<row>`` ``(R, T, n)`` and ``reads.<row>`` ``(R, n, n_below)``, by name.
        runs: R.

    Columns that are the tasks' own networks read what the tasks' usage of the row below says, for they are coupled there.
    Other rows whose usage is traced are used as traced, unless what is read of them is traced too.
    """
    if not rows:
        return [], []
    usage = [tables.get(f"usage.{rows[-1].name}", _reached(rows[-1], len(tasks), runs))]
    reads: list[Array] = []
    for above, below in zip(rows[:0:-1], rows[-2::-1], strict=True):
        own, traced_reads = tables.get(f"usage.{below.name}"), tables.get(f"reads.{above.name}")
        read = _read(above, len(below.modules), runs) if traced_reads is None else traced_reads
        if traced_reads is None and own is not None and above.modules == tuple(tasks):
            read, own = own, None
        used = usage[0] @ read if own is None or traced_reads is not None else own
        total = used.sum(2, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            used = np.where(total > 0, used / total, used)
        # A task whose head reads a lower row comes in here.
        used = np.where(total == 0, _reached(below, len(tasks), runs), used)
        usage.insert(0, used)
        reads.insert(0, read)
    return usage, reads


def overlap(usage: Array, agreement: Array | None = None) -> Array:
    """``s_tu = sum_k min(U_tk, U_uk) κ_tu``: ``(..., T, T)`` from ``(..., T, n)`` and, where known, ``(..., T, T)``."""
    found = np.minimum(usage[..., :, None, :], usage[..., None, :, :]).sum(-1)
    return np.asarray(found if agreement is None else found * np.clip(agreement, 0, 1))


def private(usage: Array) -> Array:
    """``ρ_t = sum_k max(0, U_tk - max_{u != t} U_uk)``: ``(..., T)`` from ``(..., T, n)``.

    >>> private(np.array([[1.0, 0.0], [0.25, 0.75]])).tolist()
    [0.75, 0.75]
    """
    tasks = usage.shape[-2]
    if tasks == 1:
        return np.asarray(usage.sum(-1))
    others = np.stack([np.delete(usage, task, axis=-2).max(axis=-2) for task in range(tasks)], axis=-2)
    return np.asarray(np.maximum(0, usage - others).sum(-1))


def mean_of_pairs(tables: Array) -> Array:
    """The mean over pairs of different tasks ``(...)`` of ``(..., T, T)``; NaN where there is none."""
    apart = ~np.eye(tables.shape[-1], dtype=np.bool_)
    return _mean(np.moveaxis(tables[..., apart], -1, 0))


def order(tables: Array) -> tuple[int, ...]:
    """The tasks in an order that puts those side by side that share most, from ``(L, T, T)`` by hierarchical clustering.

    Equals keep the study's order, and so does the whole where nothing tells tasks apart.
    """
    count = tables.shape[-1]
    if count < 3 or not len(tables):
        return tuple(range(count))
    distance = 1 - np.nan_to_num(_mean(tables), nan=0.0)
    distance = (distance + distance.T) / 2 + 1e-6 * np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    np.fill_diagonal(distance, 0)
    found = leaves_list(linkage(squareform(distance, checks=False), "average", optimal_ordering=True)).tolist()
    return tuple(found if found[0] <= found[-1] else found[::-1])


def _shared(row: Row, usage: Array, agreement: Array | None) -> Array:
    if agreement is not None and all(len(users) < 2 for users in row.reached):
        return np.clip(agreement, 0, 1)  # copies of one stage, a task each, that are as shared as they are alike
    kept = [place for place, module in enumerate(row.modules) if not (row.skippable and module == SKIPPED)]
    return overlap(usage[..., kept], agreement)


def _agreement(row: Row, tables: Mapping[str, Array]) -> Array | None:
    return tables.get(f"agreement.{row.name}")


def _reached(row: Row, tasks: int, runs: int) -> Array:
    """``(R, T, n)``: each task the modules that it reaches, in equal parts."""
    table = np.array([[float(task in users) for users in row.reached] for task in range(tasks)]).reshape(tasks, -1)
    return np.broadcast_to(table / np.maximum(table.sum(1, keepdims=True), 1), (runs, *table.shape))


def _read(row: Row, below: int, runs: int) -> Array:
    """``(R, n, n_below)``: each module what it reads, in equal parts."""
    table = np.array([[float(place in read) for place in range(below)] for read in row.reads]).reshape(-1, below)
    return np.broadcast_to(table / np.maximum(table.sum(1, keepdims=True), 1), (runs, *table.shape))


def _moves(model: ModelLayout) -> bool:
    return any(trace.name.startswith(("usage.", "reads.", "agreement.")) for trace in model.traces)


def _mean(values: Array) -> Array:
    """The mean along the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(0) / np.where(known.any(0), known.sum(0), np.nan))
