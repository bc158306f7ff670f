"""A study's id: a hash of what it asks for beyond the defaults.

An option that is added later, with a default, leaves every id as it was. A changed default, or another meaning of a field,
raises ``FORMAT``, so that old and new questions never share an id. Works on the canonical form alone, as JSON has it: it can
tell the id of a study whose table is gone, or whose method this version no longer knows.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.methods import METHODS
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.suites import SUITES
from mtl_core.spec.table import Entry

FORMAT = 2
"""Raised when a default or the meaning of a field changes."""

_TABLES: dict[str, Mapping[str, Entry]] = {
    "suite": SUITES,
    "strategy": STRATEGIES,
    "backbone": BACKBONES,
    "optimizer": OPTIMIZERS,
}


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
    if name == "methods" and isinstance(value, list):
        return [_without_defaults(METHODS, method) for method in value]
    return _without_defaults(_TABLES[name], value) if name in _TABLES else value


def _without_defaults(entries: Mapping[str, Entry], choice: Any) -> Any:
    """A choice without the options that are as they are by default; its bare name where none is left."""
    entry = entries.get(str(choice.get("name"))) if isinstance(choice, Mapping) else None
    if entry is None:
        return choice
    # Canonical values went through JSON, where tuples are lists and empty mappings were empty lists.
    defaults = {option.name: json.loads(json.dumps(option.default)) for option in entry.options}
    changed = {key: value for key, value in choice.items() if key != "name" and (key not in defaults or defaults[key] != value)}
    return {"name": entry.name} | changed if changed else entry.name
