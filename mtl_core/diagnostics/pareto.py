"""How good the fronts of a study are, and which label is best for whom."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from mtl_core.diagnostics.asked import Front, fronts
from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.front_measures import Points, measured
from mtl_core.diagnostics.front_scale import Scaled, scaled
from mtl_core.diagnostics.preferences import Contenders, by_way, regrets, spread, winners
from mtl_core.diagnostics.scores import headlines, signs
from mtl_core.records import Layout, Record
from mtl_core.spec.plan import Run, point_label

FEWEST = 2
"""Of fewer measured tasks there is no front."""

FIXED = "fixed weights"
"""What all fixed weightings are as a method."""


class Pareto:
    """What ``Result.pareto`` answers; without numbers until all runs are at the same step.

    All is on the scale where 0 is chance and 1 what each task reaches alone, see ``front_scale``. Intervals are over seeds: how
    much a front hangs on the test examples is not known.

    Args:
        layout: what the records' axes mean.
        records: what training reported.
        compared: every label beside the tasks alone; at the end of training where one model serves all weightings, for that is
            asked there.
        one_model: the names of strategies that have such a model.
    """

    def __init__(self, layout: Layout, records: Sequence[Record], compared: Comparison, one_model: Sequence[str] = ()) -> None:
        self._layout, self._confidence = layout, compared.confidence
        self.moment = compared.moment
        self.scaled: Scaled = scaled(layout, compared.scores, compared.confidence)
        self._one_model = tuple(one_model)
        self._known: dict[tuple[str, ...], Contenders] = {}
        self._asked = fronts(layout, records, compared.scores.diverged) if one_model else ()

    @property
    def tasks(self) -> list[str]:
        """The tasks that are measured."""
        return [self._layout.tasks[place].name for place in self.scaled.scale.kept]

    @property
    def left_out(self) -> dict[str, str]:
        """Why, by the names of tasks that are not; see ``front_scale``."""
        return dict(self.scaled.scale.left_out)

    @property
    def seeds(self) -> int:
        """The seeds that count."""
        return int(self.scaled.counted.sum()) if len(self.tasks) >= FEWEST else 0

    @property
    def models(self) -> list[str]:
        """The labels of models that serve all weightings and have been asked."""
        return [asked.runs[0].label for asked in self._asked]

    @cached_property
    def measures(self) -> pd.DataFrame:
        """See ``front_measures.measured``; then ``left_out``, the tasks not measured, and ``at``: ``best`` or ``end``."""
        table = measured(self._points, self.tasks, self._confidence)
        return table.assign(left_out=_text(", ".join(self.left_out), table), at=_text(self.moment, table))

    @cached_property
    def regrets(self) -> pd.DataFrame:
        """See ``preferences.regrets``. Labels of which a run diverged are left out: nobody should choose them."""
        return regrets(self._contenders(self.tasks), self._confidence)

    @cached_property
    def winners(self) -> pd.DataFrame:
        """See ``preferences.winners``."""
        return self.winners_of(self.tasks)

    def winners_of(self, tasks: Sequence[str]) -> pd.DataFrame:
        """``winners`` for whom some of the measured tasks alone count."""
        return winners(self._contenders(tasks), tasks, self._confidence)

    def by_way(self, tasks: Sequence[str]) -> pd.DataFrame:
        """See ``preferences.by_way``."""
        return by_way(self._contenders(tasks), tasks)

    @cached_property
    def unsure(self) -> tuple[str, ...]:
        """The labels of which a run diverged in a seed."""
        lost: Array = np.any(self.scaled.diverged, axis=0)
        return tuple(run.label for run, once in zip(self.scaled.runs, lost, strict=True) if once)

    @property
    def _separate(self) -> Array:
        """Of labels whether they are points: they train every measured task, and are no front by themselves as one model is."""
        tasks, kept = len(self._layout.tasks), self.scaled.scale.kept
        whole = [all(run.trains(tasks)[place] for place in kept) for run in self.scaled.runs]
        one = [run.strategy in self._one_model for run in self.scaled.runs]
        return np.array(whole, dtype=np.bool_) & ~np.array(one, dtype=np.bool_)

    @cached_property
    def _points(self) -> list[Points]:
        found, runs = self.scaled, self.scaled.runs
        values = found.values if self.seeds else found.values[..., :0]
        own = np.array([run.strategy for run in runs], dtype=object)
        groups = [(name, "strategy", name, (own == name) & self._separate) for name in dict.fromkeys(own[self._separate])]
        alone = [run for run, separate in zip(runs, self._separate, strict=True) if separate and run.role == "method"]
        names = np.array([run.label for run in runs], dtype=object)
        groups += [(run.label, "method", run.strategy, names == run.label) for run in alone]
        made = []
        for name, kind, strategy, mine in groups:
            # A method that is all there is of its strategy is the same front again.
            if kind == "method" and (own == strategy).sum() == 1:
                continue
            lost = int((found.diverged[:, mine].any(axis=1) & found.counted).sum())
            made.append(Points(name, kind, strategy, tuple(names[mine]), values[:, mine], lost))
        models = [self._model(asked) for asked in self._asked]
        strategies = sum(each.kind == "strategy" for each in made)
        return [*made[:strategies], *models, *made[strategies:]]

    def _model(self, asked: Front) -> Points:
        run, found = asked.runs[0], self.scaled
        answers = self._answers(asked)
        lost = int((found.diverged[:, self._place(run)] & found.counted).sum())
        labels = tuple(point_label(tuple(point)) for point in asked.points)
        return Points(run.label, "one model", run.strategy, labels, answers if self.seeds else answers[..., :0], lost)

    def _answers(self, asked: Front) -> Array:
        """``(S, V, U)`` one model's answers on the scale."""
        tasks, heads, seeds = np.arange(len(self._layout.tasks)), headlines(self._layout), self.scaled.scale.seeds
        values = np.full((len(seeds), len(asked.points), len(tasks)), np.nan)
        rows = [seeds.index(run.seed) for run in asked.runs]
        values[rows] = (signs(self._layout)[tasks, heads]) * asked.test[:, :, tasks, heads]
        return self.scaled.scale.of(np.where(self.scaled.counted[:, None, None], values, np.nan))

    def _place(self, run: Run) -> int:
        return [each.label for each in self.scaled.runs].index(run.label)

    def _contenders(self, tasks: Sequence[str]) -> Contenders:
        """What a person can choose from who cares for some of the measured tasks."""
        if tuple(tasks) not in self._known:
            self._known[tuple(tasks)] = self._made(tasks)
        return self._known[tuple(tasks)]

    def _made(self, tasks: Sequence[str]) -> Contenders:
        at = [self.tasks.index(task) for task in tasks]
        preferences = spread(len(at)) if len(at) >= FEWEST else np.zeros((0, len(at)))
        counted = self.scaled.counted if self.seeds else np.zeros_like(self.scaled.counted)
        listed, worth = [], []
        for place, run in enumerate(self.scaled.runs):
            if self._separate[place]:
                listed.append((run.label, _way(run), run.strategy))
                worth.append(self.scaled.values[counted][:, place, at] @ preferences.T)  # (S, U) @ (U, W)
        for asked in self._asked:  # one model is asked for the weighting next to the preference
            run, whole = asked.runs[0], np.zeros((len(preferences), len(self._layout.tasks)))
            whole[:, [self.scaled.scale.kept[place] for place in at]] = preferences
            nearest = ((whole[:, None] - asked.points) ** 2).sum(axis=2).argmin(axis=1)  # (W,)
            listed.append((run.label, run.label, run.strategy))
            worth.append((self._answers(asked)[counted][:, nearest][..., at] * preferences).sum(axis=2))
        sure = [place for place, each in enumerate(worth) if np.isfinite(each).all()]
        size = (int(counted.sum()), 0, len(preferences))
        kept = np.stack([worth[place] for place in sure], axis=1) if sure else np.zeros(size)
        labels, ways, strategies = zip(*(listed[place] for place in sure), strict=True) if sure else ((), (), ())
        return Contenders(tuple(labels), tuple(ways), tuple(strategies), preferences, kept)


def _way(run: Run) -> str:
    """The method that a label stands for: its own label, or that of all fixed weightings of its strategy."""
    if run.role != "fixed":
        return run.label
    prefix = f"{run.strategy} · "
    return f"{prefix}{FIXED}" if run.label.startswith(prefix) else FIXED


def _text(value: str, table: pd.DataFrame) -> "pd.Series[str]":
    return pd.Series([value] * len(table), index=table.index, dtype="str")
