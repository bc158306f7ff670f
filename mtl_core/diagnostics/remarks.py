"""What a person should know who reads a comparison, a sentence each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sides import ALONE
from mtl_core.records import Moment
from mtl_core.spec import Study
from mtl_core.spec.phases import PHASES

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

MATCHED = "Parameters without heads were matched to those of {target}: {sizes}."
IN_PHASES = "Runs are trained in {count} phases: {phases}. The tasks alone learn in every phase that learns tasks."
BEGUN = (
    "Every run starts from the pretrained trunk {start}, the tasks alone too: compare with a study that does not to see what "
    "reading first is worth."
)

CLUSTERED = (
    "Rows of the test split are alike in groups or one after another, and the intervals take them for independent: they are "
    "narrower than they should be."
)
IN_FOLDS = (
    "Runs are of {folds} folds and {seeds} seeds each: train and validation examples are pooled, and every run is trained "
    "without a fold and validated on it. Folds share examples, so intervals over them are wider (Nadeau and Bengio)."
)
FEW_IN_A_FOLD = "{task}: a fold has only {count} labels to be validated on, which decide little."
FEW = 6
"""Up to so many labels each is told its learning rate; the tables have them all."""

PRICE = "The price of one model, {label}: {gaps}."
GAP = (
    "{price:+.1f} % [{low:+.1f}, {high:+.1f}] beside {against} over {count} weighting (n = {n})",
    "{price:+.1f} % [{low:+.1f}, {high:+.1f}] beside {against} over {count} weightings (n = {n})",
)
GAP_OF_ONE_SEED = (
    "{price:+.1f} % beside {against} over {count} weighting, with one seed, which says nothing of others",
    "{price:+.1f} % beside {against} over {count} weightings, with one seed, which says nothing of others",
)
NO_GAP = "no percentage beside {against}, for alone {tasks} cannot be told from chance or from zero (read the differences)"
PRICED = (
    "Prices are in percent of the tasks alone, tasks by their weights: below zero one model is worse than runs trained anew "
    "for each weighting."
)

PLURALS = (GAP, GAP_OF_ONE_SEED)
"""Sentences that hang on a number, for one and for many, for who translates them."""

TEMPLATES = (
    PRICE,
    NO_GAP,
    PRICED,
    OVERFITS,
    CHANCE,
    ZERO,
    LOOKS,
    SEEDS_ALONE,
    OTHER_RATE,
    RATE,
    CLUSTERED,
    MATCHED,
    IN_PHASES,
    IN_FOLDS,
    FEW_IN_A_FOLD,
    BEGUN,
    SAME,
    SAME_OFTEN,
)
"""All other sentences, for who translates them."""

LISTED = 3
"""Where more labels than this have the same to say of a task, one sentence says it."""


@dataclass(frozen=True)
class Remark:
    """A sentence: one of ``TEMPLATES`` and what stands in its gaps, which may be remarks too.

    Args:
        template: with ``many``, for a ``count`` of one alone.
        values: what stands in the gaps.
        many: for any other ``count``.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    many: str = ""

    def __str__(self) -> str:
        return self.told(str, lambda one, many, count: one if count == 1 else many, str)

    def told(self, say: Callable[[str], str], count: Callable[[str, str, int], str], escape: Callable[[str], str]) -> str:
        """The sentence in a reader's language.

        Args:
            say: a template in that language.
            count: that for one or that for many in that language, by the number given.
            escape: makes a name safe where it is shown.
        """

        def part(value: Any) -> Any:
            if isinstance(value, tuple):
                return ", ".join(each.told(say, count, escape) for each in value)
            return escape(value) if isinstance(value, str) else value

        template = count(self.template, self.many, self.values["count"]) if self.many else say(self.template)
        return template.format(**{name: part(value) for name, value in self.values.items()})


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
    if phases := in_phases(result.study):
        yield phases
    if result.study.folds:
        yield Remark(IN_FOLDS, {"folds": result.study.folds, "seeds": len(result.study.seed_list)})
    for task, count in result.layout.scarce:
        yield Remark(FEW_IN_A_FOLD, {"task": task, "count": count})
    if result.study.start:
        yield Remark(BEGUN, {"start": result.study.start})
    if result.study.equal_parameters != "none":
        models = [model for model in result.layout.models if model.matched is not None]
        sizes = ", ".join(f"{m.strategy} {m.matched:.3f} times at width {m.width:g}" for m in models)
        yield Remark(MATCHED, {"target": result.study.equal_parameters, "sizes": sizes})
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


def in_phases(study: Study) -> Remark | None:
    """How a study is trained in phases; None where it is trained in one."""
    parts = ", ".join(PHASES[phase.name].label(phase.options) for phase in study.phases)
    return Remark(IN_PHASES, {"count": len(study.phases), "phases": parts}) if study.phases else None


def prices(result: Result) -> tuple[Remark, ...]:
    """What each model that serves every weighting gains or loses beside each strategy that was trained for them separately: a
    sentence a model, and what the numbers are; none where nothing is known."""
    gaps: dict[str, list[Remark]] = {}
    for (label, against), rows in result.one_model.price.groupby(["label", "against"], sort=False, observed=True):
        row = rows[rows["task"].isna()].iloc[0].to_dict()
        values: dict[str, Any] = {"against": str(against)}
        if row["n"] and np.isnan(row["delta_percent"]):
            without = rows.loc[rows["task"].notna() & rows["delta_percent"].isna(), "task"]
            gaps.setdefault(str(label), []).append(Remark(NO_GAP, values | {"tasks": ", ".join(without.astype(str))}))
        elif row["n"]:
            values |= {"price": row["delta_percent"], "count": row["weightings"], "n": row["n"]}
            bounds = {} if row["n"] < 2 else {"low": row["low"], "high": row["high"]}
            one, many = GAP if bounds else GAP_OF_ONE_SEED
            gaps.setdefault(str(label), []).append(Remark(one, values | bounds, many))
    found = [Remark(PRICE, {"label": label, "gaps": tuple(parts)}) for label, parts in gaps.items()]
    return (*found, Remark(PRICED)) if found else ()


def moments(result: Result) -> tuple[Moment, ...]:
    """At which moments the study has test results: an older version read them at one alone."""
    own = result.compared()
    if own.scores.parts.shape[-1]:
        return ("best", "end")
    return (result.study.test_at,) if np.isfinite(own.scores.test).any() else ()
