"""What was recorded over time, as tables: of all runs of a study, or of a label's alone."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from mtl_core.diagnostics import structure, tables
from mtl_core.records import Layout, Record


class Series:
    """Tables over time, each worked out when first looked at, for the runs asked for alone.

    Args:
        layout: what the records' axes mean.
        records: what training has reported so far, in order.
        only: the places of the runs wanted; None for all.
    """

    def __init__(self, layout: Layout, records: Iterable[Record] = (), only: Sequence[int] | None = None) -> None:
        self.layout = layout
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
