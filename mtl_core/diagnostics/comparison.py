"""Every label of a study beside a reference: the tables of one question, each worked out when first looked at."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from mtl_core.diagnostics.intervals import CONFIDENCE
from mtl_core.diagnostics.pairing import Pairs, pair, pairs_table
from mtl_core.diagnostics.scores import Scores, headline_rows, scores
from mtl_core.diagnostics.sides import ALONE, BEST_FIXED, Rates, sides
from mtl_core.diagnostics.tradeoff import BestFixed, best_fixed
from mtl_core.diagnostics.transfer import among, summary, transfer
from mtl_core.records import Layout, Moment, Record


class Comparison:
    """What ``Result.compared`` answers.

    Args:
        layout: what the records' axes mean.
        records: what training reported.
        reference: ``alone``, ``best fixed``, ``hard`` or a label.
        moment: ``best`` or ``end``.
        rates: ``same`` or ``best``.
        confidence: of the intervals.

    Raises:
        SpecError: no such label.
    """

    def __init__(
        self,
        layout: Layout,
        records: Sequence[Record],
        reference: str = ALONE,
        moment: Moment = "best",
        rates: Rates = "same",
        *,
        confidence: float = CONFIDENCE,
    ) -> None:
        self._layout = layout
        self.scores: Scores = scores(layout, records, moment)
        self.reference, self.moment, self.rates, self.confidence = reference, moment, rates, confidence
        best = self.best_fixed if reference == BEST_FIXED else None
        self._sides = sides(layout, self.scores, reference, rates, best.label if best else None)

    @cached_property
    def best_fixed(self) -> BestFixed | None:
        """The best fixed weighting, chosen on validation; None while nothing has been compared."""
        return best_fixed(self._layout, self.scores)

    @property
    def best_name(self) -> str | None:
        """What the best fixed weighting is called in these tables, where families stand for labels at their best rates."""
        if self.best_fixed is None or self.rates == "same":
            return self.best_fixed.label if self.best_fixed else None
        return next(run.family for run in self._layout.runs if run.label == self.best_fixed.label)

    @cached_property
    def transfer(self) -> pd.DataFrame:
        """See ``transfer.transfer``."""
        return transfer(self._layout, self._pairs, self.confidence)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """See ``transfer.summary``."""
        return summary(self._layout, self._pairs, self.confidence)

    def among(self, labels: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """``transfer`` and ``summary`` of some labels alone, with Holm's correction over what is left: what is on a page."""
        rows = self.transfer[self.transfer["label"].isin(list(labels))].reset_index(drop=True)
        leading = rows.index.isin(headline_rows(self._layout, rows).index)
        total = self.summary[self.summary["label"].isin(list(labels))].reset_index(drop=True)
        return among(rows, self.confidence, leading), among(total, self.confidence)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """See ``pairing.pairs_table``."""
        return pairs_table(self._layout, self._pairs)

    @cached_property
    def _pairs(self) -> Pairs:
        return pair(self._layout, self.scores, compared=self._sides)
