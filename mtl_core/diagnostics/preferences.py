"""Which method is best for whom: who cares how much for each task, and what one loses by choosing otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, names
from mtl_core.diagnostics.intervals import interval

LINE, SIDE, DRAWN = 100, 16, 512
"""Preferences on the line of two tasks, along a side of the triangle of three, and drawn for more tasks."""


@dataclass(frozen=True)
class Contenders:
    """What a person can choose from: L labels, S seeds that count, W preferences.

    Args:
        labels: the L labels.
        ways: of each label the method it stands for; all fixed weightings of a strategy are one.
        strategies: of each label.
        preferences: ``(W, U)`` how much each of the U tasks counts; a row has the sum 1.
        worth: ``(S, L, W)`` ``<w, f>`` on the scale of ``front_scale``: 1 is all tasks alone.
    """

    labels: tuple[str, ...]
    ways: tuple[str, ...]
    strategies: tuple[str, ...]
    preferences: Array
    worth: Array

    @property
    def known(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self.worth.size)


def spread(tasks: int) -> Array:
    """Preferences ``(W, tasks)`` that stand for all, each for as much of the simplex as any other.

    The middles of equal parts of the line, of equal triangles in the triangle; of more tasks drawn at random, the same at every
    call.
    """
    if tasks == 2:
        first = (np.arange(LINE) + 0.5) / LINE
        return np.column_stack([first, 1 - first])
    if tasks == 3:
        a, b = (each.reshape(-1) for each in np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"))
        upright, other = a + b < SIDE, a + b < SIDE - 1
        # A triangle's middle is a third of a part from its sides; between the upright ones stand those upside down.
        middles = [np.column_stack([a, b])[kept] + off for kept, off in ((upright, 1 / 3), (other, 2 / 3))]
        two = np.concatenate(middles) / SIDE
        return np.column_stack([two, 1 - two.sum(axis=1)])
    return np.random.default_rng(0).dirichlet(np.ones(tasks), DRAWN)


def winners(found: Contenders, tasks: Sequence[str], confidence: float) -> pd.DataFrame:
    """Who is best at every preference.

    The winner has the best mean over seeds. How sure that is, is asked of the best of another way, its rival: neighbouring
    weightings are always close.

    Args:
        found: the contenders.
        tasks: the U tasks.
        confidence: of the intervals.

    Returns:
        ``prefers_<task>`` a task, then ``label, way, strategy, n, worth`` (1 is all tasks alone), ``rival, margin, low, high``
        (over the rival, paired by seed) and ``agree``: the share of seeds in which the winner's way has the best label.
    """
    columns = {f"prefers_{task}": found.preferences[:, place] for place, task in enumerate(tasks)}
    types = {"label": names(found.labels), "way": names(found.ways), "strategy": names(found.strategies), "n": np.int64}
    types |= {"worth": np.float64, "rival": names(found.labels)} | dict.fromkeys(("margin", "low", "high", "agree"), np.float64)
    if not found.known:
        return pd.DataFrame({name: [] for name in columns} | {name: [] for name in types}).astype(
            dict.fromkeys(columns, np.float64) | types
        )
    mean, way = found.worth.mean(axis=0), pd.factorize(np.array(found.ways))[0]
    at = np.arange(mean.shape[1])
    best = mean.argmax(axis=0)  # (W,)
    others = np.where(way[:, None] == way[best], -np.inf, mean)
    rival = np.where(np.isfinite(others.max(axis=0)), others.argmax(axis=0), -1)
    ahead = np.where(rival >= 0, found.worth[:, best, at] - found.worth[:, rival, at], np.nan)
    over = interval(ahead, confidence=confidence)
    agree = (way[found.worth.argmax(axis=1)] == way[best]).mean(axis=0)
    coded: dict[str, Any] = {"label": np.array(found.labels, dtype=object)[best]}
    coded |= {"way": np.array(found.ways, dtype=object)[best], "strategy": np.array(found.strategies, dtype=object)[best]}
    coded |= {"n": len(found.worth), "worth": mean[best, at]}
    coded |= {"rival": [found.labels[place] if place >= 0 else None for place in rival], "margin": over.mean}
    return pd.DataFrame(columns | coded | {"low": over.low, "high": over.high, "agree": agree}).astype(types)


def regrets(found: Contenders, confidence: float) -> pd.DataFrame:
    """What one loses with each label, over all preferences alike: ``R(w) = max_l <w, f̄_l> - <w, f̄>``.

    Args:
        found: the contenders.
        confidence: of the intervals.

    Returns:
        ``label, way, strategy, n``, then ``mean, low, high``: the mean of ``R(w)``, with the interval over seeds of what the
        label is behind the winners of all seeds, paired by seed; ``worst``: the largest ``R(w)``; ``best_for``: the share of
        preferences at which it is the winner. The smallest mean comes first: it is the one to choose who knows nothing of
        preferences.
    """
    types: dict[str, Any] = {"label": names(found.labels), "way": names(found.ways), "strategy": names(found.strategies)}
    types |= {"n": np.int64} | dict.fromkeys(("mean", "low", "high", "worst", "best_for"), np.float64)
    if not found.known:
        return pd.DataFrame({name: [] for name in types}).astype(types)
    mean = found.worth.mean(axis=0)  # (L, W)
    best = mean.argmax(axis=0)
    at = np.arange(mean.shape[1])
    behind = (found.worth[:, best, at][:, None] - found.worth).mean(axis=2)  # (S, L)
    over = interval(behind, confidence=confidence)
    table = {"label": found.labels, "way": found.ways, "strategy": found.strategies, "n": over.n, "mean": over.mean}
    table |= {"low": over.low, "high": over.high, "worst": (mean.max(axis=0) - mean).max(axis=1)}
    table["best_for"] = np.bincount(best, minlength=len(mean)) / len(at)
    return pd.DataFrame(table).astype(types).sort_values("mean", kind="stable", ignore_index=True)


def by_way(found: Contenders, tasks: Sequence[str]) -> pd.DataFrame:
    """The best label of every way at every preference, and what it loses.

    Args:
        found: the contenders.
        tasks: the U tasks.

    Returns:
        ``way, label, regret``, then ``prefers_<task>`` a task: the ways one after another.
    """
    listed = list(dict.fromkeys(found.ways))
    types = {"way": names(listed), "label": names(found.labels), "regret": np.float64}
    axes = [f"prefers_{task}" for task in tasks]
    if not found.known:
        return pd.DataFrame({name: [] for name in (*types, *axes)}).astype(types | dict.fromkeys(axes, np.float64))
    mean, way = found.worth.mean(axis=0), np.array(found.ways)
    within = np.stack([np.where((way == name)[:, None], mean, -np.inf).argmax(axis=0) for name in listed])  # (ways, W)
    regret = mean.max(axis=0) - np.take_along_axis(mean, within, axis=0)
    shape = within.shape
    table: dict[str, Any] = {"way": np.array(listed, dtype=object)[along(np.arange(len(listed)), 0, shape)]}
    table |= {"label": np.array(found.labels, dtype=object)[within.reshape(-1)], "regret": regret.reshape(-1)}
    table |= {name: along(found.preferences[:, place], 1, shape) for place, name in enumerate(axes)}
    return pd.DataFrame(table).astype(types)
