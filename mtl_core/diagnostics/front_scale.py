"""The scale that fronts are measured on: 0 is chance and 1 is what each task reaches alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import interval
from mtl_core.diagnostics.scores import Scores, headlines, signed_headlines, signs
from mtl_core.diagnostics.sides import Runs, best_rates_alone
from mtl_core.records import Layout
from mtl_core.spec.plan import Run

UNKNOWN, AT_CHANCE = "unknown", "chance"
"""Why a task is left out: what chance gives was not recorded; or the task alone is within noise of it, and then a share of what
it learned is a share of nothing."""


@dataclass(frozen=True)
class Scale:
    """Where 0 and 1 are, of T tasks in S seeds.

    Args:
        seeds: the S seeds.
        alone: ``(S, T)`` the tasks alone, larger is better; NaN where they have no value.
        gap: ``(T,)`` how much better than chance the tasks alone are, on average over seeds.
        last: ``(S, T)`` up to which step the tasks alone were evaluated.
        left_out: why, by the names of tasks that are not measured.
        kept: the places of the others.
    """

    seeds: tuple[int, ...]
    alone: Array
    gap: Array
    last: Array
    left_out: Mapping[str, str]
    kept: list[int] = field(default_factory=list)

    def of(self, values: Array) -> Array:
        """``f_t = max(0, 1 + (m_t - b_t) / (b̄_t - c_t))`` of the tasks that are measured.

        ``m_t`` is the value, ``b_t`` the task alone with the same seed, ``b̄_t`` its mean over seeds and ``c_t`` chance.

        Args:
            values: ``(S, ..., T)``, larger is better.

        Returns:
            ``(S, ..., U)``; NaN stays NaN.

        Deviation: the usual ``(m - c) / (b - c)`` with each seed's own ``b`` has no bound where a task alone failed with one
        seed; here the difference is paired by seed and the unit is the mean's, as in ``summary``. Both are alike on average.
        """
        among = (len(self.seeds), *(1,) * (values.ndim - 2), len(self.kept))
        difference = values[..., self.kept] - self.alone[:, self.kept].reshape(among)
        return np.maximum(0.0, 1 + difference / self.gap[self.kept])


def scale(layout: Layout, scores: Scores, confidence: float) -> Scale:
    """Where 0 and 1 are.

    The tasks alone are the study's baselines, at whichever learning rate was best for each on validation: one scale for all.

    Args:
        layout: what the records' axes mean.
        scores: what the runs reached.
        confidence: of the interval that must leave chance out.
    """
    tasks, heads = np.arange(len(layout.tasks)), headlines(layout)
    runs, rates = Runs(layout), best_rates_alone(layout, scores)
    found = np.stack([runs.alone(task, rate) for task, rate in enumerate(rates)], axis=1)  # (S, T)
    alone = np.where(found >= 0, signed_headlines(layout, scores.test)[found, tasks], np.nan)
    parts = np.where((found >= 0)[..., None], scores.parts[found, tasks, heads], np.nan)
    reference = interval(alone, parts, confidence)
    chance = (signs(layout) * scores.chance)[tasks, heads]
    gap = reference.mean - chance
    half = np.nan_to_num((reference.high - reference.low) / 2)  # one seed has no interval
    why = {
        task.name: UNKNOWN if np.isnan(chance[place]) else AT_CHANCE
        for place, task in enumerate(layout.tasks)
        if np.isfinite(reference.mean[place]) and not gap[place] > half[place]
    }
    kept = [place for place, task in enumerate(layout.tasks) if task.name not in why and np.isfinite(gap[place])]
    return Scale(runs.seeds, alone, gap, np.where(found >= 0, scores.last[found], -1), why, kept)


@dataclass(frozen=True)
class Scaled:
    """All that is no baseline on the scale: G labels, S seeds, U measured tasks.

    Args:
        scale: where 0 and 1 are.
        runs: the first run of each label.
        values: ``(S, G, U)``; NaN for runs that diverged and in seeds that do not count.
        counted: ``(S,)`` bool: the seeds of which every run is as far as the tasks alone, or diverged.
        diverged: ``(S, G)`` bool.
    """

    scale: Scale
    runs: tuple[Run, ...]
    values: Array
    counted: Array
    diverged: Array


def scaled(layout: Layout, scores: Scores, confidence: float) -> Scaled:
    """Every label on the scale; arguments as for ``scale``."""
    known = scale(layout, scores, confidence)
    first = {run.label: run for run in reversed(layout.runs) if run.role != "baseline"}
    order = tuple(first[label] for label in dict.fromkeys(run.label for run in layout.runs) if label in first)
    runs = Runs(layout)
    place = np.full((len(known.seeds), len(order)), -1)
    for column, run in enumerate(order):
        place[:, column] = runs.of(run.family, run.learning_rate)
    there = place >= 0
    diverged = there & scores.diverged[place]
    values = np.where(there[..., None], signed_headlines(layout, scores.test)[place], np.nan)  # (S, G, T)
    last = known.last[:, known.kept].max(axis=1, initial=-1)
    measured = np.isfinite(known.alone[:, known.kept]).all(axis=1) & (last >= 0)
    even = (known.last[:, known.kept] == last[:, None]).all(axis=1)
    on_time = diverged | (there & (scores.last[place] == last[:, None]))
    counted = measured & even & on_time.all(axis=1) & bool(known.kept) & bool(order)
    found = known.of(np.where((counted[:, None] & ~diverged)[..., None], values, np.nan))
    return Scaled(known, order, found, np.asarray(counted), diverged)
