"""What each column of a table is for, and why: decided from its facts alone, so that a preview and a study agree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.csv_file.facts import CLASS_LIMIT, CLASSES_FROM_INTEGERS, Facts

TASK_LIMIT = 40
TARGET_KINDS = tuple(name for name, entry in KINDS.items() if entry.column)
INPUT_KINDS = ("category", "number", "date")

CATEGORY_LIMIT = 32
"""The most categories of an input that get a place of their own; rarer ones share "none of these"."""

LARGEST = 1e30
"""Larger numbers are refused: float32 would not hold what is made of them."""

Role = Literal["target", "input", "group", "split", "excluded", "left out"]

_ID = re.compile(
    r"(?:.*[\s_.-]|user|customer|client|patient|person|subject|case|sample|item|order|product)?"
    r"(?:ids?|uuid|guid|identifier|index|idx|key|record|row|row name|serial|unnamed: \d+|nr|no|number)#?|#",
    re.IGNORECASE,
)
_CAMEL_ID = re.compile(r".*[a-z](?:Id|ID)")
_FEW = 30


@dataclass(frozen=True)
class Asked:
    """What the person asked for, as the options say it."""

    targets: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    split: str = "random"
    group: str | None = None
    split_column: str | None = None
    split_seed: int = 0

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
        for role, names in (("targets", self.targets), ("inputs", self.inputs), ("exclude", self.exclude)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise SpecError(f"csv.{role} must name each column once, found {some_of(twice)} again; remove it.")
        if both := [name for name in self.targets if name in self.inputs]:
            raise SpecError(f"a target cannot be an input too, found {shown(both[0])} as both; remove it from 'inputs'.")
        if both := [name for name in self.exclude if name in (*self.targets, *self.inputs, self.group, self.split_column)]:
            raise SpecError(f"a column that is left out cannot be used, found {shown(both[0])}; remove it from 'exclude'.")
        self._check_column("group", "grouped", self.group, "whose equal values stay together")
        self._check_column("split_column", "column", self.split_column, "that says train, validation or test")
        for name, kind in self.kinds:
            known = TARGET_KINDS if name in self.targets else INPUT_KINDS
            if kind not in known:
                raise unknown_name(f"kind of {'target' if name in self.targets else 'input'} {shown(name)}", kind, known)

    def _check_column(self, option: str, split: str, name: str | None, what: str) -> None:
        if self.split == split and not name:
            raise SpecError(f"csv.split={shown(split)} needs csv.{option}, the column {what}, found none; name it.")
        if name and self.split != split:
            raise SpecError(
                f"csv.{option} belongs to split={shown(split)}, found split={shown(self.split)}; change one of them."
            )
        if name in (*self.targets, *self.inputs) and name:
            role = "a target" if name in self.targets else "an input"
            words = "group" if option == "group" else "split"
            raise SpecError(f"the {words} column cannot be {role} too, found {shown(name)} as both; choose another.")

    def names(self) -> tuple[str, ...]:
        """Every column that is named."""
        single = [name for name in (self.group, self.split_column) if name]
        return (*self.targets, *self.inputs, *single, *dict(self.kinds), *self.exclude)


@dataclass(frozen=True)
class Decision:
    """What is done with a column.

    Args:
        column: its heading.
        role: what it is for.
        kind: as what it is read: a target's kind, or ``number``, ``category`` or ``date`` of an input; else empty.
        treatment: what is done to it and why, in words.
        problem: why it cannot be what it was asked to be, in a sentence; empty where it can.
        new: whether Seesaw's first reader of tables decided otherwise.
    """

    column: str
    role: Role
    kind: str = ""
    treatment: str = ""
    problem: str = ""
    new: bool = False


def decide(asked: Asked, facts: Mapping[str, Facts]) -> dict[str, Decision]:
    """What is done with each column.

    Args:
        asked: what the person said; without targets, what would be done with each column as an input.
        facts: of each column, by heading.
    """
    return {name: _decide(asked, column) for name, column in facts.items()}


def check_names(asked: Asked, name: str, known: Mapping[str, object], hint: str = "") -> None:
    """Raises SpecError where a column was named that the table does not have; the message has the nearest name."""
    for each in asked.names():
        if each not in known:
            error = unknown_name(f"column of {name}", each, known)
            raise SpecError(f"{error} {hint}") if hint else error


def problem_as_target(facts: Facts) -> str:
    """Why a column cannot be a target by itself; empty where it can."""
    if facts.nature == "empty":
        return "no target: it has no values"
    if facts.nature == "mixed":
        return f"no target: words among numbers, {facts.words} of them; say its kind or correct them"
    if facts.distinct < 2:
        return "no target: it has one value"
    if facts.kind == "classification" and facts.distinct > CLASS_LIMIT:
        return f"no target: more than {CLASS_LIMIT} different words"
    return ""


def _decide(asked: Asked, facts: Facts) -> Decision:
    kinds, name = dict(asked.kinds), facts.name
    if name in asked.targets:
        kind = kinds.get(name) or facts.kind
        return Decision(name, "target", kind, _as_target(facts, kind, name in kinds), _refused_target(facts, kind), facts.new)
    if name in (asked.group, asked.split_column):
        role: Role = "group" if name == asked.group else "split"
        words = "its equal cells stay in one split" if role == "group" else "it says which row is in which split"
        return Decision(name, role, "", f"{words}; no input", "", facts.new or facts.sorts_otherwise)
    if name in asked.exclude:
        return Decision(name, "excluded", "", "left out, as asked for")
    usual = {"text": "category", "date": "date"}.get(facts.nature, "number")
    kind = kinds.get(name, usual)
    if name in asked.inputs or (name in kinds and not asked.inputs):
        problem = f"input column {shown(name)} must have values, found none; remove it from 'inputs'."
        problem = problem if facts.nature == "empty" else ""
        return Decision(name, "input", kind, _as_input(facts, kind), problem, _is_new_input(facts, kind))
    if asked.inputs:
        return Decision(name, "left out", "", "left out: not among the columns to predict from")
    reason, new = useless(facts)
    if reason:
        return Decision(name, "left out", "", f"left out: {reason}", "", new)
    return Decision(name, "input", kind, _as_input(facts, kind), "", _is_new_input(facts, kind))


def useless(facts: Facts) -> tuple[str, bool]:
    """Why a column is no input unless it is asked for by name, and whether the first reader thought otherwise."""
    if facts.nature == "empty":
        return "it has no values", facts.new
    named = _is_called_id(facts)
    if facts.nature == "mixed" and named and facts.unique:
        return "an id: by its name, and no two rows have the same", True
    if facts.nature == "mixed":
        words = "1 word" if facts.words == 1 else f"{facts.words:,} words"
        return (
            f"{words} among its numbers, the first {shown(facts.first_word, 40)}; 'missing' or 'kinds' says what they are",
            True,
        )
    if facts.sequence == "rows":
        return "it only numbers the rows", facts.new
    if facts.nature == "number" and facts.whole and facts.unique:
        if facts.sequence in ("steps", "shuffled"):
            how = "in even steps" if facts.sequence == "steps" else "in even steps once they are sorted"
            return f"an id: its numbers go up {how}", True
        if named:
            return "an id: by its name, and no number stands twice", True
    if facts.nature == "text" and 2 * facts.distinct > facts.values:
        if facts.unique and (named or facts.codes):
            return "an id: no two rows have the same", facts.new
        return "nearly every row has another word in it", facts.new
    if facts.infinite:
        return f"it has numbers without end, the first {shown(facts.infinite, 40)}", True
    if facts.largest > LARGEST:
        return f"it has numbers beyond {LARGEST:g}", True
    return "", False


def _is_called_id(facts: Facts) -> bool:
    # A first column without a heading that goes up is the index of a table that some rows were taken from.
    index = facts.name == "column 1" and facts.sequence == "rising"
    return index or _ID.fullmatch(facts.name) is not None or _CAMEL_ID.fullmatch(facts.name) is not None


def _is_new_input(facts: Facts, kind: str) -> bool:
    return facts.new or (kind == "category" and facts.nature == "number" and facts.sorts_otherwise)


def _refused_target(facts: Facts, kind: str) -> str:
    if facts.nature == "empty":
        return f"target {shown(facts.name)} must have labels, found none in any row; choose another column."
    if KINDS[kind].targets == "classes" and facts.distinct > CLASS_LIMIT:
        hint = " or say in 'kinds' that it is a 'regression'" if facts.nature == "number" else ""
        return (
            f"target {shown(facts.name)} must have at most {CLASS_LIMIT} classes, found {facts.distinct} different values; "
            f"choose another column{hint}."
        )
    return ""


def _as_target(facts: Facts, kind: str, said: bool) -> str:
    classes = KINDS[kind].targets == "classes"
    words = [f"{facts.distinct:,} classes" if classes else "a number, standardised"]
    other = "regression" if classes else "classification"
    if facts.nature == "number" and facts.whole and not said and facts.distinct <= _FEW:
        why = (
            f"for it has {facts.distinct} different whole numbers"
            if classes
            else f"for more than {CLASSES_FROM_INTEGERS} differ"
        )
        words.append(f"{why}; kinds={{{shown(facts.name)}: {shown(other)}}} reads it otherwise")
    return "; ".join([*words, *_missing(facts, "no label in"), *_hints(facts)])


def _as_input(facts: Facts, kind: str) -> str:
    if kind == "category":
        words = "1 word: " if facts.distinct == 1 else f"{facts.distinct:,} different words: "
        words += "a place for each" if facts.distinct <= CATEGORY_LIMIT else f"the {CATEGORY_LIMIT} most frequent and 'other'"
    elif kind == "date":
        words = f"{facts.distinct:,} dates: becomes year, month, weekday"
    else:
        words = "a number, standardised"
    return "; ".join([words, *_missing(facts, "missing in"), *_hints(facts)])


def _missing(facts: Facts, words: str) -> list[str]:
    if not facts.missing:
        return []
    said = f" ({some_of([shown(word, 20) for word in facts.missing_words], 100)})" if facts.missing_words else ""
    rows = "1 row" if facts.missing == 1 else f"{facts.missing:,} rows"
    return [f"{words} {rows}{said}"]


def _hints(facts: Facts) -> list[str]:
    hints = (
        [f"written with {facts.notation}" if facts.nature != "date" else f"read as {facts.notation}"] if facts.notation else []
    )
    if facts.extreme:
        cell = facts.extreme.split(" ", 1)[0]
        hints.append(f"{facts.extreme}: if it means unknown, missing=[{shown(f'{facts.name}={cell}')}] says so")
    repeats = facts.nature in ("number", "text") and 3 <= facts.distinct <= facts.values / 2
    if repeats and _is_called_id(facts):
        hints.append(f"if rows of one {shown(facts.name)} belong together, split='grouped' keeps them so")
    return hints
