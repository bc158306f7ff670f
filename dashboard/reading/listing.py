"""The list of studies as a table: filtered, cut into sheets, in words. No Streamlit."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import pandas as pd

from dashboard.fitting import MAP_SIDES
from dashboard.reading import jobs
from dashboard.words import _, ngettext
from mtl_core.api import load
from mtl_core.errors import cut
from mtl_core.exporting import archive
from mtl_core.spec import BACKBONES, OPTIMIZERS, OPTIONS, SUITES, Study
from mtl_core.spec.weightings import is_scattered
from mtl_core.store import StudyInfo

SHEET = 50
"""Studies on one sheet of the list."""

COLUMNS = (
    *("name", "result", "created", "steps", "seeds", "methods", "strategies", "tasks", "other"),
    *("state", "progress", "suite", "id"),
)

_DEFAULTS = Study().to_dict()
_PLAIN = [option.name for option in OPTIONS if option.name not in ("steps", "seeds", "device", "looks")] + ["phases"]


def study_title(info: StudyInfo) -> str:
    """What people call a study: its own name, its table's file name, or what it is about."""
    suite = info.spec["suite"]
    name = suite["name"]
    return info.name or str(suite.get("file_name") or "") or (_(SUITES[name].title) if name in SUITES else str(name))


def short(text: str, most: int) -> str:
    """A text of at most so many characters, cut after a word where one ends in its second half.

    >>> short("Two overlaid digits", 15), short("measurements_of_2024.csv", 12)
    ('Two overlaid…', 'measurement…')
    """
    if len(text) <= most:
        return text
    end = text[:most].rfind(" ")
    return cut(text, end + 1 if end > most // 2 else most)


def other_settings(info: StudyInfo) -> str:
    """What a study asks for beyond what the list has columns for, where it differs from the defaults: by these, studies of one
    suite are told apart."""
    spec, tasks = info.spec, len(info.spec["tasks"])
    parts = []
    weights = spec.get("weights")
    if isinstance(weights, int) and weights != MAP_SIDES.get(tasks, 0):
        parts.append(_("map of {count} a side").format(count=weights))
    elif isinstance(weights, str):
        words = _("scattered weightings ({name})") if is_scattered(weights) else _("sets of tasks ({name})")
        parts.append(words.format(name=weights))
    elif isinstance(weights, list) and (weights or MAP_SIDES.get(tasks)):
        words = ngettext("{count} weighting", "{count} weightings", len(weights))
        parts.append(words.format(count=len(weights)) if weights else _("no map"))
    for name, entries in (("backbone", BACKBONES), ("optimizer", OPTIMIZERS), ("suite", SUITES)):
        given = dict(spec.get(name) or {})
        entry = entries.get(str(given.pop("name", "")))
        if entry is not None and name != "suite" and (entry.name != _DEFAULTS[name]["name"] or entry.changed(given)):
            parts.append(entry.label(given))
        elif entry is not None and name == "suite" and entry.name != "csv" and entry.changed(given):
            parts.append(", ".join(f"{option}={value}" for option, value in entry.changed(given).items()))
    changed = [name for name in _PLAIN if name in spec and spec[name] != _DEFAULTS[name]]
    parts += [f"{_(name.replace('_', ' '))} {_written(spec[name])}" for name in changed]
    return ", ".join(parts)


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


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


def table(infos: Sequence[StudyInfo], results: Mapping[str, str]) -> pd.DataFrame:
    """One row a study: ``COLUMNS``, progress between 0 and 100.

    Args:
        infos: the studies.
        results: what came of them in words, by id.
    """
    rows = [
        {
            "name": study_title(info),
            "result": results.get(info.id, ""),
            "suite": info.spec["suite"]["name"],
            "tasks": len(info.spec["tasks"]),
            "strategies": strategies_of(info),
            "methods": methods_of(info),
            "steps": info.spec["steps"],
            "seeds": seeds if isinstance(seeds := info.spec["seeds"], int) else len(seeds),
            "other": other_settings(info),
            "state": state_words(info),
            "progress": 100 * info.progress,
            "created": info.created,
            "id": info.id,
        }
        for info in infos
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def whole(study_id: str, form: str) -> bytes:
    """Everything of a study as one ZIP file, read from the store whole, whatever the pages keep of it.

    Args:
        study_id: its id.
        form: of the tables, one of ``exporting.FORMATS``.

    Raises:
        StoreError: the study is gone, or its training has not begun.
    """
    return archive(load(study_id, jobs.get_store()), form)
