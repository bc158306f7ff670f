"""The Sharing page's pictures, from a study's records and what the visitor chose. No Streamlit."""

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, mean
from dashboard.figures.matrices import Table, bars, matrix
from dashboard.figures.sharing import sharing
from dashboard.showing.comparison import task_names
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.sharing import Shared, shared
from mtl_core.diagnostics.strategies import labels_of
from mtl_core.diagnostics.structure import parts_of, traced
from mtl_core.records.sharing import Trace
from mtl_core.spec.phases import phase_ends

SIMILAR = ("similarity", "ceiling")
"""Traces that tell how alike tasks see examples; all others are a strategy's own structure."""


def runs_of(result: Result, strategy: str, weighting: str, seed: int | None) -> list[int]:
    """The runs of a strategy that were trained with a weighting, of all seeds or of one."""
    label = labels_of(result.layout, weighting)[strategy]
    return [run.index for run in result.layout.runs if run.label == label and seed in (None, run.seed)]


def shared_in(result: Result, runs: list[int]) -> Shared:
    """What tasks share in runs of one strategy."""
    last = max((record.step for record in result.records if record.kind == "evaluation"), default=0)
    return shared(result.layout, result.records, runs, last)


def draw_sharing(result: Result, *, strategy: str, weighting: str, seed: int | None, still: bool) -> go.Figure:
    """What flows where in a strategy's model; ``still`` at the last step alone."""
    found = shared_in(result, runs_of(result, strategy, weighting, seed))
    return sharing(found, strategy, phase_ends(result.study.phases), still=still)


def draw_shared(result: Result, *, strategy: str, weighting: str, seed: int | None, place: int) -> go.Figure:
    """What each pair of tasks shares at the stage of that place."""
    alt = _("What each pair of tasks shares in {strategy}, stage by stage.").format(strategy=strategy)
    return matrix(shared_tables(result, runs_of(result, strategy, weighting, seed)), place, alt)


def shared_tables(result: Result, runs: list[int]) -> list[Table]:
    """What each pair of tasks shares at the last step, a table a stage."""
    found = shared_in(result, runs)
    names, pick = [found.tasks[task] for task in found.order], np.ix_(found.order, found.order)
    return [
        Table(f"{row.name}: {value:.2f}", names, names, found.shared[-1, place][pick])
        for place, (row, value) in enumerate(zip(found.rows, found.mean[-1], strict=True))
    ]


def draw_structure(
    result: Result, *, strategy: str, weighting: str, seed: int | None, kind: str, place: int | None
) -> go.Figure:
    """What a strategy traces of itself, of one kind: the table of that place, or all as bars."""
    alt = _("{kind} of {strategy} at the last step, by stage.").format(kind=kind, strategy=strategy)
    tables = structure_tables(result, strategy, kind, runs_of(result, strategy, weighting, seed))
    return bars(tables, task_names(result), alt) if place is None else matrix(tables, place, alt)


def structure_traces(result: Result, strategy: str) -> dict[str, list[Trace]]:
    """What a strategy traces of itself, by kind."""
    found: dict[str, list[Trace]] = {}
    for trace in result.layout.model(strategy).traces:
        if (kind := parts_of(trace.name)[0]) not in SIMILAR:
            found.setdefault(kind, []).append(trace)
    return found


def structure_tables(result: Result, strategy: str, kind: str, runs: list[int]) -> list[Table]:
    """What is known at the last step of one kind of a strategy's traces; one table with a row a stage where each stage has a
    line of numbers alone."""
    traces = structure_traces(result, strategy)[kind]
    values = [(trace, _at_end(result, trace, runs)) for trace in traces]
    known = [(trace, table) for trace, table in values if table is not None]
    if len(traces[0].axes) > 1 or not known:
        return [_table(trace, table) for trace, table in known]
    same = [(trace, table) for trace, table in known if trace.labels == known[0][0].labels]
    rows = [parts_of(trace.name)[1] or kind for trace, _table in same]
    return [Table(kind, rows, traces[0].labels[0], np.stack([table for _trace, table in same]))]


def draw_similarity(result: Result, *, strategy: str, weighting: str, seed: int | None, place: int) -> go.Figure:
    """How alike tasks see the same examples at a stage, with the same task in another seed on the diagonal."""
    alt = _("Similarity of what tasks see in {strategy}, stage by stage.").format(strategy=strategy)
    return matrix(similarity_tables(result, strategy, runs_of(result, strategy, weighting, seed)), place, alt)


def similarity_tables(result: Result, strategy: str, runs: list[int]) -> list[Table]:
    """How alike tasks see the same examples at the last step, a table a stage where that is known."""
    model, found, tables = result.layout.model(strategy), shared_in(result, runs), []
    names, pick = [found.tasks[task] for task in found.order], np.ix_(found.order, found.order)
    for row in found.rows:
        trace, ceiling = model.trace(f"similarity.{row.name}"), model.trace(f"ceiling.{row.name}")
        values = None if trace is None else _at_end(result, trace, runs)
        if values is None:
            continue
        level = _at_end(result, ceiling, runs) if ceiling is not None and len(result.study.seed_list) > 1 else None
        np.fill_diagonal(values, np.nan if level is None else level)
        tables.append(Table(row.name, names, names, values[pick]))
    return tables


def _at_end(result: Result, trace: Trace, runs: list[int]) -> Floats | None:
    """The last recorded numbers of a trace, mean over runs."""
    tables = traced(result.records, trace.name, runs)
    return mean(tables[max(tables)]) if tables else None


def _table(trace: Trace, values: Floats) -> Table:
    """A trace as one table: the first axis down, all others across."""
    across = list(trace.labels[1])
    for labels in trace.labels[2:]:
        across = [f"{first} {second}" for first in across for second in labels]
    return Table(parts_of(trace.name)[1] or trace.name, trace.labels[0], across, values.reshape(len(values), -1))
