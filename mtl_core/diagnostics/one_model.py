"""One model for every weighting beside a run trained for each alone: the price of one model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.asked import SAME, Front, front_means, fronts, fronts_table, in_order, points_axis, points_types
from mtl_core.diagnostics.columns import Array, Columns, along, assemble, names
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.intervals import VERDICTS, interval, verdict
from mtl_core.diagnostics.pairing import metric_cells
from mtl_core.diagnostics.scores import headlines, signs
from mtl_core.records import Layout, Record


@dataclass(frozen=True)
class _Sides:
    """A front and the separate runs of one strategy: S seeds, V weightings, T tasks, M metrics.

    Args:
        front: the one model's.
        against: the strategy of the separate runs.
        separate, difference: ``(S, V, T, M)``: theirs, and one model minus theirs so that positive is better; NaN where there
            is no fair pair, and for tasks of weight 0: nothing trained their heads.
        lost: ``(S, V)`` bool: there is a separate run, and it or the one model diverged.
    """

    front: Front
    against: str
    separate: Array
    difference: Array
    lost: Array


class OneModel:
    """What ``Result.one_model`` answers; all tables are empty until a strategy that serves every weighting is at its end.

    A front is measured after the last step, and so is what it is compared with here. Intervals are over seeds alone: how much a
    front hangs on the test examples is not known.

    Args:
        layout: what the records' axes mean.
        records: what training reported.
        alone: every label beside the tasks alone, at the end: percentages are of these.
    """

    def __init__(self, layout: Layout, records: Sequence[Record], alone: Comparison) -> None:
        self._layout, self._alone = layout, alone
        self._fronts = fronts(layout, records, alone.scores.diverged)

    @cached_property
    def fronts(self) -> pd.DataFrame:
        """See ``asked.fronts_table``."""
        return fronts_table(self._layout, self._fronts)

    @cached_property
    def means(self) -> pd.DataFrame:
        """See ``asked.front_means``."""
        return front_means(self._layout, self._fronts, self._alone.confidence)

    @cached_property
    def in_order(self) -> pd.DataFrame:
        """See ``asked.in_order``."""
        return in_order(self._layout, self._fronts)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """One model minus the run that was trained for the weighting alone, on the test split, paired by seed.

        Returns:
            ``label, strategy, against, point, weights, task, weight, metric, n, one, separate, difference, delta_percent, low,
            high, verdict``: positive is better. ``against`` is the strategy of the separate runs. Percentages are of the task
            alone at every weighting, as in ``transfer``: with little weight the separate run may be no better than chance.
        """
        cells = metric_cells(self._layout)
        at = (slice(None), slice(None), cells.task, cells.place)
        parts = []
        for sides in self._sides:
            known = np.isfinite(sides.difference)
            one, separate = (np.where(known, values, np.nan) for values in (sides.front.test, sides.separate))
            found = interval(sides.difference[at], confidence=self._alone.confidence, shared=self._layout.shared)  # (V, cells)
            scale = np.abs(self._scale(sides.front)[cells.task, cells.place])
            part = self._axis(sides, cells.task, found.n.shape) | {
                "metric": along(cells.metric, 1, found.n.shape),
                "n": found.n,
                "one": interval(one[at]).mean,
                "separate": interval(separate[at]).mean,
                "difference": found.mean,
                "delta_percent": 100 * found.mean / scale,
                "low": found.low,
                "high": found.high,
                "verdict": verdict(found.low, found.high),
            }
            parts.append({name: column.reshape(-1)[found.n.reshape(-1) > 0] for name, column in part.items()})
        types = self._types | {"metric": names(cells.names), "n": np.int64}
        types |= dict.fromkeys(("one", "separate", "difference", "delta_percent", "low", "high"), np.float64)
        return assemble(parts, types | {"verdict": names(VERDICTS)})

    @cached_property
    def by_weighting(self) -> pd.DataFrame:
        """The gap at each weighting in one number: the mean over tasks by their weights there, in percent.

        Returns:
            ``label, strategy, against, point, weights, n, delta_m, low, high, verdict``.
        """
        parts = []
        for sides in self._sides:
            found = interval(self._percent(sides)[1], confidence=self._alone.confidence, shared=self._layout.shared)  # (V,)
            axis = self._axis(sides, np.zeros(1, dtype=np.int64), (len(found.n), 1))
            part = axis | {"n": found.n, "delta_m": found.mean, "low": found.low, "high": found.high}
            part["verdict"] = verdict(found.low, found.high)
            parts.append({name: column[found.n > 0] for name, column in part.items()})
        types = {name: kind for name, kind in self._types.items() if name not in ("task", "weight")} | {"n": np.int64}
        types |= dict.fromkeys(("delta_m", "low", "high"), np.float64)
        return assemble(parts, types | {"verdict": names(VERDICTS)})

    @cached_property
    def price(self) -> pd.DataFrame:
        """The price of one model: the mean gap over all weightings that were trained separately too, in percent.

        Returns:
            ``label, strategy, against, task, weightings, n, delta_percent, low, high, verdict, diverged``: a row for the mean
            over tasks by their weights, without a ``task``, then one a task, over the weightings where it has weight. ``n``
            counts the seeds that have all weightings, ``diverged`` those left out for a run that diverged. NaN where the task
            alone is no better than chance or near zero: a share of that is no number.
        """
        rows = [row for sides in self._sides for row in self._prices(sides)]
        types: dict[str, Any] = {name: self._types[name] for name in ("label", "strategy", "against", "task")}
        types |= dict.fromkeys(("weightings", "n"), np.int64) | dict.fromkeys(("delta_percent", "low", "high"), np.float64)
        types |= {"verdict": names(VERDICTS), "diverged": np.int64}
        return pd.DataFrame(rows, columns=list(types)).astype(types)

    @cached_property
    def _sides(self) -> list[_Sides]:
        """Each front beside each strategy that was trained for weightings separately: those of the study or else the plain
        backbone, of which there are the corners, the baselines."""
        whole = {front.runs[0].strategy for front in self._fronts}
        own = [run.strategy for run in self._layout.runs if run.role != "baseline" and run.strategy not in whole]
        own = own or [run.strategy for run in self._layout.runs if run.role == "baseline"]
        return [self._beside(front, against) for front in self._fronts for against in dict.fromkeys(own)]

    def _beside(self, front: Front, against: str) -> _Sides:
        scores, seeds = self._alone.scores, [(run.seed, run.fold) for run in front.runs]
        other = np.full((len(seeds), len(front.points)), -1)
        for run in self._layout.runs:
            paired = run.strategy == against and run.learning_rate == front.runs[0].learning_rate
            if paired and run.weights is not None and (run.seed, run.fold) in seeds:
                same = (np.abs(front.points - np.array(run.weights)) < SAME).all(axis=1)
                other[seeds.index((run.seed, run.fold)), same] = run.index
        # The same budget on both sides: while a study trains in waves some runs are not as far as others.
        fair = (other >= 0) & (scores.last[other] == front.step[:, None])
        kept = fair[..., None] & (front.points > 0)  # (S, V, T)
        separate = np.where(kept[..., None], scores.test[other], np.nan)
        diverged = scores.diverged[[run.index for run in front.runs]][:, None] | scores.diverged[other]
        return _Sides(front, against, separate, signs(self._layout) * (front.test - separate), diverged & (other >= 0))

    def _percent(self, sides: _Sides) -> tuple[Array, Array]:
        """The headline gaps in percent ``(S, V, T)``, 0 for tasks of weight 0, and their mean by the weights ``(S, V)``.

        Each task counts as much as it was asked for: else a model that answers all weightings alike would gain on what nobody
        asked it for.
        """
        tasks, heads = np.arange(len(self._layout.tasks)), headlines(self._layout)
        trained = sides.front.points > 0
        percent = 100 * sides.difference[:, :, tasks, heads] / np.abs(self._scale(sides.front)[tasks, heads])
        percent = np.where(trained, percent, 0.0)
        return percent, (percent * sides.front.points).sum(axis=2) / sides.front.points.sum(axis=1)

    def _prices(self, sides: _Sides) -> Iterator[tuple[Any, ...]]:
        tasks, heads = np.arange(len(self._layout.tasks)), headlines(self._layout)
        trained = sides.front.points > 0  # (V, T)
        whole: Array = np.all(np.isfinite(sides.difference[:, :, tasks, heads]) | ~trained, axis=2)  # (S, V)
        counted: Array = np.any(whole, axis=0)
        if not counted.any():
            return
        complete: Array = np.all(whole[:, counted], axis=1)
        percent, mean = (values[:, counted] for values in self._percent(sides))
        per_task = np.maximum(trained[counted].sum(axis=0), 1)
        each = np.column_stack([mean.mean(axis=1), percent.sum(axis=1) / per_task])  # (S, 1 + T)
        found = interval(
            np.where(complete[:, None], each, np.nan), confidence=self._alone.confidence, shared=self._layout.shared
        )
        words = verdict(found.low, found.high)
        lost = int((sides.lost[:, counted].any(axis=1) & ~complete).sum())
        run = sides.front.runs[0]
        for place, task in enumerate((None, *(task.name for task in self._layout.tasks))):
            over = int(counted.sum() if task is None else per_task[place - 1])
            numbers = (found.mean[place], found.low[place], found.high[place], VERDICTS[words[place]])
            yield (run.label, run.strategy, sides.against, task, over, int(complete.sum()), *numbers, lost)

    def _scale(self, front: Front) -> Array:
        """``(T, M)`` what a label's percentages are of; NaN where there are none."""
        table = self._alone.transfer
        table = table[(table["label"] == front.runs[0].label) & table["no_percent"].isna()]
        known = [task.name for task in self._layout.tasks]
        scale = np.full((len(known), front.test.shape[-1]), np.nan)
        for task, metric, value in zip(table["task"], table["metric"], table["baseline"], strict=True):
            number = known.index(task)
            scale[number, self._layout.tasks[number].metrics.index(metric)] = value
        return scale

    def _axis(self, sides: _Sides, task: Array, shape: tuple[int, ...]) -> Columns:
        axis = points_axis(self._layout, sides.front, task, shape)
        return axis | {"against": np.full(len(axis["task"]), list(self._types["against"].categories).index(sides.against))}

    @property
    def _types(self) -> dict[str, Any]:
        axis = points_types(self._layout, self._fronts)
        return {"label": axis.pop("label"), "strategy": axis["strategy"], "against": axis["strategy"]} | axis
