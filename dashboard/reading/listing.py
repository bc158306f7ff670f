"""The list of studies as a table: filtered, cut into sheets, in words. No Streamlit."""

from collections.abc import Sequence
from math import ceil

import pandas as pd

from dashboard.reading import jobs
from dashboard.words import _
from mtl_core.api import load
from mtl_core.exporting import archive
from mtl_core.spec import SUITES
from mtl_core.store import StudyInfo

SHEET = 50
"""Studies on one sheet of the list."""


def study_title(info: StudyInfo) -> str:
    """What people call a study: its own name, or what it is about."""
    suite = info.spec["suite"]["name"]
    return info.name or (_(SUITES[suite].title) if suite in SUITES else str(suite))


def methods_of(info: StudyInfo) -> str:
    """The names of a study's methods."""
    return ", ".join(str(method["name"]) for method in info.spec["methods"])


def strategies_of(info: StudyInfo) -> str:
    """The names of a study's sharing strategies."""
    return ", ".join(dict.fromkeys(str(strategy["name"]) for strategy in info.spec["strategies"]))


def search(infos: Sequence[StudyInfo], words: str) -> list[StudyInfo]:
    """The studies that have every one of the words in their name, suite, tasks, strategies, methods, state or id."""
    wanted = words.lower().split()
    return [info for info in infos if all(word in _text(info) for word in wanted)]


def _text(info: StudyInfo) -> str:
    parts = [study_title(info), info.spec["suite"]["name"], *info.spec["tasks"], strategies_of(info), methods_of(info)]
    return " ".join([*parts, info.state, info.id, state_words(info)]).lower()


def sheets(count: int) -> int:
    """How many sheets a list takes."""
    return max(1, ceil(count / SHEET))


def sheet(infos: Sequence[StudyInfo], number: int) -> list[StudyInfo]:
    """The studies of a sheet, from 1; the last one where there are fewer."""
    first = SHEET * (min(max(number, 1), sheets(len(infos))) - 1)
    return list(infos[first : first + SHEET])


def state_words(info: StudyInfo) -> str:
    """Where a study stands, in words, with its place in the queue."""
    if info.state == "queued":
        return _("queued, place {place}").format(place=info.position or 1)
    return {
        "running": _("training"),
        "paused": _("paused"),
        "finished": _("finished"),
        "stopped": _("stopped"),
        "failed": _("failed"),
    }[info.state]


def table(infos: Sequence[StudyInfo]) -> pd.DataFrame:
    """One row a study: name, suite, tasks, strategies, methods, state, progress between 0 and 100, created, id."""
    rows = [
        {
            "name": study_title(info),
            "suite": info.spec["suite"]["name"],
            "tasks": len(info.spec["tasks"]),
            "strategies": strategies_of(info),
            "methods": methods_of(info),
            "state": state_words(info),
            "progress": 100 * info.progress,
            "created": info.created,
            "id": info.id,
        }
        for info in infos
    ]
    columns = ["name", "suite", "tasks", "strategies", "methods", "state", "progress", "created", "id"]
    return pd.DataFrame(rows, columns=columns)


def whole(study_id: str, form: str) -> bytes:
    """Everything of a study as one ZIP file, read from the store whole, whatever the pages keep of it.

    Args:
        study_id: its id.
        form: of the tables, one of ``exporting.FORMATS``.

    Raises:
        StoreError: the study is gone, or its training has not begun.
    """
    return archive(load(study_id, jobs.get_store()), form)
