"""What is compared with what: for each label and seed, its run and the runs that stand for its reference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.scores import Scores, merit, signed_headlines
from mtl_core.errors import unknown_name
from mtl_core.records import Layout
from mtl_core.spec.choice import Choice
from mtl_core.spec.plan import Run

ALONE = "alone"
"""The reference of a task by itself: the single-task baselines."""

BEST_FIXED = "best fixed"
"""The reference of the best fixed weighting, chosen on validation."""

HARD = "hard"
"""The reference of the same method or weighting with hard sharing, where a study has other strategies besides."""

Rates = Literal["same", "best"]
"""``same``: each label at its own learning rate against its reference at the same one. ``best``: each family and each baseline
at whichever of its rates was best on validation."""


@dataclass(frozen=True)
class Sides:
    """The runs of both sides for G labels, S seeds and T tasks; -1 for none.

    Args:
        labels: the G labels (families, where each is at its best rate) that are no baseline, in the order of the study.
        seeds: the S seeds; with folds each seed of each fold.
        run: ``(S, G)``.
        reference: ``(S, G, T)``.
        rates: ``(G,)`` the labels' learning rates.
        reference_rates: ``(G, T)`` those of their references, NaN where there is none.
        folds: the fold beside each seed; None without folds.
    """

    labels: tuple[str, ...]
    seeds: tuple[int, ...]
    run: Array
    reference: Array
    rates: Array
    reference_rates: Array
    folds: tuple[int | None, ...] = ()


class Runs:
    """Finds the runs of a study by what they are."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        paired = dict.fromkeys((run.seed, run.fold) for run in layout.runs)
        self.seeds, self.folds = tuple(seed for seed, _ in paired), tuple(fold for _, fold in paired)
        self.compared = [run for run in layout.runs if run.role != "baseline"]
        self._row = {pair: number for number, pair in enumerate(paired)}
        self._alone: dict[tuple[int, float], Array] = {}
        self._family: dict[tuple[str, float], Array] = {}
        self._hard: dict[tuple[Choice, tuple[float, ...] | None, float], Array] = {}
        for run in layout.runs:
            if run.strategy == HARD:
                same = self._hard.setdefault((run.method, run.weights, run.learning_rate), self._none())
                same[self._row[run.seed, run.fold]] = run.index
            if run.role == "baseline":
                found = self._alone.setdefault((task_of(run), run.learning_rate), self._none())
            else:
                found = self._family.setdefault((run.family, run.learning_rate), self._none())
            found[self._row[run.seed, run.fold]] = run.index

    def alone(self, task: int, rate: float) -> Array:
        """``(S,)`` the runs that learn a task alone at a rate; -1 where there are none. Studies of older versions have them at
        the study's own rate alone, which then stands for all."""
        usual = next(iter(self.rates_alone(task)), rate)
        return self._alone.get((task, rate), self._alone.get((task, usual), self._none()))

    def of(self, family: str, rate: float) -> Array:
        """``(S,)`` the runs of a family at a rate; -1 where there are none."""
        return self._family.get((family, rate), self._none())

    def hard(self, method: Choice, weights: tuple[float, ...] | None, rate: float) -> Array:
        """``(S,)`` the runs with hard sharing that are the same but for it; those of a corner learn one task alone."""
        return self._hard.get((method, weights, rate), self._none())

    def rates_of(self, family: str) -> list[float]:
        """The learning rates of a family, the study's own first."""
        return [rate for name, rate in self._family if name == family]

    def rates_alone(self, task: int) -> list[float]:
        """The learning rates at which a task was learned alone, the study's own first."""
        return [rate for place, rate in self._alone if place == task]

    def _none(self) -> Array:
        return np.full(len(self.seeds), -1)


def task_of(run: Run) -> int:
    """The place of the task that a baseline learns."""
    weights = run.weights or ()
    return weights.index(max(weights))


def sides(
    layout: Layout, scores: Scores, reference: str = ALONE, rates: Rates = "same", best_fixed: str | None = None
) -> Sides:
    """Both sides of every comparison.

    Args:
        layout: what the records' axes mean.
        scores: what rates are chosen by; only ``validation`` is looked at.
        reference: ``alone``; ``hard``, each label's own counterpart with hard sharing; or the label that others are compared
            with: its family's runs at the rate of what is compared with it where there are any, at its own otherwise.
        rates: see ``Rates``.
        best_fixed: the label that ``best fixed`` stands for; None where there is none, and then nothing is compared.

    Raises:
        SpecError: the study has no such label; the message has the nearest one.
    """
    runs, tasks = Runs(layout), range(len(layout.tasks))
    listed = list(dict.fromkeys((run.label, run.family, run.learning_rate) for run in runs.compared))
    if rates == "best":
        chosen = best_rates(layout, scores)
        listed = [(family, family, chosen[family]) for family in dict.fromkeys(family for _, family, _ in listed)]
    if reference == BEST_FIXED and best_fixed is not None:
        reference = best_fixed
    against: Callable[[str, float], list[Array]]
    if reference == BEST_FIXED:  # there is none: nothing is compared
        against = lambda _family, rate: [runs.of("", rate) for _ in tasks]  # noqa: E731
    elif reference == ALONE:
        own = best_rates_alone(layout, scores) if rates == "best" else None
        against = lambda _family, rate: [runs.alone(task, own[task] if own else rate) for task in tasks]  # noqa: E731
    elif reference == HARD:
        check_reference(reference, layout.runs)
        against = _against_hard(runs, scores, rates)
        listed = [entry for entry in listed if entry[1] not in _families(runs, HARD)]
    else:
        against = _against_label(runs, scores, reference, rates)
    families = {run.label: run.family for run in runs.compared}
    reference = named(reference, runs.compared)
    kept = [entry for entry in listed if entry[1] != families.get(reference)]
    shape = (len(runs.seeds), len(kept))
    run, other = np.full(shape, -1), np.full((*shape, len(tasks)), -1)
    for place, (_, family, rate) in enumerate(kept):
        run[:, place] = runs.of(family, rate)
        other[:, place] = np.stack(against(family, rate), axis=1)
    known = np.array([each.learning_rate for each in layout.runs] + [np.nan])
    first = other.max(axis=0, initial=-1)  # (G, T); -1 is the NaN at the end
    return Sides(
        tuple(label for label, _, _ in kept), runs.seeds, run, other, np.array([rate for _, _, rate in kept]), known[first],
        runs.folds,
    )  # fmt: skip


def check_reference(reference: str, runs: Sequence[Run]) -> None:
    """Raises SpecError unless the reference is ``alone``, ``best fixed``, ``hard`` where hard sharing is one of several
    strategies, or the label of runs that are no baselines; see ``named``."""
    shared = dict.fromkeys(run.strategy for run in runs if run.role != "baseline")
    versus = [HARD] if HARD in shared and len(shared) > 1 else []
    known = [ALONE, BEST_FIXED, *versus, *dict.fromkeys(run.label for run in runs if run.role != "baseline")]
    if named(reference, runs) not in known:
        raise unknown_name("reference", reference, known)


def named(reference: str, runs: Sequence[Run]) -> str:
    """The label that a reference means: ``equal`` is that of hard sharing where a study has several strategies."""
    labels = {run.label for run in runs}
    full = f"{HARD} · {reference}"
    return full if reference not in labels and full in labels else reference


def _families(runs: Runs, strategy: str) -> set[str]:
    return {run.family for run in runs.compared if run.strategy == strategy}


def _against_hard(runs: Runs, scores: Scores, rates: Rates) -> Callable[[str, float], list[Array]]:
    same = {run.family: (run.method, run.weights) for run in runs.compared}
    best = best_rates(runs.layout, scores) if rates == "best" else {}
    at_best = {same[family]: best[family] for family in _families(runs, HARD)} if best else {}

    def against(family: str, rate: float) -> list[Array]:
        asked = same[family]
        return [runs.hard(*asked, at_best.get(asked, rate))] * len(runs.layout.tasks)

    return against


def _against_label(runs: Runs, scores: Scores, reference: str, rates: Rates) -> Callable[[str, float], list[Array]]:
    check_reference(reference, runs.compared)
    reference = named(reference, runs.compared)
    known = {run.label: run for run in runs.compared}
    family, own = known[reference].family, known[reference].learning_rate
    if rates == "best":
        own = best_rates(runs.layout, scores)[family]

    def against(_family: str, rate: float) -> list[Array]:
        paired = rate if rates == "same" and rate in runs.rates_of(family) else own
        return [runs.of(family, paired)] * len(runs.layout.tasks)

    return against


def best_rates_alone(layout: Layout, scores: Scores) -> list[float]:
    """The learning rate of each task's baseline with the best mean headline metric on validation, ``T`` of them."""
    runs, values = Runs(layout), signed_headlines(layout, scores.validation)
    return [
        max(runs.rates_alone(task), key=lambda rate: _mean(values[:, task], runs.alone(task, rate)))
        for task in range(len(layout.tasks))
    ]


def best_rates(layout: Layout, scores: Scores) -> dict[str, float]:
    """The learning rate of each family with the best mean ``merit`` over seeds; one at which a seed diverged comes last."""
    runs, whole = Runs(layout), merit(layout, scores)
    families = dict.fromkeys(run.family for run in runs.compared)
    return {family: max(runs.rates_of(family), key=lambda rate: _mean(whole, runs.of(family, rate))) for family in families}


def _mean(values: Array, runs: Array) -> float:
    found = values[runs[runs >= 0]]
    return float(found.mean()) if len(found) and np.isfinite(found).all() else -np.inf
