"""Which columns are targets, inputs and group, and as what each is read."""

from dataclasses import dataclass

from mtl_core.errors import DataError, SpecError, shown, some_of, unknown_name
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.csv_file.columns import CLASS_LIMIT, Column
from mtl_core.suites.csv_file.read import Table
from mtl_core.suites.csv_file.stream import Seen

TASK_LIMIT = 40
TARGET_KINDS = tuple(name for name, entry in KINDS.items() if entry.column)
INPUT_KINDS = ("category", "number")


@dataclass(frozen=True)
class Asked:
    """What the person asked for, as the options say it."""

    targets: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    split: str = "random"
    group: str | None = None

    def check(self) -> None:
        """What can be checked without the file.

        Raises:
            SpecError: no target, too many, one twice, one column in two roles, a group without a grouped split, a kind that
                there is not.
        """
        if not self.targets:
            raise SpecError("csv needs 'targets', the names of two or more columns to predict, found none; name them.")
        if len(self.targets) > TASK_LIMIT:
            raise SpecError(f"csv can have at most {TASK_LIMIT} targets, found {len(self.targets)}; choose fewer.")
        for role, names in (("targets", self.targets), ("inputs", self.inputs)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise SpecError(f"csv.{role} must name each column once, found {some_of(twice)} again; remove it.")
        if both := [name for name in self.targets if name in self.inputs]:
            raise SpecError(f"a target cannot be an input too, found {shown(both[0])} as both; remove it from 'inputs'.")
        if self.split == "grouped" and not self.group:
            raise SpecError(
                "csv.split='grouped' needs csv.group, the column whose equal values stay together, found none; name it."
            )
        if self.group and self.split != "grouped":
            raise SpecError(f"csv.group belongs to split='grouped', found split={shown(self.split)}; change one of them.")
        if self.group in (*self.targets, *self.inputs):
            role = "a target" if self.group in self.targets else "an input"
            raise SpecError(f"the group column cannot be {role} too, found {shown(self.group)} as both; choose another.")
        for name, kind in self.kinds:
            known = TARGET_KINDS if name in self.targets else INPUT_KINDS
            if kind not in known:
                raise unknown_name(f"kind of {'target' if name in self.targets else 'input'} {shown(name)}", kind, known)


@dataclass(frozen=True, eq=False)
class Roles:
    """The columns in their roles.

    Args:
        targets: with their kinds, in the order asked for.
        categories: the names of the inputs that are read as categories; the other inputs are numbers.
        notes: what was decided by itself, in sentences.
    """

    targets: tuple[tuple[Column, str], ...]
    inputs: tuple[Column, ...]
    categories: frozenset[str]
    group: Column | None
    notes: tuple[str, ...]


def assign(asked: Asked, table: Table) -> Roles:
    """The roles that ``asked`` means in ``table``.

    Raises:
        SpecError: a column that the table does not have (the message has the nearest name).
        DataError: a column that cannot have its role, or no input left.
    """
    asked.check()
    for name in (*asked.targets, *asked.inputs, *([asked.group] if asked.group else []), *dict(asked.kinds)):
        if name not in table.columns:
            raise unknown_name(f"column of {table.name}", name, table.columns)
    kinds = dict(asked.kinds)
    targets = tuple((table.columns[name], _target_kind(table.columns[name], kinds.get(name))) for name in asked.targets)
    notes: list[str] = []
    if asked.inputs:
        inputs = [table.columns[name] for name in asked.inputs]
    else:
        others = [column for name, column in table.columns.items() if name not in asked.targets and name != asked.group]
        reasons = {column.name: "" if column.name in kinds else useless(column) for column in others}
        notes = [f"Column {shown(name)} is left out: {reason}." for name, reason in reasons.items() if reason]
        inputs = [column for column in others if not reasons[column.name]]
    if not inputs:
        raise DataError(f"{table.name} must have a column left to predict from, found none. {_first(notes)}Name 'inputs'.")
    for column in inputs:
        if column.nature == "empty":
            raise DataError(f"input column {shown(column.name)} must have values, found none; remove it from 'inputs'.")
    categories = frozenset(
        c.name for c in inputs if kinds.get(c.name, "category" if c.nature == "text" else "number") == "category"
    )
    return Roles(targets, tuple(inputs), categories, table.columns[asked.group] if asked.group else None, tuple(notes))


def _first(notes: list[str], most: int = 3) -> str:
    """The first sentences, and how many more there are: a table may have thousands of columns."""
    more = f"And {len(notes) - most} more. " if len(notes) > most else ""
    return "".join(f"{note} " for note in notes[:most]) + more


def _target_kind(column: Column, asked: str | None) -> str:
    if column.nature == "empty":
        raise DataError(f"target {shown(column.name)} must have labels, found none in any row; choose another column.")
    kind = asked or column.kind
    if KINDS[kind].targets == "values":
        column.numbers()
    elif (count := len(column.classes())) > CLASS_LIMIT:
        hint = " or say in 'kinds' that it is a 'regression'" if column.nature == "number" else ""
        raise DataError(
            f"target {shown(column.name)} must have at most {CLASS_LIMIT} classes, found {count} different values; choose "
            f"another column{hint}."
        )
    return kind


def useless(column: Column | Seen) -> str:
    """Why the column is no input unless it is asked for by name; empty where it is one."""
    if column.nature == "empty":
        return "it has no values"
    if column.counts_rows:
        return "it only numbers the rows"
    if column.nature == "text" and 2 * column.distinct > column.value_count:
        return "nearly every row has another word in it"
    return ""
