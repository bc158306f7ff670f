"""How good the fronts are and whom which label serves best, in sentences."""

from collections.abc import Iterator

import pandas as pd

from mtl_core.diagnostics.front_measures import MOST_TASKS
from mtl_core.diagnostics.front_scale import AT_CHANCE, UNKNOWN
from mtl_core.diagnostics.pareto import FEWEST
from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result

WAITS = "Fronts are measured when training has ended."
UNEVEN = "In no seed all runs came as far as the tasks alone, so no front is measured."
NOT_ENOUGH = "Fewer than two tasks can be measured, so there is no front."
CHANCE = "Left out, for alone they cannot be told from chance: {tasks}."
NOT_KNOWN = "Left out, for an older version did not record what chance gives: {tasks}."
COVERS = "{front} has a hypervolume of {value:.3f} [{low:.3f}, {high:.3f}], where 1 is all tasks alone; it spans {spans}."
COVERS_IN_ONE_SEED = (
    "{front} has a hypervolume of {value:.3f}, where 1 is all tasks alone; it spans {spans}. One seed says nothing of others."
)
LARGEST = "Of {fronts} fronts this is the largest on average: {told}"
SPAN = "{value:.3f} in {task}"
NARROW = "{fronts}: in no task wider than 0.05, so it is nearly a single point, however large its hypervolume is."
MANY = "Of more than four tasks there is no hypervolume: a product of so many numbers tells of the worst of them."
AT_END = "Measured after the last step, where the one model is asked."
DIVERGED = "{labels}: diverged with some seed, so no choice for anybody; in such a seed the front lacks the point."

CHOOSE = "Who does not know what counts chooses {label}: {regret:.3f} behind the best on average, {worst:.3f} at worst."
SERVES = "{label} for {share:.0f} %"
SERVE = "On average over seeds the best choice is, of all preferences: {parts}."
SURE = "Beside the best of any other method that is clear for {share:.0f} %."

NARROWEST = 0.05
"""A front that spans less than this in every task is nearly a single point."""

TOLD = 3
"""So many winners are told."""

TEMPLATES = (
    *(WAITS, UNEVEN, NOT_ENOUGH, CHANCE, NOT_KNOWN, COVERS, COVERS_IN_ONE_SEED, LARGEST, SPAN, NARROW, MANY, AT_END, DIVERGED),
    *(CHOOSE, SERVES, SERVE, SURE),
)
"""All sentences, for who translates them."""


def on_fronts(result: Result) -> tuple[Remark, ...]:
    """What is known of the fronts, the weightiest first."""
    return tuple(_fronts(result))


def _fronts(result: Result) -> Iterator[Remark]:
    found = result.pareto
    table = found.measures
    if found.seeds:
        volume = table[(table["measure"] == "hypervolume") & (table["kind"] != "method") & (table["n"] > 0)]
        if len(volume):
            best = volume.sort_values("mean", ascending=False, kind="stable").iloc[0]
            spans = _spans(table, best["front"])
            told = tuple(Remark(SPAN, {"value": value, "task": str(task)}) for task, value in spans.items())
            values = {"front": str(best["front"]), "value": best["mean"], "low": best["low"], "high": best["high"]}
            covers = Remark(COVERS if best["n"] > 1 else COVERS_IN_ONE_SEED, values | {"spans": told})
            yield Remark(LARGEST, {"fronts": len(volume), "told": (covers,)}) if len(volume) > 1 else covers
        wide = table[table["kind"] != "method"]
        narrow = [name for name in dict.fromkeys(wide["front"]) if (_spans(wide, name) < NARROWEST).all()]
        if narrow:
            yield Remark(NARROW, {"fronts": ", ".join(map(str, narrow))})
        if len(found.tasks) > MOST_TASKS:
            yield Remark(MANY)
        if found.models:
            yield Remark(AT_END)
    elif result.state not in ("finished", "stopped", "failed"):  # what chance gives is told at the end
        yield Remark(WAITS)
        return
    else:
        yield Remark(NOT_ENOUGH if len(found.tasks) < FEWEST else UNEVEN)
    for template, reason in ((CHANCE, AT_CHANCE), (NOT_KNOWN, UNKNOWN)):
        tasks = [name for name, why in found.left_out.items() if why == reason]
        if tasks:
            yield Remark(template, {"tasks": ", ".join(tasks)})
    if found.unsure:
        yield Remark(DIVERGED, {"labels": ", ".join(found.unsure)})


def _spans(table: pd.DataFrame, name: str) -> "pd.Series[float]":
    """The span of a front by task."""
    own = table[(table["front"] == name) & (table["kind"] != "method") & (table["measure"] == "span")]
    return own.set_index("task")["mean"]


def on_preferences(result: Result) -> tuple[Remark, ...]:
    """Whom which label serves best; none where there is nothing to choose."""
    found, regret = result.pareto.winners, result.pareto.regrets
    if found.empty or len(regret) < 2:
        return ()
    first = regret.iloc[0]
    choose = Remark(CHOOSE, {"label": str(first["label"]), "regret": max(0.0, first["mean"]), "worst": first["worst"]})
    shares = found["way"].astype(str).value_counts(normalize=True).head(TOLD)
    parts = tuple(Remark(SERVES, {"label": str(way), "share": 100 * share}) for way, share in shares.items())
    sure = () if found["n"].iloc[0] < 2 else (Remark(SURE, {"share": 100 * float((found["low"] > 0).mean())}),)
    return (Remark(SERVE, {"parts": parts}), *sure, choose)
