"""A row of named values."""

import math
from datetime import date
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown, some_of, unknown_name
from mtl_core.suites.intake.intake import Given, Inputs, Intake, Taken
from mtl_core.suites.suite import Suite
from mtl_core.suites.view import Field

LARGEST = 1e15

OTHER = "…"
"""A category that is none of those with a place of their own."""

_DATE = ("year", "month", "weekday")


class RowIntake(Intake):
    """Takes ``row``: a value by each name, a number, or of a category its label; an empty one, or one that is left out, where
    training had such too. A date may be given by its column's name, as YYYY-MM-DD.

    Args:
        suite: of vectors.
    """

    kind = "row"

    def __init__(self, suite: Suite) -> None:
        super().__init__(suite)
        inputs = suite.train.inputs
        self.fields = suite.fields or tuple(Field(f"x{place + 1}", place) for place in range(inputs.shape[1]))
        # What stands for a number that is not known: the median, among the others of train that are.
        self._usual = {
            field.name: float(np.median(inputs[_known(inputs, field), field.place]))
            for field in self.fields
            if not field.labels and field.missing is not None
        }

    def read(self, given: Given) -> Taken:
        """See ``Intake.read``."""
        row = given.get("row")
        if not isinstance(row, dict) or len(row) > 2 * len(self.fields):
            raise DataError(f"a row must be values by their names, found {shown(row)}; give {self._named()}.")
        values = {str(name): value for name, value in row.items()}
        for name in [name for name in values if f"{name} ({_DATE[0]})" in self._names]:
            values |= _date_parts(name, values.pop(name))
        for name in values:
            if name not in self._names:
                raise unknown_name("value of a row", name, self._names)
        example = np.zeros(self.suite.train.inputs.shape[1])
        for field in self.fields:
            self._put(example, field, values.get(field.name))
        return self.one(example, given={"row": {field.name: values.get(field.name, "") for field in self.fields}})

    def tell(self) -> dict[str, Any]:
        """And ``fields``: ``name``; ``place`` among the inputs; ``labels`` of a category, which has a place for each,
        and 0 in all for another one; of a
        number ``centre`` and ``scale`` that it, or its ``log``, was standardised by; ``missing``, the place that is 1 where
        nothing is known, and ``usual``, what then stands for the number."""
        fields = [
            {
                "name": field.name,
                "place": field.place,
                "labels": list(field.labels),
                "centre": field.centre,
                "scale": field.scale,
                "log": field.log,
                "missing": field.missing,
                "usual": self._usual.get(field.name),
            }
            for field in self.fields
        ]
        return super().tell() | {"fields": fields}

    @property
    def _names(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    def _named(self) -> str:
        return some_of([field.name for field in self.fields])

    def _of_example(self, example: Inputs) -> Taken:
        return self.one(example, given={"row": {field.name: _written(field, example) for field in self.fields}})

    def _put(self, example: Inputs, field: Field, value: Any) -> None:
        text = "" if value is None else str(value).strip()
        if not text:
            if field.missing is None:
                raise DataError(f"{shown(field.name)} must have a value, found none; in training it always had one.")
            example[field.missing] = 1
            example[field.place] = self._usual.get(field.name, 0.0)
        elif field.labels:
            if text == OTHER:
                return
            if text not in field.labels:
                raise unknown_name(f"value of {shown(field.name)}", text, field.labels)
            example[field.place + field.labels.index(text)] = 1
        else:
            example[field.place] = (_number(field, text) - field.centre) / field.scale


def _number(field: Field, text: str) -> float:
    try:
        value = float(text.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:  # NaN is not
        raise DataError(f"{shown(field.name)} must be a number up to {LARGEST:g}, found {shown(text)}; correct it.")
    if field.log and value <= 0:
        raise DataError(f"{shown(field.name)} must be above 0, for its logarithm is read, found {shown(text)}; correct it.")
    return math.log(value) if field.log else value


def _written(field: Field, example: Inputs) -> str:
    """A value of an example as a person would write it."""
    if field.missing is not None and example[field.missing] > 0.5:
        return ""
    if field.labels:
        chosen = np.flatnonzero(example[field.place : field.place + len(field.labels)] > 0.5)
        return field.labels[chosen[0]] if len(chosen) else OTHER
    value = field.centre + field.scale * float(example[field.place])
    return f"{math.exp(value) if field.log else value:.6g}"


def _known(inputs: Inputs, field: Field) -> Any:
    known = inputs[:, field.missing] < 0.5
    return known if known.any() else slice(None)


def _date_parts(name: str, value: Any) -> dict[str, str]:
    if value in (None, ""):
        return {f"{name} ({part})": "" for part in _DATE}
    try:
        day = date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise DataError(f"{shown(name)} must be a date as YYYY-MM-DD, found {shown(value)}; correct it.") from None
    return {f"{name} ({part})": str(n) for part, n in zip(_DATE, (day.year, day.month, day.weekday()), strict=True)}
