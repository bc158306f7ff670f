"""What a choice on validation came to, in sentences with gaps."""

from collections.abc import Iterator

import pandas as pd

from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.selection import BEST, MERIT, NESTED, SIMPLEST

CHOSEN = "On validation {label} is best."
AND_SIMPLEST = "Within one standard error of it, {label} is nearest to equal weights."
THREE = "It has {validation} on validation and {test} on test, equal weights {equal} on test: a difference of {difference}."
THREE_EQUAL = "It has {validation} on validation and {test} on test; it is what others are held against."
THREE_ALONE = "It has {validation} on validation and {test} on test; equal weights were not trained."
OUTSIDE = (
    "Chosen anew on the examples outside of each fold and judged on the fold, the choice has {test}, equal weights {equal}: a "
    "difference of {difference}."
)
WITH_INTERVAL, WITHOUT_INTERVAL = "{value} [{low}, {high}], {verdict}", "{value}, no interval"
OFTEN = (
    "Chosen {count} time, apart from the other runs, it was {label} in {share:.0f} %.",
    "Chosen {count} times, each time on other runs, it was {label} in {share:.0f} %.",
)
ON_MEAN = "{number} ({metric}, mean over tasks)"
ON_MERIT = "{number} (standard deviations over runs, mean over tasks)"

PLURALS = (OFTEN,)
"""Sentences that hang on a number, for one and for many, for who translates them."""

TEMPLATES = (
    *(CHOSEN, AND_SIMPLEST, THREE, THREE_EQUAL, THREE_ALONE, OUTSIDE, WITH_INTERVAL, WITHOUT_INTERVAL, ON_MEAN, ON_MERIT),
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
    first = whole[BEST]
    yield Remark(CHOSEN, {"label": str(first["label"])})
    validation, test, equal = (_number(first, name) for name in ("validation", "test", "equal"))
    # Equal weights held against themselves are no comparison.
    same = first["difference"] == 0 and first["test"] == first["equal"]
    if pd.isna(first["equal"]) or same:
        yield Remark(THREE_EQUAL if same else THREE_ALONE, {"validation": (validation,), "test": (test,)})
    else:
        yield Remark(
            THREE, {"validation": (validation,), "test": (test,), "equal": (equal,), "difference": (_difference(first),)}
        )
    if str(whole[SIMPLEST]["label"]) != str(first["label"]):
        yield Remark(AND_SIMPLEST, {"label": str(whole[SIMPLEST]["label"])})
    best = table[table["chosen"]].iloc[0]
    if best["choices"] > 1:
        often = {"count": int(best["choices"]), "label": str(best["label"]), "share": 100 * float(best["share"])}
        yield Remark(OFTEN[0], often, OFTEN[1])
    if (outside := whole.get(NESTED)) and not pd.isna(outside["equal"]):
        numbers = {"test": (_number(outside, "test"),), "equal": (_number(outside, "equal"),)}
        yield Remark(OUTSIDE, numbers | {"difference": (_difference(outside),)})


def _number(row: dict[str, object], name: str) -> Remark:
    words = {"number": f"{row[name]:.3f}"}
    return Remark(ON_MERIT, words) if row["metric"] == MERIT else Remark(ON_MEAN, words | {"metric": str(row["metric"])})


def _difference(row: dict[str, object]) -> Remark:
    if pd.isna(row["low"]):
        return Remark(WITHOUT_INTERVAL, {"value": f"{row['difference']:+.3f}"})
    ends = {name: f"{row[name]:+.3f}" for name in ("low", "high")}
    return Remark(WITH_INTERVAL, ends | {"value": f"{row['difference']:+.3f}", "verdict": (Remark(str(row["verdict"])),)})
