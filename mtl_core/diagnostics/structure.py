"""What strategies' models told of their structure while they trained, as a table and as arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, Columns, along, assemble, names, of_kind
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import Trace

LABELS = 2
"""Label columns that the table has at least: nearly all that is traced is a task by a module or by another task."""


def structure(layout: Layout, records: Sequence[Record], runs: Sequence[int] | None = None) -> pd.DataFrame:
    """Every traced number of every strategy over time.

    Args:
        layout: what the records' axes mean.
        records: of any kind, in the order they were written.
        runs: the runs wanted, None for all.

    Returns:
        ``run, step, strategy, name, stage, axes, label_1, label_2, ..., value``: ``name`` and ``stage`` are the two parts of
        the trace's name, such as ``usage`` and ``layer 1``; ``axes`` says what the labels count, such as ``task, module``.
        Labels beyond a trace's own axes are missing; numbers that are not known are left out.
    """
    traces = [trace for model in layout.models for trace in model.traces]
    width = max([LABELS, *(len(trace.axes) for trace in traces)])
    known = [names(label for trace in traces for label in _labels(trace, place)) for place in range(width)]
    kinds, stages = (names(parts[place] for parts in map(parts_of, _names(traces))) for place in (0, 1))
    axes = names(", ".join(trace.axes) for trace in traces)
    strategies = names(model.strategy for model in layout.models)
    parts: list[Columns] = []
    for record, run, places in of_kind(records, "structure", runs):
        if not len(run):
            continue
        model = layout.model_of(int(run[0]))  # a record tells of runs of one strategy
        for trace in model.traces:
            if trace.name not in record.arrays:
                continue
            values = record.arrays[trace.name][places]  # (r, *axes)
            kept = np.isfinite(values).reshape(-1)
            kind, stage = parts_of(trace.name)
            constant = {
                "step": record.step,
                "strategy": strategies.categories.get_loc(model.strategy),
                "name": kinds.categories.get_loc(kind),
                "stage": stages.categories.get_loc(stage),
                "axes": axes.categories.get_loc(", ".join(trace.axes)),
            }
            columns = {name: np.full(values.size, value, dtype=np.int32) for name, value in constant.items()}
            columns |= {"run": along(run, 0, values.shape), "value": values.reshape(-1)}
            for place in range(width):
                codes = known[place].categories.get_indexer(list(_labels(trace, place)))
                found = along(codes, place + 1, values.shape) if len(codes) else np.full(values.size, -1)
                columns[f"label_{place + 1}"] = found
            parts.append({name: column[kept] for name, column in columns.items()})
    types: dict[str, Any] = {"run": np.int32, "step": np.int32, "strategy": strategies, "name": kinds, "stage": stages}
    types |= {"axes": axes} | {f"label_{place + 1}": known[place] for place in range(width)} | {"value": np.float64}
    return assemble(parts, types)


def traced(records: Sequence[Record], name: str, runs: Sequence[int]) -> dict[int, Array]:
    """What was recorded under a name at each step, ``(r, ...)`` by step, with NaN for runs that it does not tell of."""
    places = {run: place for place, run in enumerate(runs)}
    found: dict[int, Array] = {}
    for record, run, at in of_kind(records, "structure", runs):
        if name in record.arrays and len(run):
            values = record.arrays[name][at].astype(np.float64)
            held = found.setdefault(record.step, np.full((len(runs), *values.shape[1:]), np.nan))
            held[[places[int(each)] for each in run]] = values
    return dict(sorted(found.items()))


def parts_of(name: str) -> tuple[str, str]:
    """The two parts of a trace's name: what it is, and of which stage; the latter is empty for the whole model.

    >>> parts_of("usage.layer 1"), parts_of("depth")
    (('usage', 'layer 1'), ('depth', ''))
    """
    kind, _, stage = name.partition(".")
    return kind, stage


def _names(traces: Sequence[Trace]) -> list[str]:
    return [trace.name for trace in traces]


def _labels(trace: Trace, place: int) -> tuple[str, ...]:
    return trace.labels[place] if place < len(trace.labels) else ()
