"""A choice from a table: a name with its options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtl_core.errors import SpecError, shown, unknown_name
from mtl_core.spec.option import Option, check_options
from mtl_core.spec.table import Entry


@dataclass(frozen=True)
class Choice:
    """A name from a table with its options in canonical form, all defaults filled in.

    Args:
        name: a key of the table.
        items: each option's name and value, in the order of the table's line.
    """

    name: str
    items: tuple[tuple[str, Any], ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """The options by name."""
        return dict(self.items)

    def to_dict(self) -> dict[str, Any]:
        """``{"name": ..., option: value}`` as JSON has it."""
        return {"name": self.name} | {name: as_json(value) for name, value in self.items}


def choose(kind: str, entries: Mapping[str, Entry], given: Any, extras: tuple[Option, ...] = ()) -> Choice:
    """The table line that ``given`` (a name, or a mapping with ``name`` and options) asks for, with its options checked.

    Raises:
        SpecError: an unknown name (the message has the nearest valid one) or an option out of bounds.
    """
    if isinstance(given, Choice):
        given = given.to_dict()
    asked = {"name": given} if isinstance(given, str) else given
    if not isinstance(asked, Mapping) or "name" not in asked:
        raise SpecError(f"{kind} must be a name or a mapping with 'name', found {shown(given)}.")
    name = asked["name"]
    if not isinstance(name, str) or name not in entries:
        raise unknown_name(kind, name, [known for known, entry in entries.items() if getattr(entry, "selectable", True)])
    entry = entries[name]
    options = {key: value for key, value in asked.items() if key != "name"}
    checked = check_options((*entry.options, *extras), options, name)
    for extra in extras:
        if checked[extra.name] is None:
            del checked[extra.name]
    return Choice(name, tuple(checked.items()))


def as_json(value: Any) -> Any:
    """A value in canonical form as JSON has it."""
    match value:
        case Choice():
            return value.to_dict()
        case tuple() if value and all(
            isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) for item in value
        ):
            return {name: as_json(item) for name, item in value}
        case tuple() | list():
            return [as_json(item) for item in value]
    return value
