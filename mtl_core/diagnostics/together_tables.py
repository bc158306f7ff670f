"""A result's tables of which tasks should share a network."""

from abc import ABC, abstractmethod
from functools import cached_property

import pandas as pd

from mtl_core.diagnostics.agreement import agreement, predictions
from mtl_core.diagnostics.predictors import affinities
from mtl_core.diagnostics.scores import Scores
from mtl_core.diagnostics.series import Series
from mtl_core.diagnostics.subsets import Gains, costs, gains, subsets_table
from mtl_core.diagnostics.together import Together
from mtl_core.errors import SpecError
from mtl_core.spec import Study


class TogetherTables(Series, ABC):
    """What sets of tasks gain, for whoever knows what the runs of a study reached."""

    study: Study

    @property
    @abstractmethod
    def scores(self) -> Scores:
        """The one value that each run is judged by, as arrays."""

    @cached_property
    def gains(self) -> Gains:
        """What each task gains in every set of tasks that was trained with equal weights; see ``subsets`` for the table."""
        return gains(self.layout, self.scores)

    @cached_property
    def subsets(self) -> pd.DataFrame:
        """Each task's gain in each trained set, in points: ``subset, label, size, task, seed, validation, test``."""
        return subsets_table(self.gains)

    def together(self, cost: str = "networks", strategy: str | None = None) -> Together:
        """Which tasks should share a network: exact and predicted groupings, chosen on validation and valued on test.

        Args:
            cost: what budgets count: ``networks``, or ``parameters``, ``flops`` or ``latency`` as multiples of a network for
                one task.
            strategy: whose networks, as runs call it; None for ``hard`` or else the study's first.

        Raises:
            SpecError: no such cost or strategy, or a cost that is not known of this study.
        """
        if (cost, strategy) not in self._groupings:
            found = self.gains if strategy is None else gains(self.layout, self.scores, strategy)
            spent = costs(self.layout, self.records, found, cost)
            cheaper = predictions(self.layout, self.records, self.scores, found, self.study.steps, strategy)
            known = affinities(self.layout, self.records, found, self.study.confidence)
            counted = cost == "networks"
            self._groupings[cost, strategy] = Together(
                found, spent, cheaper, self.study.confidence, counted=counted, affinities=known
            )
        return self._groupings[cost, strategy]

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """How cheap predictions order the real gains of sets on test, by task: ``measure, task, sets, n, rho, signs``; what a
        choice by them loses is in ``together().groupings()``."""
        return agreement(self.gains, self.together().predictions)

    def grouping(
        self, networks: int | None = None, budget: float | None = None, cost: str = "parameters", *, partition: bool = False
    ) -> pd.DataFrame:
        """The networks that gain most, solved exactly: ``task, network, label, validation, n, gain, low, high, verdict,
        verdict_holm``.

        Args:
            networks: the most networks; 2 where no budget is given either.
            budget: the most they may cost together, as a multiple of what a network for one task costs.
            cost: what a budget counts, see ``together``.
            partition: whether each task is learned in one network alone.

        Raises:
            SpecError: both bounds, or nothing that was trained fits.
        """
        if networks is not None and budget is not None:
            raise SpecError("either networks or a budget was expected, found both; leave one out.")
        asked = self.together() if budget is None else self.together(cost)
        return asked.answers(asked.grouping((networks or 2) if budget is None else budget, partition=partition))

    @cached_property
    def _groupings(self) -> dict[tuple[str, str | None], Together]:
        """What ``together`` has answered so far."""
        return {}
