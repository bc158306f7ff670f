"""The few validation examples that are watched while a study trains, and the runs that answer them."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.spec.plan import Run
from mtl_core.suites.view import View

COUNT = 6
"""Examples that are watched."""

WATCHED = 20
"""The most labels that answer them, besides the baselines."""


@dataclass(frozen=True)
class Packed:
    """An array as JSON has it in few bytes.

    Args:
        shape: its.
        dtype: what its numbers are, such as ``uint8``.
        content: its bytes in base64.
    """

    shape: tuple[int, ...]
    dtype: str
    content: str

    @classmethod
    def of(cls, array: npt.NDArray[Any]) -> "Packed":
        """An array, packed."""
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        return cls(array.shape, array.dtype.name, base64.b64encode(plain.tobytes()).decode())

    @property
    def array(self) -> npt.NDArray[Any]:
        """The array, read-only."""
        little = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(base64.b64decode(self.content), little).reshape(self.shape)


@dataclass(frozen=True)
class Examples:
    """N examples, as a person sees them, with what is true of them.

    Args:
        views: what is seen of each: one view, or one a task where every task has examples of its own.
        truths: ``(N, T)`` class ids, or values in their own units; None where no label is.
        spreads: for each task the standard deviation of its values over the train split, 1 for classes.
        wholes: for each task whose answers are more than a class or a number what is true, ``(N, ...)`` as
            ``mtl_core.suites.wholes`` has it; None for others. Empty in studies of versions that kept none.
    """

    views: tuple[tuple[View, ...], ...]
    truths: tuple[tuple[float | None, ...], ...]
    spreads: tuple[float, ...]
    wholes: tuple[Packed | None, ...] = ()

    def __len__(self) -> int:
        return len(self.views)

    def view(self, example: int, task: int) -> View:
        """What a task sees of an example, by their places."""
        seen = self.views[example]
        return seen[task if len(seen) > 1 else 0]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Examples":
        """Back from JSON, as ``dataclasses.asdict`` wrote it."""
        return cls(
            tuple(tuple(_view(view) for view in seen) for seen in given["views"]),
            tuple(tuple(row) for row in given["truths"]),
            tuple(given["spreads"]),
            tuple(None if each is None else _packed(each) for each in given.get("wholes", ())),
        )


def _packed(given: Mapping[str, Any]) -> Packed:
    return Packed(tuple(given["shape"]), given["dtype"], given["content"])


def _view(given: Mapping[str, Any]) -> View:
    picture = tuple(tuple(tuple(line) for line in channel) for channel in given["picture"])
    return View(picture, tuple((name, words) for name, words in given["row"]))


def together(runs: Iterable[Run], tasks: int) -> Run | None:
    """Which of the watched ``runs`` answers for one network: equal weights, else the first method or weighting that trains all
    tasks; None where none does."""
    asked = [run for run in runs if run.role != "baseline" and all(run.trains(tasks))]
    first = sorted(asked, key=lambda run: (run.method.name != "equal", run.role != "method"))
    return first[0] if first else None


def watched(runs: Iterable[Run]) -> tuple[int, ...]:
    """The places of the runs that answer the examples: of the first seed each task alone at the study's own learning rate, and
    of every method, then of every point of the map, as many labels as ``WATCHED``."""
    first: dict[str, Run] = {}
    for run in runs:
        first.setdefault(run.label, run)
    alone = [run.index for run in first.values() if run.role == "baseline" and run.label == run.family]
    others = [run for run in first.values() if run.role != "baseline"]
    others.sort(key=lambda run: (run.role != "method", run.label != run.family))
    return tuple(sorted((*alone, *(run.index for run in others[:WATCHED]))))
