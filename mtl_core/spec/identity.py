"""A study's id: a hash of what it asks for beyond the defaults.

An option that is added later, with a default, leaves every id as it was. A changed default, or another meaning of a field,
raises ``FORMAT``, so that old and new questions never share an id. Works on the canonical form alone, as JSON has it: it can
tell the id of a study whose table is gone, or whose method this version no longer knows.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mtl_core.spec.table import Entry
from mtl_core.spec.tables import TABLES

FORMAT = 3
"""Raised when a default or the meaning of a field changes."""


def identity(spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of what ``spec`` asks for beyond ``defaults``.

    Args:
        spec: a study in canonical form, as ``Study.to_dict`` gives it.
        defaults: each field's default as JSON has it; fields without one are always part of the id, for what their default
            means depends on the others.
    """
    asked = {name: _short(name, value) for name, value in spec.items()}
    beyond = {name: value for name, value in asked.items() if name not in defaults or defaults[name] != value}
    text = json.dumps({"format": FORMAT} | beyond, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _short(name: str, value: Any) -> Any:
    entries = TABLES.get(name, {})
    return [_choice(entries, item) for item in value] if isinstance(value, list) else _choice(entries, value)


def _choice(entries: Mapping[str, Entry], value: Any) -> Any:
    """A choice without the options that are as they are by default; its bare name where none is left."""
    entry = entries.get(str(value.get("name"))) if isinstance(value, Mapping) else None
    if entry is None:
        return value
    changed = entry.changed({key: option for key, option in value.items() if key != "name"})
    return {"name": entry.name} | changed if changed else entry.name
