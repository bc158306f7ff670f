"""Which settings tell studies apart, worked out from what is stored: also of studies that can no longer be made."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from mtl_core.spec import Study
from mtl_core.spec.choice import as_json
from mtl_core.spec.table import Entry
from mtl_core.spec.tables import TABLES

Settings = dict[str, Any]
"""What a study says, by the setting's name; ``backbone.width`` is an option of what was chosen as ``backbone``."""

_DEFAULTS: Settings = {field.name: as_json(field.default) for field in fields(Study)}


def differences(specs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The settings in which studies differ.

    A setting that an older version did not have counts as its default. What was chosen from a table is known by its name;
    each of its options is a setting of its own, and lists of choices are written as tables and figures call them. A name
    that this version does not know keeps what it was given. Options that follow from others are left out.

    Args:
        specs: each study in canonical form, as ``Study.to_dict`` and the store give it, by what it is called.

    Returns:
        ``setting``, then a column a study, in the order given: values in words, missing where what was chosen has no such
        option. Rows in the order of a study's fields; none where all ask the same.
    """
    held = {name: settings(spec) for name, spec in specs.items()}
    order = [*_DEFAULTS]
    known = dict.fromkeys(setting for each in held.values() for setting in each)
    # Options stand behind what they are of, and settings that this version does not know at the end.
    place = {setting: order.index(field) if (field := setting.partition(".")[0]) in order else len(order) for setting in known}
    rows = []
    for setting in sorted(known, key=place.__getitem__):
        values = [each.get(setting, _ABSENT) for each in held.values()]
        if any(value != values[0] for value in values):
            texts = [None if value is _ABSENT else _text(value) for value in values]
            rows.append(dict(zip(held, texts, strict=True)) | {"setting": setting})
    return pd.DataFrame(rows, columns=["setting", *held], dtype=object)


_ABSENT = object()


def settings(spec: Mapping[str, Any]) -> Settings:
    """Every setting of a study, defaults filled in.

    Args:
        spec: a study in canonical form.
    """
    found: Settings = {}
    for field, value in (_DEFAULTS | dict(spec)).items():
        match value:
            case dict() if field in TABLES and "name" in value:
                found[field] = value["name"]
                found |= {f"{field}.{name}": option for name, option in _options(_entry(field, value), value).items()}
            case list() if field in TABLES:
                found[field] = [_label(field, item) for item in value]
            case _:
                found[field] = as_json(value)
    return found


def _entry(field: str, choice: Mapping[str, Any]) -> Entry:
    name = str(choice.get("name"))
    return TABLES[field].get(name) or Entry(name, name, "")


def _options(entry: Entry, choice: Mapping[str, Any]) -> Settings:
    given = {name: value for name, value in choice.items() if name != "name"}
    if given.get("file_name"):
        given["path"] = given["file_name"]  # as the person knows it, not where a server keeps its copy
    whole = {option.name: option.default for option in entry.options} | given
    return {name: as_json(value) for name, value in whole.items() if name not in entry.following}


def _label(field: str, choice: Any) -> str:
    if not isinstance(choice, Mapping):
        return str(choice)
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in choice.items() if name != "name"}
    return _entry(field, choice).label(given)


def _text(value: Any) -> str:
    if value is None or value in ([], {}):
        return "none"
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(" / ".join(map(_text, item)) if isinstance(item, list) else _text(item) for item in value)
        case dict():
            return ", ".join(f"{name}: {_text(item)}" for name, item in value.items())
    return str(value)
