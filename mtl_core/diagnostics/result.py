"""What a study found: its tables, each worked out when first looked at."""

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import pandas as pd

from mtl_core.diagnostics import runs as runs_table
from mtl_core.diagnostics.answers import answers
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.conflict import conflict_share
from mtl_core.diagnostics.constant import always_the_same
from mtl_core.diagnostics.forgetting import forgetting, score_matrix
from mtl_core.diagnostics.front_tables import FrontTables
from mtl_core.diagnostics.latest import Latest, latest, moves
from mtl_core.diagnostics.next_points import next_points
from mtl_core.diagnostics.one_model import OneModel
from mtl_core.diagnostics.overfitting import overfitting
from mtl_core.diagnostics.scores import Scores
from mtl_core.diagnostics.searched_points import SEARCHES, searched_points
from mtl_core.diagnostics.selection import Selection
from mtl_core.diagnostics.series import Series
from mtl_core.diagnostics.sides import ALONE, Rates
from mtl_core.diagnostics.strategies import strategies, usual_weighting
from mtl_core.diagnostics.together_tables import TogetherTables
from mtl_core.diagnostics.tradeoff import BestFixed, tradeoff, tradeoff_means
from mtl_core.errors import SpecError, shown, unknown_name
from mtl_core.records import Layout, Moment, Record
from mtl_core.spec import Study

TABLES = (
    *("runs", "curves", "weights", "conflict", "transfer", "tradeoff", "front", "preferences", "regret", "structure"),
    *("sharing", "selection", "choice", "score_matrix"),
)
"""The tables that every result has, in the order in which they are written out."""


class Result(FrontTables, TogetherTables):
    """The tables of a study, finished or not. A study without a record yet has empty tables with the right columns.

    Args:
        study: what was asked for.
        layout: what the records' axes mean.
        records: what training has reported so far, in order.
        state: the study's state in the store.
        study_id: the id under which it is kept, where that is not ``study.id``: an older version's.
    """

    def __init__(
        self,
        study: Study,
        layout: Layout,
        records: Iterable[Record] = (),
        state: str = "running",
        study_id: str | None = None,
    ) -> None:
        super().__init__(layout, records, confidence=study.confidence)
        self.study = study
        self.id = study_id or study.id
        self.state = state
        self._comparisons: dict[tuple[str, Moment, Rates], Comparison] = {}
        self._sharing: dict[str, pd.DataFrame] = {}

    def extended(self, records: Iterable[Record], state: str | None = None) -> "Result":
        """A new result that knows these later records too; costs nothing until a table is looked at."""
        new = tuple(records)
        later = Result(self.study, self.layout, (*self.records, *new), state or self.state, self.id)
        if "latest" in self.__dict__ and not moves(new):
            later.__dict__["latest"] = self.latest
        return later

    def of(self, label: str) -> Series:
        """The tables over time of a label's runs alone, worked out for these alone.

        Args:
            label: one of the ``label`` column of ``runs``.

        Raises:
            SpecError: the study has no such label; the message has the nearest one.
        """
        runs = [run.index for run in self.layout.runs if run.label == label]
        if not runs:
            raise unknown_name("label", label, dict.fromkeys(run.label for run in self.layout.runs))
        return Series(self.layout, self.records, runs, self.confidence)

    def __repr__(self) -> str:
        return f"<Result {self.id}: {len(self.layout.runs)} runs on {self.study.suite.name}, {self.state}>"

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run: ``run, role, label, method, seed, status, diverged_step, parameters, ...``."""
        return runs_table.runs(self.layout, self.records, self.study.steps, self.state, rungs=bool(self.study.rungs))

    @cached_property
    def conflict_share(self) -> pd.DataFrame:
        """The share of conflicting steps of each label, with its interval over seeds."""
        return conflict_share(self.layout, self.conflict, self.study.confidence)

    def compared(self, against: str = ALONE, at: Moment | None = None, rates: Rates = "same") -> Comparison:
        """Every label beside a reference, always paired by seed and fold.

        Args:
            against: ``alone`` (the single-task baselines, the same for every sharing strategy), ``best fixed`` (the best fixed
                weighting of all strategies, chosen on validation), ``hard`` (the same method or weights with hard sharing), or
                a label such as ``equal``, which is that of hard sharing where there are several strategies.
            at: ``best``, results at each run's best validation step, or ``end``; None for the study's own ``test_at``.
            rates: ``same``: each label beside its reference at the same learning rate; ``best``: both at whichever of the
                study's rates was best on validation.

        Raises:
            SpecError: no such label.
        """
        key = (against, at or self.study.test_at, rates)
        if key not in self._comparisons:
            self._comparisons[key] = Comparison(self.layout, self.records, *key, confidence=self.study.confidence)
        return self._comparisons[key]

    def against(self, reference: str) -> Comparison:
        """``compared`` with another reference: does a method beat equal weights? ``result.against("equal").transfer``."""
        return self.compared(reference)

    @property
    def transfer(self) -> pd.DataFrame:
        """Each label against the single-task baselines, positive is better: ``label, task, metric, n, baseline, value,
        difference, delta_percent, low, high, verdict, ...``; see ``compared`` for other references."""
        return self.compared().transfer

    @property
    def pairs(self) -> pd.DataFrame:
        """The seeds behind ``transfer``: ``run, label, seed, task, metric, baseline, value, difference``."""
        return self.compared().pairs

    @property
    def summary(self) -> pd.DataFrame:
        """Each label's ``Δm`` in percent: ``label, n, delta_m, low, high, verdict, diverged, ...``."""
        return self.compared().summary

    @cached_property
    def overfitting(self) -> pd.DataFrame:
        """Where a task alone is worse at the end than at an earlier step: ``task, learning_rate, step, rise_percent, n``."""
        return overfitting(self.layout, self.records)

    @cached_property
    def always_the_same(self) -> pd.DataFrame:
        """Whose answers to a classification task are all one class: ``label, task, n, seeds``."""
        return always_the_same(self.layout, self.scores)

    @property
    def notes(self) -> list[str]:
        """What a person should know before reading ``transfer``, a sentence each."""
        from mtl_core.diagnostics.remarks import remarks  # which stands above this

        return [str(remark) for remark in remarks(self, self.compared())]

    @cached_property
    def tradeoff(self) -> pd.DataFrame:
        """Every run as a point: ``run, label, <a column a task>, on_front, ...``."""
        return tradeoff(self.layout, self.scores)

    @cached_property
    def tradeoff_means(self) -> pd.DataFrame:
        """Every label as a point: ``label, role, task, n, mean, low, high, on_front, weight, ...``."""
        return tradeoff_means(self.layout, self.scores)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """What the watched runs said of a few validation examples; empty in studies of versions that watched none."""
        return answers(self.layout, self.records)

    @cached_property
    def latest(self) -> Latest:
        """Where every run stands on the validation split, while the study trains."""
        return latest(self.layout, self.records, self.study.steps)

    @cached_property
    def one_model(self) -> OneModel:
        """Strategies that serve every weighting with one model: their ``fronts``, ``gaps`` to runs trained apart, ``price``."""
        return OneModel(self.layout, self.records, self.compared(at="end"))

    @cached_property
    def forgetting(self) -> pd.DataFrame:
        """Of a study with phases or paths, what tasks gain from the parts before their first and lose in those after their
        last: ``label, task, forward, forgotten, backward, ...`` with intervals, each seed paired with itself."""
        return forgetting(self.layout, self.curves, self.study)

    @cached_property
    def score_matrix(self) -> pd.DataFrame:
        """Of a study with phases or paths, each task's validation metric before training and after each part of it:
        ``label, phase, step, task, metric, learned, n, value, low, high``."""
        return score_matrix(self.layout, self.curves, self.study)

    @property
    def sharing(self) -> pd.DataFrame:
        """Each sharing strategy with equal weights (or the study's first method): ``strategy, label, parameters, ..., delta_m,
        low, high, versus_hard, ...``; see ``sharing_with`` for other weightings."""
        return self.sharing_with(usual_weighting(self.layout))

    def sharing_with(self, weighting: str) -> pd.DataFrame:
        """What each sharing strategy gained and costs with a weighting; see ``strategies.strategies``.

        Args:
            weighting: a label without its strategy, such as ``equal`` or ``pcgrad``.

        Raises:
            SpecError: no strategy was trained so.
        """
        if weighting not in self._sharing:
            self._sharing[weighting] = strategies(self, weighting)
        return self._sharing[weighting]

    @property
    def selection(self) -> pd.DataFrame:
        """Which weighting to keep, by validation alone: ``label, validation, chosen, share, ...``; see ``Selection.table``."""
        return self._selection.table

    @property
    def choice(self) -> pd.DataFrame:
        """What that is worth on test: ``rule, label, validation, test, equal, difference, ...``; see ``Selection.choice``."""
        return self._selection.choice

    @cached_property
    def _selection(self) -> Selection:
        return Selection(self.layout, self.records, self.study.test_at, confidence=self.study.confidence)

    @property
    def best_fixed(self) -> BestFixed | None:
        """The best fixed weighting, chosen on validation; None while nothing has been compared."""
        return self.compared().best_fixed

    @property
    def scores(self) -> Scores:
        """The one value that each run is judged by, as arrays."""
        return self.compared().scores

    def next_points(self, count: int = 1, strategy: str | None = None, search: str = "front") -> pd.DataFrame:
        """The weightings to train next, on validation, for ``with_points``.

        Args:
            count: how many.
            strategy: whose map, as runs call it; None for ``hard`` or else the first.
            search: ``front`` for where the front has most to win, see ``next_points.next_points``; ``optuna`` for the largest
                mean gain, see ``searched_points.searched_points``.

        Raises:
            SpecError: another search, or Optuna is not installed.
        """
        if search not in SEARCHES:
            raise SpecError(f"search must be one of {', '.join(SEARCHES)}, found {shown(search)}; choose one of these.")
        found = searched_points if search == "optuna" else next_points
        return found(self.layout, self.scores, count, strategy)

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    def to_dict(self, compared: Comparison | None = None) -> dict[str, Any]:
        """What came out, as JSON has it: ``id, state, study, compared, runs, transfer, summary, tradeoff,
        selection, choice, score_matrix``; NaN becomes None.

        Args:
            compared: the comparison whose ``transfer`` and ``summary`` are wanted; None for the tasks alone.
        """
        chosen = compared or self.compared()
        tables = {
            "runs": self.runs,
            "transfer": chosen.transfer,
            "summary": chosen.summary,
            "tradeoff": tradeoff(self.layout, chosen.scores),
            "selection": self.selection,
            "choice": self.choice,
            "score_matrix": self.score_matrix,
        }
        head = {"id": self.id, "state": self.state, "study": self.study.to_dict()}
        head["compared"] = {"against": chosen.reference, "at": chosen.moment, "rates": chosen.rates}
        plain = {name: json.loads(table.to_json(orient="records", double_precision=15)) for name, table in tables.items()}
        return head | plain
