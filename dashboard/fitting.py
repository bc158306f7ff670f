"""What the form asks for when another suite is chosen: its own defaults, and those of the person's choices that go with it.

No Streamlit. A study's defaults are the same for all suites, so that its id tells what was asked; a form can do better.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from mtl_core.errors import SeesawError
from mtl_core.spec import BACKBONES, SUITES, Study
from mtl_core.spec.together import fitting, goes_with

Draft = dict[str, Any]

MAP_SIDES = {2: 11, 3: 6}
"""Points a side of the map of weightings by number of tasks: some twenty points at most, and none that cannot be drawn."""

SEEDS, FEW_SEEDS = 5, 3
"""Repetitions, and those where each run takes long: every task has examples of its own, or a large table is read."""

MANY_ROWS = 10_000
"""Training examples beyond which a table is large: its other splits are read at every evaluation."""

BATCH, STEPS = 64, 300


def usual(draft: Draft) -> Draft:
    """The settings that follow from a draft's suite and tasks, as the form has them by default: a study that trains in
    seconds and has less than 200 runs."""
    name, tasks, rows = _question(draft)
    long = name in SUITES and (SUITES[name].per_task or (rows or 0) > MANY_ROWS)
    own = deepcopy(dict(SUITES[name].usual)) if name in SUITES else {}
    sides = own.pop("weights", MAP_SIDES)
    batch = BATCH if rows is None or rows >= BATCH else 1 << max(0, rows.bit_length() - 1)
    return {
        "weights": sides.get(len(tasks), []) if isinstance(sides, Mapping) else sides,
        "seeds": FEW_SEEDS if long else SEEDS,
        "steps": STEPS,
        "batch_size": batch,
        "evaluate_every": _DEFAULTS["evaluate_every"],
        "conflict_every": _DEFAULTS["conflict_every"],
    } | own


def follow(draft: Draft, before: Draft) -> tuple[Draft, tuple[str, ...]]:
    """The draft with what follows from its suite and tasks, where these are not those of ``before``.

    What was usual before becomes what is usual now. A choice of the person's own is kept where the study can be made with it,
    and is else what it is by default.

    Args:
        draft: asks for a suite, and for what was asked of another one.
        before: what the draft was made from.

    Returns:
        The draft, and the names of the own choices that could not be kept.
    """
    if _is_same(_question(draft), _question(before)):
        return draft, ()
    old, new = usual(before), usual(draft)
    # What a study has by itself was no choice either.
    follows = {name for name in new if (before.get(name) or []) in (old[name] or [], _DEFAULTS[name] or [])}
    lost = () if draft.get("weights") or not before.get("weights") or "weights" in follows else ("weights",)
    wanted = draft | {name: new[name] for name in (*follows, *lost)} | _backbone(draft, before)
    if len(draft.get("tasks") or ()) < 2 or not _is_settled(wanted) or _is_possible(wanted):
        return wanted, lost
    kept = _DEFAULTS | new | {name: wanted[name] for name in ("suite", "tasks", "backbone")}
    replaced = []
    for name in (name for name in _DEFAULTS if wanted.get(name) != kept[name]):
        if _is_possible(kept | {name: wanted.get(name)}):
            kept[name] = wanted.get(name)
        else:
            replaced.append(name)
    return kept, (*lost, *replaced)


def _backbone(draft: Draft, before: Draft) -> Draft:
    """The usual backbone again, where the one that the draft has was but the first that the suite before went with."""
    left, now = (option_values(each.get("suite"))["name"] for each in (before, draft))
    usual = _DEFAULTS["backbone"]["name"]
    if left not in SUITES or now not in SUITES or fitting(left) == usual or fitting(now) != usual:
        return {}
    return {"backbone": _DEFAULTS["backbone"]} if option_values(draft["backbone"])["name"] == fitting(left) else {}


def begin(base: Draft, suite: Any, tasks: Any) -> Draft:
    """The draft that the form has once another suite and tasks (None for all) were chosen on a base's form."""
    return follow(settle(base | {"suite": suite, "tasks": tasks}), base)[0]


def settle(draft: Draft) -> Draft:
    """The draft with what its other choices rule out replaced: tasks of another suite, a backbone that cannot read it."""
    suite = option_values(draft.get("suite"))
    name = suite.pop("name", None)
    if name not in SUITES:
        return draft
    try:
        known = list(SUITES[name].load().names(**SUITES[name].check(suite)))
    except SeesawError:
        known = []
    settled = dict(draft)
    asked = [task for task in draft.get("tasks") or known if task in known]
    settled["tasks"] = asked if len(asked) >= 2 else known
    if not goes_with(BACKBONES[option_values(draft.get("backbone"))["name"]], SUITES[name]):
        usual = _DEFAULTS["backbone"]
        settled["backbone"] = usual if fitting(name) == usual["name"] else {"name": fitting(name)}
    points = draft.get("weights")
    if isinstance(points, list):
        settled["weights"] = [point for point in points if len(point) == len(settled["tasks"])]
    added = draft.get("refined") or []
    settled["refined"] = added if all(len(point) == len(settled["tasks"]) for each in added for point in each) else []
    return settled


def option_values(choice: Any) -> dict[str, Any]:
    """A choice as a mapping with its ``name``: a bare name has no options."""
    return dict(choice) if isinstance(choice, Mapping) else {"name": choice}


def _question(draft: Draft) -> tuple[str, tuple[str, ...], int | None]:
    """What the usual settings follow from: the suite, its tasks, and how many examples there are to train from, if known."""
    suite = option_values(draft.get("suite"))
    name = suite.pop("name", None)
    tasks = tuple(draft.get("tasks") or ())
    try:
        rows = SUITES[name].load().train_rows(**SUITES[name].check(suite))
    except (SeesawError, KeyError):
        rows = None
    return str(name), tasks, rows


def _is_same(now: tuple[str, tuple[str, ...], int | None], before: tuple[str, tuple[str, ...], int | None]) -> bool:
    # A table's rows are known once it was read, and are not known for a moment after each change.
    return now[:2] == before[:2] and now[2] in (None, before[2])


def _is_settled(draft: Draft) -> bool:
    """Whether a study can be made without reading a table, and with the files that are there."""
    suite = option_values(draft.get("suite"))
    try:
        entry = SUITES[suite.pop("name")]
        return bool(entry.load().ready(**entry.check(suite)))
    except (SeesawError, KeyError):
        return False


def _is_possible(draft: Draft) -> bool:
    try:
        Study.from_dict(draft)
    except SeesawError:
        return False
    return True


_DEFAULTS = Study().to_dict()
