"""A table of molecules: how they are written, how they are split, and which columns can be predicted."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown, some_of
from mtl_core.suites.arrays import Floats
from mtl_core.suites.suite import SPLITS
from mtl_core.suites.text_table import TextTable, read_table

MOST_ROWS, MOST_TASKS = 50_000, 40

_SHARES = (range(7), range(7, 8), range(8, 10))
"""Which remainders of the hash are in which split."""


@dataclass(frozen=True)
class Endpoint:
    """A column to predict: its values ``(N,)``, NaN where there is none, and those of two classes."""

    column: str
    values: Floats
    classes: tuple[float, ...] = ()

    @property
    def written(self) -> str:
        """The classes as text, such as ``0/1``; empty without."""
        return "/".join(f"{value:.15g}" for value in self.classes)


@dataclass(frozen=True)
class MoleculeTable:
    """What a table says.

    Args:
        smiles: how each molecule is written.
        lines: the line of the file that each stands in.
        parts: the places of the molecules of each split.
        endpoints: what is known of them.
        notes: which columns are left out.
    """

    smiles: tuple[str, ...]
    lines: tuple[int, ...]
    parts: tuple[npt.NDArray[np.int64], ...]
    endpoints: tuple[Endpoint, ...]
    notes: tuple[str, ...]


@lru_cache(maxsize=2)
def read_molecules(content: bytes, name: str, smiles: str, targets: tuple[str, ...]) -> MoleculeTable:
    """The molecules of a file, split by ``sha1(SMILES) mod 10``: 0 to 6, 7, 8 and 9.

    Args:
        content: of the file; cells stand between commas, semicolons or tabs.
        name: of the file, for messages.
        smiles: the heading of the molecules' column, in capital letters or small.
        targets: the columns to predict; all of numbers that can be where none are named.

    Raises:
        SpecError: there is no such column.
        DataError: no table, a row without a molecule, a target that cannot be learned, or fewer than two columns of numbers.
    """
    heading = content.partition(b"\n")[0]
    table = read_table(content, name, max(",;\t", key=lambda each: heading.count(each.encode())), MOST_ROWS)
    column = next((each for each in table.header if each.lower() == smiles.lower()), smiles)
    written = table.texts(column)
    if "" in written:
        line = table.lines[written.index("")]
        raise DataError(
            f"{name} must have a molecule in every row, found none in column {shown(column)} in line {line}; leave the row out."
        )
    parts = _split(written)
    others = [each for each in table.header if each and each != column]
    found, notes = [], []
    for each in targets or [other for other in others if table.is_numeric(other)]:
        endpoint = _endpoint(table, each)
        wrong = _wrong(endpoint, parts) or ("" if targets else _counted(endpoint))
        if wrong and targets:
            raise DataError(f"target {shown(each)} of {name} must {wrong}; choose other targets.")
        if wrong:
            notes.append(f"Column {shown(each)} is not predicted: it must {wrong}.")
        else:
            found.append(endpoint)
    if not 2 <= len(found) <= MOST_TASKS:
        raise DataError(
            f"{name} must have two to {MOST_TASKS} columns of numbers to predict, found {len(found)} among {some_of(others)}; "
            "name them in 'targets', or choose another file."
        )
    return MoleculeTable(written, table.lines, parts, tuple(found), tuple(notes))


def _split(smiles: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], ...]:
    hashes = (hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in smiles)
    remainders = np.array([int(each, 16) % 10 for each in hashes])
    return tuple(np.flatnonzero(np.isin(remainders, share)) for share in _SHARES)


def _endpoint(table: TextTable, column: str) -> Endpoint:
    values = table.numbers(column)
    kinds = np.unique(values[~np.isnan(values)])
    return Endpoint(column, values, tuple(kinds.tolist()) if len(kinds) == 2 else ())


def _wrong(endpoint: Endpoint, parts: tuple[npt.NDArray[np.int64], ...]) -> str:
    """What a column must be and is not; nothing where it can be learned."""
    known = ~np.isnan(endpoint.values)
    for name, part in zip(SPLITS, parts, strict=True):
        if not known[part].any():
            return f"have a label for {name}, found none among {int(known.sum())} in all"
    training = np.unique(endpoint.values[parts[0]][known[parts[0]]])
    return f"vary in training, found only {training[0]:g}" if len(training) < 2 else ""


def _counted(endpoint: Endpoint) -> str:
    """What is said of a column that only numbers the rows."""
    values = endpoint.values
    whole = not np.isnan(values).any() and bool((values == np.round(values)).all())
    return "be measured, found another whole number in every row" if whole and len(np.unique(values)) == len(values) else ""
