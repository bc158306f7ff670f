"""What each task gains in a network that learns a set of tasks, over a network of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array, along, names, of_kind
from mtl_core.diagnostics.pairing import pair
from mtl_core.diagnostics.scores import Scores, headlines
from mtl_core.errors import SpecError, shown, some_of
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.weightings import members_of, set_label

COSTS = ("networks", "parameters", "flops", "latency")
"""What a network can be counted by; each but the first as a multiple of a network for one task."""


@dataclass(frozen=True)
class Gains:
    """Gains in N sets of T tasks over S seeds, paired by seed with the task alone; positive is better.

    A gain is the difference of the headline metric in points, hundredths; of a metric that is an error, which has no natural
    top, in hundredths of the error of whoever knows no input (of the task alone where that is not known). A set of one task
    has gain 0 by definition. NaN for tasks outside a set and pairs that cannot be compared.

    Args:
        tasks: the T names.
        sets: the places of the N sets' members, those of one task first, then by size.
        labels: how their runs are called.
        seeds: the S seeds; with folds each seed of each fold.
        validation, test: ``(N, S, T)``.
        shared: what these have in common, see ``Layout.shared``.
    """

    tasks: tuple[str, ...]
    sets: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]
    seeds: tuple[int, ...]
    validation: Array
    test: Array
    shared: float = 0.0

    @property
    def members(self) -> Array:
        """``(N, T)`` bool."""
        return np.array([[task in each for task in range(len(self.tasks))] for each in self.sets])

    def names(self, place: int) -> str:
        """How a set is called: ``{size, shape}``."""
        return set_label([self.tasks[task] for task in self.sets[place]])

    def mean(self, split: str = "validation") -> Array:
        """``(N, T)``: the mean over seeds, NaN where a seed is missing: a set is judged by all seeds or not at all."""
        return np.asarray(getattr(self, split).mean(axis=1))


def gains(layout: Layout, scores: Scores, strategy: str | None = None) -> Gains:
    """The gains in every set of tasks that a study trained with equal weights, at its own learning rate.

    Args:
        layout: what the records' axes mean.
        scores: what the runs reached.
        strategy: the sharing strategy of the sets' networks, as runs call it; None for ``hard`` or else the first.

    Raises:
        SpecError: the study has no such strategy.
    """
    tasks = len(layout.tasks)
    known = strategies_of(layout)
    chosen = strategy or ("hard" if "hard" in known else next(iter(known), "hard"))
    if strategy is not None and strategy not in known:
        raise SpecError(f"a strategy of this study was expected, found {shown(strategy)}; choose from: {some_of(known)}.")
    found: dict[tuple[int, ...], str] = {}
    for run in layout.runs:
        point = run.weights
        if run.role == "baseline" or run.strategy != chosen or run.label != run.family or point is None:
            continue
        members = members_of(point)
        if members is not None and len(members) > 1:
            found.setdefault(members, run.label)
    sets = sorted(found, key=lambda members: (len(members), members))
    both = {split: pair(layout, scores, split) for split in ("validation", "test")}
    any_pairs = both["test"]
    places = [any_pairs.labels.index(found[members]) for members in sets]
    heads = headlines(layout)
    scale = _scale(layout, any_pairs.chance, scores, heads)
    alone = np.eye(tasks)[:, None, :].repeat(len(any_pairs.seeds), axis=1)
    alone = np.where(alone > 0, 0.0, np.nan)  # (T, S, T)
    outside = ~np.array([[task in members for task in range(tasks)] for members in sets], dtype=bool).reshape(-1, 1, tasks)

    def table(split: str) -> Array:
        differences = both[split].difference[:, places][:, :, range(tasks), heads]  # (S, n, T)
        inside = np.where(outside, np.nan, differences.transpose(1, 0, 2) * scale)
        return np.concatenate([alone, inside])

    return Gains(
        tuple(task.name for task in layout.tasks),
        (*((task,) for task in range(tasks)), *sets),
        (*(f"{task.name} alone" for task in layout.tasks), *(found[members] for members in sets)),
        any_pairs.seeds,
        table("validation"),
        table("test"),
        layout.shared,
    )


def strategies_of(layout: Layout) -> tuple[str, ...]:
    """The strategies whose runs learn several tasks together."""
    return tuple(dict.fromkeys(run.strategy for run in layout.runs if run.role != "baseline"))


def _scale(layout: Layout, chance: Array, scores: Scores, heads: Array) -> Array:
    """``(T,)``: from a difference of headline metrics to points."""
    scale = np.full(len(layout.tasks), 100.0)
    for place, task in enumerate(layout.tasks):
        if METRICS[task.headline].lower_is_better:
            runs = [run.index for run in layout.runs if run.role == "baseline" and run.trains(len(heads))[place]]
            alone = scores.test[runs, place, heads[place]]
            known = [chance[place, heads[place]], alone[np.isfinite(alone)].mean() if np.isfinite(alone).any() else np.nan]
            scale[place] = next((100 / value for value in known if np.isfinite(value) and value > 0), np.nan)
    return scale


def subsets_table(found: Gains) -> pd.DataFrame:
    """One row a set, task of it and seed: ``subset, label, size, task, seed, validation, test``; see ``Gains``."""
    shape = (len(found.sets), len(found.seeds), len(found.tasks))
    inside = np.broadcast_to(found.members[:, None, :], shape).reshape(-1)
    called = [found.names(place) for place in range(len(found.sets))]
    columns = {
        "subset": pd.Categorical.from_codes(along(np.arange(shape[0]), 0, shape)[inside], dtype=names(called)),
        "label": pd.Categorical.from_codes(along(np.arange(shape[0]), 0, shape)[inside], dtype=names(found.labels)),
        "size": along(found.members.sum(axis=1), 0, shape)[inside],
        "task": pd.Categorical.from_codes(along(np.arange(shape[2]), 2, shape)[inside], dtype=names(found.tasks)),
        "seed": along(np.array(found.seeds), 1, shape)[inside],
        "validation": found.validation.reshape(-1)[inside],
        "test": found.test.reshape(-1)[inside],
    }
    return pd.DataFrame(columns)


def costs(layout: Layout, records: Sequence[Record], found: Gains, measure: str = "networks") -> Array:
    """``(N,)``: what each set's network costs, as a multiple of a network for one task.

    ``networks``: 1 each. ``parameters`` and ``flops``: the trunk and the heads of the set; a task's head is known by its share
    of operations, and its parameters are taken to be in the same proportion. ``latency``: measured seconds from an example
    to the answers, the set's network over the tasks' own; they are all asked for all heads, so the same trunk costs the same.

    Raises:
        SpecError: no such measure, or it is not known of this study.
    """
    if measure not in COSTS:
        raise SpecError(f"a cost must be one of {some_of(COSTS)}, found {shown(measure)}.")
    if measure == "networks":
        return np.ones(len(found.sets))
    plain = next((run for run in layout.runs if run.role == "baseline"), layout.runs[0])
    of = {run.label: run.strategy for run in layout.runs}
    if measure == "latency":
        seconds = _latencies(records, {run.index: run.label for run in layout.runs})
        one = [seconds[label] for label in found.labels[: len(found.tasks)] if label in seconds]
        if not one or any(label not in seconds for label in found.labels):
            raise SpecError("the latency is measured when training ends, and this study has none; choose 'parameters'.")
        return np.array([seconds[label] for label in found.labels]) / float(np.mean(one))
    trunk, heads = _sizes(layout.model(plain.strategy), len(found.tasks), measure)
    one_task = trunk + heads.mean()
    if not one_task > 0:
        raise SpecError(f"the {measure} of this study's networks are not known; choose 'networks'.")
    totals = []
    for members, label in zip(found.sets, found.labels, strict=True):
        own_trunk, own_heads = _sizes(layout.model(of.get(label, plain.strategy)), len(found.tasks), measure)
        totals.append(own_trunk + own_heads[list(members)].sum())
    return np.asarray(np.array(totals) / one_task)


def _sizes(model: ModelLayout, tasks: int, measure: str) -> tuple[float, Array]:
    """A trunk's and each head's operations or parameters: asked one at a time, T tasks pay for the trunk T times."""
    each = np.array(model.flops_of or (np.nan,) * tasks, dtype=np.float64)
    trunk = (each.sum() - model.flops) / (tasks - 1)
    heads = np.maximum(each - trunk, 0)
    if measure == "flops":
        return float(trunk), heads
    share = heads / heads.sum() if heads.sum() > 0 else np.full(tasks, 1 / tasks)
    return float(model.parameters - model.heads), model.heads * share


def _latencies(records: Sequence[Record], labels: Mapping[int, str]) -> dict[str, float]:
    """The median latency of each label."""
    seen: dict[str, list[float]] = {}
    for record, run, _ in of_kind(records, "timing"):
        for index, value in zip(run.tolist(), record.arrays["latency"].tolist(), strict=True):
            if np.isfinite(value):
                seen.setdefault(labels[index], []).append(value)
    return {label: float(np.median(values)) for label, values in seen.items()}
