"""The study that a visitor is putting together: plain values by setting, and how they stand in a URL. No Streamlit.

Only what differs from the study on screen is in the URL, each setting under its own name: a bare value where that is enough
(``suite=subspace``, ``seeds=3``, ``methods=equal,pcgrad``) and JSON where a setting carries options.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from dashboard.fitting import Draft, begin, option_values
from mtl_core.errors import SeesawError, SpecError, shown
from mtl_core.spec import METHODS, OPTIONS, TABLES, Study
from mtl_core.spec.choice import choose
from mtl_core.spec.option import Option
from mtl_core.spec.pretrained import check_id
from mtl_core.spec.settings import METHOD_EXTRAS
from mtl_core.spec.table import Entry
from mtl_core.spec.tables import LISTED
from mtl_core.spec.weightings import check_named

SETTINGS = tuple(field.name for field in fields(Study))
"""The names that a draft and a URL can have."""

UPLOADED = re.compile(r"[0-9a-f]{64}\.csv")
"""How an uploaded file is called: its own hash. A URL can name no other file."""

FILES = ("path", "test_path")
"""The options of a suite that name files."""

QUESTION = ("suite", "tasks")
"""What is learned, from which the form's other defaults follow."""

LISTS = ("tasks", *LISTED)

ONE_STRATEGY = "strategy"
"""The name by which links have the strategy that were made when a study had one alone."""

_PLAIN = {option.name: option for option in OPTIONS}
_TASKS = Option("tasks", "names", (), "")
_SIDE = Option("weights", "integer", None, "", 0, 101)
_WEIGHT = Option("weights", "number", 0, "", 0, 1)
_SEED = Option("seeds", "integer", 0, "", 0, 2**31 - 1)


def of_study(study: Study) -> Draft:
    """The draft that asks for exactly this study."""
    return study.to_dict()


def to_study(draft: Mapping[str, Any]) -> Study:
    """The study that the draft asks for.

    Raises:
        SpecError, DataError: it cannot be done; the message says why.
    """
    return Study.from_dict(draft)


def to_parameters(draft: Draft, base: Draft, uploads: Path) -> dict[str, str]:
    """The URL parameters of what differs from ``base``, and where another suite is asked for from what the form has then."""
    start = base | {name: draft[name] for name in QUESTION if name in draft}
    usual = base if start == base else begin(base, start.get("suite"), start.get("tasks")) | {n: base.get(n) for n in QUESTION}
    changed = {name: draft[name] for name in SETTINGS if name in draft and draft[name] != usual.get(name)}
    return {name: _write(name, _hide(name, value, uploads)) for name, value in changed.items()}


def from_parameters(parameters: Mapping[str, str], base: Draft, uploads: Path) -> tuple[Draft, list[str]]:
    """The draft of a URL, and what of the URL was refused, in words.

    What cannot be read, and a file that was not uploaded here, are left at ``base``, or at what the form has by default for
    the suite that the URL asks for.
    """
    found, refused = dict[str, Any](), list[str]()
    if ONE_STRATEGY in parameters and "strategies" not in parameters:
        parameters = dict(parameters) | {"strategies": parameters[ONE_STRATEGY]}
    for name in SETTINGS:
        if name not in parameters:
            continue
        try:
            found[name] = _checked(name, _find(name, _read(name, parameters[name]), base, uploads))
        except (ValueError, SeesawError) as problem:
            refused.append(f"{name}: {problem}")
    if not found.keys() & set(QUESTION):
        return base | found, refused
    suite = found.get("suite", base.get("suite"))
    tasks = found.get("tasks", None if "suite" in found and "tasks" not in parameters else base.get("tasks"))
    return begin(base, suite, tasks) | found | {"suite": suite, "tasks": tasks}, refused


def _checked(name: str, value: Any) -> Any:
    """One setting's value as a form can show it, whatever the others are; raises SpecError."""
    if name == "methods":
        return [choose("method", METHODS, item, METHOD_EXTRAS).to_dict() for item in value]
    if name in LISTED:
        return [choose(LISTED[name], TABLES[name], item).to_dict() for item in value]
    if name in TABLES:
        return choose(name, TABLES[name], value).to_dict()
    if name == "tasks":
        return list(_TASKS.check(value))
    if name == "refined":
        if not isinstance(value, list) or not all(isinstance(added, list) and added for added in value):
            raise SpecError(f"a list of rounds of weightings was expected, found {shown(value)}.")
        return [_checked("weights", added) for added in value]
    if name == "weights" and isinstance(value, list):
        return [[_WEIGHT.check(part) for part in point] for point in value if isinstance(point, list)]
    if name == "weights":
        return check_named(value) if isinstance(value, str) else _SIDE.check(value)
    if name == "seeds" and isinstance(value, list):
        return [_SEED.check(item) for item in value]
    value = _PLAIN[name].check(value)
    return check_id(value) if name == "start" else value


def _write(name: str, value: Any) -> str:
    value = _short(name, value)
    if name in LISTS and value and all(isinstance(item, str) and re.fullmatch(r"[\w.-]+", item) for item in value):
        return ",".join(value)
    if isinstance(value, str) and _is_bare(value):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _short(name: str, value: Any) -> Any:
    """A setting without what it has by default: a choice whose options are all default is its bare name."""
    if name in LISTED and isinstance(value, list):
        return [_short_choice(item, TABLES[name]) for item in value]
    if name == "weights" and value == []:
        return 0
    return _short_choice(value, TABLES[name]) if name in TABLES and not isinstance(value, list) else value


def _short_choice(value: Any, entries: Mapping[str, Entry]) -> Any:
    if not isinstance(value, Mapping) or value.get("name") not in entries:
        return value
    entry = entries[value["name"]]
    changed = entry.changed(value) | {name: value[name] for name in entry.following if value.get(name)}
    return changed if len(changed) > 1 else value["name"]


def _is_bare(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return bool(text) and text[0] not in '[{"'
    return False


def _read(name: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or brackets within brackets, a thousand deep
        value = text
    if name in LISTS and isinstance(value, dict):
        return [value]
    if name in LISTS and not isinstance(value, list):
        return [part.strip() for part in str(text).split(",") if part.strip()]
    return value


def _hide(name: str, value: Any, uploads: Path) -> Any:
    if name == "suite" and isinstance(value, Mapping) and "path" in value:
        return dict(value) | {key: _hidden(value[key], uploads) for key in FILES if key in value}
    return value


def _hidden(given: Any, uploads: Path) -> str:
    path = Path(given if isinstance(given, str) else "")
    return path.name if path.parent == uploads else ""


def _find(name: str, value: Any, base: Draft, uploads: Path) -> Any:
    if name != "suite" or not isinstance(value, Mapping):
        return value
    return dict(value) | {key: _found(key, value[key], base, uploads) for key in FILES if key in value}


def _found(key: str, value: Any, base: Draft, uploads: Path) -> str:
    given = value if isinstance(value, str) else ""
    if UPLOADED.fullmatch(given) and (uploads / given).is_file():
        return str(uploads / given)
    if (given and given == option_values(base.get("suite")).get(key)) or (key != "path" and value == ""):
        return given
    raise SpecError("expected a table that was uploaded here, found another file; upload it again.")
