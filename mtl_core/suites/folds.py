"""Folds: train and validation examples pooled and cut into parts, and a suite as a run sees it that is trained without some.

The test split is what it was. What a suite had fitted on its train split is fitted anew on what a run trains on: numbers that
were standardised are standardised again, whatever else they were. What a suite did to its training labels alone, such as noise
or a share of them taken away, stays with these examples.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.arrays import centre_and_scale, make_split
from mtl_core.suites.suite import Split, Suite
from mtl_core.suites.view import Field

SCARCE = 5
"""Of fewer labels than this in a fold it is said that they are few."""

_SEED = 20261
_NEAR = 0.1

Rows = npt.NDArray[np.int64]
Scale = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""What is subtracted, and what is then divided by."""


@dataclass(frozen=True, eq=False)
class Folded:
    """A suite in K folds.

    Args:
        suite: as it was loaded.
        pool: its N train and validation examples, one after another.
        fold: ``(N,)`` which fold each is in.
        parts: the P sets of folds that runs are trained without: each by itself, then where choices are nested each two.
    """

    suite: Suite
    pool: Split
    fold: Rows
    parts: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, suite: Suite, folds: int, *, nested: bool = False) -> "Folded":
        """Cut a suite into folds.

        Rows that belong together stay so, the largest groups first into the fold that is emptiest. Rows in the order of time
        are cut into stretches of it. Others are dealt out by the tasks that they have labels of and by the classes of the first
        classification task, so that every fold has its share of the rarest too. The same at every call.

        Raises:
            DataError: fewer groups than folds, or a task without a label in a fold, or outside of it.
        """
        pool = _pooled(suite)
        parts = [(fold,) for fold in range(folds)] + (list(combinations(range(folds), 2)) if nested else [])
        found = cls(suite, pool, _folds(suite, pool, folds), tuple(parts))
        found._check()
        return found

    def part_of(self, fold: int, besides: int | None = None) -> int:
        """The place among ``parts`` of what a run is trained without that is validated on a fold."""
        return self.parts.index(tuple(sorted({fold, fold if besides is None else besides})))

    def training(self, part: int) -> Rows:
        """The pool's rows that are trained on, ascending."""
        return np.flatnonzero(~np.isin(self.fold, self.parts[part]))

    def held(self, fold: int) -> Rows:
        """The pool's rows of a fold, ascending."""
        return np.flatnonzero(self.fold == fold)

    def inputs_scale(self, part: int) -> Scale | None:
        """What inputs are standardised by on what is trained on, to broadcast over an example; None where they are left as they
        are."""
        where = self._standardised
        if where is None or not where.any():
            return None
        centre, scale = _by_group(self.suite, self.pool.inputs[self.training(part)])
        return np.where(where, centre, 0).astype(np.float32), np.where(where, scale, 1).astype(np.float32)

    def targets_scale(self, task: int, part: int) -> Scale | None:
        """The same of a task's targets."""
        asked = self.suite.tasks[task]
        if asked.kind != "regression" or asked.at_chance is not None:
            return None
        rows = self.training(part)
        known = self.pool.targets[task][rows][self.pool.observed[rows, task]]
        centre, scale = centre_and_scale(known.astype(np.float64))
        return centre.astype(np.float32), scale.astype(np.float32)

    def suite_of(self, fold: int, besides: int | None = None) -> Suite:
        """The suite as a run sees it: what it trains on, the fold that it is validated on, and the test split."""
        part = self.part_of(fold, besides)
        rows = (self.training(part), self.held(fold))
        inputs = self.inputs_scale(part)
        scales = [self.targets_scale(task, part) for task in range(len(self.suite.tasks))]

        def seen(split: Split) -> Split:
            targets = [_scaled(target, scale) for target, scale in zip(split.targets, scales, strict=True)]
            return make_split(_scaled(split.inputs, inputs), targets, split.observed)

        train, validation = (seen(_some(self.pool, each)) for each in rows)
        more: dict[str, Any] = {"units": tuple(map(_unit, self.suite.units, scales))} if self.suite.units else {}
        if inputs is not None:
            more["fields"] = tuple(_field(field, inputs) for field in self.suite.fields)
            more["scaling"] = _composed(self.suite.scaling, inputs)
        if self.suite.rows:
            pooled = np.concatenate(self.suite.rows[:2])
            more["rows"] = (pooled[rows[0]], pooled[rows[1]], self.suite.rows[2])
        test = seen(self.suite.test)
        return replace(self.suite, train=train, validation=validation, test=test, groups=(), **more)

    @property
    def scarce(self) -> tuple[tuple[str, int], ...]:
        """The tasks of which a fold has few labels, and how few."""
        folds = range(max(self.fold) + 1)
        least = [min(int(self.pool.observed[self.fold == fold, task].sum()) for fold in folds) for task in self._places]
        return tuple((self.suite.tasks[task].name, count) for task, count in enumerate(least) if count < SCARCE)

    @cached_property
    def _standardised(self) -> npt.NDArray[np.bool_] | None:
        """Which numbers the suite had standardised on its train split: those with a mean near 0 and a deviation near 1 there.
        None of words, and of states and shades as they are."""
        inputs = self.suite.train.inputs
        if inputs.dtype != np.float32 or inputs.ndim - self.suite.per_task not in (2, 4):
            return None
        centre, (square, _) = _by_group(self.suite, inputs)[0], _by_group(self.suite, np.square(inputs))
        return np.asarray((np.abs(centre) < _NEAR) & (np.abs(square - 1) < 2 * _NEAR))

    @property
    def _places(self) -> range:
        return range(len(self.suite.tasks))

    def _check(self) -> None:
        for task in self._places:
            known, name = self.pool.observed[:, task], shown(self.suite.tasks[task].name)
            for fold in range(max(self.fold) + 1):
                if not known[self.fold == fold].any():
                    raise DataError(
                        f"every fold must have labels of every task, found none of task {name} in fold {fold} and "
                        f"{int(known.sum())} in all; choose fewer folds, or leave the task out."
                    )
            for part, left_out in enumerate(self.parts):
                if not known[self.training(part)].any():
                    raise DataError(
                        f"labels of every task must be left to train on, found none of task {name} outside of folds "
                        f"{list(left_out)}; choose more folds, or leave the task out."
                    )


def _pooled(suite: Suite) -> Split:
    both = (suite.train, suite.validation)
    return Split(
        np.concatenate([split.inputs for split in both]),
        tuple(np.concatenate([split.targets[task] for split in both]) for task in range(len(suite.tasks))),
        np.concatenate([split.observed for split in both]),
    )


def _some(split: Split, rows: Rows) -> Split:
    return Split(split.inputs[rows], tuple(target[rows] for target in split.targets), split.observed[rows])


def _folds(suite: Suite, pool: Split, folds: int) -> Rows:
    count, rng = len(pool), np.random.default_rng(_SEED)
    if suite.ordered:
        return np.arange(count) * folds // count
    if suite.groups:
        return _by_groups(np.concatenate(suite.groups), folds, rng)
    keys = [np.unique(pool.observed, axis=0, return_inverse=True)[1].reshape(-1)]
    for place, task in enumerate(suite.tasks):
        if KINDS[task.kind].targets == "classes" and task.single:
            keys.append(np.where(pool.observed[:, place], pool.targets[place], -1))
            break
    strata = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    shuffled = rng.permutation(count)
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    dealt = np.empty(count, dtype=np.int64)
    dealt[order] = np.arange(count) % folds
    return dealt


def _by_groups(groups: npt.NDArray[np.int64], folds: int, rng: np.random.Generator) -> Rows:
    names, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < folds:
        raise DataError(f"there must be a group for every fold, found {len(names)} groups for {folds} folds; choose fewer.")
    shuffled = rng.permutation(len(names))
    fold_of, filled = np.zeros(len(names), dtype=np.int64), np.zeros(folds)
    for name in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold_of[name] = int(np.argmin(filled))
        filled[fold_of[name]] += sizes[name]
    return np.asarray(fold_of[places.reshape(-1)])


def _by_group(suite: Suite, inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and standard deviation of what suites standardise by itself, to broadcast over an example: of vectors every number,
    of pictures every channel, of several parts every part."""
    numbers = inputs.astype(np.float64)
    if suite.parts:
        ends = np.cumsum([part.size for part in suite.parts])
        sides = [centre_and_scale(part.reshape(-1)) for part in np.split(numbers, ends[:-1], axis=1)]
        both = np.repeat(np.array(sides), [part.size for part in suite.parts], axis=0)  # (D, 2)
        return both[:, 0], both[:, 1]
    example = numbers.shape[2 if suite.per_task else 1 :]
    if len(example) == 3:
        flat = np.moveaxis(numbers, -3, 0).reshape(example[0], -1).T
        return tuple(each[:, None, None] for each in centre_and_scale(flat))  # type: ignore[return-value]
    return centre_and_scale(numbers.reshape(-1, example[0]))


def _scaled(values: npt.NDArray[Any], scale: Scale | None) -> npt.NDArray[Any]:
    return values if scale is None else (values - scale[0]) / scale[1]


def _unit(unit: tuple[float, float], scale: Scale | None) -> tuple[float, float]:
    if scale is None:
        return unit
    centre, spread = (float(np.mean(each)) for each in scale)
    return unit[0] + unit[1] * centre, unit[1] * spread


def _field(field: Field, scale: Scale) -> Field:
    centre, spread = (float(each.reshape(-1)[field.place]) for each in scale)
    return field if field.labels else replace(field, centre=field.centre + field.scale * centre, scale=field.scale * spread)


def _composed(scaling: tuple[Any, Any] | None, scale: Scale) -> tuple[Any, Any] | None:
    if scaling is None:
        return None
    centre, spread = np.asarray(scaling[0] + scaling[1] * scale[0]), np.asarray(scaling[1] * scale[1])
    one = np.size(scaling[0])
    return (
        (centre.reshape(np.shape(scaling[0])), spread.reshape(np.shape(scaling[0]))) if centre.size == one else (centre, spread)
    )
