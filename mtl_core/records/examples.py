"""The few validation examples that are watched while a study trains, and the runs that answer them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mtl_core.spec.plan import Run
from mtl_core.suites.view import View

COUNT = 6
"""Examples that are watched."""

WATCHED = 20
"""The most labels that answer them, besides the baselines."""


@dataclass(frozen=True)
class Examples:
    """N examples, as a person sees them, with what is true of them.

    Args:
        views: what is seen of each: one view, or one a task where every task has examples of its own.
        truths: ``(N, T)`` class ids, or values in their own units; None where no label is.
        spreads: for each task the standard deviation of its values over the train split, 1 for classes.
    """

    views: tuple[tuple[View, ...], ...]
    truths: tuple[tuple[float | None, ...], ...]
    spreads: tuple[float, ...]

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
        )


def _view(given: Mapping[str, Any]) -> View:
    picture = tuple(tuple(tuple(line) for line in channel) for channel in given["picture"])
    return View(picture, tuple((name, words) for name, words in given["row"]))


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
