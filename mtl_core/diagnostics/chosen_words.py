"""What a choice on validation came to, in sentences with gaps."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from mtl_core.diagnostics.judged import Row
from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.selection import BEST, MERIT, NESTED, SIMPLEST
from mtl_core.spec.kinds import METRICS

CHOSEN = "On validation {label} is best."
AND_SIMPLEST = "Within one standard error of it, {label} is nearest to equal weights."
THREE = "{scale}: {validation} on validation, {test} on test; equal weights have {equal} on test, a difference of {difference}."
ON_MERIT = (
    "Metrics differ between tasks, so in standard deviations over runs, mean over tasks: beyond equal weights it has "
    "{validation} on validation and {difference} on test."
)
THREE_EQUAL = "{scale}: {validation} on validation, {test} on test; it is what others are held against."
THREE_ALONE = "{scale}: {validation} on validation, {test} on test; equal weights were not trained."
OUTSIDE = (
    "Chosen anew on the examples outside of each fold and judged on the fold, the choice has {test}, equal weights {equal}: a "
    "difference of {difference}."
)
WITH_INTERVAL, WITHOUT_INTERVAL = "{value} [{low}, {high}], {verdict}", "{value}, no interval"
OFTEN = (
    "Chosen {count} time, apart from the other runs, it was {label} in {share:.0f} %.",
    "Chosen {count} times, each time on other runs, it was {label} in {share:.0f} %.",
)
ON_MEAN, IN_DEVIATIONS = "Mean {metric} over tasks", "Mean over tasks in standard deviations over runs"

PLURALS = (OFTEN,)
"""Sentences that hang on a number, for one and for many, for who translates them."""

TEMPLATES = (
    *(
        CHOSEN,
        AND_SIMPLEST,
        THREE,
        THREE_EQUAL,
        THREE_ALONE,
        OUTSIDE,
        WITH_INTERVAL,
        WITHOUT_INTERVAL,
        ON_MEAN,
        ON_MERIT,
        IN_DEVIATIONS,
    ),
)
"""All other sentences, for who translates them."""


def on_choice(result: Result) -> tuple[Remark, ...]:
    """What is best on validation, what it is worth where it was not chosen, and how often it would be chosen; none where there
    is nothing to choose from."""
    return tuple(_told(result))


def _told(result: Result) -> Iterator[Remark]:
    table, choice = result.selection, result.choice
    if len(table) < 2 or choice.empty:
        return
    whole = {str(row["rule"]): row for row in choice[choice["task"].isna()].to_dict("records")}
    first, best = whole[BEST], table[table["chosen"]].iloc[0]
    yield Remark(CHOSEN, {"label": str(first["label"])})
    numbers: dict[str, Any] = {name: _number(first[name]) for name in ("validation", "test", "equal")} | {
        "scale": (_scale(first),)
    }
    # Equal weights held against themselves are no comparison.
    same = first["difference"] == 0 and first["test"] == first["equal"]
    if pd.isna(first["equal"]) or same:
        yield Remark(THREE_EQUAL if same else THREE_ALONE, numbers)
    elif first["metric"] == MERIT:
        beyond = float(best["validation"]) - float(table.loc[_is_equal(table), "validation"].iloc[0])
        yield Remark(ON_MERIT, {"validation": _number(beyond, "+"), "difference": (_difference(first),)})
    else:
        yield Remark(THREE, numbers | {"difference": (_difference(first),)})
    if str(whole[SIMPLEST]["label"]) != str(first["label"]):
        yield Remark(AND_SIMPLEST, {"label": str(whole[SIMPLEST]["label"])})
    if best["choices"] > 1:
        often = {"count": int(best["choices"]), "label": str(best["label"]), "share": 100 * float(best["share"])}
        yield Remark(OFTEN[0], often, OFTEN[1])
    if (outside := whole.get(NESTED)) and not pd.isna(outside["equal"]):
        judged = {name: _number(outside[name]) for name in ("test", "equal")}
        yield Remark(OUTSIDE, judged | {"difference": (_difference(outside),)})


def _is_equal(table: pd.DataFrame) -> pd.Series:
    """Which candidates have equal weights."""
    points = table.filter(like="weight_")
    return points.notna().all(axis=1) & (points.max(axis=1) - points.min(axis=1) < 1e-5)


def _scale(row: Row) -> Remark:
    if row["metric"] == MERIT:
        return Remark(IN_DEVIATIONS)
    return Remark(ON_MEAN, {"metric": (Remark(METRICS[row["metric"]].title),)})


def _difference(row: Row) -> Remark:
    value = _number(row["difference"], "+")
    if pd.isna(row["low"]):
        return Remark(WITHOUT_INTERVAL, {"value": value})
    ends = {name: _number(row[name], "+") for name in ("low", "high")}
    return Remark(WITH_INTERVAL, ends | {"value": value, "verdict": (Remark(str(row["verdict"])),)})


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}".replace("-", "−")
