"""What was recorded over time, as tables: of all runs of a study, or of a label's alone."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from mtl_core.diagnostics import structure, tables
from mtl_core.diagnostics.affinity import AFFINITIES, affinities, why_none
from mtl_core.diagnostics.intervals import CONFIDENCE
from mtl_core.records import Layout, Record


class Series:
    """Tables over time, each worked out when first looked at, for the runs asked for alone.

    Args:
        layout: what the records' axes mean.
        records: what training has reported so far, in order.
        only: the places of the runs wanted; None for all.
        confidence: of intervals.
    """

    def __init__(
        self,
        layout: Layout,
        records: Iterable[Record] = (),
        only: Sequence[int] | None = None,
        confidence: float = CONFIDENCE,
    ) -> None:
        self.layout, self.confidence = layout, confidence
        self.records = tuple(records)
        self._only = only

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Losses and metrics over time: ``run, step, split, task, metric, value, strategy``; split ``batch``: each step's."""
        return tables.curves(self.layout, self.records, self._only)

    @cached_property
    def weights(self) -> pd.DataFrame:
        """What multiplied each task's gradient: ``run, step, task, weight, strategy``."""
        return tables.weights(self.layout, self.records, self._only)

    @cached_property
    def updates(self) -> pd.DataFrame:
        """The combined trunk gradient: ``run, step, update_norm, unexplained``."""
        return tables.updates(self.records, self._only)

    @cached_property
    def conflict(self) -> pd.DataFrame:
        """How task gradients agree: ``run, step, layer, task_a, task_b, cosine, magnitude_similarity, ...``."""
        return tables.conflict(self.layout, self.records, self._only)

    @cached_property
    def norms(self) -> pd.DataFrame:
        """The length of each task's gradient: ``run, step, layer, task, norm, strategy``."""
        return tables.norms(self.layout, self.records, self._only)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """What was set by hand while runs trained: ``run, step, learning_rate, weight_<task>, ...``; NaN for what was not."""
        return tables.changes(self.layout, self.records, self._only)

    @cached_property
    def structure(self) -> pd.DataFrame:
        """What models told of their structure: ``run, step, strategy, name, stage, axes, label_1, label_2, ..., value``."""
        return structure.structure(self.layout, self.records, self._only)

    @cached_property
    def affinity(self) -> pd.DataFrame:
        """How tasks should help each other by every cheap measure: ``source, target, value, low, high, seeds, kind``; see
        ``mtl_core.diagnostics.affinity``."""
        return affinities(self.layout, self.records, self._label, self.confidence)

    @cached_property
    def no_affinity(self) -> dict[str, str]:
        """By measure why ``affinity`` has no row of it, in words."""
        found = {kind: why_none(self.layout, self.records, kind, self._label) for kind in AFFINITIES}
        return {kind: why for kind, why in found.items() if why}

    @property
    def _label(self) -> str | None:
        return self.layout.runs[self._only[0]].label if self._only else None
