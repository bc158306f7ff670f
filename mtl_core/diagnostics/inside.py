"""What is inside a trained network, as tables: what each unit does for whom, what can be read where, and how alike networks
are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array

ALL, ONE = 0.3, 0.8
"""Below the first share of a specialist a unit serves all, above the second it serves one."""

IDLE = 0.01
"""A unit without which no task loses this part of what it loses most by a unit of the stage hardly matters."""


@dataclass(frozen=True)
class Inside:
    """What is inside one run's network.

    Args:
        found: what was answered; see ``mtl_core.training.inside``.
    """

    found: Mapping[str, Any]

    @property
    def tasks(self) -> list[str]:
        """All tasks of the study."""
        return list(self.found["tasks"])

    @property
    def no_units(self) -> str:
        """Why nothing is told of units; empty where it is."""
        return str(self.found["no_units"])

    @cached_property
    def units(self) -> pd.DataFrame:
        """What is added to each task's loss when a unit says the same for every example.

        Returns:
            ``stage, module, unit, task, change, first_order, part, share, specialist``, one row a unit and task. ``part`` is
            the change as a part of the task's loss at chance, so that tasks compare; ``share`` is whose of it a task is, in sum
            one over tasks; ``specialist`` is 0 for a unit that serves all tasks alike and 1 for one that serves one.
        """
        return _table(self.found["units"])

    @cached_property
    def leaning(self) -> pd.DataFrame:
        """On how many units of a stage each task leans, in this network and in the task's own.

        Returns:
            ``stage, task, units, shared, alone``: ``units`` there are for the task; the others are how many it leans on,
            ``exp(-sum p log p)`` with ``p`` a unit's part of all changes; NaN where that is not known.
        """
        rows = []
        own = {told["tasks"][0]: _table(told) for told in self.found["alone"]}
        for (stage, task), group in self.units.groupby(["stage", "task"], sort=False, observed=True):
            alone = own[task][own[task]["stage"] == stage] if task in own else None
            known = None if alone is None or alone.empty else leaning(alone["change"].to_numpy())
            rows.append((stage, task, len(group), leaning(group["change"].to_numpy()), np.nan if known is None else known))
        return pd.DataFrame(rows, columns=["stage", "task", "units", "shared", "alone"])

    @cached_property
    def probes(self) -> pd.DataFrame:
        """How well a linear probe reads each task off each stage.

        Returns:
            ``network, stage, task, metric, score, chance, readable``: ``network`` is empty for the run that was asked, else the
            task whose own network it is; ``readable`` is 0 at chance and 1 where all is right.
        """
        table = pd.DataFrame(self.found["probes"], columns=["network", "stage", "task", "metric", "score", "chance"])
        room = 1 - table["chance"]
        return table.assign(readable=((table["score"] - table["chance"]) / room).where(room > 0))

    @cached_property
    def similar(self) -> pd.DataFrame:
        """How alike this network and each task's own one see examples.

        Returns:
            ``stage, task, similarity, again``: ``again`` is the similarity of two networks of the task alone, with other seeds.
        """
        table = pd.DataFrame(self.found["similar"], columns=["stage", "task", "similarity", "again"])
        return table.astype({"similarity": np.float64, "again": np.float64})


def shares(part: Array) -> tuple[Array, Array]:
    """Whose each unit is, ``(U, T)``, and how much of a specialist it is, ``(U,)``; NaN for one that serves nobody, and the
    second where there is one task.

    ``share = max(A, 0)`` over its sum, ``specialist = 1 - entropy / log T``.

    >>> shares(np.array([[0.2, 0.2], [0.0, 0.5], [-0.1, 0.0]]))[1].tolist()
    [0.0, 1.0, nan]
    """
    kept = np.maximum(part, 0)
    total = kept.sum(1, keepdims=True)
    share = np.divide(kept, total, out=np.full_like(kept, np.nan), where=total > 0)
    if part.shape[1] < 2:
        return share, np.full(len(part), np.nan)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return share, 1 + (share * logs).sum(1) / np.log(part.shape[1])


def leaning(change: Array) -> float:
    """On how many units a task leans: as many as would, alike, be as spread out; NaN where it leans on none.

    >>> round(leaning(np.array([0.2, 0.2, 0.0, -0.1])), 6)
    2.0
    """
    kept = change[change > 0]
    if not len(kept):
        return float("nan")
    part = kept / kept.sum()
    return float(np.exp(-(part * np.log(part)).sum()))


def _table(told: Mapping[str, Any] | None) -> pd.DataFrame:
    names = ["stage", "module", "unit", "task", "change", "first_order", "part", "share", "specialist"]
    if told is None:
        return pd.DataFrame(columns=names)
    change = np.array(told["change"], dtype=np.float64).reshape(len(told["stage"]), -1)
    chance = np.array(told["chance"], dtype=np.float64)
    part = change / np.where(chance > 0, chance, 1)
    share, specialist = shares(part)
    count = len(told["tasks"])
    columns: dict[str, Any] = {name: np.repeat(np.array(told[name]), count) for name in ("stage", "module", "unit")}
    columns |= {"task": np.tile(np.array(told["tasks"]), len(change)), "change": change.ravel()}
    columns |= {"first_order": np.array(told["first_order"], dtype=np.float64).ravel(), "part": part.ravel()}
    return pd.DataFrame(columns | {"share": share.ravel(), "specialist": np.repeat(specialist, count)})[names]
