"""How much tasks should help each other, by measures that are cheap: one table for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, assemble, names, of_kind
from mtl_core.diagnostics.gramians import gramians
from mtl_core.diagnostics.intervals import CONFIDENCE, interval
from mtl_core.diagnostics.scores import headlines, signs
from mtl_core.errors import unknown_name
from mtl_core.records import Layout, Record, steps_of
from mtl_core.spec.plan import Run, equal_weights

AFFINITIES = ("tag", "first_order", "cosine", "labels", "probe")
"""The measures: what one step does to the other losses, and the same by first order; the angle between task gradients; how
strongly train labels go together; and what a head for the target reads from a network that learned the source alone."""

UNSIGNED = ("labels",)
"""Those that are never below zero, so that their sign says nothing."""

SYMMETRIC = ("cosine", "labels")
"""Those that say the same of both directions."""

Found = tuple[Array, str]
"""``(n, T, T)`` a table a seed, rows help columns, and why there is none in words; empty where there is one."""


def affinity(
    layout: Layout, records: Sequence[Record], kind: str, label: str | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """What a cheap measure says of how much each task should help each other one.

    ``tag``: the mean over steps of ``Z_ij``, the share of the target's loss that a step of the source takes away (Fifty et al.
    2021, equation 1). ``first_order``: of ``η <g_i, g_j> / L_j``, what ``Z_ij`` comes to for a small step, with the run's own
    learning rate at all steps, whatever its schedule. ``cosine``: of the gradients' cosine on the trunk. ``labels``: see
    ``label_relations``; there is one table for all seeds and no interval. ``probe``: on validation, the headline metric of a
    head for the target on the trunk of the source alone, less that of the target alone; larger is better.

    Args:
        layout: what the records' axes mean.
        records: what training has reported; for ``probe`` also a record of probes, see ``mtl_core.execution.probing``.
        kind: one of ``AFFINITIES``.
        label: whose gradients are read; None for equal weights at the study's own learning rate with hard sharing, or else
            with the first strategy that has them.
        confidence: of the intervals.

    Returns:
        ``source, target, value, low, high, seeds, kind``, a row for each two different tasks of which something is known:
        means over each run's steps, then over seeds with Student's interval. ``why_none`` says why it is empty.

    Raises:
        SpecError: there is no such measure.
    """
    table, _ = _found(layout, records, kind, label)
    count = len(layout.tasks)
    source, target = np.nonzero(~np.eye(count, dtype=bool))
    bounds = interval(table[:, source, target], confidence=confidence)
    seeds = np.zeros_like(bounds.n) if kind == "labels" else bounds.n
    part = {"source": source, "target": target, "value": bounds.mean, "low": bounds.low, "high": bounds.high, "seeds": seeds}
    part["kind"] = np.full(len(source), AFFINITIES.index(kind))
    known = np.isfinite(bounds.mean)
    task = names(each.name for each in layout.tasks)
    types = {"source": task, "target": task} | dict.fromkeys(("value", "low", "high"), np.float64)
    return assemble([{n: c[known] for n, c in part.items()}], types | {"seeds": np.int64, "kind": names(AFFINITIES)})


def affinity_matrix(layout: Layout, records: Sequence[Record], kind: str, label: str | None = None) -> Array:
    """``(T, T)``: the values of ``affinity``, rows help columns; NaN where nothing is known, and on the diagonal."""
    table, _ = _found(layout, records, kind, label)
    mean = interval(table).mean
    np.fill_diagonal(mean, np.nan)
    return mean


def affinities(
    layout: Layout, records: Sequence[Record], label: str | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """The rows of ``affinity`` of every measure that there is, one after another."""
    return pd.concat([affinity(layout, records, kind, label, confidence) for kind in AFFINITIES], ignore_index=True)


def why_none(layout: Layout, records: Sequence[Record], kind: str, label: str | None = None) -> str:
    """Why ``affinity`` is empty, in words; empty where it is not."""
    return _found(layout, records, kind, label)[1]


def looked_at(layout: Layout, label: str | None = None, strategy: str | None = None) -> list[Run]:
    """The runs whose gradients say something of all tasks, of one label, the seeds rising: see ``affinity``. Where a
    ``strategy`` is named, of its runs alone."""
    equal = equal_weights(len(layout.tasks))
    runs = [
        run
        for run in layout.runs
        if run.label == label or (label is None and run.weights == equal and strategy in (None, run.strategy))
    ]
    # Python sorts stably: the study's own rate first, and hard sharing before other strategies, which keep their order.
    runs.sort(key=lambda run: (run.label != run.family, layout.model_of(run.index).name != "hard"))
    chosen = [run for run in runs if run.label == runs[0].label]
    return sorted(chosen, key=lambda run: run.seed)


NO_RUN = "no run learns all tasks with equal weights; add the method equal."
NO_LOOK = "nothing was looked at while the study trained; train it with affinity_every=10."
NO_GRADIENTS = "the gradients of tasks have not been compared, or no parameters are shared."
NO_LABELS = (
    "labels are compared where an answer is one class or one number and every example has all labels; no two tasks of this "
    "study are such."
)
OLDER = "an older version trained this and compared no labels; train it again."
NO_PROBE = "no head has been fitted to the networks of the tasks alone."
NO_SCORE = "heads are fitted for tasks whose answer is a class or numbers, and no two tasks of this study are such."
WHY = (NO_RUN, NO_LOOK, NO_GRADIENTS, NO_LABELS, OLDER, NO_PROBE, NO_SCORE)
"""Why there is no table, for who translates."""


def _found(layout: Layout, records: Sequence[Record], kind: str, label: str | None) -> Found:
    if kind not in _MEASURES:
        raise unknown_name("affinity", kind, AFFINITIES)
    runs = looked_at(layout, label)
    if kind in ("tag", "first_order", "cosine") and not runs:
        return _nothing(layout), NO_RUN
    values, why = _MEASURES[kind](layout, records, [run.index for run in runs])
    apart = ~np.eye(len(layout.tasks), dtype=bool)
    return values, "" if np.isfinite(values[:, apart]).any() else why


def _tag(layout: Layout, records: Sequence[Record], runs: list[int]) -> Found:
    means = _Means(runs, len(layout.tasks))
    for record, run, places in of_kind(records, "affinity", runs):
        means.add(run, record.arrays["affinity"][:, places])
    return means.found, NO_LOOK


def _cosine(layout: Layout, records: Sequence[Record], runs: list[int]) -> Found:
    first, second = np.array(layout.pairs).T
    means = _Means(runs, len(layout.tasks))
    for record, run, places in of_kind(records, "conflict", runs):
        cosine = record.arrays["cosine"][:, places][:, :, 0].astype(np.float64)  # (K, r, Q) on the whole trunk
        table = np.full((*cosine.shape[:2], len(layout.tasks), len(layout.tasks)), np.nan)
        # Exactly zero is that of tasks that share nothing there: they neither agree nor conflict.
        table[:, :, first, second] = table[:, :, second, first] = np.where(cosine == 0, np.nan, cosine)
        means.add(run, table)
    return means.found, NO_GRADIENTS


def _first_order(layout: Layout, records: Sequence[Record], runs: list[int]) -> Found:
    means = _Means(runs, len(layout.tasks))
    for run in runs:  # some seeds of one label
        steps, products = gramians(layout, records, run)
        dated, losses = _losses(layout, records, run)
        _, here, there = np.intersect1d(steps, dated, return_indices=True)
        products, losses = products[here], losses[there]
        with np.errstate(divide="ignore", invalid="ignore"):
            table = layout.runs[run].learning_rate * products / np.where(losses > 0, losses, np.nan)[:, None, :]
        pulls = products.diagonal(axis1=1, axis2=2) > 0  # a task without a label in the batch pulls at nothing
        means.add(np.array([run]), np.where(pulls[:, :, None] & pulls[:, None, :], table, np.nan)[:, None])
    return means.found, NO_GRADIENTS


def _losses(layout: Layout, records: Sequence[Record], run: int) -> tuple[Array, Array]:
    """The recorded steps of a run ``(K,)`` and its batch losses ``(K, T)``."""
    steps, losses = [np.zeros(0, dtype=np.int32)], [np.zeros((0, len(layout.tasks)))]
    for record, _run, places in of_kind(records, "steps", [run]):
        steps.append(steps_of(record))
        losses.append(record.arrays["losses"][:, places][:, 0].astype(np.float64))
    return np.concatenate(steps), np.concatenate(losses)


def _labels(layout: Layout, _records: Sequence[Record], _runs: list[int]) -> Found:
    if not layout.relations:
        return _nothing(layout), OLDER
    return np.array([[[np.nan if v is None else v for v in row] for row in layout.relations]]), NO_LABELS


def _probe(layout: Layout, records: Sequence[Record], _runs: list[int]) -> Found:
    tasks, heads = np.arange(len(layout.tasks)), headlines(layout)
    sign, tables, why = signs(layout)[tasks, heads], [], NO_PROBE
    for record, run, _ in of_kind(records, "probe"):
        why = NO_SCORE
        read, own = (record.arrays[name][:, tasks, heads] * sign for name in ("probe", "own"))  # (r, T)
        seeds = np.array([layout.runs[place].seed for place in run])
        source = np.array([layout.runs[place].trains(len(tasks)).index(True) for place in run])
        for seed in np.unique(seeds):
            mine, table = seeds == seed, np.full((len(tasks), len(tasks)), np.nan)
            alone = np.full(len(tasks), np.nan)
            alone[source[mine]] = own[mine, source[mine]]
            table[source[mine]] = read[mine] - alone
            tables.append(table)
    return np.array(tables) if tables else _nothing(layout), why


def _nothing(layout: Layout) -> Array:
    return np.full((0, len(layout.tasks), len(layout.tasks)), np.nan)


_MEASURES: dict[str, Callable[[Layout, Sequence[Record], list[int]], Found]] = {
    "tag": _tag,
    "first_order": _first_order,
    "cosine": _cosine,
    "labels": _labels,
    "probe": _probe,
}


@dataclass
class _Means:
    """Means over steps of tables ``(K, r, T, T)`` that come record by record, for n runs; NaN is left out."""

    runs: list[int]
    tasks: int

    def __post_init__(self) -> None:
        self._sum = np.zeros((len(self.runs), self.tasks, self.tasks))
        self._count = np.zeros_like(self._sum)

    def add(self, run: Array, values: Array) -> None:
        """Take in the tables of runs by their places in the study."""
        at = [self.runs.index(place) for place in run.tolist()]
        known = np.isfinite(values)
        self._sum[at] += np.where(known, values, 0.0).sum(axis=0)
        self._count[at] += known.sum(axis=0)

    @property
    def found(self) -> Array:
        """``(n, T, T)``."""
        with np.errstate(invalid="ignore"):
            return self._sum / self._count
