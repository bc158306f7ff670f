"""Gains of whole sets of tasks, predicted from less than training them, and how good such predictions are.

Tables of gains have the columns ``members`` (the names of a set's tasks, a tuple or a frozenset), ``task`` (one of them),
``seed`` and ``gain`` (its gain over learning alone, positive is better). Members come back as frozensets.
"""

from collections.abc import Collection, Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from mtl_core.diagnostics.columns import Array


def pair_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """What trained pairs say of two tasks each: ``source, target, seed, value``, the gain of the target beside the source."""
    members = _members(gains)
    pairs = gains[[len(each) == 2 for each in members]]
    tasks = pairs["task"].astype(str)
    source = [next(iter(each - {task})) for each, task in zip(_members(pairs), tasks, strict=True)]
    columns = {"source": source, "target": tasks.tolist(), "seed": pairs["seed"].tolist(), "value": pairs["gain"].tolist()}
    return pd.DataFrame(columns).astype({"source": str, "target": str, "value": np.float64})


def from_pairs(pairs: pd.DataFrame, sets: Iterable[Collection[str]]) -> pd.DataFrame:
    """The gains of sets by a measure of pairs: ``ĝ(t; S)`` is the mean over ``j`` in ``S`` other than ``t`` of what ``j`` does
    to ``t``.

    Args:
        pairs: ``source, target, value``, as ``affinity`` and ``pair_gains`` have them, and ``seed`` where there is one.
        sets: of two tasks or more.

    Returns:
        ``members, task, gain``, and ``seed`` where pairs have one; without tasks of which a pair is not known.

    Source: Fifty et al. 2021, section 3; with trained pairs Standley et al. 2020's higher-order approximation.
    """
    seeded = "seed" in pairs
    known = list(dict.fromkeys([*pairs["source"].astype(str), *pairs["target"].astype(str)]))
    place = {name: at for at, name in enumerate(known)}
    seeds: list[Hashable] = list(dict.fromkeys(pairs["seed"])) if seeded else [None]
    table = np.full((len(seeds), len(known), len(known)), np.nan)
    at = [seeds.index(seed) for seed in pairs["seed"]] if seeded else [0] * len(pairs)
    source, target = ([place[name] for name in pairs[side].astype(str)] for side in ("source", "target"))
    table[at, source, target] = pairs["value"].to_numpy(dtype=np.float64)
    rows = []
    for members in dict.fromkeys(map(frozenset, sets)):
        if not members <= place.keys() or len(members) < 2:
            continue
        for task in sorted(members, key=known.index):
            others = [place[name] for name in members if name != task]
            means = table[:, others, place[task]].mean(axis=1)
            rows += [(members, task, seed, mean) for seed, mean in zip(seeds, means.tolist(), strict=True) if np.isfinite(mean)]
    found = pd.DataFrame(rows, columns=["members", "task", "seed", "gain"]).astype({"gain": np.float64})
    return found if seeded else found.drop(columns="seed")


def higher_order(gains: pd.DataFrame) -> pd.DataFrame:
    """The gains of all sets of three tasks or more in a table, predicted from its pairs: ``members, task, gain, seed``.

    Source: Standley et al. 2020, section 6.4 (HOA).
    """
    sets = dict.fromkeys(each for each in _members(gains) if len(each) > 2)
    return from_pairs(pair_gains(gains), sets)


def early(gains: pd.DataFrame, step: int) -> pd.DataFrame:
    """The gains after a short training: of each set, task and seed the row of the last evaluation up to ``step``.

    Args:
        gains: a table of gains with the column ``step`` besides.
        step: of training.

    Returns:
        ``members, task, seed, gain``; without what was not evaluated until then.

    Source: Standley et al. 2020, section 6.4 (ESA).
    """
    until = gains[gains["step"] <= step].sort_values("step", kind="stable")
    until = until.assign(members=_members(until))
    return (
        until.drop_duplicates(["members", "task", "seed"], keep="last").drop(columns="step").sort_index().reset_index(drop=True)
    )


def agreement(predicted: pd.DataFrame, real: pd.DataFrame, *, pooled: bool = False) -> pd.DataFrame:
    """How well predicted gains order the real ones, by target task, over the sets that both tables tell of.

    Args:
        predicted, real: tables of gains; where they have seeds, means over these are compared.
        pooled: over all tasks at once, which mixes their scales, in place of each.

    Returns:
        ``task, n, rho, signs``: the sets compared, Spearman's rank correlation (NaN with fewer than three or where all are
        equal) and the share with the same sign, which says nothing for a measure that is never negative. The task is empty
        where ``pooled``.
    """
    both = _means(predicted).merge(_means(real), on=["members", "task"], suffixes=("", "_real"), how="inner")
    both = both[both["gain"].notna() & both["gain_real"].notna()]
    groups = [("", both)] if pooled else [(task, both[both["task"] == task]) for task in dict.fromkeys(both["task"])]
    rows = []
    for task, part in groups:
        a, b = part["gain"].to_numpy(), part["gain_real"].to_numpy()
        same = float((np.sign(a) == np.sign(b)).mean()) if len(a) else np.nan
        rows.append((task, len(part), spearman(a, b), same))
    return pd.DataFrame(rows, columns=["task", "n", "rho", "signs"])


def spearman(a: Array, b: Array) -> float:
    """The correlation of ranks of two ``(n,)``, equal values sharing their mean rank; NaN with fewer than three, or where one
    is constant."""
    if len(a) < 3:
        return float("nan")
    x, y = (ranks - ranks.mean() for ranks in (rankdata(a), rankdata(b)))
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 0 else float("nan")


def _means(gains: pd.DataFrame) -> pd.DataFrame:
    table = gains.assign(members=_members(gains), task=gains["task"].astype(str))
    return table.groupby(["members", "task"], sort=False, observed=True)["gain"].mean().reset_index()


def _members(gains: pd.DataFrame) -> "pd.Series[Any]":
    return pd.Series([frozenset(each) for each in gains["members"]], index=gains.index, dtype=object)
