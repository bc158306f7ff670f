"""Several studies side by side: each as it stands, and their results in rows that mean the same. No Streamlit, no torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.reading.listing import short, study_title
from dashboard.reading.studies import read
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.errors import SeesawError, UnknownStudyError
from mtl_core.spec import Run
from mtl_core.store import StudyInfo

if TYPE_CHECKING:
    from mtl_core.store import Store

MOST = 6
"""The most studies that are compared."""

TOTALS = ("study", "name", "label", "n", "delta_m", "low", "high", "verdict", "confidence", "index", "without", "diverged")

BY_TASK = (
    *("study", "name", "label", "role", "task", "metric", "n", "mean", "mean_low", "mean_high"),
    *("transfer", "transfer_low", "transfer_high", "verdict", "confidence", "diverged"),
)

_LETTERS = "ABCDEF"
_TEXT = {"label": str, "task": str}  # names of one study are categories that another does not have
_NAME = 22
_ROLES = ("method", "fixed", "baseline")


@dataclass(frozen=True)
class Side:
    """One of the studies that are compared.

    Args:
        letter: what it is called on the page.
        study_id: its id.
        info: what the store knows of it; None where it has no such study, or cannot read it.
        result: its tables; None until training has begun, and where they cannot be read.
        problem: why something is missing, or empty.
    """

    letter: str
    study_id: str
    info: StudyInfo | None
    result: Result | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """What its columns are headed by, short enough for a telephone; no two studies of a comparison have one name."""
        return f"{self.letter} · {short(self.study_id if self.info is None else study_title(self.info), _NAME)}"

    @property
    def active(self) -> bool:
        """Whether more may come."""
        return self.info is not None and self.info.active


def gather(store: "Store", study_ids: Sequence[str]) -> list[Side]:
    """The studies as they stand now, at most ``MOST``; one that is gone or cannot be read says so and keeps its place."""
    return [_side(store, letter, study_id) for letter, study_id in zip(_LETTERS, study_ids, strict=False)]


def _side(store: "Store", letter: str, study_id: str) -> Side:
    info = None
    try:
        info = store.get(study_id)
        reading = read(store, study_id)
    except UnknownStudyError:
        return Side(letter, study_id, None, problem=_("this store does not have it: deleted, or made on another machine"))
    except SeesawError as problem:
        return Side(letter, study_id, info, problem=str(problem))
    return Side(letter, study_id, reading.info, reading.result)


def labels(sides: Sequence[Side]) -> dict[str, dict[str, str]]:
    """What the labels of each study are called beside the others, by its id: with their sharing strategy in all studies where
    one of them says it, for a study of ``hard`` alone leaves it out."""
    own = {side.study_id: {run.label: run for run in result.layout.runs} for side, result in _with_results(sides)}
    said = any(run.label.startswith(_shares(run)) for runs in own.values() for run in runs.values())
    return {
        study_id: {
            label: _shares(run) + label if said and run.role != "baseline" and not label.startswith(_shares(run)) else label
            for label, run in runs.items()
        }
        for study_id, runs in own.items()
    }


def _shares(run: Run) -> str:
    return f"{run.strategy} · "


def totals(sides: Sequence[Side]) -> pd.DataFrame:
    """Every label's ``Δm`` in every study: the columns ``TOTALS``, each as in ``Result.summary``, with the interval's level."""
    parts, called = [], labels(sides)
    for side, result in _with_results(sides):
        table = result.summary.assign(study=side.study_id, name=side.name, confidence=result.study.confidence)
        table = table.astype({"label": str, "verdict": str})[list(TOTALS)]
        parts.append(table.assign(label=table["label"].map(called[side.study_id])))
    return _ordered(parts, TOTALS, sides)


def by_task(sides: Sequence[Side]) -> pd.DataFrame:
    """What every label reached on every task in every study, by the task's headline metric there.

    Returns:
        The columns ``BY_TASK``: ``mean`` with its 95 % interval over seeds; ``transfer``, the difference to the task alone,
        with its interval at ``confidence`` and its verdict. Rows of one label, task and metric stand together.
    """
    parts, called = [], labels(sides)
    for side, result in _with_results(sides):
        metric = {task.name: task.headline for task in result.layout.tasks}
        role = {run.label: run.role for run in result.layout.runs}
        means = result.tradeoff_means[["label", "task", "n", "mean", "low", "high"]].astype(_TEXT)
        means = means.rename(columns={"low": "mean_low", "high": "mean_high"})
        gains = headline_rows(result.layout, result.transfer)
        gains = gains[["label", "task", "difference", "low", "high", "verdict", "diverged"]].astype(_TEXT | {"verdict": str})
        gains = gains.rename(columns={"difference": "transfer", "low": "transfer_low", "high": "transfer_high"})
        both = means.merge(gains, on=["label", "task"], how="outer")  # all seeds of a label may have diverged
        both = both.assign(role=both["label"].map(role), metric=both["task"].map(metric), n=both["n"].fillna(0).astype(int))
        both = both.assign(study=side.study_id, name=side.name, confidence=result.study.confidence)
        parts.append(both.assign(label=both["label"].map(called[side.study_id]))[list(BY_TASK)])
    return _ordered(parts, BY_TASK, sides)


def apart(sides: Sequence[Side]) -> dict[tuple[str, str], str]:
    """The tasks, each with its headline metric, that not all studies with results have: the letters of those that have it."""
    known = _with_results(sides)
    found: dict[tuple[str, str], str] = {}
    for side, result in known:
        for task in result.layout.tasks:
            found[task.name, task.headline] = found.get((task.name, task.headline), "") + side.letter
    return {task: letters for task, letters in found.items() if len(letters) < len(known)}


def wide(table: pd.DataFrame, keys: Sequence[str], texts: Iterable[str], sides: Sequence[Side]) -> pd.DataFrame:
    """One row for each combination of the keys, and a column a study with results; missing where it has no such row.

    Args:
        table: of ``totals`` or ``by_task``.
        keys: columns of it that tell rows apart within a study.
        texts: what the cells say, a text a row.
        sides: the studies, in order.
    """
    cells = table[[*keys, "name"]].assign(text=list(texts))
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in cells.to_dict("records"):
        place = tuple(row[key] for key in keys)
        found.setdefault(place, {key: row[key] for key in keys})[row["name"]] = row["text"]
    return pd.DataFrame([*found.values()], columns=[*keys, *(side.name for side, _ in _with_results(sides))], dtype=object)


def _with_results(sides: Sequence[Side]) -> list[tuple[Side, Result]]:
    return [(side, side.result) for side in sides if side.result is not None]


def _ordered(parts: Sequence[pd.DataFrame], columns: Sequence[str], sides: Sequence[Side]) -> pd.DataFrame:
    """The rows of all studies: methods first and baselines last, then by label, task and metric, then by study."""
    if not parts:
        return pd.DataFrame(columns=list(columns))
    table = pd.concat(parts, ignore_index=True)
    called = labels(sides)
    runs = [(run.role, called[side.study_id][run.label]) for side, result in _with_results(sides) for run in result.layout.runs]
    runs.sort(key=lambda run: _ROLES.index(run[0]))
    order = {"label": list(dict.fromkeys(label for _role, label in runs))}
    order["task"] = list(dict.fromkeys(task.name for _side, result in _with_results(sides) for task in result.layout.tasks))
    keys = [key for key in ("label", "task", "metric") if key in table]
    ranks = {key: table[key].map({name: rank for rank, name in enumerate(order[key])}) for key in keys if key in order}
    ranks |= {key: table[key] for key in keys if key not in order}
    places = pd.DataFrame(ranks).sort_values(keys, kind="stable").index
    return table.loc[places].reset_index(drop=True)
