"""A result's tables of how good fronts are and which label is best for whom."""

from abc import ABC, abstractmethod
from functools import cached_property

import pandas as pd

from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.pareto import Pareto
from mtl_core.diagnostics.series import Series
from mtl_core.diagnostics.sides import ALONE, Rates
from mtl_core.records import Moment
from mtl_core.spec import STRATEGIES, Study


class FrontTables(Series, ABC):
    """What is measured of fronts, for whoever can compare the labels of a study with the tasks alone."""

    study: Study

    @abstractmethod
    def compared(self, against: str = ALONE, at: Moment | None = None, rates: Rates = "same") -> Comparison:
        """Every label beside a reference; see ``Result.compared``."""

    @cached_property
    def pareto(self) -> Pareto:
        """How good the fronts are, and which label is best for whom: on the scale where 0 is chance and 1 the task alone."""
        models = [self.study.sharing(each) for each in self.study.strategies if STRATEGIES[each.name].preferred]
        return Pareto(self.layout, self.records, self.compared(at="end") if models else self.compared(), models)

    @property
    def front(self) -> pd.DataFrame:
        """How good each front is, one front a seed: ``front, kind, strategy, measure, task, label, n, mean, low, high, points,
        diverged, left_out, at``; a row a measure: hypervolume, IGD+, epsilon, span, largest gap, size and knee."""
        return self.pareto.measures

    @property
    def preferences(self) -> pd.DataFrame:
        """Which label is best for whom: ``prefers_<task>`` a task, ``label, way, strategy, n, worth, rival, margin, low, high,
        agree``; a row a preference."""
        return self.pareto.winners

    @property
    def regret(self) -> pd.DataFrame:
        """What one loses with each label over all preferences, the least first: ``label, way, strategy, n, mean, low, high,
        worst, best_for``."""
        return self.pareto.regrets
