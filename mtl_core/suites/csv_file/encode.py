"""From columns to arrays: everything that is fitted, is fitted on the training rows alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.arrays import Floats, centre_and_scale
from mtl_core.suites.csv_file.columns import Column
from mtl_core.suites.csv_file.roles import CATEGORY_LIMIT, LARGEST
from mtl_core.suites.csv_file.splits import Parts, Rows
from mtl_core.suites.view import Field

WIDTH_LIMIT = 2000


DATE_PARTS = ("year", "month", "weekday")

Unit = tuple[float, float]
"""What values were standardised by: their mean and their standard deviation."""


def encode_inputs(inputs: list[tuple[Column, str]], train: Rows) -> tuple[npt.NDArray[np.float32], tuple[Field, ...]]:
    """The inputs ``(N, D)`` of all rows, and what they say.

    A number is standardised, its missing values take the training median; a date is three numbers. A category is one column
    for each of its most frequent values. Each has one more column that says where it was missing, if it ever was in training.

    Args:
        inputs: the columns, and as what each is read.
        train: the places of the training rows.

    Raises:
        DataError: words or infinity among numbers, no value in training, or too many columns.
    """
    parts: list[Floats] = []
    fields: list[Field] = []
    width = 0
    for column, kind in inputs:
        part, found = _category(column, train) if kind == "category" else _numbers(column, kind, train)
        fields += [_moved(each, width) for each in found]
        parts.append(part)
        width += part.shape[1]
        column.forget()
    if width > WIDTH_LIMIT:
        raise DataError(f"the inputs must be at most {WIDTH_LIMIT} numbers an example, found {width}; name fewer 'inputs'.")
    return np.concatenate(parts, axis=1).astype(np.float32), tuple(fields)


def _moved(field: Field, places: int) -> Field:
    return replace(field, place=field.place + places, missing=None if field.missing is None else field.missing + places)


def has_value(column: Column, kind: str, train: Rows) -> bool:
    """Whether a training row has a value in the column."""
    if kind == "category":
        return bool((column.labels()[1][train] >= 0).any())
    values = column.days()[:, 0] if kind == "date" else column.numbers()
    return not np.isnan(values[train]).all()


def _numbers(column: Column, kind: str, train: Rows) -> tuple[Floats, list[Field]]:
    values = column.days() if kind == "date" else column.numbers()[:, None]
    missing = np.isnan(values[:, 0])
    if missing[train].all():
        raise DataError(f"input column {shown(column.name)} must have a value in a training row, found none; leave it out.")
    filled = np.where(missing[:, None], np.nanmedian(values[train], axis=0), values)
    parts = [_standardised(column, filled[:, place], train) for place in range(filled.shape[1])]
    flags = _missing_flag(missing, train)
    names = [f"{column.name} ({part})" for part in DATE_PARTS] if kind == "date" else [column.name]
    flag = len(parts) if flags else None
    units = [unit for _values, unit in parts]
    fields = [Field(name, place, (), *units[place], missing=flag) for place, name in enumerate(names)]
    return np.stack([*(values for values, _unit in parts), *flags], axis=1), fields


def _category(column: Column, train: Rows) -> tuple[Floats, list[Field]]:
    names, ids = column.labels()
    counts = np.bincount(ids[train][ids[train] >= 0], minlength=len(names))
    if not counts.any():
        raise DataError(f"input column {shown(column.name)} must have a value in a training row, found none; leave it out.")
    present = [place for place in range(len(names)) if counts[place]]
    # Names are sorted, so equal counts go by name, and so do the places of those that are kept.
    frequent = sorted(sorted(present, key=lambda place: -counts[place])[:CATEGORY_LIMIT])
    flags = _missing_flag(ids < 0, train)
    field = Field(column.name, 0, tuple(names[place] for place in frequent), missing=len(frequent) if flags else None)
    return np.stack([*((ids == place).astype(float) for place in frequent), *flags], axis=1), [field]


def _missing_flag(missing: npt.NDArray[np.bool_], train: Rows) -> list[Floats]:
    return [missing.astype(float)] if missing[train].any() else []


def _standardised(column: Column, values: Floats, train: Rows) -> tuple[Floats, Unit]:
    """Values as they are learned from, and what they were standardised by."""
    if np.nanmax(np.abs(values)) > LARGEST:
        raise DataError(f"column {shown(column.name)} must have numbers below {LARGEST:g}, found larger ones; rescale it.")
    centre, scale = centre_and_scale(values[train])
    # Float32 holds 3e38: a training column of 1e-300 beside a test value of 1e30 would overflow.
    return np.clip((values - centre) / scale, -LARGEST, LARGEST), (float(centre), float(scale))


def encode_target(column: Column, kind: str, parts: Parts) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], Unit]:
    """A target ``(N,)`` of all rows, class ids or values standardised on train, ``(N,)`` where it is known, and what values
    were standardised by, (0, 1) for classes.

    Raises:
        DataError: one class, a class that no training row has, one value, or a split without a label.
    """
    if KINDS[kind].targets == "classes":
        names, ids = column.labels(numeric=True)
        observed = ids >= 0
        _check_labels(column, observed, parts)
        _check_classes(column, names, ids[observed], ids[parts[0]][observed[parts[0]]])
        return np.where(observed, ids, 0), observed, (0.0, 1.0)
    numbers = column.numbers()
    observed = ~np.isnan(numbers)
    _check_labels(column, observed, parts)
    training = numbers[parts[0]][observed[parts[0]]]
    if np.ptp(training) == 0:
        raise DataError(
            f"target {shown(column.name)} must vary among the training rows, found {training[0]:g} in all {len(training)} that "
            "have it; choose another column."
        )
    values, unit = _standardised(column, numbers, parts[0])
    return values, observed, unit


def _check_labels(column: Column, observed: npt.NDArray[np.bool_], parts: Parts) -> None:
    for name, rows in zip(("training", "validation", "test"), parts, strict=True):
        if not observed[rows].any():
            raise DataError(
                f"target {shown(column.name)} must have a label in the {name} rows, found {int(observed.sum())} labels and "
                "none there; add labels, choose another split or another column."
            )


def _check_classes(column: Column, names: tuple[str, ...], ids: npt.NDArray[np.int64], training: npt.NDArray[np.int64]) -> None:
    if len(names) < 2:
        raise DataError(
            f"target {shown(column.name)} must have two or more classes, found only {shown(names[0])}; choose another column."
        )
    if absent := sorted(set(range(len(names))) - set(training.tolist())):
        count = int((ids == absent[0]).sum())
        rows = "row" if count == 1 else "rows"
        raise DataError(
            f"each class of {shown(column.name)} must occur among the training rows, found {shown(names[absent[0]])} in "
            f"{count} {rows} of the file and in none of those; add such rows, join it with another class, leave its "
            "cells empty or choose split='stratified'."
        )
