"""What a person should know who reads a comparison, a sentence each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sides import ALONE
from mtl_core.records import Moment

OVERFITS = (
    "Alone some tasks overfit, with the step since which their validation loss rises and by how much: {tasks}. At the end "
    "whatever regularises looks like a gain there, so read the results at the best step."
)
CHANCE = "{task}: the reference is no better than an answer that looks at no input, so there is no percentage and no Δm."
ZERO = "{task}: the reference lies within noise of zero, so there is no percentage and no Δm."
LOOKS = "Results were looked at before, after {looks} seeds: intervals are at 98 %, for who looks often enough finds something."
SEEDS_ALONE = "An older version trained this: its intervals count seeds alone, not which test examples there happened to be."
OTHER_RATE = "{label}: compared with tasks alone at another learning rate ({rate:g}); train it again for ones at the same."
RATE = "{label} at learning rate {rate:g}, chosen on validation, against {others}."
SAME = "{label}: every answer to {task} is the same class in {n} of {seeds} runs."
SAME_OFTEN = "{task}: every answer is the same class in runs of {count} labels, {labels} among them."

CLUSTERED = (
    "Rows of the test split are alike in groups or one after another, and the intervals take them for independent: they are "
    "narrower than they should be."
)
FEW = 6
"""Up to so many labels each is told its learning rate; the tables have them all."""

TEMPLATES = (OVERFITS, CHANCE, ZERO, LOOKS, SEEDS_ALONE, OTHER_RATE, RATE, CLUSTERED, SAME, SAME_OFTEN)
"""All sentences, for who translates them."""

LISTED = 3
"""Where more labels than this have the same to say of a task, one sentence says it."""


@dataclass(frozen=True)
class Remark:
    """A sentence: one of ``TEMPLATES``, and what stands in its gaps."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def remarks(result: Result, comparison: Comparison) -> tuple[Remark, ...]:
    """What is worth knowing of a comparison, the weightiest first.

    Args:
        result: the study's.
        comparison: one of its ``compared``.
    """
    return tuple(_found(result, comparison))


def _found(result: Result, comparison: Comparison) -> Iterator[Remark]:
    worse = []
    for row in result.overfitting.to_dict("records"):
        rate = "" if row["learning_rate"] == result.study.learning_rate else f" at {row['learning_rate']:g}"
        worse.append(f"{row['task']}{rate} (step {row['step']}, +{row['rise_percent']:.0f} %)")
    if worse:
        yield Remark(OVERFITS, {"tasks": ", ".join(worse)})
    rows = headline_rows(result.layout, comparison.transfer)
    for task in result.study.tasks:
        mine = rows[rows["task"] == task]["no_percent"].dropna()
        if len(mine):
            yield Remark(CHANCE if (mine == "chance").any() else ZERO, {"task": task})
    for task, part in result.always_the_same.groupby("task", sort=False, observed=True):
        if len(part) > LISTED:
            labels = ", ".join(part["label"].astype(str).head(LISTED))
            yield Remark(SAME_OFTEN, {"task": task, "count": len(part), "labels": labels})
            continue
        for row in part.to_dict("records"):
            yield Remark(SAME, {name: row[name] for name in ("label", "task", "n", "seeds")})
    if result.study.looks:
        yield Remark(LOOKS, {"looks": ", ".join(map(str, result.study.looks))})
    for label, part in rows.groupby("label", sort=False, observed=True):
        own, other = float(part["learning_rate"].iloc[0]), part["baseline_rate"].to_numpy(dtype=float)
        if comparison.rates == "best" and rows["label"].nunique() <= FEW:
            others = ", ".join(f"{task} {rate:g}" for task, rate in zip(part["task"], other, strict=True))
            yield Remark(RATE, {"label": label, "rate": own, "others": others})
        elif comparison.reference == ALONE and np.isfinite(other[0]) and other[0] != own:
            yield Remark(OTHER_RATE, {"label": label, "rate": float(other[0])})
    if result.study.suite.options.get("split") in ("grouped", "ordered"):
        yield Remark(CLUSTERED)
    if len(rows) and not comparison.scores.parts.shape[-1]:
        yield Remark(SEEDS_ALONE)


def moments(result: Result) -> tuple[Moment, ...]:
    """At which moments the study has test results: an older version read them at one alone."""
    own = result.compared()
    if own.scores.parts.shape[-1]:
        return ("best", "end")
    return (result.study.test_at,) if np.isfinite(own.scores.test).any() else ()
