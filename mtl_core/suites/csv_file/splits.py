"""Which rows are for training, validation and test."""

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.suites.csv_file.columns import Column

SHARES = (0.70, 0.15, 0.15)

_SEED = 20244

Rows = npt.NDArray[np.int64]


def split_rows(rows: int, split: str, group: Column | None) -> tuple[Rows, Rows, Rows]:
    """The places of the training, validation and test rows, each ascending; every row is in one of them.

    Args:
        rows: how many there are.
        split: ``random``; ``ordered``, the first rows for training and the last for test; or ``grouped``, where rows with the
            same value of ``group`` stay together.
        group: the column of a grouped split.

    Raises:
        DataError: fewer than three groups, or a row without one.
    """
    rng = np.random.default_rng(_SEED)
    if group is not None:
        part = _parts_of_groups(group, rng)
    else:
        held_out = round(SHARES[1] * rows), round(SHARES[2] * rows)
        part = np.repeat([0, 1, 2], [rows - sum(held_out), *held_out])
        if split == "random":
            part = rng.permutation(part)
    train, validation, test = (np.flatnonzero(part == place) for place in range(3))
    return train, validation, test


def _parts_of_groups(group: Column, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    labels = group.labels()
    missing = np.array([label is None for label in labels])
    if missing.any():
        line = group.lines[int(np.flatnonzero(missing)[0])]
        raise DataError(f"every row must have a group in column {shown(group.name)}, found none at line {line}; fill it in.")
    names, places, sizes = np.unique(labels.astype(str), return_inverse=True, return_counts=True)
    if len(names) < 3:
        raise DataError(
            f"a grouped split needs three or more groups, found {len(names)} in column {shown(group.name)}; choose another "
            "column."
        )
    shuffled = rng.permutation(len(names))
    wanted, filled = np.array(SHARES) * len(labels), np.zeros(3)
    part_of = np.zeros(len(names), dtype=np.int64)
    # Large groups first, each to the part that is emptiest for its share: close to 70/15/15, and no part stays empty.
    for name in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        part_of[name] = int(np.argmin(filled / wanted))
        filled[part_of[name]] += sizes[name]
    return np.asarray(part_of[places])
