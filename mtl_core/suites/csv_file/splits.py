"""Which rows are for training, validation and test."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown, some_of
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.csv_file.columns import Column

SHARES = (0.70, 0.15, 0.15)

_SEED = 20244
_BINS = 10

Rows = npt.NDArray[np.int64]
Parts = tuple[Rows, Rows, Rows]

_WORDS = {
    **dict.fromkeys(("train", "training", "tr", "learn"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development", "tune"), 1),
    **dict.fromkeys(("test", "testing", "held out", "holdout", "hold-out", "te"), 2),
}


def split_rows(
    rows: int,
    split: str,
    column: Column | None = None,
    targets: Sequence[tuple[Column, str]] = (),
    seed: int = 0,
    own_test: int = 0,
) -> Parts:
    """The places of the training, validation and test rows, each ascending; every row is in one of them.

    Args:
        rows: how many there are.
        split: ``random``; ``ordered``, the first rows for training and the last for test; ``stratified``, with the same
            shares of every class in each; ``grouped``, where rows with the same cell of ``column`` stay together; or
            ``column``, where that column says it.
        column: of a grouped split, or of one that a column says.
        targets: what a stratified split keeps the shares of, with their kinds.
        seed: another one divides otherwise.
        own_test: so many rows at the end are from a test file; the others are for training and validation.

    Raises:
        DataError: too few groups, a row without one, or a split column with other words.
    """
    rng = np.random.default_rng(_SEED if seed == 0 else (_SEED, seed))
    shares = SHARES if not own_test else (SHARES[0] / (1 - SHARES[2]), SHARES[1] / (1 - SHARES[2]))
    own = rows - own_test
    if split == "column" and column is not None:
        part = _said(column, rng)
    elif split == "grouped" and column is not None:
        part = _parts_of_groups(column, own, shares, rng)
    elif split == "stratified":
        part = _stratified(_strata(targets, own), shares, rng)
    else:
        held_out = [round(share * own) for share in shares[1:]]
        part = np.repeat(range(len(shares)), [own - sum(held_out), *held_out])
        if split == "random":
            part = rng.permutation(part)
    part = np.concatenate([part, np.full(own_test, 2, dtype=np.int64)])
    train, validation, test = (np.flatnonzero(part == place) for place in range(3))
    return train, validation, test


def _parts_of_groups(group: Column, rows: int, shares: tuple[float, ...], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    names, places = group.labels()
    if (places < 0).any():
        line = group.line(int(np.flatnonzero(places < 0)[0]))
        raise DataError(f"every row must have a group in column {shown(group.name)}, found none at line {line}; fill it in.")
    if set(places[:rows].tolist()) & set(places[rows:].tolist()):
        both = names[next(iter(set(places[:rows].tolist()) & set(places[rows:].tolist())))]
        raise DataError(
            f"a group must be in one file, found {shown(both)} in the table and in the test file; remove it from one."
        )
    present, places, sizes = np.unique(places[:rows], return_inverse=True, return_counts=True)
    if len(present) < len(shares):
        least = "three" if len(shares) == 3 else "two"
        raise DataError(
            f"a grouped split needs {least} or more groups, found {len(present)} in column {shown(group.name)}; choose another "
            "column."
        )
    shuffled = rng.permutation(len(present))
    wanted, filled = np.array(shares) * rows, np.zeros(len(shares))
    part_of = np.zeros(len(present), dtype=np.int64)
    # Large groups first, each to the part that is emptiest for its share: close to 70/15/15, and no part stays empty.
    for name in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        part_of[name] = int(np.argmin(filled / wanted))
        filled[part_of[name]] += sizes[name]
    return np.asarray(part_of[places])


def _said(column: Column, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    names, places = column.labels()
    meant = [_WORDS.get(name.lower(), -1) for name in names]
    if -1 in meant or (places < 0).any():
        odd = shown(names[meant.index(-1)]) if -1 in meant else "an empty cell"
        raise DataError(
            f"split column {shown(column.name)} must say train, validation or test in every row, found {odd}; correct it."
        )
    part = np.asarray(np.array(meant, dtype=np.int64)[places])
    absent = [word for place, word in enumerate(("train", "validation", "test")) if place not in meant]
    if absent == ["validation"]:
        # Something must be chosen by: training rows, drawn with the seed.
        train = np.flatnonzero(part == 0)
        part[rng.permutation(train)[: max(1, round(len(train) * SHARES[1] / (SHARES[0] + SHARES[1])))]] = 1
    elif absent:
        raise DataError(
            f"split column {shown(column.name)} must have rows for train and test, found none for {some_of(absent)}; add them "
            "or choose another split."
        )
    return part


def _strata(targets: Sequence[tuple[Column, str]], rows: int) -> npt.NDArray[np.int64]:
    """A number for each row: rows with the same classes, or in the same tenth of the first number, have the same."""
    keys = [column.labels(numeric=True)[1][:rows] for column, kind in targets if KINDS[kind].targets == "classes"]
    if not keys:
        numbers = targets[0][0].numbers()[:rows]
        edges = np.nanquantile(numbers, np.linspace(0, 1, _BINS + 1)[1:-1])
        keys = [np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers))]
    return np.asarray(np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1]).reshape(-1)


def _stratified(strata: npt.NDArray[np.int64], shares: tuple[float, ...], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Each stratum cut by the shares. Its first row is for training, for a class that is not seen there cannot be learned."""
    shuffled = rng.permutation(len(strata))
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    sizes = np.bincount(strata)
    within = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    share = (within + 0.5) / np.repeat(sizes, sizes)
    # Strata of a few rows have one to hold out: for validation in one of them, for test in the next.
    swapped = np.repeat(np.arange(len(sizes)) % 2 == 1, sizes) & (len(shares) == 3)
    later = np.where(share < shares[0] + shares[1], 1, 2)
    part = np.zeros(len(strata), dtype=np.int64)
    part[order] = np.where(share < shares[0], 0, np.where(swapped, 3 - later, later))
    return part
