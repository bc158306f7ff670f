"""Which tasks together, in words: from intervals and Holm's correction alone, chosen on validation and valued on test."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mtl_core.diagnostics import decision_words
from mtl_core.diagnostics import together_words as words
from mtl_core.diagnostics.intervals import Interval, interval
from mtl_core.diagnostics.predictors import PREDICTORS
from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.together import Grouping, Together
from mtl_core.diagnostics.verdicts import holm
from mtl_core.errors import SpecError

NAMED = 6
"""The most sets that are named one by one."""


def on_together(asked: Together, budget: float, measure: str = "networks", *, partition: bool = False) -> tuple[Remark, ...]:
    """Which tasks should share a network within a budget, what that gains, and by how much it is better than one for all?

    The verdicts, whether it is better than the tasks alone and than one network for all, are one family.

    Args:
        asked: a study's ``together``.
        budget: of networks, or of what is measured.
        measure: what the budget counts.
        partition: whether each task is learned once.
    """
    try:
        best = asked.grouping(budget, partition=partition)
    except SpecError:
        return (Remark(words.NOTHING),)
    return tuple(_told(asked, best, budget, measure))


def _told(asked: Together, best: Grouping, budget: float, measure: str) -> Iterator[Remark]:
    one, found = asked.one(), asked.interval(best)
    beside = one if one is not None and one.choice != best.choice else None
    values = {"count": int(budget), "budget": budget, "groups": groups_told(asked, best), "gain": (_gain(asked, best, found),)}
    if measure != "networks":
        values["measure"] = (Remark(words.MEASURES[measure]),)
    if beside is not None:
        values["beside"] = signed(float(beside.values.mean()))
    if measure == "networks":
        one_of, many = words.BEST if beside is None else words.BEST_BESIDE
        yield Remark(one_of, values, many)
    else:
        yield Remark(words.WITHIN if beside is None else words.WITHIN_BESIDE, values)
    if len(asked.found.seeds) < 2:
        yield Remark(decision_words.ONE_SEED)
        return
    differences = [best.values, *([best.values - beside.values] if beside is not None else [])]
    both = interval(np.stack(differences, axis=1), confidence=asked.confidence, shared=asked.found.shared)
    clear = holm(np.where(np.ptp(differences, axis=1) > 0, both.p, np.nan)) < 1 - asked.confidence
    if beside is not None:
        ends = np.array([both.mean[1], both.low[1], both.high[1]])
        template = words.LIKE_ONE if not clear[1] else words.OVER_ONE if ends[0] > 0 else words.UNDER_ONE
        ends = -ends[[0, 2, 1]] if template == words.UNDER_ONE else ends
        show = signed if template == words.LIKE_ONE else plain
        yield Remark(template, {name: show(end) for name, end in zip(("value", "low", "high"), ends, strict=True)})
    if any(len(asked.found.sets[place]) > 1 for place in best.choice.reads):
        yield Remark(words.LIKE_ALONE if not clear[0] else words.OVER_ALONE if both.mean[0] > 0 else words.UNDER_ALONE)


def on_groups(asked: Together, own: Grouping, *, partition: bool = False) -> tuple[Remark, ...]:
    """What networks gain that somebody put together, and the regret against the exact choice at their cost.

    Args:
        asked: a study's ``together``.
        own: one of its ``own``.
        partition: whether in the exact choice each task is learned once.
    """
    count = len(own.choice.sets)
    values = {"count": count, "groups": groups_told(asked, own), "gain": (_gain(asked, own, asked.interval(own)),)}
    yours = Remark(words.YOURS[0], values, words.YOURS[1])
    best = asked.grouping(own.cost, partition=partition)
    if best.choice == own.choice:
        return (yours, Remark(words.NO_REGRET))
    lost = asked.regret(own, own.cost, partition=partition)
    told: dict[str, Any] = {name: plain(float(getattr(lost, end))) for name, end in ENDS}
    told |= {"groups": groups_told(asked, best)}
    if not np.isfinite(lost.low):
        return (yours, Remark(words.REGRET_OF_ONE_SEED, told))
    clear = lost.low > 0 or lost.high < 0
    return (yours, Remark(words.REGRET, told | {"verdict": (Remark(words.CLEAR if clear else words.UNCLEAR),)}))


def caveats(result: Result, asked: Together) -> tuple[Remark, ...]:
    """What a person should know of what the answer rests on, a sentence each."""
    return tuple(_caveats(result, asked))


def _caveats(result: Result, asked: Together) -> Iterator[Remark]:
    found, tasks = asked.found, len(asked.found.tasks)
    trained, every = sum(len(members) > 1 for members in found.sets), 2**tasks - tasks - 1
    if trained < every:
        yield Remark(words.NOT_ALL, {"count": trained, "all": every})
    lacking = {split: (found.members & ~np.isfinite(found.mean(split))).any(axis=1) for split in ("validation", "test")}
    out = np.flatnonzero(lacking["validation"] | lacking["test"])
    if len(out):
        names = [found.names(place) for place in out[:NAMED]]
        yield Remark(words.LEFT_OUT, {"sets": ", ".join(names) + (" …" if len(out) > NAMED else "")})
    rows = headline_rows(result.layout, result.transfer)
    weak = dict.fromkeys(rows.loc[rows["no_percent"].astype(str) == "chance", "task"].astype(str))
    if weak:
        yield Remark(words.CHANCE, {"tasks": ", ".join(weak)})


def groups_told(asked: Together, grouping: Grouping) -> str | tuple[Remark, ...]:
    """The networks of a grouping as a part of a sentence."""
    sets = [asked.found.sets[place] for place in grouping.choice.sets]
    tasks = len(asked.found.tasks)
    if all(len(members) == 1 for members in sets):
        return (Remark(words.APART),)
    if len(sets) == 1:
        return (Remark(words.TOGETHER),)
    small, large = sorted(grouping.choice.sets, key=lambda place: len(asked.found.sets[place]))[:: len(sets) - 1]
    if len(sets) == 2 and len(asked.found.sets[large]) > 2 and sum(map(len, sets)) == tasks:
        return (Remark(words.REST, {"group": asked.found.names(small)}),)
    return asked.told(grouping)


def rule_told(rule: str) -> str:
    """A way to choose groups, in words."""
    return PREDICTORS[rule].title if rule in PREDICTORS else words.RULES.get(rule, rule)


def _gain(asked: Together, grouping: Grouping, found: Interval) -> Remark:
    if all(len(asked.found.sets[place]) == 1 for place in grouping.choice.reads):
        return Remark(words.BY_DEFINITION)
    values: dict[str, Any] = {name: signed(float(getattr(found, end))) for name, end in ENDS}
    return Remark(words.GAIN if np.isfinite(found.low) else words.GAIN_OF_ONE_SEED, values)


ENDS = (("value", "mean"), ("low", "low"), ("high", "high"))


def signed(value: float) -> str:
    """Points with their sign, by a real minus."""
    return f"{value:+.1f}".replace("-", "−")


def plain(value: float) -> str:
    """Points without a plus."""
    return f"{value:.1f}".replace("-", "−")
