"""From columns to arrays: everything that is fitted, is fitted on the training rows alone."""

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.arrays import Floats, centre_and_scale
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.roles import Roles
from mtl_core.suites.csv_file.splits import Rows

CATEGORY_LIMIT = 32
"""The most categories of an input that get a place of their own; rarer ones share "none of these"."""

WIDTH_LIMIT = 2000

_LARGEST = 1e30


def encode_inputs(roles: Roles, train: Rows) -> npt.NDArray[np.float32]:
    """The inputs ``(N, D)`` of all rows.

    A number is standardised, its missing values take the training median. A category is one column for each of its most
    frequent values. Either has one more column that says where it was missing, if it ever was in training.

    Raises:
        DataError: words, NaN or infinity among numbers, no value in training, or too many columns.
    """
    parts = [_category(c, train) if c.name in roles.categories else _number(c, train) for c in roles.inputs]
    width = sum(part.shape[1] for part in parts)
    if width > WIDTH_LIMIT:
        raise DataError(f"the inputs must be at most {WIDTH_LIMIT} numbers an example, found {width}; name fewer 'inputs'.")
    return np.concatenate(parts, axis=1).astype(np.float32)


def _number(column: Column, train: Rows) -> Floats:
    values = column.numbers()
    missing = np.isnan(values)
    if missing[train].all():
        raise DataError(f"input column {shown(column.name)} must have a value in a training row, found none; leave it out.")
    filled = np.where(missing, np.nanmedian(values[train]), values)
    return np.stack([_standardised(column, filled, train), *_missing_flag(missing, train)], axis=1)


def _category(column: Column, train: Rows) -> Floats:
    labels = column.labels()
    missing = np.array([label is None for label in labels])
    counts = Counter(label for label in labels[train].tolist() if label is not None)
    if not counts:
        raise DataError(f"input column {shown(column.name)} must have a value in a training row, found none; leave it out.")
    frequent = sorted(counts, key=lambda label: (-counts[label], label))[:CATEGORY_LIMIT]
    return np.stack([*((labels == label).astype(float) for label in sorted(frequent)), *_missing_flag(missing, train)], axis=1)


def _missing_flag(missing: npt.NDArray[np.bool_], train: Rows) -> list[Floats]:
    return [missing.astype(float)] if missing[train].any() else []


def _standardised(column: Column, values: Floats, train: Rows) -> Floats:
    if np.nanmax(np.abs(values)) > _LARGEST:
        raise DataError(f"column {shown(column.name)} must have numbers below {_LARGEST:g}, found larger ones; rescale it.")
    centre, scale = centre_and_scale(values[train])
    # Float32 holds 3e38: a training column of 1e-300 beside a test value of 1e30 would overflow.
    return np.clip((values - centre) / scale, -_LARGEST, _LARGEST)


def encode_target(column: Column, kind: str, parts: tuple[Rows, Rows, Rows]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """A target ``(N,)`` of all rows, class ids or values standardised on train, and ``(N,)`` where it is known.

    Raises:
        DataError: one class, a class that no training row has, one value, or a split without a label.
    """
    if KINDS[kind].targets == "classes":
        classes = {label: place for place, label in enumerate(column.classes())}
        labels = column.labels()
        observed = np.array([label is not None for label in labels])
        values: npt.NDArray[Any] = np.array([classes.get(label, 0) for label in labels.tolist()], dtype=np.int64)
        _check_labels(column, observed, parts)
        _check_classes(column, list(classes), values[observed], values[parts[0]][observed[parts[0]]])
        return values, observed
    numbers = column.numbers()
    observed = ~np.isnan(numbers)
    _check_labels(column, observed, parts)
    training = numbers[parts[0]][observed[parts[0]]]
    if np.ptp(training) == 0:
        raise DataError(
            f"target {shown(column.name)} must vary among the training rows, found {training[0]:g} in all {len(training)} that "
            "have it; choose another column."
        )
    return _standardised(column, numbers, parts[0]), observed


def _check_labels(column: Column, observed: npt.NDArray[np.bool_], parts: tuple[Rows, Rows, Rows]) -> None:
    for name, rows in zip(("training", "validation", "test"), parts, strict=True):
        if not observed[rows].any():
            raise DataError(
                f"target {shown(column.name)} must have a label in the {name} rows, found {int(observed.sum())} labels and "
                "none there; add labels, choose another split or another column."
            )


def _check_classes(column: Column, names: list[str], ids: npt.NDArray[np.int64], training: npt.NDArray[np.int64]) -> None:
    if len(names) < 2:
        raise DataError(
            f"target {shown(column.name)} must have two or more classes, found only {shown(names[0])}; choose another column."
        )
    if absent := sorted(set(range(len(names))) - set(training.tolist())):
        count = int((ids == absent[0]).sum())
        rows = "row" if count == 1 else "rows"
        raise DataError(
            f"each class of {shown(column.name)} must occur among the training rows, found {shown(names[absent[0]])} in "
            f"{count} {rows} of the file and in none of those; add such rows, join it with another class or leave its "
            "cells empty."
        )
