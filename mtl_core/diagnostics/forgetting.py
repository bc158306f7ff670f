"""What tasks that join later cost those that were there, and what was learned before them gives them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import interval
from mtl_core.records import Layout
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.paths import ends_of, path_ends, path_rows
from mtl_core.spec.phases import phase_ends
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.suites import Task

SCORES = ("label", "phase", "step", "task", "metric", "learned", "n", "value", "low", "high")

COLUMNS = (
    *("label", "task", "metric", "first_phase", "last_phase", "n", "before", "at_start", "learned", "end"),
    *("forward", "forward_low", "forward_high", "forgotten", "forgotten_low", "forgotten_high"),
    *("backward", "backward_low", "backward_high"),
)


@dataclass(frozen=True)
class Parts:
    """The parts of a label's runs, K of them.

    Args:
        ends: the step after which each is over, the run's last one included.
        learned: ``(K, T)`` which tasks are learned in each.
    """

    ends: tuple[int, ...]
    learned: Array

    @property
    def waits(self) -> bool:
        """Whether some task is not learned in all of them."""
        return not self.learned.all()


def has_parts(study: Study, run: Run) -> bool:
    """Whether a run has parts of its own, rather than those that it is compared at."""
    return bool(study.phases) or bool(ends_of(run.method, len(study.tasks), study.steps))


def parts_of(study: Study, run: Run) -> Parts:
    """A run's parts: the study's phases, the rows of its path, or else, for comparison, those of the study's other paths."""
    tasks = len(study.tasks)
    if study.phases and run.role == "baseline":  # which does not wait
        return Parts((*phase_ends(study.phases), study.steps), np.tile(run.weighs(tasks), (len(study.phases), 1)))
    if study.phases:
        learned = np.array([[_learns(phase, task) for task in study.tasks] for phase in study.phases])
        return Parts((*phase_ends(study.phases), study.steps), learned)
    if ends := ends_of(run.method, tasks, study.steps):
        return Parts((*ends, study.steps), np.array(path_rows(run.method.options["way"], tasks)) > 0)
    ends = path_ends(study)
    return Parts((*ends, study.steps), np.tile(run.weighs(tasks), (len(ends) + 1, 1)))


def score_matrix(layout: Layout, curves: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The score matrix: how well each task is done before training and after each part, on the validation split.

    ``R[i, j]`` is the headline metric of task j after part i. Labels without a path of their own stand beside those that have
    one with the scores that they have at the same steps.

    Args:
        layout: the study's.
        curves: its curves.
        study: the study.

    Returns:
        ``label, phase, step, task, metric, learned, n, value, low, high``: ``phase`` 0 is before training, ``learned`` whether
        the task was learned in that part; means and intervals over seeds. Empty for a study in one part.

    Source: Lopez-Paz & Ranzato 2017 (GEM), section 2.
    """
    rows = []
    for label, parts, task, values in _scores(layout, curves, study):
        place = [each.name for each in layout.tasks].index(task.name)
        found = interval(values, confidence=study.confidence, shared=layout.shared)
        for phase, step in enumerate((0, *parts.ends)):
            if found.n[phase]:
                learned = bool(phase and parts.learned[phase - 1, place])
                told = (int(found.n[phase]), found.mean[phase], found.low[phase], found.high[phase])
                rows.append((label, phase, step, task.name, task.headline, learned, *told))
    return pd.DataFrame(rows, columns=list(SCORES))


def forgetting(layout: Layout, curves: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Forgetting, backward and forward transfer under every label whose runs do not learn all tasks all the time.

    With ``R_j(s)`` the headline metric of task j after s steps on the validation split, positive is better: *forward*
    ``R_j(start of its first part) - R_j(0)``, what the parts before gave it; *forgotten* ``max R_j(ends from its first part
    on) - R_j(end)``, what the parts after its last took; *backward* ``R_j(end) - R_j(end of its first part)``, what all that
    came after its first part did to it, whether it was learned on or not.

    Args:
        layout: the study's.
        curves: its curves.
        study: the study.

    Returns:
        ``label, task, metric, first_phase, last_phase, n, before, at_start, learned, end, forward, forward_low, forward_high,
        forgotten, forgotten_low, forgotten_high, backward, backward_low, backward_high``: parts from 1, means over seeds that
        are paired with themselves, and intervals; ``forward`` is NaN for a task that is there from the beginning, ``forgotten``
        for one that learns to the end, ``backward`` for one that begins with the last part.

    Source: Lopez-Paz & Ranzato 2017 (forward and backward transfer); Chaudhry et al. 2018 (forgetting).
    Deviations: by task, where the papers take means over tasks. A task whose head is its own is asked through a head that never
    learned until its first part begins, so its forward transfer is about that head: near zero of an accuracy, and below zero
    of an R², since features grow, whatever was learned.
    """
    rows = []
    for label, parts, task, scores in _scores(layout, curves, study):
        learned = np.flatnonzero(parts.learned[:, [each.name for each in layout.tasks].index(task.name)])
        values = scores[np.isfinite(scores).all(axis=1)]  # runs that diverged, or are not at their end, tell nothing
        if not parts.waits or not len(learned) or not len(values):
            continue
        first, last, end = learned[0], learned[-1], len(parts.ends) - 1
        signed = (-1.0 if METRICS[task.headline].lower_is_better else 1.0) * values
        nothing = np.full(len(values), np.nan)
        ahead = signed[:, first] - signed[:, 0] if first else nothing
        lost = signed[:, first + 1 :].max(axis=1) - signed[:, -1] if last < end else nothing
        since = signed[:, -1] - signed[:, first + 1] if first < end else nothing
        found = interval(np.stack([ahead, lost, since], axis=1), confidence=study.confidence, shared=layout.shared)
        means = values.mean(axis=0)
        shown = (label, task.name, task.headline, first + 1, last + 1, len(values), means[0], means[first], means[last + 1])
        ends = [each for k in range(3) for each in (found.mean[k], found.low[k], found.high[k])]
        rows.append((*shown, means[-1], *ends))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _scores(layout: Layout, curves: pd.DataFrame, study: Study) -> Iterator[tuple[str, Parts, Task, Array]]:
    """Each label with its parts and, of each task, the validation scores ``(n, 1 + K)`` of its runs: before, and after each."""
    if not study.phases and not path_ends(study):
        return
    labels: dict[str, list[Run]] = {}
    for run in layout.runs:
        if run.role != "baseline":
            labels.setdefault(run.label, []).append(run)
    parts = {label: parts_of(study, runs[0]) for label, runs in labels.items()}
    steps = {0, *(end for each in parts.values() for end in each.ends)}
    told = curves[(curves["split"] == "validation") & curves["step"].isin(steps)]
    tables = {}
    for task in layout.tasks:
        own = told[(told["task"] == task.name) & (told["metric"] == task.headline)]
        tables[task.name] = own.pivot_table(index="run", columns="step", values="value", observed=True)
    for label, runs in labels.items():
        for task in layout.tasks:
            marks = [0, *parts[label].ends]
            table = tables[task.name].reindex(index=[run.index for run in runs], columns=marks)
            yield label, parts[label], task, table.to_numpy(dtype=float)


def _learns(phase: Choice, task: str) -> bool:
    named = phase.options.get("tasks", ())
    return phase.name == "tasks" and (not named or task in named)
